from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import select

from db.engine import Database
from db.runs import (
    close_run,
    due_window,
    get_run,
    list_hits,
    list_pending,
    list_runs,
    mark_absent,
    open_run,
    save_search,
    set_hits,
)
from db.tables import search_hits, search_runs
from db.topics import add_topic, change_query, get_topic
from litsweep.domain.strategies import (
    DateField,
    DateWindow,
    HitState,
    RunStatus,
    SearchResult,
    SearchRun,
)
from litsweep.errors import DatabaseError, SweepBusy, UsageError

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
StartRun = Callable[..., int]


def result(*pmids: int, n_reported: int | None = None) -> SearchResult:
    return SearchResult(
        n_reported=len(pmids) if n_reported is None else n_reported,
        pmids=pmids,
        query_sent="sent",
        query_translation="translated",
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
        mark_absent(conn, run_id, [4])
        assert list_hits(conn, run_id, HitState.ABSENT) == [4]
    run = close(database, run_id)
    assert run == SearchRun(
        search_run_id=run_id,
        topic="asthma",
        strategy_version=1,
        query="asthma[tiab]",
        window=run.window,
        status=RunStatus.COMPLETE,
        query_translation='"asthma"[Title/Abstract]',
        n_reported=4,
        n_ids=4,
        n_fetched=3,
        n_new=1,
        n_changed=1,
        n_absent=1,
        n_failed=0,
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
            window,
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
        mark_absent(conn, run_id, [1])


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
    assert (run.query_translation, run.warnings) == ("translated", ("odd",))


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
                window,
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


# --- due windows ------------------------------------------------------------------------

ADDED = date(2026, 11, 22)  # the day of NOW, on which the fixtures add their topics
ORIGIN = ADDED - timedelta(30)


def due(
    database: Database, today: date, *, overlap_days: int = 14, first_window_days: int = 30
) -> tuple[date, date]:
    with database.reading() as conn:
        window = due_window(
            conn,
            get_topic(conn, "asthma"),
            today=today,
            overlap_days=overlap_days,
            first_window_days=first_window_days,
        )
    assert window.date_field is DateField.CRDT
    return window.first_day, window.last_day


def sweep(
    database: Database,
    start_run: StartRun,
    first_day: date,
    last_day: date,
    *,
    date_field: DateField = DateField.CRDT,
    error: str | None = None,
    is_closed: bool = True,
    on: date | None = None,
) -> None:
    window = DateWindow(date_field=date_field, first_day=first_day, last_day=last_day)
    now = datetime.combine(on or last_day, NOW.time(), UTC)
    run_id = start_run(database, (), window=window, now=now)
    if is_closed:
        close(database, run_id, error)


def day(offset: int) -> date:
    return ADDED + timedelta(offset)


@pytest.fixture
def topic(sqlite_database: Database) -> Database:
    with sqlite_database.writing() as conn:
        add_topic(conn, name="asthma", query="x", author="A", reason="r", now=NOW)
    return sqlite_database


def test_the_first_window_reaches_back_from_the_day_of_adding(topic: Database) -> None:
    assert due(topic, ADDED) == (ORIGIN, ADDED)
    assert due(topic, day(5)) == (ORIGIN, day(5))
    assert due(topic, day(-5)) == (day(-35), day(-5))
    assert due(topic, ADDED, first_window_days=7) == (day(-7), ADDED)


def test_the_next_window_overlaps_the_last_day_that_is_done(
    topic: Database, start_run: StartRun
) -> None:
    sweep(topic, start_run, ORIGIN, ADDED)
    assert due(topic, day(1)) == (day(-14), day(1))
    assert due(topic, day(1), overlap_days=3) == (day(-3), day(1))
    # The last day went on after it was searched, and NCBI's day ends later than UTC's.
    assert due(topic, day(1), overlap_days=0) == (day(-1), day(1))


@pytest.mark.parametrize("gap", [1, 2, 13, 60])
def test_missed_nights_stretch_the_window(topic: Database, start_run: StartRun, gap: int) -> None:
    sweep(topic, start_run, ORIGIN, ADDED)
    assert due(topic, day(gap)) == (day(-14), day(gap))


def test_night_after_night_every_day_is_searched(topic: Database, start_run: StartRun) -> None:
    searched = set()
    for night in (0, 1, 2, 20, 21, 90):
        first_day, last_day = due(topic, day(night), overlap_days=2)
        sweep(topic, start_run, first_day, last_day)
        searched |= {first_day + timedelta(n) for n in range((last_day - first_day).days + 1)}
    assert searched == {ORIGIN + timedelta(n) for n in range(30 + 90 + 1)}


@pytest.mark.parametrize("error, is_closed", [("it broke", True), (None, False)])
def test_a_run_that_is_not_complete_leaves_its_window_open(
    topic: Database, start_run: StartRun, error: str | None, is_closed: bool
) -> None:
    sweep(topic, start_run, ORIGIN, ADDED, error=error, is_closed=is_closed)
    assert due(topic, day(1)) == (ORIGIN, day(1))


def test_a_later_run_does_not_jump_over_a_gap(topic: Database, start_run: StartRun) -> None:
    sweep(topic, start_run, ORIGIN, day(-20))
    sweep(topic, start_run, day(-10), ADDED)
    assert due(topic, day(1), overlap_days=2) == (day(-22), day(1))
    sweep(topic, start_run, day(-19), day(-11))  # which closes the gap to the day
    assert due(topic, day(1), overlap_days=2) == (day(-2), day(1))


def test_an_earlier_or_a_contained_run_does_not_move_the_window(
    topic: Database, start_run: StartRun
) -> None:
    sweep(topic, start_run, date(1990, 1, 1), date(1999, 12, 31))
    assert due(topic, ADDED) == (ORIGIN, ADDED)
    sweep(topic, start_run, ORIGIN, ADDED)
    sweep(topic, start_run, day(-20), day(-18))
    assert due(topic, day(1)) == (day(-14), day(1))


def test_a_run_since_long_ago_counts(topic: Database, start_run: StartRun) -> None:
    sweep(topic, start_run, date(1800, 1, 1), ADDED)
    assert due(topic, day(1)) == (day(-14), day(1))


def test_only_creation_dates_count(topic: Database, start_run: StartRun) -> None:
    for date_field in set(DateField) - {DateField.CRDT}:
        sweep(topic, start_run, ORIGIN, ADDED, date_field=date_field)
    assert due(topic, ADDED) == (ORIGIN, ADDED)


def test_days_in_the_future_were_not_searched(topic: Database, start_run: StartRun) -> None:
    sweep(topic, start_run, ORIGIN, date(2030, 1, 1), on=ADDED)
    assert due(topic, day(1)) == (day(-14), day(1))
    assert due(topic, day(-20)) == (day(-50), day(-20))  # a clock that was set back


def test_a_changed_query_is_searched_from_the_beginning(
    topic: Database, start_run: StartRun
) -> None:
    sweep(topic, start_run, ORIGIN, ADDED)
    with topic.writing() as conn:
        change_query(conn, "asthma", query="y", author="A", reason="wider")
    assert due(topic, day(100)) == (ORIGIN, day(100))


def test_the_due_window_is_the_same_on_both_databases(
    database: Database, start_run: StartRun
) -> None:
    sweep(database, start_run, ORIGIN, ADDED)
    assert due(database, day(1)) == (day(-14), day(1))


def test_no_day_before_the_window_is_ever_unsearched(topic: Database, start_run: StartRun) -> None:
    # Whatever runs came to pass: each day from the origin to the window's begin was searched.
    spans = [(-30, -25), (-24, -12), (-11, 0), (-20, 0)]
    searched: set[date] = set()
    for (first, last), is_complete in product(spans, (False, True)):
        sweep(topic, start_run, day(first), day(last), error=None if is_complete else "broke")
        if is_complete:
            searched |= {day(offset) for offset in range(first, last + 1)}
        begin, _ = due(topic, day(1), overlap_days=1)
        assert {day(o) for o in range(-30, (begin - ADDED).days)} <= searched


def test_hits_belong_to_a_run(database: Database) -> None:
    with pytest.raises(DatabaseError), database.writing() as conn:
        conn.execute(search_hits.insert().values(search_run_id=7, pmid=1, state=HitState.PENDING))


def test_a_windows_days_are_kept(database: Database, start_run: StartRun) -> None:
    window = DateWindow(
        date_field=DateField.MDAT, first_day=date(1800, 1, 1), last_day=date(3000, 12, 31)
    )
    run_id = start_run(database, window=window)
    with database.reading() as conn:
        assert get_run(conn, run_id).window == window
