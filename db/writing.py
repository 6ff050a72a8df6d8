"""The few ways in which rows are written, the same on SQLite and PostgreSQL.

Many rows at once are written by ``db.upsert``, whose three ways are passed on from here.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Table

from db.upsert import add_missing, add_rows, upsert

__all__ = ["BATCH_SIZE", "add_missing", "add_row", "add_rows", "batches", "upsert"]

Item = TypeVar("Item")

# Far below the number of parameters a statement may have (32,766 on SQLite, 65,535 on PostgreSQL).
BATCH_SIZE: Final = 1000


def batches(items: Sequence[Item], size: int = BATCH_SIZE) -> Iterator[Sequence[Item]]:
    """Cut ``items`` into runs of at most ``size``, in order."""
    return (items[start : start + size] for start in range(0, len(items), size))


def add_row(conn: Connection, table: Table, **values: Any) -> int:
    """Insert one row and return the number that it got."""
    key = conn.execute(table.insert(), values).inserted_primary_key
    return int(key[0]) if key else 0
