"""Tables that are not of records as files: typed, whole, and nothing in them runs."""

import csv
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from litsweep.exports.columns import Column, ColumnType
from litsweep.exports.tables import TABLE_FORMATS, Table


@dataclass(frozen=True)
class Row:
    name: str | None
    n: int
    share: float | None
    is_so: bool
    day: date
    at: datetime


COLUMNS = (
    Column("name", ColumnType.TEXT, lambda one: one.name),
    Column("n", ColumnType.INTEGER, lambda one: one.n),
    Column("share", ColumnType.NUMBER, lambda one: one.share),
    Column("is_so", ColumnType.BOOLEAN, lambda one: one.is_so),
    Column("day", ColumnType.DAY, lambda one: one.day),
    Column("at", ColumnType.TIME, lambda one: one.at),
)
AT = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
ROWS = (
    Row("=1+1", 3, 0.25, True, AT.date(), AT),
    Row(None, -1, None, False, AT.date(), AT),
    Row('half \ud800 a "letter"', 0, 1.0, False, AT.date(), AT),
)


def write(name: str, rows: tuple[Row, ...] = ROWS) -> bytes:
    stream = io.BytesIO()
    table = Table(name="things", columns=COLUMNS, rows=iter(rows))
    TABLE_FORMATS[name].write(table, stream, {"exported_by": "=Ada", "filters": {"topic": "x"}})
    return stream.getvalue()


def test_csv_is_safe_and_its_numbers_are_numbers() -> None:
    first, second, third = csv.DictReader(io.StringIO(write("csv").decode(), newline=""))
    assert list(first.values()) == [
        *("'=1+1", "3", "0.25", "true", "2026-11-22", "2026-11-22T04:30:00+00:00"),
    ]
    assert (second["name"], second["n"], second["share"]) == ("", "-1", "")
    assert third["name"] == 'half \ufffd a "letter"'


def test_json_is_a_list_of_rows() -> None:
    first, second, third = json.loads(write("json"))
    assert first == {
        "name": "=1+1",
        "n": 3,
        "share": 0.25,
        "is_so": True,
        "day": "2026-11-22",
        "at": "2026-11-22T04:30:00+00:00",
    }
    assert (second["name"], second["share"]) == (None, None)
    assert third["name"] == 'half ? a "letter"'
    assert json.loads(write("json", ())) == []


def test_xlsx_has_the_table_and_what_it_is() -> None:
    with zipfile.ZipFile(io.BytesIO(write("xlsx"))) as book:
        names = book.read("xl/workbook.xml").decode()
        sheets = [book.read(f"xl/worksheets/sheet{n}.xml").decode() for n in (1, 2)]
    assert 'name="things"' in names and 'name="about"' in names
    assert "<f>" not in "".join(sheets)
    assert "=1+1" in sheets[0] and "<v>0.25</v>" in sheets[0]
    assert "exported_by" in sheets[1] and "topic: x" in sheets[1]


@pytest.mark.parametrize("name", TABLE_FORMATS)
def test_an_error_among_the_rows_is_not_swallowed(name: str) -> None:
    broken = (ROWS[0], None)
    with pytest.raises(AttributeError):
        write(name, broken)  # type: ignore[arg-type]
