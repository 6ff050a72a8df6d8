"""Readings: which documents wait to be read, and everything that came of reading one.

Append-only: a newer reading stands beside the older one and never replaces it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, exists, func, or_, select

from db.duplicates import KEPT, is_shown
from db.reading_rows import add_texts
from db.records import in_topic
from db.tables import (
    documents,
    readings,
    record_versions,
    records,
    reports,
    reread_requests,
    routes,
)
from db.writing import add_row
from litsweep.domain.documents import DocumentKind
from litsweep.domain.generations import ReadingTask
from litsweep.domain.readings import Reading, Route

TASK_OF: Final = {
    DocumentKind.ABSTRACT: ReadingTask.SUMMARY,
    DocumentKind.FULL_TEXT: ReadingTask.ANALYSIS,
}
"""What documents of each kind are read for."""


def list_unread(
    conn: Connection, *, topic: str | None, kind: DocumentKind, limit: int | None = None
) -> list[int]:
    """Return the numbers of the documents of ``kind`` that were never read, the oldest first.

    Only the current one of each record counts. A reading that failed is no reading. Of a
    duplicate none is read, unless the kept record lacks what it has.

    Raises:
        UnknownTopic: no topic has this name.
    """
    read = select(readings.c.reading_id).where(
        readings.c.document_id == documents.c.document_id, readings.c.failure.is_(None)
    )
    statement = (
        select_current(kind)
        .where(
            in_topic(conn, topic),
            is_shown(conn, topic, stands_for(kind)),
            ~read.correlate(documents).exists(),
        )
        .order_by(documents.c.document_id)
        .limit(limit)
    )
    return list(conn.scalars(statement))


def select_current(kind: DocumentKind) -> Select[int]:
    """Return the query for the current document of ``kind`` of each record, joined to it."""
    if kind is DocumentKind.ABSTRACT:
        is_current = (record_versions.c.record_id == records.c.record_id) & (
            record_versions.c.version == records.c.version
        )
        source = records.join(record_versions, is_current)
        document_id = record_versions.c.document_id
    else:
        newest = (
            select(func.max(reports.c.report_id))
            .where(reports.c.record_id == records.c.record_id)
            .correlate(records)
            .scalar_subquery()
        )
        source = records.join(reports, reports.c.report_id == newest)
        document_id = reports.c.document_id
    return select(documents.c.document_id).select_from(
        source.join(documents, documents.c.document_id == document_id)
    )


def stands_for(kind: DocumentKind) -> ColumnElement[bool]:
    """Return the condition that a kept record has what its duplicate has to be read."""
    if kind is DocumentKind.ABSTRACT:
        return or_(KEPT.c.abstract != "", records.c.abstract == "")
    return exists().where(reports.c.record_id == KEPT.c.record_id).correlate(KEPT)


def save_reading(
    conn: Connection,
    document_id: int,
    reading: Reading,
    *,
    fingerprint: str,
    flow_run_id: str | None,
    tool_version: str,
    now: datetime,
    way: Mapping[str, Any] | None = None,
    reading_run_id: int | None = None,
    asked_model: str | None = None,
) -> int:
    """Store a reading with all that came of it, and return its number.

    ``fingerprint`` names what read it (models, prompts, settings), and ``way`` says the same in
    parts. A document that was read successfully under the same one keeps that reading, whose
    number is returned. An open request to read the document again is fulfilled by either; a new
    successful one supersedes those of the record that were made another way. Where the record
    got another text while this one was read, the reading is stale and supersedes nothing.
    ``asked_model`` is the model, by name, that people asked for and that read it; what they
    asked of another one stays open.
    """
    earlier = find_successful(conn, document_id, fingerprint)
    if earlier is not None:
        if asked_model is not None:
            supersede_others(conn, earlier)
        fulfil(conn, earlier, asked_model)
        return earlier
    is_current = _is_current(conn, document_id, reading.document.kind)
    reading_id = add_row(
        conn,
        readings,
        document_id=document_id,
        stale_since=None if is_current else now,
        task=TASK_OF[reading.document.kind],
        fingerprint=fingerprint,
        way=dict(way or {}),
        reading_run_id=reading_run_id,
        failure=reading.failure,
        read_at=now,
        flow_run_id=flow_run_id,
        tool_version=tool_version,
    )
    _add_route(conn, reading_id, reading.route)
    add_texts(conn, reading_id, reading)
    if reading.failure is None:
        if is_current:
            supersede_others(conn, reading_id)
        fulfil(conn, reading_id, asked_model)
    return reading_id


def _is_current(conn: Connection, document_id: int, kind: DocumentKind) -> bool:
    statement = select_current(kind).where(documents.c.document_id == document_id)
    return conn.execute(statement.limit(1)).first() is not None


def find_successful(conn: Connection, document_id: int, fingerprint: str) -> int | None:
    """Return the number of the document's successful reading under ``fingerprint``, or None."""
    statement = select(readings.c.reading_id).where(
        readings.c.document_id == document_id,
        readings.c.fingerprint == fingerprint,
        readings.c.failure.is_(None),
    )
    found: int | None = conn.scalar(statement)
    return found


def supersede_others(conn: Connection, reading_id: int) -> None:
    """Mark the record's other readings for the same task, made another way, as superseded by it.

    They stay as they are; what is marked is which one to show.
    """
    mine = conn.execute(
        select(readings.c.task, readings.c.fingerprint, documents.c.record_id, documents.c.kind)
        .join(documents, documents.c.document_id == readings.c.document_id)
        .where(readings.c.reading_id == reading_id)
    ).one()
    of_record = select(documents.c.document_id).where(
        documents.c.record_id == mine.record_id, documents.c.kind == mine.kind
    )
    conn.execute(
        readings.update()
        .where(
            readings.c.document_id.in_(of_record),
            readings.c.task == mine.task,
            readings.c.fingerprint != mine.fingerprint,
            readings.c.failure.is_(None),
            readings.c.superseded_by_id.is_(None),
        )
        .values(superseded_by_id=reading_id)
    )
    conn.execute(
        readings.update().where(readings.c.reading_id == reading_id).values(superseded_by_id=None)
    )


def fulfil(conn: Connection, reading_id: int, asked_model: str | None) -> None:
    """Close the open requests that a reading answers: to read its document as it is set.

    With ``asked_model``, those too that ask for this model of any text of the record.
    """
    read = conn.execute(
        select(readings.c.document_id, readings.c.task, documents.c.record_id, documents.c.kind)
        .join(documents, documents.c.document_id == readings.c.document_id)
        .where(readings.c.reading_id == reading_id)
    ).one()
    asked = reread_requests.c
    is_answered = (asked.document_id == read.document_id) & asked.model.is_(None)
    if asked_model is not None:
        of_record = select(documents.c.document_id).where(
            documents.c.record_id == read.record_id, documents.c.kind == read.kind
        )
        is_answered |= asked.document_id.in_(of_record) & (asked.model == asked_model)
    conn.execute(
        reread_requests.update()
        .where(is_answered, asked.task == read.task, asked.fulfilled_by_id.is_(None))
        .values(fulfilled_by_id=reading_id)
    )


def _add_route(conn: Connection, reading_id: int, route: Route) -> None:
    add_row(
        conn,
        routes,
        reading_id=reading_id,
        model_name=route.model_name,
        reason=route.reason,
        is_readable=route.is_readable,
        n_tokens=route.n_tokens,
        n_windows=route.n_windows,
    )
