"""Receipts of search runs in pages: in the order of any of their own columns, and whole.

What came of a run's identifiers is counted for those of a page only, so that no page is in the
order of these counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from db.runs import build_runs, select_runs
from db.tables import search_runs, topics
from db.topics import get_topic
from litsweep.domain.strategies import SearchRun
from litsweep.errors import UnknownNumber

_AT_ONCE: Final = 500
_SMALLEST: Final = -1
_LARGEST: Final = 2**31 - 1


class RunSort(StrEnum):
    """In which order runs come, of equal ones the newest first; each can be turned round."""

    STARTED_AT = "started_at"
    """The newest first."""
    TOPIC = "topic"
    """By the topic's name."""
    ROUTE = "route"
    """By what was searched for, by its name."""
    STATUS = "status"
    """By how it ended, by its name."""
    N_REPORTED = "n_reported"
    """The most records counted by PubMed first, runs without a count last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRuns:
    """Runs of one topic or all; ``after`` is the number of the last run of the page before."""

    topic: str | None = None
    sort: RunSort = RunSort.STARTED_AT
    is_reversed: bool = False
    after: int | None = None

    @property
    def is_falling(self) -> bool:
        """Whether the newest, or the largest, comes first."""
        return (self.sort in FALLING) != self.is_reversed


FALLING: Final = frozenset({RunSort.STARTED_AT, RunSort.N_REPORTED})
"""Orders that begin with the newest or the largest, unless they are turned round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """A page; ``after`` is where the next one begins, None at the end."""

    runs: tuple[SearchRun, ...]
    after: int | None


def list_run_page(conn: Connection, asked: AskedRuns, *, limit: int) -> RunPage:
    """Return a page of receipts.

    Raises:
        UnknownTopic: no topic has this name.
        UnknownNumber: there is no run ``asked.after``.
    """
    number, value = search_runs.c.search_run_id, _value(asked)
    statement = select_runs().limit(limit + 1)
    if asked.topic is not None:
        topic_id = get_topic(conn, asked.topic).topic_id
        statement = statement.where(search_runs.c.topic_id == topic_id)
    if asked.after is not None:
        statement = statement.where(_is_behind(conn, asked, value))
    in_order = value.desc() if asked.is_falling else value.asc()
    is_newest_last = asked.sort is RunSort.STARTED_AT and asked.is_reversed
    rows = conn.execute(
        statement.order_by(in_order, number.asc() if is_newest_last else number.desc())
    ).all()
    after = rows[limit - 1].search_run_id if len(rows) > limit else None
    return RunPage(runs=tuple(build_runs(conn, rows[:limit])), after=after)


def iter_runs(conn: Connection, asked: AskedRuns) -> Iterator[SearchRun]:
    """Iterate over all receipts, in the order of their pages.

    Raises:
        UnknownTopic: no topic has this name.
    """
    after = None
    while True:
        page = list_run_page(conn, replace(asked, after=after), limit=_AT_ONCE)
        yield from page.runs
        after = page.after
        if after is None:
            return


def _value(asked: AskedRuns) -> ColumnElement[Any]:
    found = search_runs.c
    values: dict[RunSort, ColumnElement[Any]] = {
        # Runs are numbered as they begin.
        RunSort.STARTED_AT: found.search_run_id,
        RunSort.TOPIC: topics.c.name,
        RunSort.ROUTE: found.route,
        RunSort.STATUS: found.status,
        RunSort.N_REPORTED: func.coalesce(
            found.n_reported, _SMALLEST if asked.is_falling else _LARGEST
        ),
    }
    return values[asked.sort]


def _is_behind(
    conn: Connection, asked: AskedRuns, value: ColumnElement[Any]
) -> ColumnElement[bool]:
    number = search_runs.c.search_run_id
    place = conn.execute(
        select(value).select_from(search_runs.join(topics)).where(number == asked.after)
    ).first()
    if place is None:
        raise UnknownNumber(f"There is no search run {asked.after}: no page is behind it.")
    is_further = value < place[0] if asked.is_falling else value > place[0]
    return or_(is_further, and_(value == place[0], number < asked.after))
