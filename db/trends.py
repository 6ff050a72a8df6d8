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

_NO_LIMIT: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedByWeek:
    """How many decisions were made from ``since`` on by the Monday of the week, counted up to the
    one with the number ``until_id``: what is stored already changes no more.
    """

    since: datetime
    until_id: int
    n_decided: Mapping[date, int]


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
    decided: DecidedByWeek | None = None,
) -> list[TrendWeek]:
    """Return the last weeks of a topic, the oldest first; the last one is still going on.

    ``found`` and ``decided`` are what `count_found` and `count_decided` returned, where they were
    asked before.

    Raises:
        UnknownTopic: no topic has this name.
    """
    if found is None:
        found = count_found(conn, topic, today=today, n_weeks=n_weeks)
    if decided is None:
        decided = count_decided(conn, topic, today=today, n_weeks=n_weeks)
    first, _ = _find_start(today, n_weeks)
    mondays = [first + timedelta(weeks=week) for week in range(n_weeks)]
    return [
        TrendWeek(
            monday=monday,
            n_found=found.get((monday, False), 0),
            n_late=found.get((monday, True), 0),
            n_decided=decided.n_decided.get(monday, 0),
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


def count_decided(
    conn: Connection,
    topic: str,
    *,
    today: date,
    n_weeks: int = N_WEEKS,
    known: DecidedByWeek | None = None,
) -> DecidedByWeek:
    """Return how many decisions were made by the Monday of the week; ``known`` is an earlier count.

    With it only what was stored since is looked at: half a million decisions take 300 ms.

    Raises:
        UnknownTopic: no topic has this name.
    """
    topic_id = get_topic(conn, topic).topic_id
    _, since = _find_start(today, n_weeks)
    until_id = conn.scalar(select(func.max(screening_decisions.c.screening_decision_id))) or 0
    if known is not None and known.since == since:
        statement = _select_decided_since(topic_id, since, known.until_id)
        decided = Counter(known.n_decided)
    else:
        statement, decided = _select_decided(topic_id, since), Counter()
    for day, n in conn.execute(statement):
        decided[monday_of(date.fromisoformat(day))] += n
    return DecidedByWeek(since=since, until_id=until_id, n_decided=decided)


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


def _select_decided_since(topic_id: int, since: datetime, known_id: int) -> Select[str, int]:
    # With a limit, if one that is never reached, SQLite begins with the few that are new.
    decided = screening_decisions.c
    newest = (
        select(decided.topic_id, decided.decided_at, decided.decision)
        .where(decided.screening_decision_id > known_id)
        .limit(_NO_LIMIT)
        .subquery("newest")
    )
    day = DayOf(newest.c.decided_at)
    return (
        select(day, func.count())
        .where(
            newest.c.topic_id == topic_id,
            newest.c.decided_at >= since,
            newest.c.decision != Decision.WITHDRAWN,
        )
        .group_by(day)
    )
