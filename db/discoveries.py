"""Which records belong to a topic, by which way each was first found, and how late.

The lag is measured on what really happened: a record is late when its day of creation had been
searched to its end before, and it was not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from db.arrivals import Arrival
from db.membership import is_among
from db.tables import records, search_hits, search_runs, topic_records, topics
from db.topics import get_topic
from db.windows import eastern_day, was_searched
from db.writing import add_missing, add_rows
from litsweep.domain.strategies import HitOrigin, SearchRoute


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """How a record was first found for a topic; ``lag_days`` is None without day of creation."""

    topic: str
    pmid: int | None
    title: str
    route: SearchRoute
    created_on: date | None
    found_at: datetime
    is_late: bool
    lag_days: int | None


def add_found(conn: Connection, run_id: int, pmids: Sequence[int], arrival: Arrival) -> None:
    """Count the delivered records of a run as the topic's; those that were so before stay."""
    run = conn.execute(select(search_runs).where(search_runs.c.search_run_id == run_id)).one()
    searched: dict[date, bool] = {}
    rows = [
        _found_row(conn, run, row, arrival, searched)
        for row in conn.execute(_select_unlisted(conn, run, sorted(pmids))).all()
    ]
    add_rows(conn, topic_records, rows)


def add_loaded(
    conn: Connection, topic_id: int, record_ids: Sequence[int], arrival: Arrival
) -> None:
    """Count loaded records as a topic's; those that were so before stay as they were found."""
    rows = [
        {
            "topic_id": topic_id,
            "record_id": record_id,
            "route": SearchRoute.LOADED,
            **arrival.source,
            "found_at": arrival.at,
            "is_late": False,
            "lag_days": None,
        }
        for record_id in record_ids
    ]
    add_missing(conn, topic_records, rows)


def list_discoveries(conn: Connection, topic: str | None) -> list[Discovery]:
    """Return how every record of a topic, or of all of them, was found, in that order.

    Raises:
        UnknownTopic: no topic has this name.
    """
    statement = (
        select(
            topics.c.name.label("topic"),
            records.c.pmid,
            records.c.title,
            topic_records.c.route,
            records.c.created_on,
            topic_records.c.found_at,
            topic_records.c.is_late,
            topic_records.c.lag_days,
        )
        .join(topics, topics.c.topic_id == topic_records.c.topic_id)
        .join(records, records.c.record_id == topic_records.c.record_id)
        .order_by(topic_records.c.found_at, topic_records.c.record_id)
    )
    if topic is not None:
        statement = statement.where(topics.c.topic_id == get_topic(conn, topic).topic_id)
    return [Discovery(**row) for row in conn.execute(statement).mappings()]


def _select_unlisted(conn: Connection, run: Row[Any], pmids: Sequence[int]) -> Select[Any]:
    listed = select(topic_records.c.record_id).where(
        topic_records.c.topic_id == run.topic_id,
        topic_records.c.record_id == records.c.record_id,
    )
    return (
        select(records.c.record_id, records.c.created_on, search_hits.c.origin)
        .join(search_hits, search_hits.c.pmid == records.c.pmid)
        .where(
            search_hits.c.search_run_id == run.search_run_id,
            is_among(conn, records.c.pmid, pmids),
            ~listed.exists(),
        )
    )


def _found_row(
    conn: Connection,
    run: Row[Any],
    row: Row[Any],
    arrival: Arrival,
    searched: dict[date, bool],
) -> dict[str, Any]:
    created_on: date | None = row.created_on
    if created_on is not None and created_on not in searched:
        searched[created_on] = was_searched(
            conn, run.search_strategy_id, created_on, before_run=run.search_run_id
        )
    lag = None if created_on is None else max(0, (eastern_day(arrival.at) - created_on).days)
    return {
        "topic_id": run.topic_id,
        "record_id": row.record_id,
        "route": run.route if row.origin is HitOrigin.SEARCH else SearchRoute.ASKED_AGAIN,
        **arrival.source,
        "found_at": arrival.at,
        "is_late": created_on is not None and searched[created_on],
        "lag_days": lag,
    }
