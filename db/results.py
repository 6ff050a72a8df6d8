"""What people look up: one record's card, a topic's counts.

Reading only; records are found by their words in ``db.search``, the console for free SQL is
``db.console``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select

from db.alerts import list_alerts
from db.decisions import list_decisions
from db.duplicate_findings import DuplicateFinding, list_duplicates
from db.links import Link, list_links
from db.readings import select_current
from db.records import RecordVersion, StoredRecord, get_record, in_topic, list_versions
from db.stored_readings import StoredReading, list_latest_readings
from db.tables import (
    documents,
    publication_status_changes,
    readings,
    records,
    reports,
    retrievals,
    topic_records,
    topics,
)
from litsweep.domain.alerts import Alert
from litsweep.domain.decisions import ScreeningDecision
from litsweep.domain.documents import DocumentKind, FullTextSource
from litsweep.domain.publication_status import PublicationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieval:
    """The last attempt to obtain a record's full text.

    ``reason`` says why it was not obtained, and is None where it was; ``source``, ``url``,
    ``licence_code`` and ``may_export`` are the report's.
    """

    pmcid: str
    reason: str | None
    is_final: bool
    attempted_at: datetime
    source: FullTextSource | None
    url: str | None
    licence_code: str | None
    may_export: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """A record's publication status became another one; ``reasons`` are sentences."""

    old_status: PublicationStatus
    new_status: PublicationStatus
    reasons: tuple[str, ...]
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCard:
    """Everything about one record that a person is shown.

    ``status_changes`` are in the order in which they were noticed; ``decisions`` are those that
    stand, of all topics.
    """

    record: StoredRecord
    status_changes: tuple[StatusChange, ...]
    open_alerts: tuple[Alert, ...]
    links: tuple[Link, ...]
    duplicates: tuple[DuplicateFinding, ...]
    topics: tuple[str, ...]
    versions: tuple[RecordVersion, ...]
    retrieval: Retrieval | None
    readings: tuple[StoredReading, ...]
    decisions: tuple[ScreeningDecision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicCounts:
    """How far a topic has come; what is read is counted by the records' current documents."""

    n_records: int
    n_reports: int
    n_abstracts_read: int
    n_full_texts_read: int


def get_card(
    conn: Connection, pmid: int | None = None, *, record_id: int | None = None
) -> RecordCard:
    """Return everything that is stored about the record with this PMID or number.

    Raises:
        UnknownRecord: it was never delivered to this database.
    """
    record = get_record(conn, pmid, record_id=record_id)
    return RecordCard(
        record=record,
        status_changes=tuple(_list_status_changes(conn, record.record_id)),
        open_alerts=tuple(
            alert for alert in list_alerts(conn) if alert.pmid and alert.pmid == record.pmid
        ),
        links=tuple(list_links(conn, record.record_id)),
        duplicates=tuple(list_duplicates(conn, about=record.record_id)),
        topics=tuple(conn.scalars(_select_topics_of(record.record_id))),
        versions=tuple(list_versions(conn, record.record_id)),
        retrieval=find_retrieval(conn, record.record_id),
        readings=tuple(list_latest_readings(conn, record.record_id)),
        decisions=tuple(list_decisions(conn, record_id=record.record_id)),
    )


def count_topic(conn: Connection, topic: str | None) -> TopicCounts:
    """Count what was found and read for a topic, or for all of them.

    Raises:
        UnknownTopic: no topic has this name.
    """
    is_ours = in_topic(conn, topic)
    with_report = select(reports.c.report_id).where(reports.c.record_id == records.c.record_id)
    return TopicCounts(
        n_records=_count(conn, select(records.c.record_id).where(is_ours)),
        n_reports=_count(
            conn,
            select(records.c.record_id).where(is_ours, with_report.correlate(records).exists()),
        ),
        n_abstracts_read=_count_read(conn, is_ours, DocumentKind.ABSTRACT),
        n_full_texts_read=_count_read(conn, is_ours, DocumentKind.FULL_TEXT),
    )


def _select_topics_of(record_id: int) -> Select[str]:
    return (
        select(topics.c.name)
        .join(topic_records, topic_records.c.topic_id == topics.c.topic_id)
        .where(topic_records.c.record_id == record_id)
        .order_by(topics.c.name)
    )


def _list_status_changes(conn: Connection, record_id: int) -> list[StatusChange]:
    changes = publication_status_changes.c
    statement = (
        select(changes.old_status, changes.new_status, changes.reasons, changes.changed_at)
        .where(changes.record_id == record_id)
        .order_by(changes.publication_status_change_id)
    )
    return [
        StatusChange(
            old_status=row.old_status,
            new_status=row.new_status,
            reasons=tuple(row.reasons),
            changed_at=row.changed_at,
        )
        for row in conn.execute(statement)
    ]


def find_retrieval(conn: Connection, record_id: int) -> Retrieval | None:
    """Return the last attempt to obtain a record's full text, None: there was none."""
    row = conn.execute(_LAST_RETRIEVAL, {"number": record_id}).mappings().first()
    return Retrieval(**row) if row else None


def _count_read(conn: Connection, is_ours: ColumnElement[bool], kind: DocumentKind) -> int:
    read = select(readings.c.reading_id).where(
        readings.c.document_id == documents.c.document_id, readings.c.failure.is_(None)
    )
    return _count(conn, select_current(kind).where(is_ours, read.correlate(documents).exists()))


def _count(conn: Connection, statement: Select[Any]) -> int:
    return conn.scalar(select(func.count()).select_from(statement.subquery())) or 0


_LAST_RETRIEVAL: Final = (
    select(
        retrievals.c.pmcid,
        retrievals.c.reason,
        retrievals.c.is_final,
        retrievals.c.attempted_at,
        reports.c.source,
        reports.c.url,
        reports.c.licence_code,
        reports.c.may_export,
    )
    .outerjoin(reports, reports.c.report_id == retrievals.c.report_id)
    .where(retrievals.c.record_id == bindparam("number"))
    .order_by(retrievals.c.attempted_at.desc())
    .limit(1)
)
