"""XLSX through xlsxwriter, a row at a time: sheets of records, decisions, findings, and about.

Cells are typed: numbers, days, times and booleans are such; every text is a text and never a
formula or a link, also after somebody edits the cell. A text that is longer than a cell can hold
is cut, with a mark, and counted in the receipt.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import IO, Any, Final

from litsweep.errors import UsageError
from litsweep.exports.columns import (
    DECISION_COLUMNS,
    FINDING_COLUMNS,
    OWNER_COLUMNS,
    RECORD_COLUMNS,
    Cell,
    Column,
    ColumnType,
    iter_rows,
)
from litsweep.exports.entries import ExportEntry
from litsweep.exports.receipts import Receipt
from litsweep.exports.texts import writable

MOST_CHARACTERS: Final = 32_767
"""A cell holds as many, counted in UTF-16."""
CUT_MARK: Final = " … [cut: too long for a cell]"

_MOST_ROWS: Final = 1_048_576
_FORMULA_SIGNS: Final = tuple("=+-@\t\r")
# Excel counts days from 1900 on; earlier ones are text.
_FIRST_YEAR: Final = 1901
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_WIDTHS: Final = {"title": 60, "abstract": 60, "summary": 60, "value": 40, "quote": 60}


def write_xlsx(entries: Iterable[ExportEntry], stream: IO[bytes], receipt: Receipt) -> None:
    """Write the workbook; ``stream`` must be seekable.

    Raises:
        UsageError: there are more records or findings than a sheet has rows.
    """
    from xlsxwriter import Workbook

    with Workbook(stream, _OPTIONS) as book:
        book.set_properties({"comments": f"litsweep {receipt.about.tool_version}"})
        sheets = _Sheets(book)
        records = sheets.add("records", RECORD_COLUMNS)
        decisions = sheets.add("decisions", (*OWNER_COLUMNS, *DECISION_COLUMNS))
        findings = sheets.add("findings", (*OWNER_COLUMNS, *FINDING_COLUMNS))
        for entry in receipt.counted(entries):
            records.add([column.read(entry) for column in RECORD_COLUMNS])
            for row in iter_rows(entry, entry.decisions, DECISION_COLUMNS):
                decisions.add(row)
            for row in iter_rows(entry, entry.findings, FINDING_COLUMNS):
                findings.add(row)
        receipt.n_cut += sheets.n_cut
        _add_about(sheets, receipt.as_json())


def write_sheet(
    name: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    stream: IO[bytes],
    about: Mapping[str, Any],
) -> None:
    """Write a workbook of one table, and a sheet of what is said about it.

    Raises:
        UsageError: there are more rows than a sheet has.
    """
    from xlsxwriter import Workbook

    with Workbook(stream, _OPTIONS) as book:
        sheets = _Sheets(book)
        sheet = sheets.add(name, columns)
        for row in rows:
            sheet.add(row)
        _add_about(sheets, {**about, "n_cells_cut": sheets.n_cut})


def _add_about(sheets: "_Sheets", said: Mapping[str, Any]) -> None:
    sheet = sheets.add("about", _ABOUT_COLUMNS)
    for name, value in said.items():
        for line in value if isinstance(value, list) else [value]:
            sheet.add([name, _in_words(line)])


_ABOUT_COLUMNS: Final = (
    Column("what", ColumnType.TEXT, str),
    Column("value", ColumnType.TEXT, str),
)


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {one}" for name, one in value.items()) or "none"
    return str(value)


class _Sheets:
    """The sheets of a workbook, with the formats that they share; counts the cells cut."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self.n_cut = 0
        self.heading = book.add_format({"bold": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        # Without it a text such as "=1+1" becomes a formula when somebody edits the cell.
        self.text = book.add_format({"quote_prefix": True})

    def add(self, name: str, columns: Sequence[Column]) -> "_Sheet":
        """Add a sheet with its headings, which stay in sight."""
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, _WIDTHS.get(column.name, 16))
            heading = f"{column.name} (UTC)" if column.type is ColumnType.TIME else column.name
            sheet.write_string(0, place, heading, self.heading)
        return _Sheet(self, sheet, name)


class _Sheet:
    """One sheet, filled from above."""

    def __init__(self, sheets: _Sheets, sheet: Any, name: str) -> None:
        self._sheets = sheets
        self._sheet = sheet
        self._name = name
        self._n_rows = 1

    def add(self, row: Sequence[Cell]) -> None:
        """Add a row."""
        if self._n_rows >= _MOST_ROWS:
            raise UsageError(
                f"An XLSX sheet has {_MOST_ROWS:,} rows, and there are more {self._name}: "
                "export CSV or Parquet, or a smaller selection."
            )
        for place, value in enumerate(row):
            if value is not None:
                self._write(place, value)
        self._n_rows += 1

    def _write(self, place: int, value: str | float | bool | date | datetime) -> None:
        sheet, row = self._sheet, self._n_rows
        if isinstance(value, str):
            self._write_text(place, value)
        elif isinstance(value, bool):
            sheet.write_boolean(row, place, value)
        elif isinstance(value, int | float):
            sheet.write_number(row, place, value)
        elif value.year < _FIRST_YEAR:
            sheet.write_string(row, place, value.isoformat())
        elif isinstance(value, datetime):
            utc = value.astimezone(UTC).replace(tzinfo=None)
            sheet.write_datetime(row, place, utc, self._sheets.time)
        else:
            sheet.write_datetime(row, place, value, self._sheets.day)

    def _write_text(self, place: int, value: str) -> None:
        text = fit_cell(value)
        self._sheets.n_cut += text.endswith(CUT_MARK) and not value.endswith(CUT_MARK)
        formats = [self._sheets.text] if text.startswith(_FORMULA_SIGNS) else []
        self._sheet.write_string(self._n_rows, place, text, *formats)


def fit_cell(text: str) -> str:
    """Return ``text`` without what a cell cannot hold, cut with a mark where it is too long."""
    text = writable(text)
    if _n_units(text) > MOST_CHARACTERS:
        room = MOST_CHARACTERS - len(CUT_MARK)
        text = text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore") + CUT_MARK
    # xlsxwriter puts what looks like its own rich text into the file as it is.
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def _n_units(text: str) -> int:
    if len(text) <= MOST_CHARACTERS // 2:
        return len(text)
    return len(text.encode("utf-16-le")) // 2
