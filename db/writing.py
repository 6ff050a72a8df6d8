"""The few ways in which rows are written in bulk, the same on SQLite and PostgreSQL."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Item = TypeVar("Item")
Row = Mapping[str, Any]

# Far below the number of parameters a statement may have (32,766 on SQLite, 65,535 on PostgreSQL).
BATCH_SIZE: Final = 1000


def batches(items: Sequence[Item], size: int = BATCH_SIZE) -> Iterator[Sequence[Item]]:
    """Cut ``items`` into runs of at most ``size``, in order."""
    return (items[start : start + size] for start in range(0, len(items), size))


def add_missing(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert ``rows``; one whose key is there already is left as it is."""
    if rows:
        conn.execute(_insert(conn, table).on_conflict_do_nothing(), rows)


def put(conn: Connection, table: Table, rows: Sequence[Row], *, key: str, keep: set[str]) -> None:
    """Insert ``rows``; where ``key`` is there already, its columns but ``keep`` are replaced."""
    if not rows:
        return
    statement = _insert(conn, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in {key, *keep}}
    conn.execute(statement.on_conflict_do_update(index_elements=[key], set_=changed), rows)


def add_row(conn: Connection, table: Table, **values: Any) -> int:
    """Insert one row and return the number that it got."""
    key = conn.execute(table.insert().values(values)).inserted_primary_key
    return int(key[0]) if key else 0


def _insert(conn: Connection, table: Table) -> Any:
    # Both dialects spell ON CONFLICT alike, and SQLAlchemy keeps two classes for it.
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)
