"""Judgements of sentences and data items: append-only, one's own, found in the text."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from db.engine import Connection, Database
from db.export_entries import iter_entries
from db.judged_texts import get_judged_finding, get_judged_sentence
from db.judgements import (
    choose_correction,
    judge_finding,
    judge_sentence,
    list_finding_judgements,
    list_sentence_judgements,
)
from db.tables import findings, sentence_judgements
from litsweep.domain.judgements import Correction, Fault, Judgement, Opinion
from litsweep.domain.readings import FindingState
from litsweep.errors import DecisionConflict, UnknownRecord, UsageError

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
RIGHT = Opinion(judgement=Judgement.RIGHT)
WITHDRAWN = Opinion(judgement=Judgement.WITHDRAWN)
ADA, BEN = "Ada Fiction", "Ben Invented"


def wrong(fault: Fault = Fault.REVERSED, **fields: Any) -> Opinion:
    return Opinion(judgement=Judgement.WRONG, fault=fault, **fields)


def say(conn: Connection, opinion: Opinion, by: str = ADA, **fields: Any) -> int:
    """Judge the first sentence of the first summary."""
    said: dict[str, Any] = {"now": NOW, "tool_version": "litsweep 0"} | fields
    return judge_sentence(conn, 1, 0, opinion, reviewer=by, **said)


def correct(conn: Connection, finding_id: int, opinion: Opinion, by: str = ADA) -> int:
    return judge_finding(conn, finding_id, opinion, reviewer=by, now=NOW, tool_version="litsweep 0")


def found_item(conn: Connection) -> int:
    """Return the number of a data item with a quotation."""
    return int(
        conn.scalars(select(findings.c.finding_id).where(findings.c.quote != "")).first() or 0
    )


def test_a_newer_judgement_replaces_ones_own_and_the_former_stays(
    filled_database: Database,
) -> None:
    with filled_database.writing() as conn:
        first = say(conn, RIGHT)
        assert say(conn, RIGHT) == first, "said again, it is the same"
        say(conn, RIGHT, by=BEN)
        second = say(conn, wrong(note=" not 12 "), expected_id=first)
        mine, other = sorted(list_sentence_judgements(conn, [1]), key=lambda one: one.reviewer)
        assert (mine.number, mine.note, mine.supersedes_id) == (second, "not 12", first)
        assert other.judgement is Judgement.RIGHT
        assert get_judged_sentence(conn, 1, 0).judgements == (other, mine)
        say(conn, WITHDRAWN)
        assert [one.reviewer for one in list_sentence_judgements(conn, [1])] == [BEN]
        assert conn.scalar(select(func.count()).select_from(sentence_judgements)) == 4


def test_a_stale_judgement_is_refused_and_says_what_stands(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        stands = say(conn, wrong())
        for stale in (None, stands + 1):
            with pytest.raises(DecisionConflict, match=r"wrong \(reversed\), 2026-11-23 02:00 UTC"):
                say(conn, RIGHT, expected_id=stale)
        say(conn, WITHDRAWN, expected_id=stands)
        say(conn, RIGHT, expected_id=None)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Opinion(judgement=Judgement.WRONG), "choose a fault"),
        (lambda: Opinion(judgement=Judgement.RIGHT, fault=Fault.MISSED), "goes with “wrong”"),
        (lambda: wrong(Fault.OTHER), "Say in a note"),
        (lambda: Correction(state=FindingState.FOUND), "a value, a passage"),
        (lambda: Correction(state=FindingState.NOT_FOUND, value="3"), "neither a value nor"),
        (lambda: wrong(correction=Correction(state=FindingState.FOUND, value="3")), "needs a note"),
    ],
    ids=["no fault", "fault of right", "other", "nothing found", "not found", "free value"],
)
def test_what_says_nothing_or_contradicts_itself_is_refused(
    make: Callable[[], object], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        make()


def test_nothing_can_be_said_of_what_is_not_there(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        with pytest.raises(UnknownRecord, match="no sentence 100"):
            judge_sentence(conn, 1, 99, RIGHT, reviewer=ADA, now=NOW, tool_version="0")
        with pytest.raises(UnknownRecord, match="no data item"):
            correct(conn, 10**6, RIGHT)
        with pytest.raises(UnknownRecord):
            get_judged_finding(conn, 10**6)
        with pytest.raises(UsageError, match="judged nothing here"):
            say(conn, WITHDRAWN)
        with pytest.raises(UsageError, match="Who judges"):
            say(conn, RIGHT, by=" \t")


def test_a_corrected_passage_is_stored_as_the_text_has_it(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        number = found_item(conn)
        text = get_judged_finding(conn, number).reading.stored.reading.document.text
        passage = text[200:290].strip()
        typed = "\n ".join(passage.split())
        found = Correction(state=FindingState.FOUND, value="3", quote=typed)
        correct(conn, number, wrong(correction=found))
        (said,) = list_finding_judgements(conn, [number])
        assert said.corrected_source is not None
        assert said.corrected_quote == passage
        assert text[said.corrected_source.start : said.corrected_source.end] == passage


def test_a_passage_that_the_text_does_not_have_is_refused(filled_database: Database) -> None:
    with filled_database.writing() as conn:
        number = found_item(conn)
        invented = Correction(state=FindingState.FOUND, quote="Nobody wrote this in any report.")
        with pytest.raises(UsageError, match=r"not in the text .* Copy it from the text"):
            correct(conn, number, wrong(correction=invented))
        assert list_finding_judgements(conn, [number]) == []
        free = Correction(state=FindingState.FOUND, value="612")
        correct(conn, number, wrong(correction=free, note="from the registry"))


def test_the_newest_correction_holds_and_leaves_beside_the_machines_answer(
    filled_database: Database,
) -> None:
    silent = Correction(state=FindingState.NOT_REPORTED)
    with filled_database.writing() as conn:
        number = found_item(conn)
        judged = get_judged_finding(conn, number)
        free = Correction(state=FindingState.FOUND, value="=612")
        correct(conn, number, wrong(correction=free, note="registry"), by=ADA)
        correct(conn, number, wrong(correction=silent), by=BEN)
        correct(conn, number, RIGHT, by="Cy Made")
        both = list_finding_judgements(conn, [number])
        chosen = choose_correction(both)
        assert chosen is not None and chosen.reviewer == BEN
        entries = iter_entries(conn, topic=None, record_ids=[judged.record.record_id])
        leaving = next(iter(entries)).findings[judged.reading.findings.index(judged.finding)]
    assert leaving.state is FindingState.FOUND and leaving.correction is not None
    assert (leaving.correction.state, leaving.correction.reviewer) == (silent.state, BEN)
    assert [one.split(",")[0] for one in leaving.judged] == [
        f"wrong (reversed) by {ADA}",
        f"wrong (reversed) by {BEN}",
        "right by Cy Made",
    ]


def test_what_chance_chose_stays_so_when_the_person_thinks_again(
    filled_database: Database,
) -> None:
    with filled_database.writing() as conn:
        say(conn, RIGHT, is_audit=True)
        say(conn, wrong(), now=NOW + timedelta(days=1))
        (said,) = list_sentence_judgements(conn, [1])
        assert said.is_audit and said.judgement is Judgement.WRONG
