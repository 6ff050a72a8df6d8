"""Writes many rows at once, as fast as each database takes them.

SQLite gets one statement and the rows by ``executemany``. PostgreSQL gets them by binary COPY:
straight into the table, or into a temporary one that is merged where rows may be there already;
a few rows go by statements, since COPY costs more than they do. Either way the rows are what
SQLAlchemy's own statements would have written, in the same transaction. Which rows belong
together, and what a batch is, is the callers' business.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Table, column, select
from sqlalchemy import table as table_clause
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from db.row_values import Row, RowShape, Values, find_shape

# CPU of client and server, PostgreSQL 18: COPY costs less than statements from 3 rows on, and a
# temporary table, which costs 2 ms to make and to drop, from about 100.
FEWEST_TO_COPY: Final = 5
FEWEST_TO_MERGE: Final = 100

_STAGING: Final = "litsweep_staging"


@dataclass(frozen=True, slots=True)
class _Conflict:
    """What becomes of a row that is there already: its ``changed`` columns are replaced.

    Without any it stays as it is. ``key`` is what it is known by; None: any unique key.
    """

    key: tuple[str, ...] | None = None
    changed: tuple[str, ...] = ()


def upsert(
    conn: Connection,
    table: Table,
    rows: Sequence[Row],
    *,
    key: Collection[str] | None = None,
    keep: Collection[str] = frozenset(),
) -> None:
    """Insert ``rows``; where one's ``key`` is there already, its columns but ``keep`` are replaced.

    ``key`` names columns that are unique together, the primary key's unless given. All rows
    have the columns of the first. Of two with the same key the later one counts.

    Raises:
        SQLAlchemyError: the database refused a row; ``db.faults`` makes it ours.
    """
    if rows:
        own = tuple(one.name for one in table.primary_key) if key is None else tuple(key)
        changed = tuple(name for name in rows[0] if name not in own and name not in keep)
        _write(conn, table, rows, _Conflict(own, changed))


def add_missing(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert ``rows``; one of which a unique key is there already is left as it is.

    Raises:
        SQLAlchemyError: the database refused a row for another reason.
    """
    if rows:
        _write(conn, table, rows, _Conflict())


def add_rows(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert ``rows``, none of which may be there already.

    Raises:
        SQLAlchemyError: the database refused a row.
    """
    if rows:
        _write(conn, table, rows, None)


def _write(conn: Connection, table: Table, rows: Sequence[Row], conflict: _Conflict | None) -> None:
    if conn.dialect.name == "sqlite":
        shape, sql = _find_statement(conn.dialect, table, tuple(rows[0]), conflict)
        conn.exec_driver_sql(sql, shape.build_values(rows))
    elif len(rows) < (FEWEST_TO_COPY if conflict is None else FEWEST_TO_MERGE):
        conn.execute(_insert(conn.dialect, table, conflict), rows)
    else:
        shape, sql = _find_statement(conn.dialect, table, tuple(rows[0]), conflict)
        values = shape.build_values(rows)
        if conflict is None:
            _copy(conn, table.name, shape, values)
        else:
            _merge(conn, table, shape, sql, _without_repetition(shape, values, conflict))


@lru_cache(maxsize=256)
def _find_statement(
    dialect: Dialect, table: Table, names: tuple[str, ...], conflict: _Conflict | None
) -> tuple[RowShape, str]:
    """Return the rows' shape and the statement that writes them, for PostgreSQL from staging."""
    shape = find_shape(dialect, table, names)
    statement = _insert(dialect, table, conflict)
    if dialect.name == "postgresql":
        staging = table_clause(_STAGING, *(column(name) for name in shape.names))
        statement = statement.from_select(list(shape.names), select(staging))
        return shape, str(statement.compile(dialect=dialect))
    return shape, str(statement.compile(dialect=dialect, column_keys=list(shape.names)))


def _insert(dialect: Dialect, table: Table, conflict: _Conflict | None) -> Any:
    # Both dialects spell ON CONFLICT alike, and SQLAlchemy keeps two classes for it.
    statement: Any = (postgresql if dialect.name == "postgresql" else sqlite).insert(table)
    if conflict is None:
        return statement
    if not conflict.changed:
        return statement.on_conflict_do_nothing(index_elements=conflict.key)
    changed = {name: statement.excluded[name] for name in conflict.changed}
    return statement.on_conflict_do_update(index_elements=conflict.key, set_=changed)


def _merge(conn: Connection, table: Table, shape: RowShape, sql: str, values: Values) -> None:
    """Insert from a temporary table, which has the columns' types and none of their constraints."""
    names = _list_names(conn, shape)
    conn.exec_driver_sql(
        f"CREATE TEMPORARY TABLE {_STAGING} ON COMMIT DROP AS "  # noqa: S608 - our own names
        f"SELECT {names} FROM {table.name} WITH NO DATA"
    )
    _copy(conn, _STAGING, shape, values)
    conn.exec_driver_sql(sql)
    # The same transaction may need it again, for another table.
    conn.exec_driver_sql(f"DROP TABLE {_STAGING}")


def _copy(conn: Connection, target: str, shape: RowShape, values: Values) -> None:
    import psycopg

    sql = f"COPY {target} ({_list_names(conn, shape)}) FROM STDIN (FORMAT BINARY)"
    if not conn.in_transaction():
        conn.begin()
    connection: Any = conn.connection  # the driver's, and of the same transaction
    try:
        with connection.cursor() as cursor, cursor.copy(sql) as copy:
            copy.set_types(shape.type_names)
            for row in values:
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(
            sql, None, error, psycopg.Error, hide_parameters=True, dialect=conn.dialect
        ) from error


def _list_names(conn: Connection, shape: RowShape) -> str:
    return ", ".join(map(conn.dialect.identifier_preparer.quote, shape.names))


def _without_repetition(shape: RowShape, values: Values, conflict: _Conflict) -> Values:
    """Return one row a key, as one statement after the other would have left it.

    PostgreSQL refuses to change a row twice in one statement.
    """
    if not conflict.changed or not set(conflict.key or ()) <= set(shape.names):
        return values
    key_of = itemgetter(*(shape.names.index(name) for name in conflict.key or ()))
    if len(set(map(key_of, values))) == len(values):
        return values
    changed = {shape.names.index(name) for name in conflict.changed}
    found: dict[Any, tuple[Any, ...]] = {}
    for number, row in enumerate(values):
        key = key_of(row)
        # Nothing equals NULL, and two rows without a key are two.
        is_known = None not in (key if isinstance(key, tuple) else (key,))
        first = found.get(key, row) if is_known else row
        found[key if is_known else (number, _STAGING)] = tuple(
            new if place in changed else old
            for place, (old, new) in enumerate(zip(first, row, strict=True))
        )
    return list(found.values())
