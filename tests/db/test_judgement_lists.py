"""What people judged, listed with what made it, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from db.engine import Database
from db.judgement_lists import AskedJudgements, JudgedKind, list_judgements
from db.judgements import judge_finding, judge_sentence
from db.tables import findings, summary_sentences
from litsweep.domain.judgements import Correction, Fault, Judgement, Opinion
from litsweep.domain.readings import FindingState
from litsweep.errors import UnknownTopic
from tests.fakes.filled_database import NOW, TOPIC

RIGHT = Opinion(judgement=Judgement.RIGHT)


def test_judgements_are_listed_with_what_made_the_text(
    filled_database: Database,
) -> None:
    wrong = Opinion(
        judgement=Judgement.WRONG,
        fault=Fault.MISSED,
        correction=Correction(state=FindingState.NOT_REPORTED),
    )
    with filled_database.writing() as conn:
        text = conn.scalar(
            select(summary_sentences.c.text).where(
                summary_sentences.c.summary_id == 1, summary_sentences.c.position == 0
            )
        )
        number = conn.scalar(select(findings.c.finding_id).order_by(findings.c.finding_id))
        assert number is not None
        judge_sentence(conn, 1, 0, RIGHT, reviewer="Ada", now=NOW, tool_version="t")
        judge_finding(
            conn, number, wrong, reviewer="Ben", now=NOW + timedelta(hours=1), tool_version="t"
        )
        later = NOW + timedelta(hours=2)
        judge_sentence(
            conn, 1, 0, replace(RIGHT, note="as it says"), reviewer="Ada", now=later,
            tool_version="t",
        )  # fmt: skip
    every = AskedJudgements()
    with filled_database.reading() as conn:
        finding, sentence = list_judgements(conn, every)
        assert (sentence.kind, sentence.task, sentence.text) == ("sentence", "summary", text)
        assert (sentence.judgement_id, sentence.note) == (2, "as it says")
        assert (finding.kind, finding.reviewer, finding.fault) == ("finding", "Ben", Fault.MISSED)
        assert finding.corrected_state is FindingState.NOT_REPORTED
        former = list_judgements(conn, replace(every, with_former=True))
        assert [one.is_standing for one in former] == [False, True, True]
        assert list_judgements(conn, every, limit=1) == [sentence]
        for asked, found in (
            (AskedJudgements(topic=TOPIC, reviewer="Ada"), [sentence]),
            (AskedJudgements(kind=JudgedKind.FINDING), [finding]),
            (AskedJudgements(model=sentence.model_id, kind=JudgedKind.SENTENCE), [sentence]),
            (AskedJudgements(model="nobody's"), []),
        ):
            assert list_judgements(conn, asked) == found
        with pytest.raises(UnknownTopic):
            list_judgements(conn, AskedJudgements(topic="nope"))
