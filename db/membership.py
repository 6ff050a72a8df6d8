"""Which rows have one of many numbers, asked with a single parameter.

``column.in_(numbers)`` makes a parameter of each: for a thousand of them SQLAlchemy takes longer
than the database. SQLite unfolds a JSON list instead, PostgreSQL an array.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    String,
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
    listed = list(numbers)
    if conn.dialect.name == "sqlite":
        unfolded = func.json_each(str(listed)).table_valued("value")
        return column.in_(select(unfolded.c.value))
    return column == any_(bindparam(None, listed, type_=_NUMBERS, unique=True))


def unfold(conn: Connection) -> ColumnElement[int]:
    """Return a column with one number a row, to select from: a statement for any numbers.

    The numbers are its parameter ``folded``, made by `fold`. It is made for the database of
    ``conn``, and of no use on another one.
    """
    if conn.dialect.name == "sqlite":
        rows = func.json_each(bindparam("folded", type_=String))
        return rows.table_valued(sql_column("value", Integer)).c.value
    return func.unnest(bindparam("folded", type_=_NUMBERS)).column_valued("number")


def fold(conn: Connection, numbers: Iterable[int]) -> str | list[int]:
    """Return numbers as the parameter of `unfold`."""
    listed = list(numbers)
    return str(listed) if conn.dialect.name == "sqlite" else listed


_NUMBERS: Final = ARRAY(BigInteger)
