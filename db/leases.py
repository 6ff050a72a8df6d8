"""Leases: which worker reads which documents now, so that several share the work.

A worker takes a batch, gives signs of life while it reads, and gives it back by storing the
readings. What a dead or silent worker held is free for the next one. Storing is ``db.readings``.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, or_, select

from db.readings import TASK_OF
from db.tables import documents, reading_leases
from db.waiting import Scope, Terms, is_waiting, select_scope
from db.writing import add_missing
from litsweep.domain.documents import DocumentKind


def free_dead_leases(
    conn: Connection,
    kind: DocumentKind,
    *,
    is_owner_alive: Callable[[str, datetime], bool],
    now: datetime,
) -> int:
    """Free what dead or silent workers hold; return how many documents that were.

    ``is_owner_alive`` is asked about each owner, and its last sign of life. That sign must
    not be older than the lease lasts either: the process of another machine cannot be seen.
    """
    held = (reading_leases.c.task == TASK_OF[kind]) & (reading_leases.c.owner != "")
    owners = conn.execute(
        select(reading_leases.c.owner, reading_leases.c.renewed_at).where(held).distinct()
    ).all()
    dead = {row.owner for row in owners if not is_owner_alive(row.owner, row.renewed_at)}
    freed = conn.execute(
        reading_leases.update()
        .where(held, or_(reading_leases.c.owner.in_(dead), reading_leases.c.expires_at <= now))
        .values(owner="", n_lost=reading_leases.c.n_lost + 1)
    )
    return freed.rowcount


def lease(
    conn: Connection,
    scope: Scope,
    document_ids: Sequence[int],
    terms: Terms,
    *,
    owner: str,
    lasting: timedelta,
    now: datetime,
) -> list[int]:
    """Take those of ``document_ids`` that still wait and return them; ``owner`` reads them now."""
    statement = (
        select_scope(conn, scope)
        .where(documents.c.document_id.in_(document_ids), is_waiting(scope, terms))
        .order_by(documents.c.document_id)
    )
    taken = list(conn.scalars(statement))
    task = TASK_OF[scope.kind]
    times = {"owner": owner, "leased_at": now, "renewed_at": now, "expires_at": now + lasting}
    rows = [{"document_id": number, "task": task, "n_lost": 0, **times} for number in taken]
    # A row of a document that a worker lost is there already.
    add_missing(conn, reading_leases, rows)
    conn.execute(
        reading_leases.update()
        .where(reading_leases.c.document_id.in_(taken), reading_leases.c.task == task)
        .values(times)
    )
    return taken


def renew(conn: Connection, owner: str, *, lasting: timedelta, now: datetime) -> int:
    """Give a sign of life for all that ``owner`` holds; return how many documents that are."""
    renewed = conn.execute(
        reading_leases.update()
        .where(reading_leases.c.owner == owner)
        .values(renewed_at=now, expires_at=now + lasting)
    )
    return renewed.rowcount


def count_others(conn: Connection, kind: DocumentKind, owner: str) -> int:
    """Return how many workers beside ``owner`` hold documents of this kind now."""
    is_anothers = reading_leases.c.owner.not_in(("", owner))
    statement = select(func.count(reading_leases.c.owner.distinct())).where(
        reading_leases.c.task == TASK_OF[kind], is_anothers
    )
    return conn.execute(statement).scalar_one()


def list_held(
    conn: Connection, kind: DocumentKind, document_ids: Sequence[int], owner: str
) -> set[int]:
    """Return those of the documents that ``owner`` still holds, and which it may store."""
    return set(
        conn.scalars(
            select(reading_leases.c.document_id).where(_is_held(kind, document_ids, owner))
        )
    )


def finish(conn: Connection, kind: DocumentKind, document_ids: Sequence[int], owner: str) -> None:
    """End the leases of documents whose readings are stored."""
    conn.execute(reading_leases.delete().where(_is_held(kind, document_ids, owner)))


def release(conn: Connection, owner: str, *, is_lost: bool = False) -> None:
    """Free all that ``owner`` holds and did not read.

    ``is_lost``: the model was lost over these documents, which is counted against them as a
    dead worker is. Else it ended in order.
    """
    held = reading_leases.c.owner == owner
    lost = reading_leases.c.n_lost + (1 if is_lost else 0)
    conn.execute(reading_leases.update().where(held).values(owner="", n_lost=lost))
    is_blameless = (reading_leases.c.owner == "") & (reading_leases.c.n_lost == 0)
    conn.execute(reading_leases.delete().where(is_blameless))


def _is_held(kind: DocumentKind, document_ids: Sequence[int], owner: str) -> ColumnElement[bool]:
    return (
        reading_leases.c.document_id.in_(document_ids)
        & (reading_leases.c.task == TASK_OF[kind])
        & (reading_leases.c.owner == owner)
    )
