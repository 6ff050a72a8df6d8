"""What some runs brought, gathered for people: news, changes, alerts, and what is missing.

Reading only; there is no table of digests. How it is told is in ``litsweep.telling``.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, select

from db.alerts import list_alerts
from db.readings import list_unread
from db.records import in_topic
from db.runs import list_runs
from db.tables import (
    documents,
    publication_status_changes,
    readings,
    record_versions,
    records,
    search_hits,
    search_runs,
    topic_records,
    topics,
)
from db.topics import get_topic
from db.writing import batches
from litsweep.domain.changes import Change
from litsweep.domain.digests import ChangedRecord, ChangedStatus, Digest, Gap, NewRecord
from litsweep.domain.documents import DocumentKind
from litsweep.domain.strategies import HitState, SearchRoute, SearchRun

_A_NIGHT: Final = timedelta(hours=12)


def build_digest(
    conn: Connection,
    *,
    topic: str | None = None,
    since: datetime | None = None,
    n_runs: int | None = None,
    without: Collection[SearchRoute] = (),
) -> Digest:
    """Gather the runs begun at ``since`` or later, the newest ``n_runs`` of them, and their fruit.

    Without a bound it is the last night: the newest run and those begun up to half a day before.
    Runs by the routes in ``without`` are left out.

    Raises:
        UnknownTopic: no topic has this name.
    """
    if topic is not None:
        get_topic(conn, topic)
    runs = [run for run in _list_runs(conn, topic, since, n_runs) if run.route not in without]
    return gather_digest(conn, runs, topic=topic)


def gather_digest(
    conn: Connection, runs: Sequence[SearchRun], *, topic: str | None = None
) -> Digest:
    """Gather what these ``runs`` brought; alerts and what waits are of ``topic``, or of all."""
    run_ids = [run.search_run_id for run in runs]
    return Digest(
        runs=tuple(runs),
        new=tuple(NewRecord(**row) for row in _rows(conn, _select_new(), run_ids)),
        changed=tuple(_build_changed(row) for row in _rows(conn, _select_changed(), run_ids)),
        status_changes=tuple(
            ChangedStatus(**(row | {"reasons": tuple(row["reasons"])}))
            for row in _rows(conn, _select_status_changes(), run_ids)
        ),
        alerts=tuple(list_alerts(conn, topic=topic)),
        absent=tuple(Gap(**row) for row in _rows(conn, _select_gaps(HitState.ABSENT), run_ids)),
        unreadable=tuple(Gap(**row) for row in _rows(conn, _select_gaps(HitState.FAILED), run_ids)),
        n_unread=sum(len(list_unread(conn, topic=topic, kind=kind)) for kind in DocumentKind),
        n_stale=_count_stale(conn, in_topic(conn, topic)),
    )


def _list_runs(
    conn: Connection, topic: str | None, since: datetime | None, n_runs: int | None
) -> list[SearchRun]:
    if since is None and n_runs is None:
        newest = list_runs(conn, topic=topic, limit=1)
        since = newest[0].started_at - _A_NIGHT if newest else None
    return list_runs(conn, topic=topic, since=since, limit=n_runs)[::-1]


def _rows(
    conn: Connection, statement: Select[Any], run_ids: Sequence[int]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a statement that selects something of runs, for these runs only."""
    for batch in batches(run_ids):
        found = conn.execute(statement.where(search_runs.c.search_run_id.in_(batch)))
        yield from (dict(row) for row in found.mappings())


def _select_new() -> Select[Any]:
    return (
        select(
            topics.c.name.label("topic"),
            records.c.record_id,
            records.c.pmid,
            records.c.title,
            records.c.journal,
            records.c.publication_status,
            topic_records.c.route,
            topic_records.c.is_late,
            topic_records.c.lag_days,
        )
        .select_from(topic_records)
        .join(search_runs, search_runs.c.search_run_id == topic_records.c.search_run_id)
        .join(topics, topics.c.topic_id == topic_records.c.topic_id)
        .join(records, records.c.record_id == topic_records.c.record_id)
        .order_by(topics.c.name, records.c.pmid)
    )


def _select_changed() -> Select[Any]:
    return (
        select(
            records.c.pmid, records.c.title, record_versions.c.version, record_versions.c.changes
        )
        .select_from(record_versions)
        .join(search_runs, search_runs.c.search_run_id == record_versions.c.search_run_id)
        .join(records, records.c.record_id == record_versions.c.record_id)
        .where(record_versions.c.version > 1)
        .order_by(records.c.pmid, record_versions.c.version)
    )


def _build_changed(row: dict[str, Any]) -> ChangedRecord:
    changes = tuple(Change(**change) for change in row["changes"])
    return ChangedRecord(**(row | {"changes": changes}))


def _select_status_changes() -> Select[Any]:
    """Select changes of what was stored before; a status that came with the record is none."""
    return (
        select(
            records.c.pmid,
            records.c.title,
            publication_status_changes.c.old_status,
            publication_status_changes.c.new_status,
            publication_status_changes.c.reasons,
        )
        .select_from(publication_status_changes)
        .join(
            search_runs, search_runs.c.search_run_id == publication_status_changes.c.search_run_id
        )
        .join(records, records.c.record_id == publication_status_changes.c.record_id)
        .where(~publication_status_changes.c.is_first)
        .order_by(publication_status_changes.c.publication_status_change_id)
    )


def _select_gaps(state: HitState) -> Select[Any]:
    return (
        select(topics.c.name.label("topic"), search_hits.c.pmid, search_hits.c.reason)
        .select_from(search_hits)
        .join(search_runs, search_runs.c.search_run_id == search_hits.c.search_run_id)
        .join(topics, topics.c.topic_id == search_runs.c.topic_id)
        .where(search_hits.c.state == state)
        .group_by(topics.c.name, search_hits.c.pmid, search_hits.c.reason)
        .order_by(topics.c.name, search_hits.c.pmid)
    )


def _count_stale(conn: Connection, is_ours: ColumnElement[bool]) -> int:
    statement = (
        select(func.count())
        .select_from(readings)
        .join(documents, documents.c.document_id == readings.c.document_id)
        .join(records, records.c.record_id == documents.c.record_id)
        .where(is_ours, readings.c.stale_since.is_not(None))
    )
    return conn.scalar(statement) or 0
