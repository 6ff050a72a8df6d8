"""Slots of a rate limit in a PostgreSQL database, for all machines that use it.

Each method is one statement and one transaction, beside that of the one writer: a request does
not wait for a batch that is being stored. The clock is the server's, so that the clocks of the
machines need not agree. What a slot is, `litsweep.sources.throttle` says.
"""

from typing import Any

from sqlalchemy import ColumnElement, Float, case, cast, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from db.engine import Database
from db.tables import request_slots
from litsweep.sources.throttle import LONGEST_CLOSED_S, Turn

_name, _next_start = request_slots.c.name, request_slots.c.next_start


class TableSlots:
    """The slots of ``name``, at most 60 characters: one row each, made when first asked for."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._prefix = name
        self._n_rows = 0

    def __str__(self) -> str:
        return f"the database {self._database.place}"

    def take(self, n_slots: int, held_s: float) -> Turn | None:
        """Take a free slot for ``held_s`` seconds; see `Slots`."""
        self._make_rows(n_slots)
        free = (
            select(_name)
            .where(_name.in_(self._names(n_slots)), _is_free())
            .order_by(_next_start)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        statement = (
            request_slots.update()
            .where(_name == free)
            .values(next_start=_in_seconds(held_s))
            .returning(_name, _next_start)
        )
        with self._database.beside_writers() as conn:
            taken = conn.execute(statement).one_or_none()
        if taken is None:
            return None
        return Turn(slot=int(taken.name.rpartition("/")[2]), held_until=taken.next_start)

    def seconds_until_free(self, n_slots: int) -> float:
        """Return the time until a slot is free; see `Slots`."""
        wait = case((_is_free(), 0.0), else_=_next_start - _in_seconds(0.0))
        statement = select(func.min(wait)).where(_name.in_(self._names(n_slots)))
        with self._database.beside_writers() as conn:
            seconds = conn.scalar(statement)
        if seconds is None:
            self._n_rows = 0  # somebody has emptied the table: make them again
        return max(0.0, seconds or 0.0)

    def give_back(self, turn: Turn, after_s: float) -> None:
        """Free a slot ``after_s`` from now; see `Slots`."""
        statement = (
            request_slots.update()
            .where(_name == self._slot_name(turn.slot), _next_start == turn.held_until)
            .values(next_start=func.least(_next_start, _in_seconds(after_s)))
        )
        with self._database.beside_writers() as conn:
            conn.execute(statement)

    def close(self, first: int, for_s: float) -> None:
        """Close the slots from ``first`` on for ``for_s`` seconds; see `Slots`."""
        # In the order of their names: two that close slots at once must not wait for each other.
        open_ones = (
            select(_name)
            .where(
                _name.startswith(f"{self._prefix}/", autoescape=True),
                _name >= self._slot_name(first),
                or_(_next_start < _in_seconds(for_s), _is_free()),
            )
            .order_by(_name)
            .with_for_update()
        )
        statement = (
            request_slots.update().where(_name.in_(open_ones)).values(next_start=_in_seconds(for_s))
        )
        with self._database.beside_writers() as conn:
            conn.execute(statement)

    def _make_rows(self, n_slots: int) -> None:
        if n_slots <= self._n_rows:
            return
        rows: list[dict[str, Any]] = [
            {"name": name, "next_start": 0.0} for name in self._names(n_slots)
        ]
        with self._database.beside_writers() as conn:
            conn.execute(insert(request_slots).values(rows).on_conflict_do_nothing())
        self._n_rows = n_slots

    def _names(self, n_slots: int) -> list[str]:
        return [self._slot_name(slot) for slot in range(n_slots)]

    def _slot_name(self, slot: int) -> str:
        return f"{self._prefix}/{slot:03d}"


def _in_seconds(seconds: float) -> ColumnElement[float]:
    # clock_timestamp, since the statement may have waited for a row.
    return cast(func.extract("epoch", func.clock_timestamp()), Float(53)) + seconds


def _is_free() -> ColumnElement[bool]:
    """Tell a slot that is free, or was closed before the server's clock was set back."""
    return or_(
        _next_start <= _in_seconds(0.0),
        _next_start > _in_seconds(LONGEST_CLOSED_S + 1.0),
    )
