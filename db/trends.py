"""How many records a topic found, and how many decisions were made on it, week by week."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy import Connection, Select, func, select

from db.tables import screening_decisions, topic_records
from db.topics import get_topic
from db.views.expressions import DayOf
from litsweep.domain.decisions import Decision

N_WEEKS: Final = 26

FoundByWeek = Mapping[tuple[date, bool], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendWeek:
    """One week, which begins on a Monday (ISO 8601), in UTC.

    ``n_late`` are records found whose day of creation had been searched before without them;
    ``n_found`` are the others. ``n_decided`` are decisions of people at either stage.
    """

    monday: date
    n_found: int
    n_late: int
    n_decided: int


def list_weeks(
    conn: Connection,
    topic: str,
    *,
    today: date,
    n_weeks: int = N_WEEKS,
    found: FoundByWeek | None = None,
) -> list[TrendWeek]:
    """Return the last weeks of a topic, the oldest first; the last one is still going on.

    ``found`` is what `count_found` returned, where it was asked before.

    Raises:
        UnknownTopic: no topic has this name.
    """
    if found is None:
        found = count_found(conn, topic, today=today, n_weeks=n_weeks)
    topic_id = get_topic(conn, topic).topic_id
    first, since = _find_start(today, n_weeks)
    decided: Counter[date] = Counter()
    for day, n in conn.execute(_select_decided(topic_id, since)):
        decided[monday_of(date.fromisoformat(day))] += n
    mondays = [first + timedelta(weeks=week) for week in range(n_weeks)]
    return [
        TrendWeek(
            monday=monday,
            n_found=found.get((monday, False), 0),
            n_late=found.get((monday, True), 0),
            n_decided=decided[monday],
        )
        for monday in mondays
    ]


def count_found(
    conn: Connection, topic: str, *, today: date, n_weeks: int = N_WEEKS
) -> FoundByWeek:
    """Return how many records a topic found, by the Monday of the week and whether it was late.

    Raises:
        UnknownTopic: no topic has this name.
    """
    topic_id = get_topic(conn, topic).topic_id
    _, since = _find_start(today, n_weeks)
    found: Counter[tuple[date, bool]] = Counter()
    for day, is_late, n in conn.execute(_select_found(topic_id, since)):
        found[monday_of(date.fromisoformat(day)), bool(is_late)] += n
    return found


def _find_start(today: date, n_weeks: int) -> tuple[date, datetime]:
    first = monday_of(today) - timedelta(weeks=n_weeks - 1)
    return first, datetime.combine(first, time(), UTC)


def monday_of(day: date) -> date:
    """Return the first day of a day's week."""
    return day - timedelta(days=day.weekday())


def _select_found(topic_id: int, since: datetime) -> Select[str, bool, int]:
    day = DayOf(topic_records.c.found_at)
    return (
        select(day, topic_records.c.is_late, func.count())
        .where(topic_records.c.topic_id == topic_id, topic_records.c.found_at >= since)
        .group_by(day, topic_records.c.is_late)
    )


def _select_decided(topic_id: int, since: datetime) -> Select[str, int]:
    decided = screening_decisions.c
    day = DayOf(decided.decided_at)
    return (
        select(day, func.count())
        .where(
            decided.topic_id == topic_id,
            decided.decided_at >= since,
            decided.decision != Decision.WITHDRAWN,
        )
        .group_by(day)
    )
