"""How each topic's sweeps stand: the newest run by each route, the last complete one, gaps.

Counts of a run's identifiers are not made here: a search without days may have a million.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Integer, Select, bindparam, func, select

from db.holds import list_holds
from db.tables import search_runs
from litsweep.domain.holds import QueryHold
from litsweep.domain.strategies import RunStatus, SearchRoute, Topic

NIGHTLY: Final = (SearchRoute.CREATED, SearchRoute.MODIFIED)
"""The searches that every night has; the one without days comes once a month."""

# A window reaches back over the nights before it, so that older runs tell nothing of gaps.
_NIGHTS_LOOKED_AT: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHead:
    """A run without the counts of its identifiers; the days are those of its window."""

    search_run_id: int
    route: SearchRoute
    first_day: date | None
    last_day: date | None
    status: RunStatus
    error: str | None
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepStanding:
    """How a topic's sweeps stand, with the version of its query that is searched now.

    ``newest`` has the newest run of each route that ever ran; ``open_windows`` are the backfilled
    windows whose newest run is not complete. ``was_swept`` tells whether any version ever was.
    ``completed_at`` is when the older of the two nightly searches was last complete, None where
    one never was. ``unsearched_day`` lies between complete nights and was in none.
    """

    topic: Topic
    newest: tuple[RunHead, ...]
    open_windows: tuple[RunHead, ...]
    was_swept: bool
    completed_at: datetime | None
    unsearched_day: date | None
    hold: QueryHold | None


def list_standings(conn: Connection, topics: Sequence[Topic]) -> list[SweepStanding]:
    """Return how the sweeps of ``topics`` stand, in their order."""
    holds = {hold.topic: hold for hold in list_holds(conn)}
    return [_find_standing(conn, topic, holds.get(topic.name)) for topic in topics]


def _find_standing(conn: Connection, topic: Topic, hold: QueryHold | None) -> SweepStanding:
    strategy_id = topic.strategy.search_strategy_id
    by_route = {route: _list_last(conn, strategy_id, route, _NIGHTS_LOOKED_AT) for route in NIGHTLY}
    by_route[SearchRoute.UNDATED] = _list_last(conn, strategy_id, SearchRoute.UNDATED, 1)
    ends = [_last_end(by_route[route]) for route in NIGHTLY]
    return SweepStanding(
        topic=topic,
        newest=tuple(heads[0] for heads in by_route.values() if heads),
        open_windows=_list_open_windows(conn, strategy_id),
        was_swept=any(by_route.values()) or _was_swept(conn, topic.topic_id),
        completed_at=None if None in ends else min(end for end in ends if end),
        unsearched_day=find_gap(by_route[SearchRoute.CREATED]),
        hold=hold,
    )


def find_gap(heads: Iterable[RunHead]) -> date | None:
    """Return the first day that lies between the windows of complete runs, or None."""
    windows = sorted(
        (head.first_day, head.last_day)
        for head in heads
        if head.status is RunStatus.COMPLETE and head.first_day and head.last_day
    )
    reached: date | None = None
    for first_day, last_day in windows:
        next_day = reached and reached + timedelta(days=1)
        if next_day is not None and first_day > next_day:
            return next_day
        reached = last_day if reached is None else max(reached, last_day)
    return None


def _list_last(conn: Connection, strategy_id: int, route: SearchRoute, limit: int) -> list[RunHead]:
    """Return the last runs of a strategy by a route, the newest first."""
    values = {"strategy_id": strategy_id, "route": route, "n_runs": limit}
    return [RunHead(**row) for row in conn.execute(_LAST, values).mappings()]


def _list_open_windows(conn: Connection, strategy_id: int) -> tuple[RunHead, ...]:
    rows = conn.execute(_OPEN_WINDOWS, {"strategy_id": strategy_id}).mappings()
    return tuple(RunHead(**row) for row in rows)


def _last_end(heads: Sequence[RunHead]) -> datetime | None:
    complete = (head.finished_at for head in heads if head.status is RunStatus.COMPLETE)
    return next(complete, None)


def _was_swept(conn: Connection, topic_id: int) -> bool:
    statement = select(search_runs.c.search_run_id).where(search_runs.c.topic_id == topic_id)
    return conn.execute(statement.limit(1)).first() is not None


def _select_heads() -> Select[Any]:
    return select(*(search_runs.c[field.name] for field in fields(RunHead)))


def _select_open_windows() -> Select[Any]:
    runs = search_runs.c
    newest = (
        select(func.max(runs.search_run_id))
        .where(runs.search_strategy_id == _OF_STRATEGY, runs.route == SearchRoute.BACKFILL)
        .group_by(runs.first_day, runs.last_day)
    )
    return (
        _select_heads()
        .where(runs.search_run_id.in_(newest), runs.status != RunStatus.COMPLETE)
        .order_by(runs.search_run_id)
    )


# Built once: for fifty topics, building them takes longer than asking them.
_OF_STRATEGY: Final = bindparam("strategy_id", type_=Integer)
_LAST: Final = (
    _select_heads()
    .where(
        search_runs.c.search_strategy_id == _OF_STRATEGY,
        search_runs.c.route == bindparam("route", type_=search_runs.c.route.type),
    )
    .order_by(search_runs.c.search_run_id.desc())
    .limit(bindparam("n_runs", type_=Integer))
)
_OPEN_WINDOWS: Final = _select_open_windows()
