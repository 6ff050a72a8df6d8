"""From where the lists of a topic are read, each in the order of an index.

A list goes through the rows of its source and keeps those that meet its condition: of a topic's
records the last found first, or of the few rows that an index has of what is rare. Pages are
``db.record_lists``'.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
)

from db.decisions import stands
from db.tables import documents, readings, records, screening_decisions, topic_records
from db.views.expressions import flag
from litsweep.domain.decisions import Decision, Stage
from litsweep.errors import UsageError

_NO_LIMIT: Final = 2**31 - 1


class Pieces(Protocol):
    """The numbers of records in an order."""

    def list_next(self, after: int | None, size: int) -> Sequence[int]:
        """Return those behind a record, ``size`` at most: fewer at the end."""

    def count(self, at_most: int) -> int:
        """Count them up to a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastFound:
    """A topic's records, the last found first; those found since a time, where one is given."""

    conn: Connection
    topic_id: int
    since: datetime | None = None

    def list_next(self, after: int | None, size: int) -> Sequence[int]:
        """Return those behind a record.

        Raises:
            UsageError: that record is not of the topic.
        """
        found = topic_records.c
        statement = self._select().order_by(found.found_at.desc(), found.record_id.desc())
        if after is not None:
            at = select(found.found_at).where(
                found.topic_id == self.topic_id, found.record_id == after
            )
            place = self.conn.scalar(at)
            if place is None:
                raise UsageError(f"Record {after} is not of this topic: no page is behind it.")
            statement = statement.where(
                tuple_(found.found_at, found.record_id)
                < tuple_(bindparam(None, place, type_=found.found_at.type), after)
            )
        return self.conn.scalars(statement.limit(size)).all()

    def count(self, at_most: int) -> int:
        """Count them up to a number."""
        return _count(self.conn, self._select(), at_most)

    def _select(self) -> Select[int]:
        statement = select(topic_records.c.record_id).where(
            topic_records.c.topic_id == self.topic_id
        )
        if self.since is None:
            return statement
        return statement.where(topic_records.c.found_at >= self.since)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastStored:
    """Records of all topics that are rare, the last stored first."""

    conn: Connection
    of: Select[int]

    def list_next(self, after: int | None, size: int) -> Sequence[int]:
        """Return those behind a record."""
        (number,) = self.of.selected_columns
        statement = self.of.distinct().order_by(number.desc()).limit(size)
        if after is not None:
            statement = statement.where(number < after)
        return self.conn.scalars(statement).all()

    def count(self, at_most: int) -> int:
        """Count them up to a number."""
        return _count(self.conn, self.of, at_most)


@dataclass(frozen=True, slots=True, kw_only=True)
class MyLast:
    """What one person decided of a topic at a stage, the last decision first."""

    conn: Connection
    topic_id: int
    stage: Stage
    reviewer: str

    def list_next(self, after: int | None, size: int) -> Sequence[int]:
        """Return those behind a record, from the person's newest decision about it on.

        Raises:
            UsageError: the person never decided about that record.
        """
        decided = screening_decisions.c
        statement = select(decided.record_id).where(*self._theirs(), stands())
        statement = statement.order_by(decided.screening_decision_id.desc())
        if after is not None:
            newest = select(func.max(decided.screening_decision_id)).where(*self._theirs())
            place = self.conn.scalar(newest.where(decided.record_id == after))
            if place is None:
                raise UsageError(f"You decided nothing on record {after}: no page is behind it.")
            statement = statement.where(decided.screening_decision_id < place)
        return self.conn.scalars(statement.limit(size)).all()

    def count(self, at_most: int) -> int:
        """Count them up to a number."""
        numbers = select(screening_decisions.c.record_id).where(*self._theirs(), stands())
        return _count(self.conn, numbers, at_most)

    def _theirs(self) -> list[ColumnElement[bool]]:
        decided = screening_decisions.c
        return [
            decided.reviewer == self.reviewer,
            decided.topic_id == self.topic_id,
            decided.stage == self.stage,
        ]


def select_spoken_against() -> Select[int]:
    """Return the query for records of which something is said, by the index that has only them."""
    is_so: Any = literal_column("records.publication_status <> 'as_published'")
    return select(records.c.record_id).where(is_so)


def select_failed() -> Select[int]:
    """Return the query for records of which a text could not be read once."""
    # With a limit, if one that is never reached, SQLite begins with the few that failed; else it
    # goes through all documents, which are in the order that is asked for.
    failed = select(readings.c.document_id).where(readings.c.failure.is_not(None))
    few = failed.limit(_NO_LIMIT).subquery("failed")
    return select(documents.c.record_id).join(few, few.c.document_id == documents.c.document_id)


def select_decided(topic_id: int, stage: Stage, decision: Decision) -> Select[int]:
    """Return the query for records of which such a decision of somebody stands."""
    decided = screening_decisions.c
    return select(decided.record_id).where(
        decided.topic_id == topic_id,
        decided.stage == stage,
        decided.decision == decision,
        flag(screening_decisions, "is_standing"),
    )


def _count(conn: Connection, statement: Select[Any], at_most: int) -> int:
    found = statement.limit(at_most).subquery()
    return conn.scalar(select(func.count()).select_from(found)) or 0
