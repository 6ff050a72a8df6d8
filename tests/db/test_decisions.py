"""Decisions are append-only, one stands a person, and nothing is lost."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Connection, select

from db.decisions import (
    find_standing,
    get_decision,
    list_decisions,
    list_names,
    undo_decision,
)
from db.engine import Database
from db.records import get_record
from db.results import get_card
from db.tables import screening_decisions
from litsweep.domain.decisions import (
    Decision,
    DecisionOrigin,
    ScreeningDecision,
    Stage,
)
from litsweep.domain.records import FetchedRecord
from litsweep.errors import (
    DecisionConflict,
    UnknownNumber,
    UnknownRecord,
    UnknownTopic,
    UsageError,
)
from tests.fakes.screened_topic import LATER, NOW, TOPIC, decide, fill_topic

EXCLUDE, UNSURE, WITHDRAWN = Decision.EXCLUDE, Decision.UNSURE, Decision.WITHDRAWN
STAGE = Stage.TITLE_ABSTRACT


@pytest.fixture
def screened(
    database: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
) -> Database:
    return fill_topic(database, start_run, make_record, pmids=(1, 2))


def undo(conn: Connection, decision_id: int, by: str = "Ada") -> ScreeningDecision:
    number = undo_decision(
        conn, decision_id, by=by, origin=DecisionOrigin.DESK, tool_version="litsweep 0", now=LATER
    )
    return get_decision(conn, number)


def test_a_decision_comes_back_as_it_was_made(screened: Database) -> None:
    with screened.writing() as conn:
        number = decide(
            conn,
            2,
            EXCLUDE,
            "  Ada   Fiction ",
            exclusion_reason="wrong population",
            note=" see table 2 ",
            labels=("b", "a", "b"),
            has_seen_machine_text=True,
        )
        record_id = get_record(conn, 2).record_id
        (stored,) = list_decisions(conn, topic=TOPIC, record_id=record_id)
        assert stored == ScreeningDecision(
            screening_decision_id=number,
            topic=TOPIC,
            record_id=record_id,
            stage=STAGE,
            decision=EXCLUDE,
            exclusion_reason="wrong population",
            note="see table 2",
            labels=("b", "a"),
            reviewer="Ada Fiction",
            decided_at=LATER,
            origin=DecisionOrigin.DESK,
            decision_import_id=None,
            has_seen_machine_text=True,
            reading_id=None,
            supersedes_id=None,
            is_standing=True,
        )
        assert get_card(conn, record_id=record_id).decisions == (stored,)
        assert list_names(conn, [record_id, record_id]) == {record_id: 2}


def test_a_newer_decision_replaces_the_same_persons_only(screened: Database) -> None:
    with screened.writing() as conn:
        first = decide(conn, 1)
        before = get_decision(conn, first)
        other = decide(conn, 1, reviewer="Ben")
        second = decide(conn, 1, UNSURE)
        assert [one.screening_decision_id for one in list_decisions(conn)] == [other, second]
        assert get_decision(conn, first) == replace(before, is_standing=False)
        assert get_decision(conn, second).supersedes_id == first
        assert len(list_decisions(conn, standing_only=False)) == 3


def test_the_same_again_adds_nothing(screened: Database) -> None:
    with screened.writing() as conn:
        number = decide(conn, 1, note="n", labels=("a",))
        assert decide(conn, 1, note="n", labels=("a",), decided_at=NOW) == number
        # A reply that was lost on its way: what was expected then does not matter any more.
        assert decide(conn, 1, note="n", labels=("a",), expected={"expected_id": None}) == number
        assert decide(conn, 1, note="other", labels=("a",)) != number


def test_stages_are_decided_apart(screened: Database) -> None:
    with screened.writing() as conn:
        decide(conn, 1)
        decide(conn, 1, EXCLUDE, stage=Stage.FULL_TEXT)
        assert [one.stage for one in list_decisions(conn)] == list(Stage)
        (one,) = list_decisions(conn, stage=Stage.FULL_TEXT, reviewer="Ada")
        assert one.decision is EXCLUDE


def test_what_is_withdrawn_stands_no_more(screened: Database) -> None:
    with screened.writing() as conn:
        with pytest.raises(UsageError, match="nothing here that could be withdrawn"):
            decide(conn, 1, WITHDRAWN)
        first = decide(conn, 1)
        number = decide(conn, 1, WITHDRAWN, expected={"expected_id": first})
        assert list_decisions(conn) == []
        assert decide(conn, 1, WITHDRAWN) == number
        # One withdrawn counts as none.
        again = decide(conn, 1, expected={"expected_id": None})
        assert get_decision(conn, again).supersedes_id == number


def test_what_a_person_did_not_see_is_not_replaced(screened: Database) -> None:
    with screened.writing() as conn:
        former = decide(conn, 1)
        now = decide(conn, 1, EXCLUDE, exclusion_reason="no controls")
        for seen in (None, former):
            with pytest.raises(DecisionConflict) as told:
                decide(conn, 1, UNSURE, expected={"expected_id": seen})
            for part in ("exclude (no controls)", "Ada", "2026-11-23 04:30", f"decision {now}"):
                assert part in str(told.value)
        record_id = get_record(conn, 1).record_id
        assert find_standing(conn, TOPIC, record_id, STAGE, "Ada") == get_decision(conn, now)
        assert len(list_decisions(conn, standing_only=False)) == 2
        assert decide(conn, 1, UNSURE, expected={"expected_id": now}) > now


def test_undoing_goes_back_step_by_step(screened: Database) -> None:
    with screened.writing() as conn:
        steps = [
            decide(conn, 1, note="first"),
            decide(conn, 1, EXCLUDE, exclusion_reason="r"),
            decide(conn, 1, note="first"),
        ]
        with pytest.raises(DecisionConflict, match="does not stand"):
            undo(conn, steps[1])
        second = undo(conn, steps[2])
        assert (second.decision, second.exclusion_reason) == (EXCLUDE, "r")
        assert second.supersedes_id == steps[2]
        with pytest.raises(DecisionConflict, match=r"exclude \(r\)"):
            undo(conn, steps[2])
        assert undo(conn, steps[1]).note == "first"
        assert undo(conn, steps[0]).decision is WITHDRAWN
        assert list_decisions(conn) == []
        assert len(list_decisions(conn, standing_only=False)) == 6


def test_only_its_own_person_undoes_a_decision(screened: Database) -> None:
    with screened.writing() as conn:
        number = decide(conn, 1)
        with pytest.raises(UnknownNumber, match=f"Ben has made no decision {number}") as refused:
            undo(conn, number, by="Ben")
        assert "Ada" not in str(refused.value)
        with pytest.raises(UnknownNumber, match="no decision 999"):
            undo(conn, 999)


def test_a_record_must_belong_to_the_topic(
    screened: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
) -> None:
    fill_topic(screened, start_run, make_record, topic="cough", pmids=(9,))
    with screened.writing() as conn:
        with pytest.raises(UnknownTopic, match="asthma"):
            decide(conn, 1, topic="astma")
        with pytest.raises(UnknownRecord, match="PMID 1 is stored, but does not belong"):
            decide(conn, 1, topic="cough")
        assert decide(conn, 9, topic="cough")


def test_what_no_database_can_hold_is_replaced(screened: Database) -> None:
    with screened.writing() as conn:
        number = decide(conn, 1, reviewer="C\udc80y", note="a\0b \ud800", labels=("\0",))
        stored = get_decision(conn, number)
        assert (stored.note, stored.labels, stored.reviewer) == ("a\ufffdb ?", ("\ufffd",), "C?y")


def test_the_database_itself_refuses_two_standing_of_one_person(screened: Database) -> None:
    with screened.writing() as conn:
        decide(conn, 1)
        row = conn.execute(select(screening_decisions)).mappings().one()
        twin = dict(row) | {"screening_decision_id": 999}
        with pytest.raises(Exception, match=r"(?i)unique"), conn.begin_nested():
            conn.execute(screening_decisions.insert().values(twin))
