"""Which rows have one of many numbers, asked with a single parameter.

``column.in_(numbers)`` makes a parameter of each: for a thousand of them SQLAlchemy takes longer
than the database. SQLite unfolds a JSON list instead, PostgreSQL an array.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, any_, bindparam, func, select
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
    return column == any_(bindparam(None, listed, type_=ARRAY(BigInteger), unique=True))
