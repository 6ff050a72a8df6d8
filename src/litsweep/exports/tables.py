"""Any other table than one of records as a file: CSV, XLSX or JSON, written row by row.

Counts, rates, receipts, a person's decisions: a table is its columns and what they are read from.
Cells are those of ``columns``, safe in a spreadsheet. Records have formats of their own.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Any, Final

from litsweep.exports.columns import Cell, Column
from litsweep.exports.csv_tables import write_rows
from litsweep.exports.xlsx import write_sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: ``rows`` are what each column's ``read`` takes, and are gone through once.

    ``name`` is that of its file and sheet, in letters and underscores, at most 31 of them.
    """

    name: str
    columns: Sequence[Column]
    rows: Iterable[Any]

    def iter_cells(self) -> Iterator[list[Cell]]:
        """Iterate over the rows as cells, in the order of the columns."""
        return ([column.read(row) for column in self.columns] for row in self.rows)


WriteTable = Callable[[Table, IO[bytes], Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFormat:
    """A format; ``write`` takes what is to be said about the table, too, where it has room.

    ``is_text`` tells that it is written from the beginning to the end.
    """

    name: str
    title: str
    suffix: str
    media_type: str
    write: WriteTable
    is_text: bool = True


def _write_csv(table: Table, stream: IO[bytes], _about: Mapping[str, Any]) -> None:
    write_rows([column.name for column in table.columns], table.iter_cells(), stream)


def _write_json(table: Table, stream: IO[bytes], _about: Mapping[str, Any]) -> None:
    """Write a list of objects; times and days in ISO 8601, what is empty as null."""
    names = [column.name for column in table.columns]
    separator = "[\n"
    for cells in table.iter_cells():
        row = dict(zip(names, map(_plain, cells), strict=True))
        line = json.dumps(row, ensure_ascii=False)
        stream.write(f"{separator}{line}".encode("utf-8", "replace"))
        separator = ",\n"
    stream.write(b"\n]\n" if separator != "[\n" else b"[]\n")


def _plain(cell: Cell) -> Cell:
    return cell.isoformat() if isinstance(cell, date) else cell


def _write_xlsx(table: Table, stream: IO[bytes], about: Mapping[str, Any]) -> None:
    write_sheet(table.name, table.columns, table.iter_cells(), stream, about)


_FORMATS: Final = (
    TableFormat(
        name="csv",
        title="CSV",
        suffix=".csv",
        media_type="text/csv; charset=utf-8; header=present",
        write=_write_csv,
    ),
    TableFormat(
        name="xlsx",
        title="XLSX",
        suffix=".xlsx",
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        write=_write_xlsx,
        is_text=False,
    ),
    TableFormat(
        name="json",
        title="JSON",
        suffix=".json",
        media_type="application/json",
        write=_write_json,
    ),
)

TABLE_FORMATS: Final = {one.name: one for one in _FORMATS}
"""All formats of a table, by name."""
