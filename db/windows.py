"""Which searches a topic is due: by days of creation, by days of change, and without days.

Days that are done are days that complete runs cover. Nothing is opened or written here.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from db.tables import search_runs
from litsweep.domain.strategies import (
    DateField,
    DateWindow,
    RunStatus,
    SearchRoute,
    SearchStrategy,
    Topic,
)
from litsweep.errors import UsageError

# PubMed's days are Eastern time's, which is five hours behind UTC in winter (four in summer).
_EASTERN: Final = timedelta(hours=5)

# The last day of a window was still going on when it was searched: it, and the one before, are
# searched again whatever overlap is set.
_LEAST_OVERLAP_DAYS: Final = 1

_FIELDS: Final = {
    SearchRoute.CREATED: DateField.CRDT,
    SearchRoute.BACKFILL: DateField.CRDT,
    SearchRoute.MODIFIED: DateField.MDAT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSearch:
    """A search that is due; ``remark`` is a sentence for people, such as about missed nights."""

    route: SearchRoute
    window: DateWindow | None
    remark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How far windows reach, and how often a topic is searched without days (0: never)."""

    overlap_days: int
    first_window_days: int
    undated_every_days: int


def list_due(conn: Connection, topic: Topic, *, today: date, rhythm: Rhythm) -> list[DueSearch]:
    """Return the searches of a topic that are due, in the order in which they belong.

    New records first; then, once a month, all that the query ever finds, so that what came
    late is seen; then what PubMed changed. A query's very first search is the one without days:
    what there is before the surveillance begins, to compare with later.
    """
    created = _due_window(conn, topic, SearchRoute.CREATED, today, rhythm)
    modified = _due_window(conn, topic, SearchRoute.MODIFIED, today, rhythm)
    if not rhythm.undated_every_days:
        return [created, modified]
    undated = DueSearch(route=SearchRoute.UNDATED, window=None)
    last = _find_last_undated(conn, topic.strategy)
    if last is None:
        # First, so that no record can slip in between it and the search of the window.
        return [undated, created, modified]
    is_due = (today - last.date()).days >= rhythm.undated_every_days
    return [created, undated, modified] if is_due else [created, modified]


def _due_window(
    conn: Connection, topic: Topic, route: SearchRoute, today: date, rhythm: Rhythm
) -> DueSearch:
    """Return the days that the topic's next search by ``route`` has to cover.

    A topic is under surveillance from ``first_window_days`` before it was added (or before
    ``today``, if that is earlier). The days that are done are those that complete runs of
    the current version of its query cover from there on without a gap; the window begins
    ``overlap_days`` before the last of them. Missed nights so stretch it, a run over later
    days alone does not move it, and a changed query is searched from the beginning.
    """
    origin = min(today, topic.created_at.date()) - timedelta(days=rhythm.first_window_days)
    date_field = _FIELDS[route]
    last_done = _find_last_day_done(conn, topic.strategy, date_field, origin)
    first_day = origin
    if last_done is not None:
        first_day = last_done - timedelta(days=max(rhythm.overlap_days, _LEAST_OVERLAP_DAYS))
    return DueSearch(
        route=route,
        window=DateWindow(date_field=date_field, first_day=min(first_day, today), last_day=today),
        remark=_remark_missed(last_done, today),
    )


def list_backfill(
    conn: Connection, strategy: SearchStrategy, since: date, until: date, *, days: int
) -> list[DueSearch]:
    """Cut the days of creation from ``since`` to ``until`` into windows of ``days``, oldest first.

    Windows that complete runs of this version of the query cover are left out, so that the
    same history asked for again goes on where it was.

    Raises:
        UsageError: the days end before they begin, or a window would have no day.
    """
    if days < 1:
        raise UsageError(f"A window of {days} days cannot be searched; it needs one at least.")
    field = _FIELDS[SearchRoute.BACKFILL]
    whole = DateWindow(date_field=field, first_day=since, last_day=until)
    spans = _list_spans_done(conn, strategy, whole)
    found: list[DueSearch] = []
    first_day = since
    while first_day <= until:
        last_day = min(first_day + timedelta(days=days - 1), until)
        if not _is_covered(first_day, last_day, spans):
            window = DateWindow(date_field=field, first_day=first_day, last_day=last_day)
            found.append(DueSearch(route=SearchRoute.BACKFILL, window=window))
        first_day = last_day + timedelta(days=1)
    return found


def _list_spans_done(
    conn: Connection, strategy: SearchStrategy, window: DateWindow
) -> list[tuple[date, date]]:
    """Return the spans of days that complete runs of a strategy searched when these were over.

    Of those that touch the window, in the order of their first days.
    """
    statement = (
        select(search_runs.c.first_day, search_runs.c.last_day, search_runs.c.started_at)
        .where(
            search_runs.c.search_strategy_id == strategy.search_strategy_id,
            search_runs.c.status == RunStatus.COMPLETE,
            search_runs.c.date_field == window.date_field,
            search_runs.c.first_day <= window.last_day,
            search_runs.c.last_day >= window.first_day,
        )
        .order_by(search_runs.c.first_day)
    )
    return [
        (first_day, min(last_day, eastern_day(started_at) - timedelta(days=1)))
        for first_day, last_day, started_at in conn.execute(statement)
    ]


def _is_covered(first_day: date, last_day: date, spans: list[tuple[date, date]]) -> bool:
    next_day = first_day
    for first, last in spans:
        if first > next_day:
            break
        next_day = max(next_day, last + timedelta(days=1))
    return next_day > last_day


def was_searched(conn: Connection, strategy_id: int, day: date, *, before_run: int) -> bool:
    """Tell whether a complete run before this one had searched a day of creation to its end.

    PubMed's day is over at 05:00 UTC of the next one; a search before that saw part of it.
    """
    covering = (
        select(search_runs.c.started_at)
        .where(
            search_runs.c.search_strategy_id == strategy_id,
            search_runs.c.search_run_id < before_run,
            search_runs.c.status == RunStatus.COMPLETE,
            search_runs.c.date_field == DateField.CRDT,
            search_runs.c.first_day <= day,
            search_runs.c.last_day >= day,
        )
        .order_by(search_runs.c.search_run_id.desc())
        .limit(1)
    )
    started_at = conn.scalar(covering)
    return started_at is not None and eastern_day(started_at) > day


def eastern_day(moment: datetime) -> date:
    """Return the day that PubMed's calendar has at ``moment``, which is in UTC."""
    return (moment - _EASTERN).date()


def _find_last_day_done(
    conn: Connection, strategy: SearchStrategy, date_field: DateField, origin: date
) -> date | None:
    statement = (
        select(search_runs.c.first_day, search_runs.c.last_day, search_runs.c.started_at)
        .where(
            search_runs.c.search_strategy_id == strategy.search_strategy_id,
            search_runs.c.status == RunStatus.COMPLETE,
            search_runs.c.date_field == date_field,
        )
        .order_by(search_runs.c.first_day)
    )
    day_before = origin - timedelta(days=1)
    last_done = day_before
    for first_day, last_day, started_at in conn.execute(statement):
        if first_day > last_done + timedelta(days=1):
            break
        # A window may end in the future; what PubMed had not yet made was not searched.
        last_done = max(last_done, min(last_day, started_at.date()))
    return last_done if last_done > day_before else None


def _remark_missed(last_done: date | None, today: date) -> str | None:
    n_missed = 0 if last_done is None else (today - last_done).days - 1
    if n_missed < 1:
        return None
    nights = "night" if n_missed == 1 else "nights"
    return (
        f"The window was stretched over {n_missed} missed {nights}: the last complete sweep "
        f"reached {last_done}."
    )


def _find_last_undated(conn: Connection, strategy: SearchStrategy) -> datetime | None:
    last: datetime | None = conn.scalar(
        select(func.max(search_runs.c.started_at)).where(
            search_runs.c.search_strategy_id == strategy.search_strategy_id,
            search_runs.c.route == SearchRoute.UNDATED,
            search_runs.c.status == RunStatus.COMPLETE,
        )
    )
    return last
