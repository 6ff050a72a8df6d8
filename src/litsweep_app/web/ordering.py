"""In which order the rows of a table come: what the address says, and the links of the headings.

``sort`` names a column, ``reverse=yes`` turns its order round. Numbers and times begin with the
largest, words with the first of the alphabet; what is empty is last either way.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from litsweep.errors import UsageError
from litsweep.exports.columns import Cell, Column, ColumnType
from litsweep_app.web.filters import Reader

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """The column that the rows are ordered by; None is the table's own order."""

    sort: str | None = None
    is_reversed: bool = False

    def as_query(self) -> dict[str, object]:
        """Return it as `visit.path_to` takes it: only what is not as it would be anyway."""
        return {"sort": self.sort, "reverse": "yes" if self.is_reversed else None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Headings:
    """The headings of a table whose rows can be put in order.

    ``own`` is the column of the table's own order; ``falling`` are those that begin with the
    largest; ``link`` makes the address of an order.
    """

    ordering: Ordering
    own: str | None
    falling: frozenset[str]
    link: Callable[[Ordering], str]

    def is_current(self, name: str) -> bool:
        """Tell whether the rows are in the order of this column."""
        return name == (self.ordering.sort or self.own)

    def direction(self, name: str) -> Literal["ascending", "descending"]:
        """Return in which direction the rows are, of the column that they are ordered by."""
        is_falling = (name in self.falling) != self.ordering.is_reversed
        return "descending" if is_falling else "ascending"

    def href(self, name: str) -> str:
        """Return where a click on the heading leads: to its order, or to the same reversed."""
        is_reversed = self.is_current(name) and not self.ordering.is_reversed
        sort = None if name == self.own else name
        return self.link(Ordering(sort=sort, is_reversed=is_reversed))


def read_ordering(reader: Reader, names: Iterable[str]) -> Ordering:
    """Read an order out of an address; ``names`` are the columns that rows can be ordered by.

    Raises:
        UsageError: there is no such column.
    """
    known = list(names)
    sort = reader.text("sort") or None
    if sort is not None and sort not in known:
        raise UsageError(f"sort: {sort[:40]!r} is none of: {', '.join(known)}.")
    return Ordering(sort=sort, is_reversed=read_reverse(reader))


def read_reverse(reader: Reader) -> bool:
    """Read whether an order is turned round.

    Raises:
        UsageError: it is neither yes nor no.
    """
    given = reader.text("reverse")
    if given not in ("", "yes", "no"):
        raise UsageError(f"reverse: {given[:40]!r} is neither yes nor no.")
    return given == "yes"


def build_headings(
    columns: Sequence[Column],
    ordering: Ordering,
    link: Callable[[Ordering], str],
    own: str | None = None,
) -> Headings:
    """Return the headings of a table with these columns, which comes in the order of ``own``."""
    falling = frozenset(one.name for one in columns if one.type in _FALLING)
    return Headings(ordering=ordering, own=own, falling=falling, link=link)


def sort_rows(rows: Sequence[_Row], columns: Sequence[Column], ordering: Ordering) -> list[_Row]:
    """Return rows in the order asked for; equal ones stay as they were.

    Without a column they stay in the table's own order, or in that reversed.
    """
    column = next((one for one in columns if one.name == ordering.sort), None)
    if column is None:
        return list(reversed(rows)) if ordering.is_reversed else list(rows)
    keys = [(row, column.read(row)) for row in rows]
    filled = [(row, _fold(key)) for row, key in keys if key is not None]
    is_falling = (column.type in _FALLING) != ordering.is_reversed
    filled.sort(key=lambda one: one[1], reverse=is_falling)
    return [row for row, _ in filled] + [row for row, key in keys if key is None]


def _fold(cell: Cell) -> Any:
    return cell.casefold() if isinstance(cell, str) else cell


_FALLING: Final = frozenset(
    {ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.BOOLEAN, ColumnType.DAY, ColumnType.TIME}
)
