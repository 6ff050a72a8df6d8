"""Which rows have one of many numbers, asked with a single parameter.

``column.in_(numbers)`` makes a parameter of each: for a thousand of them SQLAlchemy takes longer
than the database. SQLite unfolds a JSON list instead, PostgreSQL an array.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY


def is_among(
    conn: Connection, column: ColumnElement[Any], numbers: Iterable[int]
) -> ColumnElement[bool]:
    """Return the condition that ``column`` is one of ``numbers``, of which there may be any number.

    It is made for the database of ``conn``, and of no use on another one.
    """
    if conn.dialect.name == "sqlite":
        return column.in_(select(unfold(conn, numbers)))
    return column == any_(_array(numbers))


def unfold(conn: Connection, numbers: Iterable[int]) -> ColumnElement[int]:
    """Return a column of which each row is one of ``numbers``, to select from as from a table.

    It is made for the database of ``conn``, and of no use on another one.
    """
    if conn.dialect.name == "sqlite":
        listed = str(list(numbers))
        return func.json_each(listed).table_valued(sql_column("value", Integer)).c.value
    return func.unnest(_array(numbers)).column_valued("number")


def _array(numbers: Iterable[int]) -> ColumnElement[Any]:
    return bindparam(None, list(numbers), type_=ARRAY(BigInteger), unique=True)
