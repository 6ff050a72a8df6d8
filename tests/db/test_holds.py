"""Held queries: what is compared with what, one open hold a query, a person's decision."""

from datetime import UTC, date, datetime, timedelta

import pytest

from db import holds, runs, topics
from db.engine import Database
from db.holds import Comparison
from db.windows import DueSearch
from litsweep.domain.holds import CountComparison, QueryCount, QueryHold
from litsweep.domain.strategies import DateField, DateWindow, SearchResult, SearchRoute, Slice
from litsweep.errors import DecisionConflict, UnknownTopic, UsageError

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
WINDOW = DateWindow(
    date_field=DateField.CRDT, first_day=date(2026, 10, 23), last_day=date(2026, 11, 22)
)
COUNTS = CountComparison(
    now=QueryCount(n_records=9000, query_translation="new"),
    before=QueryCount(n_records=100, query_translation="old"),
    n_now_in_window=90,
)


def search(
    database: Database, *, route: SearchRoute = SearchRoute.CREATED, is_whole: bool = True
) -> Comparison | None:
    """Open a run, see what its query is compared with, and close it."""
    window = None if route is SearchRoute.UNDATED else WINDOW
    with database.writing() as conn:
        run_id = runs.open_run(
            conn,
            topics.get_topic(conn, "asthma").strategy,
            DueSearch(route=route, window=window),
            owner="here/1/1",
            is_owner_alive=lambda owner, since: False,
            tool_version="litsweep 0",
            flow_run_id=None,
            now=NOW,
        )
        found = holds.find_comparison(conn, run_id)
        if is_whole:
            nothing = SearchResult(
                n_reported=0,
                slices=(Slice(first_pmid=1, last_pmid=9, count=0),),
                pmids=(),
                query_sent="q",
                query_translation="q",
                translations=(),
                warnings=(),
            )
            runs.save_search(conn, run_id, nothing)
        runs.close_run(conn, run_id, error=None if is_whole else "away", now=NOW)
    return found


def change(database: Database, query: str) -> None:
    with database.writing() as conn:
        topics.change_query(conn, "asthma", query=query, author="A", reason="broader")


@pytest.fixture
def swept(database: Database) -> Database:
    """A topic whose first query was searched to its end."""
    with database.writing() as conn:
        topics.add_topic(conn, name="asthma", query="asthma[ti]", author="A", reason="r")
    assert search(database) is None, "a first version is not compared"
    return database


def hold_query(database: Database) -> QueryHold:
    comparison = search(database, is_whole=False)
    assert comparison is not None
    with database.writing() as conn:
        return holds.open_hold(conn, comparison, COUNTS, reason="it finds more", now=NOW)


def decide(database: Database, hold: QueryHold, is_approved: bool, by: str = "Ada") -> QueryHold:
    with database.writing() as conn:
        return holds.decide(
            conn, hold.query_hold_id, is_approved=is_approved, by=by, note="so", now=NOW
        )


def test_a_changed_query_is_compared_with_the_last_that_was_searched(swept: Database) -> None:
    change(swept, "asthma OR wheeze")
    first = search(swept, is_whole=False)
    change(swept, "asthma OR wheeze OR cough")
    second = search(swept, is_whole=False)
    assert first is not None and second is not None
    assert first.former_query == second.former_query == "asthma[ti]"
    assert second.hold is None


def test_a_window_that_was_searched_does_not_speak_for_all_days(swept: Database) -> None:
    change(swept, "asthma OR wheeze")
    assert search(swept) is not None
    assert search(swept) is not None
    assert search(swept, route=SearchRoute.UNDATED) is not None
    assert search(swept) is None, "every window is part of the search without days"
    assert search(swept, route=SearchRoute.BACKFILL) is None


def test_a_query_before_which_nothing_was_searched_has_no_former(database: Database) -> None:
    with database.writing() as conn:
        topics.add_topic(conn, name="asthma", query="asthmma", author="A", reason="r")
    change(database, "asthma")
    found = search(database)
    assert found is not None
    assert found.former_query is None


def test_a_hold_is_opened_once_and_found_again(swept: Database) -> None:
    change(swept, "asthma OR wheeze")
    first = hold_query(swept)
    again = hold_query(swept)
    assert first == again
    assert (first.version, first.compared_version) == (2, 1)
    assert (first.n_now, first.n_before, first.n_now_in_window) == (9000, 100, 90)
    assert first.window == WINDOW
    assert first.is_open
    with swept.reading() as conn:
        assert holds.list_holds(conn) == [first]
        assert holds.find_open_hold(conn, "asthma") == first
        with pytest.raises(UnknownTopic):
            holds.find_open_hold(conn, "tremor")


def test_a_decision_stays(swept: Database) -> None:
    change(swept, "asthma OR wheeze")
    hold = hold_query(swept)
    with pytest.raises(UsageError, match="Give a name"):
        decide(swept, hold, True, by=" ")
    decided = decide(swept, hold, True)
    assert (decided.is_approved, decided.decided_by, decided.note) == (True, "Ada", "so")
    assert decide(swept, hold, True, by="Ben") == decided, "the first one stays written"
    with pytest.raises(DecisionConflict, match="was approved of by Ada on 2026-11-22"):
        decide(swept, hold, False)
    comparison = search(swept, is_whole=False)
    assert comparison is not None and comparison.hold == decided
    with swept.reading() as conn:
        assert holds.list_holds(conn) == []
        assert holds.list_holds(conn, include_decided=True) == [decided]
        with pytest.raises(UsageError, match="No query of asthma waits"):
            holds.find_open_hold(conn, "asthma")


def test_more_than_was_approved_opens_another_hold(swept: Database) -> None:
    change(swept, "asthma OR wheeze")
    first = decide(swept, hold_query(swept), True)
    second = hold_query(swept)
    assert second.query_hold_id != first.query_hold_id
    assert second.is_open


def test_a_query_that_was_changed_again_waits_no_more(swept: Database) -> None:
    change(swept, "asthma OR wheeze")
    hold = hold_query(swept)
    change(swept, "asthma[tiab]")
    with swept.reading() as conn:
        assert holds.list_holds(conn) == []
    with pytest.raises(DecisionConflict, match="was changed after version 2"):
        decide(swept, hold, True)
    newer = hold_query(swept)
    assert newer.version == 3 and newer.compared_version == 1


def test_a_retired_topic_waits_for_nobody(swept: Database) -> None:
    change(swept, "asthma OR wheeze")
    hold_query(swept)
    with swept.writing() as conn:
        topics.retire_topic(conn, "asthma", author="A", reason="done", now=NOW + timedelta(1))
        assert holds.list_holds(conn) == []


def test_no_such_hold(database: Database) -> None:
    with database.reading() as conn, pytest.raises(UsageError, match="no held query 7"):
        holds.get_hold(conn, 7)


def test_the_difference_can_be_looked_at(swept: Database) -> None:
    change(swept, "asthma OR wheeze")
    url = hold_query(swept).difference_url
    assert url is not None
    assert url.endswith("?term=%28asthma%20OR%20wheeze%29%20NOT%20%28asthma%5Bti%5D%29")
    change(swept, " OR ".join(["wheeze"] * 500))
    assert hold_query(swept).difference_url is None
