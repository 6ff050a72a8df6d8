"""What people ask of one record: a new reading, with a model of their choice; all its readings.

Asking for many at once is ``db.rereads``; which document is read next is ``db.waiting``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from db.judgement_rows import clean
from db.readings import TASK_OF, select_current
from db.records import get_record
from db.rereads import request_rereads
from db.stored_readings import find_latest
from db.tables import documents, readings, records, reread_requests, routes
from litsweep.domain.documents import DocumentKind
from litsweep.errors import UnknownRecord, UsageError

MOST_READINGS = 60
"""Readings of a record that are listed; a record has one a model, prompt and version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedReading:
    """A request that waits to be answered.

    ``model`` is the name of the model that is to read, ``none`` for no model, or None where it
    is read as topic and settings say.
    """

    request_id: int
    kind: DocumentKind
    model: str | None
    reason: str
    requested_by: str
    requested_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingLine:
    """One reading of a record; ``model_name`` is None where no model wrote.

    ``asked_by`` is who asked for it, where somebody did; ``is_shown``: it is the one on the card.
    """

    reading_id: int
    kind: DocumentKind
    model_name: str | None
    read_at: datetime
    failure: str | None
    is_shown: bool
    asked_by: str | None
    asked_reason: str | None


def ask_for_reading(
    conn: Connection,
    record_id: int,
    kind: DocumentKind,
    *,
    model: str,
    reason: str,
    requested_by: str,
    now: datetime,
) -> None:
    """Ask for a new reading of a record's abstract or full text with ``model``, or ``none``.

    One request is open for a text: a newer one takes its place.

    Raises:
        UnknownRecord: no record has this number.
        UsageError: there is no such text, or no reason is given.
    """
    said = clean(reason)
    if said is None:
        raise UsageError("Say why it should be read again: it is kept beside the request.")
    get_record(conn, record_id=record_id)
    document_id = conn.scalar(select_current(kind).where(records.c.record_id == record_id))
    if document_id is None:
        raise UsageError(f"This record has no {kind.replace('_', ' ')} that could be read.")
    request_rereads(
        conn, kind, [document_id], reason=said, requested_by=requested_by, now=now, model=model
    )


def withdraw_request(
    conn: Connection, request_id: int, *, by: str, now: datetime, may_any: bool = False
) -> int:
    """Take back what was asked of a model; the row stays, and says so. Returns the record.

    Closed with the reading that is shown; what was never read stays asked for, as it is set.

    Raises:
        UnknownRecord: no such request is open.
        UsageError: it is another person's, and ``may_any`` is not given.
    """
    asked = reread_requests.c
    row = conn.execute(
        select(reread_requests, documents.c.record_id, documents.c.kind)
        .join(documents, documents.c.document_id == asked.document_id)
        .where(asked.reread_request_id == request_id, asked.fulfilled_by_id.is_(None))
    ).first()
    if row is None or row.model is None:
        raise UnknownRecord(f"No request {request_id} to a model is open.")
    if row.requested_by != by and not may_any:
        raise UsageError(f"{row.requested_by} asked for it; they or a lead can take it back.")
    shown = find_latest(conn, row.record_id, row.kind)
    is_read = shown is not None and conn.scalar(
        select(readings.c.failure.is_(None)).where(readings.c.reading_id == shown)
    )
    conn.execute(
        reread_requests.update()
        .where(asked.reread_request_id == request_id)
        .values(
            model=None,
            fulfilled_by_id=shown if is_read else None,
            reason=f"{row.reason} (of {row.model}; taken back by {by}, {now:%Y-%m-%d})",
        )
    )
    return int(row.record_id)


def list_open_requests(conn: Connection, record_id: int) -> list[AskedReading]:
    """Return what is still asked for of a record's texts, the oldest first."""
    return [
        AskedReading(
            request_id=row.reread_request_id,
            kind=row.kind,
            model=row.model,
            reason=row.reason,
            requested_by=row.requested_by,
            requested_at=row.requested_at,
        )
        for row in conn.execute(_OPEN, {"number": record_id})
        if row.task is TASK_OF[row.kind]
    ]


def list_named_requests(conn: Connection) -> list[AskedReading]:
    """Return every request to a model that is still open, the oldest first."""
    asked = reread_requests.c
    record_ids = (
        select(documents.c.record_id)
        .join(reread_requests, asked.document_id == documents.c.document_id)
        .where(asked.fulfilled_by_id.is_(None), asked.model.is_not(None))
        .distinct()
    )
    found = [one for number in conn.scalars(record_ids) for one in list_open_requests(conn, number)]
    return sorted((one for one in found if one.model), key=lambda one: one.request_id)


def list_readings(conn: Connection, record_id: int, kind: DocumentKind) -> list[ReadingLine]:
    """Return a record's readings of one kind, the newest first, at most `MOST_READINGS`.

    Raises:
        UnknownRecord: no record has this number.
    """
    get_record(conn, record_id=record_id)
    shown = find_latest(conn, record_id, kind)
    statement = (
        select(
            readings.c.reading_id,
            readings.c.read_at,
            readings.c.failure,
            routes.c.model_name,
        )
        .join(documents, documents.c.document_id == readings.c.document_id)
        .join(routes, routes.c.reading_id == readings.c.reading_id)
        .where(documents.c.record_id == record_id, documents.c.kind == kind)
        .order_by(readings.c.reading_id.desc())
        .limit(MOST_READINGS)
    )
    rows = conn.execute(statement).all()
    asked = {
        row.fulfilled_by_id: row
        for row in conn.execute(
            select(reread_requests).where(
                reread_requests.c.fulfilled_by_id.in_([row.reading_id for row in rows])
            )
        )
    }
    return [
        ReadingLine(
            reading_id=row.reading_id,
            kind=kind,
            model_name=row.model_name,
            read_at=row.read_at,
            failure=row.failure,
            is_shown=row.reading_id == shown,
            asked_by=asked[row.reading_id].requested_by if row.reading_id in asked else None,
            asked_reason=asked[row.reading_id].reason if row.reading_id in asked else None,
        )
        for row in rows
    ]


_OPEN: Final = (
    select(reread_requests, documents.c.kind)
    .join(documents, documents.c.document_id == reread_requests.c.document_id)
    .where(
        documents.c.record_id == bindparam("number"),
        reread_requests.c.fulfilled_by_id.is_(None),
    )
    .order_by(reread_requests.c.reread_request_id)
)
