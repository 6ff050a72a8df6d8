"""Rows of tables as lines of text: cells that span rows or columns take their places.

A row is to make sense alone. So the headings at its left that stand beside several rows are
repeated in each of them; cells further right that span rows, and the columns that a wide cell
covers, are left empty. Both HTML's attributes and those of OASIS tables are understood.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

_BETWEEN_CELLS: Final = " | "
# A span is what a file claims: more would make a small file a large text.
_WIDEST_SPAN: Final = 50
_LONGEST_SPAN: Final = 500
_MOST_COLUMNS: Final = 200
_MOST_REPEATED_COLUMNS: Final = 3
_MOST_REPEATED_CHARACTERS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell's text, the columns and rows that it covers, and its column, where it is named."""

    text: str
    n_columns: int = 1
    n_rows: int = 1
    column: int | None = None


class Grid:
    """The columns of one table while its rows are read from the top."""

    def __init__(self) -> None:
        """Begin without rows."""
        self._columns: dict[str, int] = {}
        self._carried: dict[int, tuple[int, str]] = {}

    def add_column(self, specification: etree._Element) -> None:
        """Note the name of the next column (``colspec`` of OASIS tables)."""
        name = specification.get("colname")
        if name and len(self._columns) < _MOST_COLUMNS:
            self._columns.setdefault(name, len(self._columns))

    def begin_group(self) -> None:
        """Begin a head, body or foot: no cell spans from one into another."""
        self._carried.clear()

    def cell(self, element: etree._Element, text: str) -> Cell:
        """Return the cell that ``element`` (``td``, ``th``, ``entry``) describes."""
        first = self._columns.get(element.get("namest") or element.get("colname") or "")
        last = self._columns.get(element.get("nameend") or "")
        n_columns = _number(element.get("colspan"), 1, _WIDEST_SPAN)
        if first is not None and last is not None:
            n_columns = min(max(1, last - first + 1), _WIDEST_SPAN)
        n_rows = _number(element.get("rowspan"), 1, _LONGEST_SPAN)
        more_rows = _number(element.get("morerows"), 0, _LONGEST_SPAN)
        return Cell(text=text, n_columns=n_columns, n_rows=n_rows + more_rows, column=first)

    def build_line(self, cells: Sequence[Cell]) -> str:
        """Return the next row as a line; empty where none of its own cells has text."""
        row: list[str] = []
        begun: dict[int, tuple[int, str]] = {}
        for cell in cells:
            self._fill(row, cell.column)
            n_columns = cell.n_columns if len(row) < _MOST_COLUMNS else 1
            for offset in range(n_columns):
                if cell.n_rows > 1 and len(row) < _MOST_COLUMNS:
                    begun[len(row)] = (cell.n_rows - 1, "" if offset else cell.text)
                row.append("" if offset else cell.text)
        self._fill(row, None)
        self._carried = {
            column: (n_left - 1, text)
            for column, (n_left, text) in self._carried.items()
            if n_left > 1
        } | begun
        if not any(cell.text for cell in cells):
            return ""
        return _BETWEEN_CELLS.join(_without_empty_end(row))

    def _fill(self, row: list[str], column: int | None) -> None:
        """Add the cells of rows above that reach down to here, and skipped columns."""
        while (column is not None and len(row) < column) or len(row) in self._carried:
            is_heading = _is_leading(len(row), self._carried)
            _, text = self._carried.get(len(row), (0, ""))
            is_short = len(text) <= _MOST_REPEATED_CHARACTERS
            row.append(text if is_heading and is_short else "")


def _is_leading(column: int, carried: Mapping[int, object]) -> bool:
    """Whether all columns up to ``column`` are headings from above."""
    if column >= _MOST_REPEATED_COLUMNS:
        return False
    return all(before in carried for before in range(column + 1))


def _without_empty_end(row: Iterable[str]) -> list[str]:
    cells = list(row)
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _number(value: str | None, otherwise: int, most: int) -> int:
    # The length, since Python refuses to read thousands of digits.
    if value is None or not (value.isascii() and value.isdigit()) or len(value) > 9:
        return otherwise
    return min(max(otherwise, int(value)), most)
