"""Which searches are due: every day is searched, whatever runs came to pass."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from db.engine import Database
from db.runs import close_run
from db.topics import add_topic, change_query, get_topic
from db.windows import DueSearch, Rhythm, list_due
from litsweep.domain.strategies import DateField, DateWindow, SearchRoute

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
StartRun = Callable[..., int]
ADDED = date(2026, 11, 22)  # the day of NOW, on which the fixtures add their topics
ORIGIN = ADDED - timedelta(30)
RHYTHM = Rhythm(overlap_days=14, first_window_days=30, undated_every_days=30)


def due(
    database: Database, today: date, *, overlap_days: int = 14, first_window_days: int = 30
) -> tuple[date, date]:
    found = search_due(
        database,
        today,
        Rhythm(
            overlap_days=overlap_days, first_window_days=first_window_days, undated_every_days=0
        ),
    )[0]
    assert found.route is SearchRoute.CREATED
    assert found.window is not None
    assert found.window.date_field is DateField.CRDT
    return found.window.first_day, found.window.last_day


def search_due(database: Database, today: date, rhythm: Rhythm = RHYTHM) -> list[DueSearch]:
    with database.reading() as conn:
        return list_due(conn, get_topic(conn, "asthma"), today=today, rhythm=rhythm)


def close(database: Database, run_id: int, error: str | None = None) -> None:
    with database.writing() as conn:
        close_run(conn, run_id, error=error, now=NOW)


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


def test_a_topic_is_first_searched_without_days(topic: Database) -> None:
    routes = [search.route for search in search_due(topic, ADDED)]
    assert routes == [SearchRoute.UNDATED, SearchRoute.CREATED, SearchRoute.MODIFIED]


def test_a_month_later_it_is_searched_without_days_again(
    topic: Database, start_run: StartRun
) -> None:
    usual = [SearchRoute.CREATED, SearchRoute.MODIFIED]
    undated = start_run(topic, (), route=SearchRoute.UNDATED, window=None)
    assert search_due(topic, day(1))[0].route is SearchRoute.UNDATED  # that one is not complete
    close(topic, undated)
    assert [search.route for search in search_due(topic, day(29))] == usual
    monthly = [SearchRoute.CREATED, SearchRoute.UNDATED, SearchRoute.MODIFIED]
    assert [search.route for search in search_due(topic, day(30))] == monthly
    never = Rhythm(overlap_days=14, first_window_days=30, undated_every_days=0)
    assert [search.route for search in search_due(topic, day(30), never)] == usual
    with topic.writing() as conn:
        change_query(conn, "asthma", query="y", author="A", reason="wider")
    assert search_due(topic, day(1))[0].route is SearchRoute.UNDATED


def test_changes_have_a_window_of_their_own(topic: Database, start_run: StartRun) -> None:
    sweep(topic, start_run, ORIGIN, ADDED)
    changes = DateWindow(date_field=DateField.MDAT, first_day=ORIGIN, last_day=day(1))
    assert search_due(topic, day(1))[-1].window == changes
    window = DateWindow(date_field=DateField.MDAT, first_day=ORIGIN, last_day=ADDED)
    close(topic, start_run(topic, (), route=SearchRoute.MODIFIED, window=window))
    assert search_due(topic, day(1))[-1].window == DateWindow(
        date_field=DateField.MDAT, first_day=day(-14), last_day=day(1)
    )


def test_missed_nights_are_said(topic: Database, start_run: StartRun) -> None:
    sweep(topic, start_run, ORIGIN, ADDED)
    created = [one for one in search_due(topic, day(1)) if one.route is SearchRoute.CREATED]
    assert created[0].remark is None
    created = [one for one in search_due(topic, day(4)) if one.route is SearchRoute.CREATED]
    assert created[0].remark == (
        "The window was stretched over 3 missed nights: the last complete sweep reached 2026-11-22."
    )
