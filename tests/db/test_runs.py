from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from db.engine import Database
from db.hits import list_hits, list_pending, set_hits
from db.runs import close_run, get_run, list_runs, mark_absent, open_run, save_search
from db.tables import search_hits, search_runs
from db.topics import add_topic, get_topic
from db.windows import DueSearch
from litsweep.domain.strategies import (
    DateField,
    DateWindow,
    HitOrigin,
    HitState,
    RunStatus,
    SearchResult,
    SearchRoute,
    SearchRun,
    Slice,
)
from litsweep.errors import DatabaseError, SweepBusy, UsageError

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
StartRun = Callable[..., int]


def result(*pmids: int, n_reported: int | None = None) -> SearchResult:
    return SearchResult(
        n_reported=len(pmids) if n_reported is None else n_reported,
        slices=(Slice(first_pmid=1, last_pmid=9, count=len(pmids)),),
        pmids=pmids,
        query_sent="sent",
        query_translation="translated",
        translations=(),
        warnings=("odd",),
    )


def close(database: Database, run_id: int, error: str | None = None) -> SearchRun:
    with database.writing() as conn:
        return close_run(conn, run_id, error=error, now=NOW)


def settle(database: Database, run_id: int, state: HitState, *pmids: int) -> None:
    with database.writing() as conn:
        set_hits(conn, run_id, pmids, state)


def test_a_run_is_complete_when_its_numbers_add_up(database: Database, start_run: StartRun) -> None:
    run_id = start_run(database, (1, 2, 3, 4))
    settle(database, run_id, HitState.NEW, 1)
    settle(database, run_id, HitState.CHANGED, 2)
    settle(database, run_id, HitState.UNCHANGED, 3)
    with database.writing() as conn:
        assert list_pending(conn, run_id) == [4]
        mark_absent(conn, run_id, NOW)
        assert list_hits(conn, run_id, HitState.ABSENT) == [4]
    run = close(database, run_id)
    assert run == SearchRun(
        search_run_id=run_id,
        topic="asthma",
        strategy_version=1,
        query="asthma[tiab]",
        route=SearchRoute.CREATED,
        window=run.window,
        status=RunStatus.COMPLETE,
        query_translation='"asthma"[Title/Abstract]',
        translations=(("asthma", '"asthma"[Title/Abstract]'),),
        n_reported=4,
        slices=(Slice(first_pmid=1, last_pmid=2**34, count=4),),
        n_ids=4,
        n_fetched=3,
        n_known=0,
        n_new=1,
        n_changed=1,
        n_absent=1,
        n_failed=0,
        n_beside=0,
        n_beside_absent=0,
        warnings=("Phrase not found: astma.",),
        error=None,
        started_at=NOW,
        finished_at=NOW,
    )
    assert str(run.window) == "crdt 2026-10-23 to 2026-11-22"


def test_a_run_that_found_nothing_is_complete(database: Database, start_run: StartRun) -> None:
    assert close(database, start_run(database)).status is RunStatus.COMPLETE


@pytest.mark.parametrize("state", [HitState.PENDING, HitState.FAILED])
def test_a_run_with_an_unsettled_identifier_is_incomplete(
    database: Database, start_run: StartRun, state: HitState
) -> None:
    run_id = start_run(database, (1, 2))
    settle(database, run_id, HitState.NEW, 1)
    settle(database, run_id, state, 2)
    assert close(database, run_id).status is RunStatus.INCOMPLETE


@pytest.mark.parametrize("n_reported", [1, 3])
def test_a_run_whose_identifiers_differ_from_the_count_is_incomplete(
    database: Database, start_run: StartRun, n_reported: int
) -> None:
    run_id = start_run(database, (1, 2), n_reported=n_reported)
    settle(database, run_id, HitState.NEW, 1, 2)
    assert close(database, run_id).status is RunStatus.INCOMPLETE


def test_an_error_makes_a_run_failed_and_keeps_its_words(
    database: Database, start_run: StartRun
) -> None:
    run = close(database, start_run(database), error="PubMed did not answer.")
    assert (run.status, run.error) == (RunStatus.FAILED, "PubMed did not answer.")


def test_a_run_that_never_searched_is_incomplete(database: Database) -> None:
    with database.writing() as conn:
        strategy = add_topic(conn, name="asthma", query="x", author="A", reason="r").strategy
        window = DateWindow(
            date_field=DateField.CRDT, first_day=date(2026, 1, 1), last_day=date(2026, 1, 2)
        )
        run_id = open_run(
            conn,
            strategy,
            DueSearch(route=SearchRoute.CREATED, window=window),
            owner="here:1",
            is_owner_alive=lambda owner, since: True,
            tool_version="0",
            flow_run_id=None,
            now=NOW,
        )
    run = close(database, run_id)
    assert (run.status, run.n_reported) == (RunStatus.INCOMPLETE, None)


def test_a_closed_run_stays_as_it_is(database: Database, start_run: StartRun) -> None:
    run_id = start_run(database)
    first = close(database, run_id)
    with database.writing() as conn:
        assert close_run(conn, run_id, error="late", now=NOW + timedelta(1)) == first
    with pytest.raises(SweepBusy, match="closed meanwhile"), database.writing() as conn:
        save_search(conn, run_id, result(1))
    with pytest.raises(SweepBusy, match="closed meanwhile"), database.writing() as conn:
        mark_absent(conn, run_id, NOW)


def test_a_repeated_search_replaces_what_is_pending_and_keeps_what_was_stored(
    database: Database, start_run: StartRun
) -> None:
    run_id = start_run(database, (1, 2, 3))
    settle(database, run_id, HitState.NEW, 1)
    for _ in range(2):
        with database.writing() as conn:
            save_search(conn, run_id, result(1, 3, 4))
    with database.reading() as conn:
        assert list_pending(conn, run_id) == [3, 4]
        run = get_run(conn, run_id)
    assert (run.n_reported, run.n_ids, run.n_new) == (3, 3, 1)
    assert run.query_translation == "translated"
    assert run.warnings == ("Phrase not found: astma.", "odd")


def test_the_first_outcome_of_a_stored_record_stays(
    database: Database, start_run: StartRun
) -> None:
    run_id = start_run(database, (1, 2))
    settle(database, run_id, HitState.NEW, 1)
    settle(database, run_id, HitState.ABSENT, 2)
    settle(database, run_id, HitState.UNCHANGED, 1, 2)
    with database.reading() as conn:
        assert list_hits(conn, run_id, HitState.NEW) == [1]
        assert list_hits(conn, run_id, HitState.UNCHANGED) == [2]


def test_thousands_of_identifiers_are_one_search(database: Database, start_run: StartRun) -> None:
    pmids = tuple(range(2_000_000_000, 2_000_000_000 + 4321))  # and wider than 32 bits hold
    run_id = start_run(database, (*pmids, 9_999_999_999))
    settle(database, run_id, HitState.NEW, *pmids, 9_999_999_999)
    assert close(database, run_id).n_new == 4322


def test_one_sweep_of_a_topic_at_a_time(database: Database, start_run: StartRun) -> None:
    run_id = start_run(database)
    asked = []

    def is_owner_alive(owner: str, since: datetime) -> bool:
        asked.append(owner)
        return True

    with database.writing() as conn:
        strategy = get_topic(conn, "asthma").strategy
        window = get_run(conn, run_id).window
        with pytest.raises(SweepBusy, match=f"'asthma'.*run {run_id}.*here:1"):
            open_run(
                conn,
                strategy,
                DueSearch(route=SearchRoute.CREATED, window=window),
                owner="here:2",
                is_owner_alive=is_owner_alive,
                tool_version="0",
                flow_run_id=None,
                now=NOW,
            )
    assert asked == ["here:1"]
    assert start_run(database, topic="copd") != run_id  # another topic's is free
    with pytest.raises(DatabaseError), database.writing() as conn:
        row = conn.execute(select(search_runs).limit(1)).mappings().one()
        values = {name: value for name, value in row.items() if name != "search_run_id"}
        conn.execute(search_runs.insert().values(values))


def test_a_dead_owners_run_is_interrupted_and_its_hits_stay(
    database: Database, start_run: StartRun
) -> None:
    dead = start_run(database, (1, 2))
    settle(database, dead, HitState.NEW, 1)
    alive = start_run(database, (1, 2), now=NOW + timedelta(hours=1))
    with database.reading() as conn:
        run = get_run(conn, dead)
        assert get_run(conn, alive).status is RunStatus.RUNNING
    assert run.status is RunStatus.INTERRUPTED
    assert run.finished_at == NOW + timedelta(hours=1)
    assert (run.n_new, run.n_ids) == (1, 2)
    assert "here:1" in (run.error or "")
    assert close(database, dead).status is RunStatus.INTERRUPTED


def test_runs_are_listed_newest_first(database: Database, start_run: StartRun) -> None:
    first = start_run(database, (1,))
    close(database, first)
    second = start_run(database, (), topic="copd")
    third = start_run(database, (1, 2))
    with database.reading() as conn:
        assert [run.search_run_id for run in list_runs(conn)] == [third, second, first]
        assert [run.n_ids for run in list_runs(conn)] == [2, 0, 1]
        assert [run.search_run_id for run in list_runs(conn, limit=1)] == [third]
        assert [run.search_run_id for run in list_runs(conn, topic="copd")] == [second]
        assert list_runs(conn, topic="gout") == []
        with pytest.raises(UsageError, match="no search run 999"):
            get_run(conn, 999)


def test_hits_belong_to_a_run(database: Database) -> None:
    with pytest.raises(DatabaseError), database.writing() as conn:
        conn.execute(
            search_hits.insert().values(
                search_run_id=7, pmid=1, origin=HitOrigin.SEARCH, state=HitState.PENDING
            )
        )


def test_a_windows_days_are_kept(database: Database, start_run: StartRun) -> None:
    window = DateWindow(
        date_field=DateField.MDAT, first_day=date(1800, 1, 1), last_day=date(3000, 12, 31)
    )
    run_id = start_run(database, window=window)
    with database.reading() as conn:
        assert get_run(conn, run_id).window == window


def test_a_flow_run_that_did_not_hear_of_its_run_is_given_it_again(database: Database) -> None:
    window = DateWindow(
        date_field=DateField.CRDT, first_day=date(2026, 11, 1), last_day=date(2026, 11, 20)
    )
    created = DueSearch(route=SearchRoute.CREATED, window=window)

    def begin(flow_run_id: str | None, search: DueSearch = created) -> int:
        with database.writing() as conn:
            return open_run(
                conn,
                get_topic(conn, "asthma").strategy,
                search,
                owner="this",
                is_owner_alive=lambda owner, since: True,
                tool_version="test",
                flow_run_id=flow_run_id,
                now=NOW,
            )

    with database.writing() as conn:
        add_topic(conn, name="asthma", query="asthma[tiab]", author="A", reason="first")
    first = begin("one")
    assert begin("one") == first
    for other in ("two", None):
        with pytest.raises(SweepBusy):
            begin(other)
    with pytest.raises(SweepBusy):
        begin("one", DueSearch(route=SearchRoute.UNDATED, window=None))
    with database.writing() as conn:
        save_search(conn, first, result(1))
    with pytest.raises(SweepBusy):
        begin("one")
