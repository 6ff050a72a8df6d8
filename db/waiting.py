"""What waits to be read: never read, or to be read again; what is held back, and why.

Documents wait in groups of one model choice, so that a worker keeps one model loaded. Taking
them is ``db.leases``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    and_,
    exists,
    false,
    func,
    or_,
    select,
    true,
)

from db.duplicates import is_shown
from db.readings import TASK_OF, select_current, stands_for
from db.records import in_topic
from db.tables import (
    documents,
    reading_leases,
    readings,
    records,
    reread_requests,
    topic_records,
    topics,
)
from db.topics import MODEL_COLUMN
from litsweep.domain.documents import DocumentKind

MAX_FAILURES: Final = 3
"""Failed readings made one way after which a document is held back."""

MAX_LOST: Final = 3
"""Workers that may die reading a document before it is held back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Documents of one kind, of one topic or of all, that one choice of a model reads.

    ``choice`` is what their topic says (auto, none, or a model's name), or None where no topic
    says anything and the settings hold. ``is_asked``: it is what people asked for, of these
    documents alone, and stronger than topics, settings and what a run overrides.
    """

    kind: DocumentKind
    topic: str | None
    choice: str | None
    is_asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a worker may take: not what failed at ``since`` or later, in this night.

    ``fingerprint`` is the way in which it reads, where that is known: what failed often in it is
    left. ``replaceable`` are the fingerprints of ways than which its own is newer or
    better: a document that is to be read again is taken only where it was read so, and waits
    for another worker else.
    """

    since: datetime
    fingerprint: str | None = None
    replaceable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A document that waits; ``n_lost`` workers died, or fell silent, while they read it."""

    document_id: int
    n_lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A document that is tried no more until somebody asks for it again, and why."""

    document_id: int
    record_id: int
    pmid: int | None
    reason: str


def list_choices(conn: Connection, kind: DocumentKind, topic: str | None) -> list[str | None]:
    """Return the model choices of the topics under which documents are, the settings' one first.

    Raises:
        UnknownTopic: no topic has this name.
    """
    statement = (
        select_current(kind)
        .with_only_columns(own_choice(kind).label("choice"))
        .where(in_topic(conn, topic), is_shown(conn, topic, stands_for(kind)))
        .distinct()
    )
    return sorted(conn.scalars(statement), key=lambda choice: (choice is not None, choice))


def list_asked_models(conn: Connection, kind: DocumentKind, topic: str | None) -> list[str]:
    """Return the models that people want documents to be read with, in the order of names.

    Raises:
        UnknownTopic: no topic has this name.
    """
    is_ours = in_topic(conn, topic)
    statement = (
        select(reread_requests.c.model)
        .join(documents, documents.c.document_id == reread_requests.c.document_id)
        .join(records, records.c.record_id == documents.c.record_id)
        .where(is_open(kind), reread_requests.c.model.is_not(None), is_ours)
        .distinct()
    )
    return sorted(conn.scalars(statement))


def is_open(kind: DocumentKind) -> ColumnElement[bool]:
    """Return the condition, on ``reread_requests``, that documents of a kind are still asked for."""
    asked = reread_requests.c
    return (asked.task == TASK_OF[kind]) & asked.fulfilled_by_id.is_(None)


def own_choice(kind: DocumentKind) -> ScalarSelect[Any]:
    """Return what the oldest topic of the record that has a choice of its own says, or null."""
    column = topics.c[MODEL_COLUMN[kind]]
    return (
        select(column)
        .join(topic_records, topic_records.c.topic_id == topics.c.topic_id)
        .where(
            topic_records.c.record_id == records.c.record_id,
            topics.c.retired_at.is_(None),
            column.is_not(None),
        )
        .order_by(topics.c.topic_id)
        .limit(1)
        .correlate(records)
        .scalar_subquery()
    )


def select_scope(conn: Connection, scope: Scope) -> Select[Any]:
    """Return the query for the current documents of the scope, joined to their records.

    What people ask for they ask of a record: of its newest text, a duplicate's too.

    Raises:
        UnknownTopic: no topic has this name.
    """
    if scope.is_asked:
        asked_of = documents.alias("asked_of")
        wanted = (
            select(asked_of.c.record_id)
            .join(reread_requests, reread_requests.c.document_id == asked_of.c.document_id)
            .where(is_open(scope.kind), reread_requests.c.model == scope.choice)
        )
        return select_current(scope.kind).where(
            in_topic(conn, scope.topic), records.c.record_id.in_(wanted)
        )
    choice = own_choice(scope.kind)
    return select_current(scope.kind).where(
        in_topic(conn, scope.topic),
        is_shown(conn, scope.topic, stands_for(scope.kind)),
        choice.is_(None) if scope.choice is None else choice == scope.choice,
    )


def list_waiting(conn: Connection, scope: Scope, terms: Terms) -> list[Waiting]:
    """Return what waits to be read and is read by nobody now, the oldest first.

    What was lost by a worker comes last.
    """
    n_lost = _n_lost(scope.kind)
    statement = (
        select_scope(conn, scope)
        .with_only_columns(documents.c.document_id, n_lost.label("n_lost"))
        .where(is_waiting(scope, terms))
        .order_by("n_lost", documents.c.document_id)
    )
    return [
        Waiting(document_id=row.document_id, n_lost=row.n_lost) for row in conn.execute(statement)
    ]


def is_waiting(scope: Scope, terms: Terms) -> ColumnElement[bool]:
    """Return the condition that a document waits, is leased by nobody, and is not held back.

    It is for documents of ``scope``; all that people ask for with its model wait.
    """
    kind, task = scope.kind, TASK_OF[scope.kind]
    failed_since = exists().where(
        readings.c.document_id == documents.c.document_id,
        readings.c.failure.is_not(None),
        readings.c.read_at >= terms.since,
    )
    leased = exists().where(
        reading_leases.c.document_id == documents.c.document_id,
        reading_leases.c.task == task,
        or_(reading_leases.c.owner != "", reading_leases.c.n_lost >= MAX_LOST),
    )
    is_given_up: ColumnElement[bool] = false()
    if terms.fingerprint is not None:
        same_way = readings.c.fingerprint == terms.fingerprint
        is_given_up = _n_failures(kind, same_way) >= MAX_FAILURES
    return and_(
        true() if scope.is_asked else _is_to_be_read(kind, terms),
        ~failed_since.correlate(documents),
        ~leased.correlate(documents),
        ~is_given_up,
    )


def _is_to_be_read(kind: DocumentKind, terms: Terms) -> ColumnElement[bool]:
    may_replace = exists().where(
        readings.c.document_id == documents.c.document_id,
        readings.c.failure.is_(None),
        readings.c.superseded_by_id.is_(None),
        readings.c.fingerprint.in_(terms.replaceable),
    )
    # What is asked of one model is not another's to answer.
    as_it_is_set = _is_requested(kind, reread_requests.c.model.is_(None))
    return or_(~_is_read(), as_it_is_set & may_replace.correlate(documents))


def count_unread(conn: Connection, kind: DocumentKind, topic: str | None) -> int:
    """Return how many documents of a kind wait for any worker, whatever model it reads with.

    Those that another worker reads at this moment are among them.

    Raises:
        UnknownTopic: no topic has this name.
    """
    statement = select_current(kind).where(
        in_topic(conn, topic),
        is_shown(conn, topic, stands_for(kind)),
        or_(~_is_read(), _is_requested(kind)),
        ~_is_held_back(kind),
    )
    return conn.execute(select(func.count()).select_from(statement.subquery())).scalar_one()


def list_quarantined(
    conn: Connection, *, topic: str | None, kind: DocumentKind
) -> list[Quarantined]:
    """Return the documents that are held back, with the last reason, in the order of number.

    Raises:
        UnknownTopic: no topic has this name.
    """
    newest = _newest_failure()
    failure = readings.alias("newest")
    n_lost = _n_lost(kind)
    statement = (
        select_current(kind)
        .with_only_columns(
            documents.c.document_id,
            records.c.record_id,
            records.c.pmid,
            failure.c.failure,
            n_lost.label("n_lost"),
        )
        .outerjoin(failure, failure.c.reading_id == newest)
        .where(
            in_topic(conn, topic),
            is_shown(conn, topic, stands_for(kind)),
            or_(~_is_read(), _is_requested(kind)),
            _is_held_back(kind),
        )
        .order_by(documents.c.document_id)
    )
    return [
        Quarantined(
            document_id=row.document_id,
            record_id=row.record_id,
            pmid=row.pmid,
            reason=_explain(row.n_lost, row.failure),
        )
        for row in conn.execute(statement)
    ]


def _explain(n_lost: int, failure: str | None) -> str:
    if n_lost >= MAX_LOST:
        return f"{n_lost} workers died, or fell silent, while they read it."
    return failure or ""


def _is_held_back(kind: DocumentKind) -> ColumnElement[bool]:
    """Return the condition that a document failed too often, or cost too many workers."""
    same_way = readings.alias("same_way")
    fingerprint = select(same_way.c.fingerprint).where(same_way.c.reading_id == _newest_failure())
    n_failures = _n_failures(kind, readings.c.fingerprint == fingerprint.scalar_subquery())
    return or_(n_failures >= MAX_FAILURES, _n_lost(kind) >= MAX_LOST)


def _is_read() -> ColumnElement[bool]:
    successful = exists().where(
        readings.c.document_id == documents.c.document_id, readings.c.failure.is_(None)
    )
    return successful.correlate(documents)


def _is_requested(kind: DocumentKind, *so: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        exists()
        .where(reread_requests.c.document_id == documents.c.document_id, is_open(kind), *so)
        .correlate(documents)
    )


def _n_lost(kind: DocumentKind) -> ColumnElement[int]:
    found = select(reading_leases.c.n_lost).where(
        reading_leases.c.document_id == documents.c.document_id,
        reading_leases.c.task == TASK_OF[kind],
    )
    return func.coalesce(found.correlate(documents).scalar_subquery(), 0)


def _n_failures(kind: DocumentKind, is_same_way: ColumnElement[bool]) -> ScalarSelect[int]:
    """Count the failed readings of one way since the document was last asked for again."""
    asked = select(func.max(reread_requests.c.requested_at)).where(
        reread_requests.c.document_id == documents.c.document_id,
        reread_requests.c.task == TASK_OF[kind],
        reread_requests.c.fulfilled_by_id.is_(None),
    )
    since = asked.correlate(documents).scalar_subquery()
    return (
        select(func.count())
        .select_from(readings)
        .where(
            readings.c.document_id == documents.c.document_id,
            readings.c.failure.is_not(None),
            is_same_way,
            or_(since.is_(None), readings.c.read_at > since),
        )
        .correlate(documents)
        .scalar_subquery()
    )


def _newest_failure() -> ScalarSelect[int]:
    failed = readings.alias("failed")
    return (
        select(func.max(failed.c.reading_id))
        .where(failed.c.document_id == documents.c.document_id, failed.c.failure.is_not(None))
        .correlate(documents)
        .scalar_subquery()
    )
