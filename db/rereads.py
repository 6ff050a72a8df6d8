"""Re-reads: documents that were read and are to be read again, because something changed.

The older readings stay. What counts as a change is for ``litsweep.reading.keys`` to say; a
request waits until ``db.readings`` stores a reading that answers it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, func, or_, select, true

from db.duplicates import is_shown
from db.readings import TASK_OF, fulfil, select_current, stands_for, supersede_others
from db.records import in_topic
from db.tables import documents, generations, reading_leases, readings, reread_requests, routes
from db.waiting import Scope, own_choice, select_scope
from db.writing import add_missing, batches
from litsweep.domain.documents import DocumentKind

Way = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOfReading:
    """One way in which documents were read; ``wrote``: a model was to write."""

    fingerprint: str
    way: Way
    wrote: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which readings are to be made again: all conditions that are given must hold.

    ``revision`` is the beginning of one.
    """

    kind: DocumentKind
    since: datetime | None = None
    model_id: str | None = None
    revision: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastReading:
    """The newest reading of a current document, and the choice of its topics' model, if any."""

    document_id: int
    choice: str | None
    way: Way
    has_failed: bool


def list_ways(conn: Connection, kind: DocumentKind) -> list[WayOfReading]:
    """Return every way in which documents of a kind were read with success."""
    statement = (
        select(
            readings.c.fingerprint,
            func.min(readings.c.reading_id).label("reading_id"),
            func.max(routes.c.model_name).label("model_name"),
        )
        .outerjoin(routes, routes.c.reading_id == readings.c.reading_id)
        .where(readings.c.task == TASK_OF[kind], readings.c.failure.is_(None))
        .group_by(readings.c.fingerprint)
    )
    found = conn.execute(statement).all()
    one_of_each = [row.reading_id for row in found]
    ways = {
        row.reading_id: row.way
        for row in conn.execute(
            select(readings.c.reading_id, readings.c.way).where(
                readings.c.reading_id.in_(one_of_each)
            )
        )
    }
    return [
        WayOfReading(
            fingerprint=row.fingerprint,
            way=ways[row.reading_id],
            wrote=bool(row.model_name or ways[row.reading_id].get("model")),
        )
        for row in found
    ]


def queue_changed(
    conn: Connection,
    scope: Scope,
    *,
    explain: Callable[[WayOfReading], str | None],
    is_same: Callable[[WayOfReading], bool],
    requested_by: str,
    now: datetime,
) -> int:
    """Ask for a new reading of each document whose shown reading was made another way.

    ``explain`` gives the reason for a way in which something is to be gained, else None;
    ``is_same`` recognises the way that is in force. A document that was once read in that way is
    shown so again instead. Returns how many are newly asked for.
    """
    ways = list_ways(conn, scope.kind)
    same = [way.fingerprint for way in ways if is_same(way)]
    n_before = _count_open(conn, scope.kind)
    for way in ways:
        reason = None if way.fingerprint in same else explain(way)
        if reason is None:
            continue
        changed = list(conn.scalars(_select_shown(conn, scope, way.fingerprint)))
        known = _show_again(conn, changed, same)
        rest = [number for number in changed if number not in known]
        _add_requests(conn, scope.kind, rest, reason=reason, requested_by=requested_by, now=now)
    return _count_open(conn, scope.kind) - n_before


def show_asked_again(
    conn: Connection, scope: Scope, *, is_same: Callable[[WayOfReading], bool]
) -> int:
    """Answer what people ask for with the readings that were made so once; return how many.

    An equal way gives an equal reading: it is shown again instead of made again.
    """
    same = [way.fingerprint for way in list_ways(conn, scope.kind) if is_same(way)]
    made = (
        select_scope(conn, scope)
        .with_only_columns(func.max(readings.c.reading_id))
        .join(readings, readings.c.document_id == documents.c.document_id)
        .where(readings.c.failure.is_(None), readings.c.fingerprint.in_(same))
        .group_by(documents.c.document_id)
    )
    found = conn.scalars(made).all()
    for reading_id in found:
        supersede_others(conn, reading_id)
        fulfil(conn, reading_id, scope.choice)
    return len(found)


def list_last_readings(conn: Connection, selection: Selection) -> list[LastReading]:
    """Return the newest reading of each current document that the selection describes.

    Raises:
        UnknownTopic: no topic has this name.
    """
    kind, topic = selection.kind, selection.topic
    newest = (
        select(func.max(readings.c.reading_id))
        .where(readings.c.document_id == documents.c.document_id)
        .correlate(documents)
        .scalar_subquery()
    )
    last = readings.alias("last")
    statement = (
        select_current(kind)
        .with_only_columns(
            documents.c.document_id,
            own_choice(kind).label("choice"),
            last.c.way,
            last.c.failure,
        )
        .join(last, last.c.reading_id == newest)
        .where(
            in_topic(conn, topic),
            is_shown(conn, topic, stands_for(kind)),
            true() if selection.since is None else last.c.read_at >= selection.since,
            _is_by_model(last, selection),
        )
        .order_by(documents.c.document_id)
    )
    return [
        LastReading(
            document_id=row.document_id,
            choice=row.choice,
            way=row.way,
            has_failed=row.failure is not None,
        )
        for row in conn.execute(statement)
    ]


def request_rereads(
    conn: Connection,
    kind: DocumentKind,
    document_ids: Sequence[int],
    *,
    reason: str,
    requested_by: str,
    now: datetime,
    model: str | None = None,
) -> None:
    """Ask, for a person, for new readings; one that was held back is tried again.

    ``model`` is the name of the one that is to read, or ``none``; None: as it is set then. A
    newer request takes the place of one that is still open, but one without a model leaves
    what is asked of a model as it is.
    """
    _add_requests(
        conn,
        kind,
        document_ids,
        reason=reason,
        requested_by=requested_by,
        now=now,
        model=model,
    )
    task = TASK_OF[kind]
    is_theirs = true() if model else reread_requests.c.model.is_(None)
    for batch in batches(document_ids):
        conn.execute(
            reread_requests.update()
            .where(
                reread_requests.c.document_id.in_(batch),
                reread_requests.c.task == task,
                reread_requests.c.fulfilled_by_id.is_(None),
                is_theirs,
            )
            .values(reason=reason, requested_by=requested_by, requested_at=now, model=model)
        )
        conn.execute(
            reading_leases.delete().where(
                reading_leases.c.document_id.in_(batch),
                reading_leases.c.task == task,
                reading_leases.c.owner == "",
            )
        )


def _select_shown(conn: Connection, scope: Scope, fingerprint: str) -> Select[Any]:
    """Select the scope's documents whose shown reading was made the way of ``fingerprint``.

    Not those of which a person asked for just this reading: that is no change to be mended.
    """
    is_wanted = exists().where(
        reread_requests.c.fulfilled_by_id == readings.c.reading_id,
        reread_requests.c.model.is_not(None),
    )
    shown = (
        exists()
        .where(
            readings.c.document_id == documents.c.document_id,
            readings.c.failure.is_(None),
            readings.c.superseded_by_id.is_(None),
            readings.c.fingerprint == fingerprint,
            ~is_wanted.correlate(readings),
        )
        .correlate(documents)
    )
    return select_scope(conn, scope).where(shown)


def _show_again(
    conn: Connection, document_ids: Sequence[int], fingerprints: Sequence[str]
) -> set[int]:
    known: set[int] = set()
    for batch in batches(document_ids):
        statement = (
            select(readings.c.document_id, func.max(readings.c.reading_id))
            .where(
                readings.c.document_id.in_(batch),
                readings.c.fingerprint.in_(fingerprints),
                readings.c.failure.is_(None),
            )
            .group_by(readings.c.document_id)
        )
        for document_id, reading_id in conn.execute(statement).all():
            supersede_others(conn, reading_id)
            known.add(document_id)
    return known


def _add_requests(
    conn: Connection,
    kind: DocumentKind,
    document_ids: Sequence[int],
    *,
    reason: str,
    requested_by: str,
    now: datetime,
    model: str | None = None,
) -> None:
    rows = [
        {
            "document_id": document_id,
            "task": TASK_OF[kind],
            "reason": reason,
            "requested_at": now,
            "requested_by": requested_by,
            "model": model,
        }
        for document_id in document_ids
    ]
    add_missing(conn, reread_requests, rows)


def _is_by_model(last: Any, selection: Selection) -> ColumnElement[bool]:
    if selection.model_id is None:
        return true()
    start = selection.revision or ""
    way_model = last.c.way["model"].as_string()
    way_revision = last.c.way["revision"].as_string()
    called = exists().where(
        generations.c.reading_id == last.c.reading_id,
        generations.c.model_id == selection.model_id,
        generations.c.model_revision.startswith(start, autoescape=True),
    )
    planned = (way_model == selection.model_id) & way_revision.startswith(start, autoescape=True)
    return or_(called, planned)


def _count_open(conn: Connection, kind: DocumentKind) -> int:
    is_open = reread_requests.c.fulfilled_by_id.is_(None)
    statement = select(func.count()).where(is_open, reread_requests.c.task == TASK_OF[kind])
    return conn.scalar(statement) or 0
