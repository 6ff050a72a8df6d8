"""What tables hold, whatever the database: their rows in a plain form, their number, their hash.

The same rows have the same hash on SQLite and on PostgreSQL. Nothing is written here.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Enum,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    cast,
    func,
    select,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

from db.tables import metadata
from db.types import Zipped

ROWS_AT_ONCE: Final = 250
"""A full text takes 100 kB and more: so many of them still are a few dozen megabytes."""

Row = tuple[Any, ...]

# PostgreSQL's jsonb writes 1e+23 out; a number longer than this stays as it is written.
_MOST_DIGITS: Final = 400


@dataclass(frozen=True, slots=True)
class Content:
    """What one table holds: its number of rows, and the hash of all rows in the order of keys."""

    n_rows: int
    sha256: str


class Hasher:
    """Takes in the rows of one table, in the order of their keys, and tells its `Content`."""

    def __init__(self, table: Table) -> None:
        self._json_places = [
            place for place, column in enumerate(table.columns) if isinstance(column.type, JSON)
        ]
        self._hash = hashlib.sha256()
        self._n_rows = 0

    def add(self, rows: Sequence[Row]) -> str:
        """Take in ``rows``; return their canonical text, one row a line."""
        text = "".join(f"{self._canonical(row)}\n" for row in rows)
        self._hash.update(text.encode("utf-8", "surrogatepass"))
        self._n_rows += len(rows)
        return text

    def content(self) -> Content:
        """Tell what was taken in."""
        return Content(self._n_rows, self._hash.hexdigest())

    def _canonical(self, row: Row) -> str:
        """Write a row as one JSON list: sorted keys, bytes as their hash, times in UTC."""
        values = list(row)
        for place in self._json_places:
            if values[place] is not None:
                values[place] = json.loads(values[place], parse_float=_read_number)
        return json.dumps(values, ensure_ascii=False, sort_keys=True, default=_to_text)


def _read_number(text: str) -> int | float | str:
    number = Decimal(text)
    if abs(number.adjusted()) > _MOST_DIGITS:
        return str(number.normalize())
    # 1e+16 and 10000000000000000 are one number, and so are 0.50 and 0.5.
    return int(number) if number == number.to_integral_value() else float(number)


def _to_text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    raise TypeError(f"A {type(value).__name__} has no canonical form.")


def plain_table(table: Table) -> Table:
    """Return ``table`` with types that change nothing: zipped bytes stay zipped, JSON is text."""
    columns = [Column(column.name, _plain_type(column.type)) for column in table.columns]
    return Table(table.name, MetaData(), *columns)


def _plain_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    match kind:
        case Zipped():
            return LargeBinary()
        case Enum():
            return String()
        case JSON():
            return Text()
    return kind


def iter_rows(conn: Connection, table: Table) -> Iterator[list[Row]]:
    """Give the rows of ``table`` as `plain_table` has them, in the order of keys, in batches.

    At most `ROWS_AT_ONCE` rows are in memory.
    """
    statement = select(*map(_as_plain, table.columns)).order_by(*_key_order(conn, table))
    found = conn.execute(statement.execution_options(yield_per=ROWS_AT_ONCE))
    for rows in found.partitions():
        yield [tuple(row) for row in rows]


def _as_plain(column: Column[Any]) -> ColumnElement[Any]:
    # PostgreSQL's JSON is no text; what SQLite has is, and the cast leaves it as it is.
    change = cast if isinstance(column.type, JSON) else type_coerce
    return change(column, _plain_type(column.type)).label(column.name)


def _key_order(conn: Connection, table: Table) -> Iterator[ColumnElement[Any]]:
    byte_order = "C" if conn.dialect.name == "postgresql" else "BINARY"
    for column in table.primary_key:
        # A server sorts words by its language, and the next server by another one.
        yield column.collate(byte_order) if isinstance(column.type, String) else column


def hash_table(conn: Connection, table: Table) -> Content:
    """Read the whole of ``table`` and tell what it holds."""
    hasher = Hasher(table)
    for rows in iter_rows(conn, table):
        hasher.add(rows)
    return hasher.content()


def hash_all(conn: Connection) -> dict[str, Content]:
    """Read every table and tell what it holds, by name."""
    return {table.name: hash_table(conn, table) for table in metadata.sorted_tables}


def count_rows(conn: Connection) -> dict[str, int]:
    """Return the number of rows of every table, by name."""
    return {
        table.name: conn.scalar(select(func.count()).select_from(table)) or 0
        for table in metadata.sorted_tables
    }
