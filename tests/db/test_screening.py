"""Deciding by the topic's rules: reasons, retries, settlements, undoing, blinding."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import Connection

from db.decisions import get_decision, list_decisions, undo_decision
from db.engine import Database
from db.export_choice import ScreeningFilter, choose_records
from db.export_entries import load_entries
from db.reviewers import add_reviewer
from db.screened import count_wrong_marks
from db.screening import (
    adjudicate,
    decide,
    find_last_undoable,
    list_visible_decisions,
)
from db.screening_progress import ReasonCount, count_decisions, count_exclusion_reasons
from db.screening_protocols import get_protocol, list_protocols, set_protocol
from db.search import search
from db.search_filters import SearchFilters, Undecided
from db.tables import topic_records
from litsweep.domain.decisions import Decision, DecisionOrigin, NewDecision, Stage
from litsweep.domain.records import FetchedRecord
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import ScreeningProtocol, ScreeningRules
from litsweep.errors import DecisionConflict, UsageError
from tests.fakes.screened_topic import LATER, TOPIC, fill_topic

ABSTRACT, FULL = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
INCLUDE, EXCLUDE, UNSURE = Decision.INCLUDE, Decision.EXCLUDE, Decision.UNSURE


@pytest.fixture
def screened(
    database: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
) -> Database:
    fill_topic(database, start_run, make_record)
    with database.writing() as conn:
        for name, role in (("Lea", Role.LEAD), ("Ada", Role.LEAD), ("Cleo", Role.REVIEWER)):
            add_reviewer(conn, name=name, role=role, created_by="Op", now=LATER)
    return database


def rule(conn: Connection, **rules: Any) -> ScreeningProtocol:
    wanted = ScreeningRules(**rules)
    return set_protocol(conn, TOPIC, wanted, author="Lea", reason="agreed", now=LATER)


def say(
    conn: Connection,
    record_id: int,
    decision: Decision = INCLUDE,
    who: str = "Ada",
    expected: int | None = None,
    verb: Callable[..., int] = decide,
    **fields: Any,
) -> int:
    new = NewDecision(
        record_id=record_id,
        decision=decision,
        reviewer=who,
        **{"stage": ABSTRACT, "decided_at": LATER, **fields},
    )
    return verb(conn, TOPIC, new, expected_id=expected, tool_version="t")


def is_screened(conn: Connection, record_id: int) -> bool:
    assert count_wrong_marks(conn) == 0
    statement = topic_records.select().where(topic_records.c.record_id == record_id)
    return bool(conn.execute(statement).one().is_screened)


def outcomes(conn: Connection, viewer: str | None = None) -> Mapping[str, int]:
    one = count_decisions(conn, TOPIC, viewer=viewer)[0]
    found = {
        "in": one.n_included,
        "out": one.n_excluded,
        "conflict": one.n_conflicts,
        "partly": one.n_partly,
        "unsure": one.n_unsure,
        "waiting": one.n_waiting,
    }
    assert sum(found.values()) == one.n_records == 6
    return {name: n for name, n in found.items() if n}


def test_rules_are_versions(screened: Database) -> None:
    with screened.writing() as conn:
        assert get_protocol(conn, TOPIC) == ScreeningProtocol(topic=TOPIC)
        assert list_protocols(conn, TOPIC) == []
        first = rule(conn, n_reviewers=2, labels=(" a  b ",), exclusion_reasons=("dose",))
        assert (first.version, first.rules.labels, first.author) == (1, ("a b",), "Lea")
        assert rule(conn, n_reviewers=2, labels=("a b",), exclusion_reasons=("dose",)) == first
        second = rule(conn, is_blinded=True, highlighted_terms=("wheeze",))
        assert get_protocol(conn, TOPIC) == second
        assert list_protocols(conn, TOPIC) == [second, first]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"n_reviewers": 0}, "1 to 9"),
        ({"n_reviewers": 10}, "1 to 9"),
        ({"exclusion_reasons": ("a", " ")}, "empty"),
        ({"exclusion_reasons": ("dose", "Dose ")}, "twice"),
        ({"labels": ("x" * 201,)}, "at most 200"),
        ({"highlighted_terms": tuple(f"t{n}" for n in range(101))}, "too many"),
    ],
    ids=["nobody", "ten", "empty", "twice", "long", "many"],
)
def test_rules_that_cannot_be_are_refused(
    screened: Database, rules: dict[str, Any], said: str
) -> None:
    with screened.writing() as conn:
        with pytest.raises(UsageError, match=said):
            rule(conn, **rules)
        with pytest.raises(UsageError, match="a name and a reason"):
            set_protocol(conn, TOPIC, ScreeningRules(), author="Lea", reason=" ", now=LATER)
        assert list_protocols(conn, TOPIC) == []


def test_a_record_waits_until_enough_people_decided(screened: Database) -> None:
    with screened.writing() as conn:
        say(conn, 1)
        assert is_screened(conn, 1)
        rule(conn, n_reviewers=2)
        assert not is_screened(conn, 1)
        assert outcomes(conn) == {"partly": 1, "waiting": 5}
        number = say(conn, 1, UNSURE, "Ben")
        assert not is_screened(conn, 1)
        number = say(conn, 1, EXCLUDE, "Ben", expected=number)
        assert is_screened(conn, 1)
        assert outcomes(conn) == {"conflict": 1, "waiting": 5}
        say(conn, 1, INCLUDE, "Ben", expected=number)
        assert outcomes(conn) == {"in": 1, "waiting": 5}
        rule(conn, n_reviewers=3)
        assert not is_screened(conn, 1)
        rule(conn, n_reviewers=1)
        assert is_screened(conn, 1)


def test_a_reason_is_one_of_the_list_and_asked_for_at_the_full_text(screened: Database) -> None:
    with screened.writing() as conn:
        say(conn, 1, EXCLUDE, stage=FULL, exclusion_reason="any words")
        rule(conn, exclusion_reasons=("Wrong population", "No controls"))
        say(conn, 2, EXCLUDE)
        number = say(conn, 3, EXCLUDE, exclusion_reason="no controls")
        assert get_decision(conn, number).exclusion_reason == "No controls"
        assert say(conn, 3, EXCLUDE, expected=number, exclusion_reason="NO controls") == number
        with pytest.raises(UsageError, match="none of the topic's reasons"):
            say(conn, 4, EXCLUDE, exclusion_reason="dull")
        with pytest.raises(UsageError, match="PRISMA"):
            say(conn, 4, EXCLUDE, stage=FULL)
        # What was decided before the list was made can be sent again.
        say(conn, 1, EXCLUDE, stage=FULL, exclusion_reason="any words")


def test_a_decision_sent_again_is_no_conflict_and_a_stale_one_is(screened: Database) -> None:
    with screened.writing() as conn:
        first = say(conn, 1, note="a", record_version=1, has_seen_machine_text=False)
        assert say(conn, 1, note="a") == first
        second = say(conn, 1, EXCLUDE, expected=first)
        assert say(conn, 1, EXCLUDE, expected=first) == second
        with pytest.raises(DecisionConflict):
            say(conn, 1, UNSURE, expected=first)
        with pytest.raises(DecisionConflict):
            say(conn, 1, UNSURE)
        stored = get_decision(conn, first)
        assert (stored.record_version, stored.has_seen_machine_text) == (1, False)
        assert len(list_decisions(conn, topic=TOPIC, standing_only=False)) == 2


def test_a_conflict_is_settled_by_a_third_person(screened: Database) -> None:
    with screened.writing() as conn:
        say(conn, 1)
        with pytest.raises(UsageError, match="no conflict"):
            say(conn, 1, EXCLUDE, "Lea", verb=adjudicate)
        ben = say(conn, 1, EXCLUDE, "Ben")
        with pytest.raises(UsageError, match="Cleo is none"):
            say(conn, 1, EXCLUDE, "Cleo", verb=adjudicate)
        with pytest.raises(UsageError, match="one of those who disagree"):
            say(conn, 1, EXCLUDE, "Ada", expected=1, verb=adjudicate)
        with pytest.raises(UsageError, match="settled nothing"):
            say(conn, 1, Decision.WITHDRAWN, "Lea", verb=adjudicate)
        number = say(conn, 1, EXCLUDE, "Lea", verb=adjudicate)
        assert say(conn, 1, EXCLUDE, "Lea", verb=adjudicate) == number
        assert get_decision(conn, number).is_adjudication
        assert outcomes(conn) == {"out": 1, "waiting": 5}
        # It stands whatever the others say since, and is not overwritten by a plain decision.
        say(conn, 1, INCLUDE, "Ben", expected=ben)
        assert outcomes(conn) == {"out": 1, "waiting": 5}
        with pytest.raises(UsageError, match="Withdraw that first"):
            say(conn, 1, INCLUDE, "Lea", expected=number)
        withdrawn = say(conn, 1, Decision.WITHDRAWN, "Lea", expected=number, verb=adjudicate)
        assert outcomes(conn) == {"in": 1, "waiting": 5}
        undo(conn, withdrawn, "Lea")
        assert outcomes(conn) == {"out": 1, "waiting": 5}


def test_a_conflict_is_settled_once(screened: Database) -> None:
    with screened.writing() as conn:
        rule(conn, n_reviewers=2)
        say(conn, 1, INCLUDE, "Ben")
        say(conn, 1, EXCLUDE, "Cleo")
        say(conn, 1, INCLUDE, "Lea", verb=adjudicate)
        with pytest.raises(DecisionConflict, match="Lea has settled this already: include"):
            say(conn, 1, EXCLUDE, "Ada", verb=adjudicate)
        assert is_screened(conn, 1)
        for wanted, found in (("include", [1]), ("conflict", []), ("exclude", [])):
            chosen = choose_records(conn, topic=TOPIC, decision=ScreeningFilter(wanted))
            assert list(chosen.record_ids) == found
        (entry,) = load_entries(conn, [1], topic=TOPIC)
        assert entry.agreed_decision(ABSTRACT) is INCLUDE
        assert not entry.is_conflict(ABSTRACT)


def undo(conn: Connection, number: int, who: str = "Ada") -> int:
    return undo_decision(
        conn, number, by=who, origin=DecisionOrigin.DESK, tool_version="t", now=LATER
    )


def test_undoing_again_and_again_walks_back_to_the_beginning(screened: Database) -> None:
    with screened.writing() as conn:
        one = say(conn, 1)
        two = say(conn, 2, EXCLUDE, exclusion_reason="dose")
        again = say(conn, 1, EXCLUDE, expected=one)
        back = say(conn, 1, INCLUDE, expected=again)
        say(conn, 3, INCLUDE, "Ben")
        walked = []
        while (last := find_last_undoable(conn, "Ada", TOPIC, ABSTRACT)) is not None:
            walked.append(last.screening_decision_id)
            undo(conn, last.screening_decision_id)
            standing = {
                found.record_id: found.decision
                for found in list_decisions(conn, topic=TOPIC, reviewer="Ada")
            }
            if len(walked) == 1:
                assert standing == {1: EXCLUDE, 2: EXCLUDE}
        assert walked == [back, again, two, one]
        assert list_decisions(conn, topic=TOPIC, reviewer="Ada") == []
        assert len(list_decisions(conn, topic=TOPIC)) == 1
        assert find_last_undoable(conn, "Ada", TOPIC, FULL) is None


def test_an_undoing_can_be_undone(screened: Database) -> None:
    with screened.writing() as conn:
        say(conn, 1)
        undone = undo(conn, 1)
        redone = undo(conn, undone)
        last = find_last_undoable(conn, "Ada", TOPIC, ABSTRACT)
        assert last is not None
        assert (last.screening_decision_id, last.decision) == (redone, INCLUDE)


FILTERS: tuple[Decision | Undecided, ...] = (INCLUDE, EXCLUDE, UNSURE, "undecided")


def seen_by(conn: Connection, viewer: str | None) -> object:
    """Return everything by which a person could tell what others decided."""
    filters = [
        SearchFilters(topic=TOPIC, stage=ABSTRACT, decision=decision, viewer=viewer)
        for decision in FILTERS
    ]
    found = [
        {hit.record.record_id for hit in search(conn, "safe_ly", filters=one).hits}
        for one in filters
    ]
    chosen = [
        list(choose_records(conn, topic=TOPIC, decision=one, viewer=viewer).record_ids)
        for one in ScreeningFilter
    ]
    entries = [
        [(one.reviewer, one.decision) for one in entry.decisions]
        for entry in load_entries(conn, range(1, 7), topic=TOPIC, viewer=viewer)
    ]
    people = [(one.n_included, one.n_excluded) for one in _progress(conn, viewer) if one.n_waiting]
    return found, chosen, entries, people, outcomes(conn, viewer)


def _progress(conn: Connection, viewer: str | None) -> Any:
    return count_decisions(conn, TOPIC, viewer=viewer)[0].reviewers


def test_who_is_blinded_cannot_tell_what_another_decided(screened: Database) -> None:
    with screened.writing() as conn:
        rule(conn, n_reviewers=2, is_blinded=True)
        say(conn, 2)
        say(conn, 1, INCLUDE, "Ben")
        say(conn, 3, UNSURE, "Ben")
        as_seen, all_of_it = seen_by(conn, "Ada"), seen_by(conn, None)
        say(conn, 1, EXCLUDE, "Ben", expected=2)
        assert seen_by(conn, "Ada") == as_seen
        assert seen_by(conn, None) != all_of_it


def test_the_blinded_see_each_others_decisions_once_both_have_decided(
    screened: Database,
) -> None:
    with screened.writing() as conn:
        rule(conn, n_reviewers=2, is_blinded=True)
        lea = add_reviewer(conn, name="Kim", role=Role.LEAD, created_by="Op", now=LATER)
        say(conn, 1, INCLUDE, "Ben")
        assert list_visible_decisions(conn, TOPIC, 1, ABSTRACT, lea) == []
        say(conn, 1, EXCLUDE, "Ada")
        seen = list_visible_decisions(conn, TOPIC, 1, ABSTRACT, lea)
        assert [one.reviewer for one in seen] == ["Ben", "Ada"]
        say(conn, 2, INCLUDE, "Ben", stage=FULL)
        assert list_visible_decisions(conn, TOPIC, 2, FULL, lea) == []
        rule(conn, n_reviewers=2)
        assert len(list_visible_decisions(conn, TOPIC, 2, FULL, lea)) == 1


def test_each_excluded_report_counts_for_one_reason(screened: Database) -> None:
    with screened.writing() as conn:
        for number, reason in ((1, "dose"), (2, "dose"), (3, "design")):
            say(conn, number, EXCLUDE, stage=FULL, exclusion_reason=reason)
        say(conn, 2, EXCLUDE, "Ben", stage=FULL, exclusion_reason="design")
        say(conn, 4, EXCLUDE, stage=FULL, exclusion_reason="dose")
        say(conn, 4, INCLUDE, "Ben", stage=FULL)
        say(conn, 4, EXCLUDE, "Lea", stage=FULL, exclusion_reason="design", verb=adjudicate)
        say(conn, 5, EXCLUDE)
        assert count_exclusion_reasons(conn, TOPIC, FULL) == [
            ReasonCount(reason="design", n_records=2),
            ReasonCount(reason=None, n_records=1, is_disputed=True),
            ReasonCount(reason="dose", n_records=1),
        ]
        assert count_exclusion_reasons(conn, TOPIC, ABSTRACT) == [
            ReasonCount(reason=None, n_records=1)
        ]
