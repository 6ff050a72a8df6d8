"""Which identifiers of a search need fetching: by route, by what was seen, by what was stored."""

from collections.abc import Callable

import pytest

from db.engine import Database
from db.hits import list_hits, list_pending, set_absent, set_hits
from db.runs import close_run
from litsweep.domain.strategies import DateField, DateWindow, HitOrigin, HitState, SearchRoute
from tests.db.conftest import NOW, WINDOW

MODIFIED = DateWindow(
    date_field=DateField.MDAT, first_day=WINDOW.first_day, last_day=WINDOW.last_day
)
Search = Callable[..., int]


@pytest.fixture
def search(database: Database, start_run: Callable[..., int]) -> Search:
    """Run a search by a route that returns the PMIDs; with ``is_killed``, it is never closed."""

    def run(
        route: SearchRoute, *pmids: int, flow: str | None = None, is_killed: bool = False
    ) -> int:
        window = {SearchRoute.UNDATED: None, SearchRoute.MODIFIED: MODIFIED}.get(route, WINDOW)
        run_id = start_run(database, pmids, route=route, window=window, flow_run_id=flow)
        if not is_killed:
            with database.writing() as conn:
                set_hits(conn, run_id, list_pending(conn, run_id), HitState.NEW)
                close_run(conn, run_id, now=NOW)
        return run_id

    return run


def hits(database: Database, run_id: int, state: HitState, origin: HitOrigin) -> list[int]:
    with database.reading() as conn:
        return list_hits(conn, run_id, state, origin=origin)


def fetched(database: Database, run_id: int) -> list[int]:
    return hits(database, run_id, HitState.NEW, HitOrigin.SEARCH)


def test_a_window_of_creation_is_fetched_whole_each_time(
    database: Database, search: Search
) -> None:
    search(SearchRoute.CREATED, 1, 2)
    assert fetched(database, search(SearchRoute.CREATED, 1, 2, 3)) == [1, 2, 3]


def test_the_first_search_without_days_fetches_nothing(database: Database, search: Search) -> None:
    assert fetched(database, search(SearchRoute.UNDATED, 1, 2)) == []


def test_later_ones_fetch_what_no_run_has_seen(database: Database, search: Search) -> None:
    search(SearchRoute.UNDATED, 1, 2)
    search(SearchRoute.CREATED, 3)
    assert fetched(database, search(SearchRoute.UNDATED, 1, 2, 3, 4)) == [4]
    assert fetched(database, search(SearchRoute.UNDATED, 1, 2, 3, 4, 5)) == [5]


def test_what_a_killed_run_only_announced_was_not_seen(database: Database, search: Search) -> None:
    search(SearchRoute.UNDATED, 1)
    search(SearchRoute.UNDATED, 1, 2, is_killed=True)
    search(SearchRoute.MODIFIED, 1, 3, is_killed=True)
    assert fetched(database, search(SearchRoute.UNDATED, 1, 2, 3)) == [2, 3]


def test_a_killed_baseline_is_none(database: Database, search: Search) -> None:
    search(SearchRoute.UNDATED, 1, 2, is_killed=True)
    assert fetched(database, search(SearchRoute.UNDATED, 1, 2, 3)) == []


def test_changes_without_a_baseline_are_those_of_stored_records(
    database: Database, search: Search
) -> None:
    assert fetched(database, search(SearchRoute.MODIFIED, 1, 2)) == []
    search(SearchRoute.UNDATED, 1)
    assert fetched(database, search(SearchRoute.MODIFIED, 1, 2, 3)) == [3]


@pytest.mark.parametrize("flow", [None, "a flow of its own"])
def test_what_another_sweep_fetched_is_not_passed_over(
    database: Database, search: Search, flow: str | None
) -> None:
    search(SearchRoute.UNDATED)
    search(SearchRoute.CREATED, 1, flow="a flow" if flow else None)
    assert fetched(database, search(SearchRoute.MODIFIED, 1, 2, flow=flow)) == [2]


def test_what_was_absent_is_asked_for_until_it_comes(database: Database, search: Search) -> None:
    first = search(SearchRoute.CREATED, is_killed=True)
    with database.writing() as conn:
        close_run(conn, first, now=NOW)
    killed = search(SearchRoute.CREATED, 1, 2, is_killed=True)
    with database.writing() as conn:
        set_hits(conn, killed, [1], HitState.NEW)
        set_absent(conn, killed, [2])
        close_run(conn, killed, now=NOW)
    again = search(SearchRoute.CREATED, 5)
    assert hits(database, again, HitState.NEW, HitOrigin.ASKED_AGAIN) == [2]
    after = search(SearchRoute.CREATED, 5)
    assert hits(database, after, HitState.NEW, HitOrigin.ASKED_AGAIN) == []


def test_what_the_search_returns_is_not_asked_for_beside_it(
    database: Database, search: Search
) -> None:
    run_id = search(SearchRoute.CREATED, 2, is_killed=True)
    with database.writing() as conn:
        set_absent(conn, run_id, [2])
        close_run(conn, run_id, now=NOW)
    again = search(SearchRoute.CREATED, 2)
    assert fetched(database, again) == [2]
    assert hits(database, again, HitState.NEW, HitOrigin.ASKED_AGAIN) == []
