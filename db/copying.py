"""Copies a whole results database into another one, of either kind, and proves that it is equal.

One unchanging state of the source is read; the target gets schema, rows and indexes in one
transaction, which is kept only when the number and the hash of every table's rows are equal
to the source's. Until then, and after any failure, there is nothing in it. Searching words are
made anew from the rows; zipped bytes are carried as they are.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Table, func, select, text
from sqlalchemy.exc import OperationalError

from db import schema, search_index
from db.connections import Place, parse_place, reader_engine
from db.contents import Content, Hasher, Row, count_rows, iter_rows, plain_table
from db.faults import translate, translated
from db.tables import metadata
from db.whole_files import appearing_whole, place_of
from litsweep.errors import DatabaseError, UsageError

Listener = Callable[[str, int, int], None]
"""Told of progress: what is done to the rows, how many more, and how many there are in all."""

# NUL as JSON writes it; an even number of backslashes before is a text about it.
_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")

COPIED: Final = "rows copied"
COMPARED: Final = "rows compared"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedTable:
    """One table of a copy: what the source holds, and what the target does."""

    name: str
    source: Content
    target: Content

    @property
    def is_equal(self) -> bool:
        """Whether number and hash of the rows agree."""
        return self.source == self.target


def copy_database(source_url: str, target_url: str, listener: Listener) -> list[CopiedTable]:
    """Copy the database at ``source_url`` into the empty or missing one at ``target_url``.

    From the source only SELECT is asked; it may be written to meanwhile, and what is written
    then is not in the copy.

    Raises:
        UsageError: both are one database, or the target holds rows.
        DatabaseNotReady, DatabaseTooNew: the source cannot be used; the target is too new.
        DatabaseError, StorageFull: a value cannot be stored in the target, a table differs
            afterwards, or either database failed. The target is as it was before.
    """
    source, target = parse_place(source_url), parse_place(target_url)
    if str(source) == str(target):
        raise UsageError(f"{source} cannot be copied into itself; name another database.")
    schema.require_current(source)
    with snapshot(source) as conn:
        if target.path is None or target.path.exists():
            return copy_into(conn, target, listener)
        with appearing_whole(target.path) as path:
            return copy_into(conn, place_of(path), listener)


@contextmanager
def snapshot(place: Place) -> Iterator[Connection]:
    """Give a connection that sees one state of the database, whoever writes meanwhile."""
    engine = reader_engine(place)
    try:
        with translated(str(place)), engine.begin() as conn:
            yield conn
    finally:
        engine.dispose()


def copy_into(source: Connection, target: Place, listener: Listener) -> list[CopiedTable]:
    """Copy what ``source`` sees into the empty or missing database at ``target``; see above."""
    schema.refuse_newer(target)
    counts = count_rows(source)
    n_rows = sum(counts.values())
    with schema.rebuilding(target) as conn:
        schema.migrate(conn)
        _refuse_rows(conn, target)
        copied = {
            table.name: _copy_table(source, conn, table, target, listener, n_rows)
            for table in metadata.sorted_tables
        }
        _finish(conn)
        tables = [
            CopiedTable(name=name, source=content, target=_compare(conn, name, listener, n_rows))
            for name, content in copied.items()
        ]
        _refuse_differences(tables, target)
    return tables


def _refuse_rows(conn: Connection, target: Place) -> None:
    held = [name for name, n_rows in count_rows(conn).items() if n_rows]
    if held:
        raise UsageError(
            f"{target} holds rows already ({', '.join(held[:3])}{', …' if held[3:] else ''}), and "
            "a copy is made into an empty database only. Name one that is missing or empty."
        )


def _copy_table(
    source: Connection,
    conn: Connection,
    table: Table,
    target: Place,
    listener: Listener,
    n_all: int,
) -> Content:
    hasher = Hasher(table)
    is_strict = conn.dialect.name == "postgresql"
    with _explained(source, table), copying_rows(conn, table, target) as insert:
        for rows in iter_rows(source, table):
            canonical = hasher.add(rows)
            if is_strict and not _is_storable(canonical):
                _refuse_unstorable(table, rows)
            insert(rows)
            listener(COPIED, len(rows), n_all)
    return hasher.content()


@contextmanager
def copying_rows(
    conn: Connection, table: Table, target: Place
) -> Iterator[Callable[[Sequence[Row]], None]]:
    """Give what inserts batches of plain rows into ``table``, in the fastest way there is."""
    if conn.dialect.name == "postgresql":
        with _copying_in(conn, table, target) as insert:
            yield insert
        return
    statement = plain_table(table).insert()
    names = [column.name for column in table.columns]

    def insert_rows(rows: Sequence[Row]) -> None:
        conn.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])

    yield insert_rows


@contextmanager
def _copying_in(
    conn: Connection, table: Table, target: Place
) -> Iterator[Callable[[Sequence[Row]], None]]:
    """Write by one COPY a table.

    The foreign keys of a statement are checked at its end, so that a row may come before the
    row of the same table that it points at.
    """
    import psycopg

    quote = conn.dialect.identifier_preparer.quote
    names = ", ".join(quote(column.name) for column in table.columns)
    driver: Any = conn.connection.driver_connection
    try:
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {quote(table.name)} ({names}) FROM STDIN") as copy,
        ):

            def insert_rows(rows: Sequence[Row]) -> None:
                for row in rows:
                    copy.write_row(row)

            yield insert_rows
    except psycopg.Error as error:
        raise translate(error, f"{target}, table {table.name},") from error


@contextmanager
def _explained(source: Connection, table: Table) -> Iterator[None]:
    """Name the row whose text SQLite holds and Python cannot read: bytes that are no UTF-8."""
    try:
        yield
    except OperationalError as error:
        if "Could not decode to UTF-8" not in str(error.orig):
            raise
        driver: Any = source.connection.driver_connection
        driver.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        for rows in iter_rows(source, table):
            _refuse_unstorable(table, rows)
        raise


def _is_storable(canonical: str) -> bool:
    if _NUL.search(canonical):
        return False
    try:
        canonical.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_unstorable(table: Table, rows: Sequence[Row]) -> None:
    """Name the first value of ``rows`` that PostgreSQL cannot hold, if there is one."""
    names = [column.name for column in table.columns]
    for row in rows:
        for place, name in enumerate(names):
            alone = tuple(value if n == place else None for n, value in enumerate(row))
            if not _is_storable(Hasher(table).add([alone])):
                key = [column.name for column in table.primary_key]
                where = " AND ".join(f"{part} = {row[names.index(part)]!r}" for part in key)
                raise DatabaseError(
                    f"{table.name}.{name} of the row with {where} holds what cannot be stored as "
                    "text: a NUL, half of a surrogate pair, or bytes that are no UTF-8. Nothing "
                    "was copied. Correct that value in the source, then copy again."
                )


def _finish(conn: Connection) -> None:
    """Make what is no row: the next numbers, the searching words, the planner's statistics."""
    search_index.install(conn)
    if conn.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        key = table.autoincrement_column
        if key is not None:
            last = select(func.max(key)).scalar_subquery()
            sequence = func.pg_get_serial_sequence(table.name, key.name)
            # Without rows the sequence stands at its beginning: 1 is not taken yet.
            conn.execute(select(func.setval(sequence, func.coalesce(last, 1), last.is_not(None))))
        conn.execute(text(f"ANALYZE {table.name}"))


def _compare(conn: Connection, name: str, listener: Listener, n_all: int) -> Content:
    hasher = Hasher(metadata.tables[name])
    for rows in iter_rows(conn, metadata.tables[name]):
        hasher.add(rows)
        listener(COMPARED, len(rows), n_all)
    return hasher.content()


def _refuse_differences(tables: Sequence[CopiedTable], target: Place) -> None:
    differing = [one.name for one in tables if not one.is_equal]
    if differing:
        raise DatabaseError(
            f"The copy differs from its source in {', '.join(differing)}, and was not kept: "
            f"{target} is as it was before. Please report this with the versions in use."
        )
