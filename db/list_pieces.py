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
    Column,
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
    """A topic's records, the last found first; those found since a time, where one is given.

    Here and below, ``is_reversed`` puts the last one last.
    """

    conn: Connection
    topic_id: int
    since: datetime | None = None
    is_reversed: bool = False

    def list_next(self, after: int | None, size: int) -> Sequence[int]:
        """Return those behind a record.

        Raises:
            UsageError: that record is not of the topic.
        """
        found = topic_records.c
        statement = self._select().order_by(
            *_turn(self.is_reversed, found.found_at, found.record_id)
        )
        if after is not None:
            at = select(found.found_at).where(
                found.topic_id == self.topic_id, found.record_id == after
            )
            place = self.conn.scalar(at)
            if place is None:
                raise UsageError(f"Record {after} is not of this topic: no page is behind it.")
            key = tuple_(found.found_at, found.record_id)
            last = tuple_(bindparam(None, place, type_=found.found_at.type), after)
            statement = statement.where(key > last if self.is_reversed else key < last)
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
    is_reversed: bool = False

    def list_next(self, after: int | None, size: int) -> Sequence[int]:
        """Return those behind a record."""
        (number,) = self.of.selected_columns
        statement = self.of.distinct().order_by(*_turn(self.is_reversed, number)).limit(size)
        if after is not None:
            statement = statement.where(number > after if self.is_reversed else number < after)
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
    is_reversed: bool = False

    def list_next(self, after: int | None, size: int) -> Sequence[int]:
        """Return those behind a record, from the person's newest decision about it on.

        Raises:
            UsageError: the person never decided about that record.
        """
        decided = screening_decisions.c
        statement = select(decided.record_id).where(*self._theirs(), stands())
        key = decided.screening_decision_id
        statement = statement.order_by(*_turn(self.is_reversed, key))
        if after is not None:
            newest = select(func.max(decided.screening_decision_id)).where(*self._theirs())
            place = self.conn.scalar(newest.where(decided.record_id == after))
            if place is None:
                raise UsageError(f"You decided nothing on record {after}: no page is behind it.")
            statement = statement.where(key > place if self.is_reversed else key < place)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ByColumn:
    """Records of all topics in the order of a column of theirs that has an index.

    ``is_falling`` puts the largest first; empty ones are last either way.
    """

    conn: Connection
    column: Column[Any]
    is_falling: bool

    def list_next(self, after: int | None, size: int) -> Sequence[int]:
        """Return those behind a record.

        Raises:
            UsageError: there is no such record.
        """
        place = None if after is None else self._find_place(after)
        filled: Sequence[int] = ()
        if after is None or place is not None:
            filled = self._list_filled(after, place, size)
        left = size - len(filled)
        behind = after if place is None else None
        return [*filled, *(self._list_empty(behind, left) if left else ())]

    def count(self, at_most: int) -> int:
        """Count them up to a number."""
        return _count(self.conn, select(records.c.record_id), at_most)

    def _find_place(self, record_id: int) -> Any:
        found = self.conn.execute(select(self.column).where(records.c.record_id == record_id))
        row = found.first()
        if row is None:
            raise UsageError(f"There is no record {record_id}: no page is behind it.")
        return row[0]

    def _list_filled(self, after: int | None, place: Any, size: int) -> Sequence[int]:
        number = records.c.record_id
        key = tuple_(self.column, number)
        statement = select(number).where(self.column.is_not(None))
        if after is not None:
            last = tuple_(bindparam(None, place, type_=self.column.type), after)
            statement = statement.where(key < last if self.is_falling else key > last)
        statement = statement.order_by(*_turn(not self.is_falling, self.column, number))
        return self.conn.scalars(statement.limit(size)).all()

    def _list_empty(self, after: int | None, size: int) -> Sequence[int]:
        number = records.c.record_id
        statement = select(number).where(self.column.is_(None))
        if after is not None:
            statement = statement.where(number < after if self.is_falling else number > after)
        statement = statement.order_by(*_turn(not self.is_falling, number))
        return self.conn.scalars(statement.limit(size)).all()


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


def _turn(is_rising: bool, *columns: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    return [one.asc() if is_rising else one.desc() for one in columns]


def _count(conn: Connection, statement: Select[Any], at_most: int) -> int:
    found = statement.limit(at_most).subquery()
    return conn.scalar(select(func.count()).select_from(found)) or 0
