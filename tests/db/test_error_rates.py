"""Error rates count each sentence once; chance draws everything, and nothing twice."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from db.audit_draws import Lot, count_audited, draw
from db.engine import Connection, Database
from db.error_rates import measure_checks, measure_error_rates
from db.judgements import judge_finding, judge_sentence
from db.tables import findings, readings, screening_decisions, summaries, summary_sentences
from litsweep.domain.error_rates import ErrorRate, Tally
from litsweep.domain.judgements import Fault, Judgement, Opinion
from litsweep.domain.readings import SummaryMethod
from litsweep.errors import UnknownTopic
from tests.fakes.filled_database import TOPIC

SAID: dict[str, Any] = {"now": datetime(2026, 11, 23, tzinfo=UTC), "tool_version": "litsweep 0"}
RIGHT = Opinion(judgement=Judgement.RIGHT)
ADA, BEN = "Ada Fiction", "Ben Invented"


def wrong(fault: Fault = Fault.REVERSED) -> Opinion:
    return Opinion(judgement=Judgement.WRONG, fault=fault)


def rate_of(conn: Connection, task: str, method: str, topic: str | None = None) -> ErrorRate:
    found = {(one.maker.task, one.maker.method): one for one in measure_error_rates(conn, topic)}
    return found[(task, method)]


def test_a_sentence_counts_once_and_a_disputed_one_apart(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        assert measure_error_rates(conn) == []
        for by in (ADA, BEN):
            judge_sentence(conn, 1, 0, wrong(), reviewer=by, **SAID)
            judge_sentence(conn, 2, 0, RIGHT, reviewer=by, **SAID)
        judge_sentence(conn, 3, 0, RIGHT, reviewer=ADA, is_audit=True, **SAID)
        judge_sentence(conn, 3, 0, wrong(Fault.OVERSTATED), reviewer=BEN, **SAID)
        rate = rate_of(conn, "summary", "quoted", TOPIC)
        assert rate.judged == Tally(n_right=1, n_wrong=1, n_disputed=1)
        # What somebody else chose to judge says nothing of what chance chose.
        assert rate.audited == Tally(n_right=1)
        assert (rate.judged.rate, rate.judged.n_judged) == (0.5, 3)
        assert rate.faults == {Fault.REVERSED: 1, Fault.OVERSTATED: 1}
        judge_sentence(conn, 1, 0, RIGHT, reviewer=BEN, **SAID)
        judge_sentence(conn, 1, 0, Opinion(judgement=Judgement.WITHDRAWN), reviewer=ADA, **SAID)
        assert rate_of(conn, "summary", "quoted").judged == Tally(n_right=2, n_disputed=1)
        with pytest.raises(UnknownTopic):
            measure_error_rates(conn, "nope")


def test_a_model_is_named_with_its_revision_and_prompt_and_its_checks_are_weighed(
    filled_database: Database,
) -> None:
    with filled_database.writing() as conn:
        written = conn.scalars(
            select(summaries.c.summary_id).where(summaries.c.method == SummaryMethod.GENERATED)
        ).one()
        judge_sentence(conn, written, 0, wrong(Fault.WRONG_NUMBER), reviewer=ADA, **SAID)
        judge_sentence(conn, 1, 0, RIGHT, reviewer=ADA, **SAID)
        item = conn.scalars(select(findings.c.finding_id).order_by("finding_id")).first()
        assert item is not None
        judge_finding(conn, item, wrong(), reviewer=ADA, is_audit=True, **SAID)
        maker = rate_of(conn, "summary", "generated").maker
        sentences, items = measure_checks(conn, TOPIC)
    assert (maker.model_id, maker.model_revision) == ("microsoft/biogpt", "eb0d815")
    assert (maker.prompt_name, maker.prompt_version) == ("summary", 1)
    assert (sentences.flagged, sentences.unflagged) == (Tally(n_wrong=1), Tally(n_right=1))
    assert items.flagged.plus(items.unflagged) == Tally(n_wrong=1)
    assert items.audited_flagged.plus(items.audited_unflagged) == Tally(n_wrong=1)


def test_what_stood_before_the_eyes_of_who_decided_is_the_denominator(
    filled_database: Database,
) -> None:
    with filled_database.writing() as conn:
        shown = conn.execute(
            select(summaries.c.reading_id, summaries.c.summary_id).where(summaries.c.is_shown)
        ).first()
        assert shown is not None
        n_sentences = len(
            conn.execute(
                select(summary_sentences.c.position).where(
                    summary_sentences.c.summary_id == shown.summary_id
                )
            ).all()
        )
        conn.execute(
            screening_decisions.update().values(
                has_seen_machine_text=True, reading_id=shown.reading_id
            )
        )
        (rate,) = measure_error_rates(conn, TOPIC)
    assert (rate.n_shown, rate.judged) == (n_sentences, Tally())
    assert rate.judged.rate is None and rate.judged.interval is None


def test_chance_draws_every_sentence_and_none_twice(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        drawn = set()
        former = select(summaries.c.reading_id).where(summaries.c.summary_id == 1)
        conn.execute(
            readings.update()
            .where(readings.c.reading_id == former.scalar_subquery())
            .values(superseded_by_id=1)
        )
        for n in range(400):
            assert count_audited(conn, ADA) == n
            found = draw(conn, Lot.SENTENCES, topic=TOPIC, seed=str(n))
            assert found == draw(conn, Lot.SENTENCES, topic=TOPIC, seed=str(n)), "the same again"
            if found is None:
                break
            drawn.add(found)
            summary_id, position = found
            judge_sentence(conn, summary_id, position, RIGHT, reviewer=ADA, is_audit=True, **SAID)
        shown = select(summary_sentences.c.summary_id, summary_sentences.c.position).join(
            summaries, summaries.c.summary_id == summary_sentences.c.summary_id
        )
        everything = conn.execute(shown.where(summaries.c.is_shown)).all()
    assert len(drawn) > 20
    assert {summary_id for summary_id, _ in {tuple(row) for row in everything} - drawn} == {1}


def test_judging_by_choice_leaves_everything_in_the_lot(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        before = {draw(conn, Lot.FINDINGS, topic=None, seed=str(n)) for n in range(20)}
        for found in before:
            assert found is not None
            judge_finding(conn, found[0], wrong(), reviewer=ADA, **SAID)
        after = {draw(conn, Lot.FINDINGS, topic=None, seed=str(n)) for n in range(20)}
        assert after == before and len(after) > 10
        assert draw(conn, Lot.WRITTEN_FINDINGS, topic=None, seed="1") is None
