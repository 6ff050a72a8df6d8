"""Looks whether a results database is sound: pages, constraints, tables, views, search index.

Nothing is changed by looking; `reindex` alone writes, and no row of a record.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from db import schema, search_index, views
from db.connections import Place, connect_readonly, parse_place
from db.contents import count_rows
from db.copying import snapshot
from db.engine import open_database
from db.faults import translate, translated
from db.schema import SchemaState
from db.screened import count_wrong_marks, mark_anew
from db.tables import metadata
from db.whole_files import MOST_FAULTS, beside, count_bytes, find_faults

_FROM_BACKUP: Final = "Keep the file, and restore a backup: `litsweep db restore FILE --replace`."
_UPGRADE: Final = "Run `litsweep db upgrade`, which makes the views anew."
_REINDEX: Final = "Run `litsweep db reindex`."

# The oid of what the server itself could not confirm: constraints added NOT VALID, indexes that a
# broken-off CREATE INDEX CONCURRENTLY left, both of our own tables alone.
_UNCONFIRMED: Final = (
    "SELECT 'constraint ' || conname FROM pg_constraint "
    "WHERE NOT convalidated AND conrelid::regclass::text = ANY(:tables) "
    "UNION ALL SELECT 'index ' || indexrelid::regclass::text FROM pg_index "
    "WHERE NOT (indisvalid AND indisready) AND indrelid::regclass::text = ANY(:tables) "
    "ORDER BY 1"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong, and the way out."""

    what: str
    way_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Soundness:
    """What was found: the state of the schema, the rows of every table, the faults, if any."""

    state: SchemaState
    revision: str | None
    n_rows: dict[str, int]
    faults: tuple[Fault, ...]


def examine(url: str) -> Soundness:
    """Look at the whole database at ``url``; of a large one it takes minutes.

    Raises:
        SettingsError, DatabaseError: the address is wrong, or nothing can be read there.
    """
    place = parse_place(url)
    revision = schema.read_revision(place)
    state = schema.find_state(revision)
    if state is not SchemaState.CURRENT:
        fault = Fault(what=_STATES[state].format(revision=revision), way_out=_WAYS_OUT[state])
        return Soundness(state=state, revision=revision, n_rows={}, faults=(fault,))
    faults = list(_iter_file_faults(place))
    counts: dict[str, int] = {}
    if not faults:  # a broken file is not asked further
        with snapshot(place) as conn:
            missing = sorted(set(metadata.tables) - set(inspect(conn).get_table_names()))
            faults += [Fault(what=f"There is no table {name}.", way_out=_LOST) for name in missing]
            if not missing:
                counts = count_rows(conn)
                faults += _iter_faults(conn)
    return Soundness(state=state, revision=revision, n_rows=counts, faults=tuple(faults))


_STATES: Final = {
    SchemaState.MISSING: "There is no litsweep database.",
    SchemaState.OLDER: "It was made by an older litsweep (its schema is {revision}).",
    SchemaState.NEWER: "It was written by a newer litsweep (its schema is {revision}).",
}
_WAYS_OUT: Final = {
    SchemaState.MISSING: "Run `litsweep init`, or correct the setting database_url.",
    SchemaState.OLDER: "Run `litsweep db upgrade`.",
    SchemaState.NEWER: "Install that litsweep, or use another database.",
}
_LOST: Final = "Restore a backup: `litsweep db restore FILE`."


def _iter_file_faults(place: Place) -> Iterator[Fault]:
    if not place.is_sqlite:
        return
    with translated(str(place)), closing(connect_readonly(place)) as connection:
        for line in find_faults(connection):
            yield Fault(what=f"The file is damaged: {line}.", way_out=_FROM_BACKUP)


def _iter_faults(conn: Connection) -> Iterator[Fault]:
    if conn.dialect.name == "sqlite":
        yield from _iter_orphans(conn)
    else:
        for what in conn.scalars(text(_UNCONFIRMED), {"tables": list(metadata.tables)}):
            yield Fault(
                what=f"The server has not confirmed the {what}.",
                way_out="Ask it to: ALTER TABLE … VALIDATE CONSTRAINT …, or REINDEX INDEX ….",
            )
    yield from _iter_view_faults(conn)
    yield from _iter_index_faults(conn)
    n_wrong = count_wrong_marks(conn)
    if n_wrong:
        yield Fault(
            what=f"The queue's marks of {n_wrong:,} records are not what was decided.",
            way_out=_REINDEX,
        )


def _iter_orphans(conn: Connection) -> Iterator[Fault]:
    for row in conn.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(MOST_FAULTS):
        table, number, parent = row[0], row[1], row[2]
        yield Fault(
            what=f"A row of {table} (rowid {number}) points at a missing row of {parent}.",
            way_out="Something else than litsweep wrote to the file. " + _LOST,
        )


def _iter_view_faults(conn: Connection) -> Iterator[Fault]:
    present = set(inspect(conn).get_view_names())
    for name in views.VIEWS:
        if name not in present:
            yield Fault(what=f"There is no view {name}.", way_out=_UPGRADE)
            continue
        try:
            with conn.begin_nested():
                conn.execute(text(f"SELECT * FROM {name} LIMIT 0"))  # noqa: S608
        except DBAPIError as error:
            reason = translate(error.orig or error, f"The view {name}")
            yield Fault(what=str(reason), way_out=_UPGRADE)


def _iter_index_faults(conn: Connection) -> Iterator[Fault]:
    """Compare the search index with the records, word for word."""
    if not inspect(conn).has_table("record_words"):
        yield Fault(what="There is no search index.", way_out=_REINDEX)
        return
    stale = search_index.find_stale(conn)
    for numbers, what in (
        (stale.missing, "lacks {n:,} records"),
        (stale.changed, "has other words of {n:,} records than they have"),
        (stale.surplus, "knows {n:,} records that there are not"),
    ):
        if numbers:
            yield Fault(what=f"The search index {what.format(n=len(numbers))}.", way_out=_REINDEX)


def reindex(url: str) -> int:
    """Make the search index and the queue's marks anew; return how many records it knows.

    Raises:
        DatabaseNotReady, DatabaseTooNew, DatabaseError: the database cannot be used or written.
    """
    database = open_database(url)
    try:
        with database.writing() as conn:
            search_index.install(conn)
            mark_anew(conn)
            return conn.scalar(text("SELECT count(*) FROM record_words")) or 0
    finally:
        database.close()


def measure_size(conn: Connection, place: Place) -> int:
    """Return how many bytes the database takes on its disk."""
    if place.path is None:
        return int(conn.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    return count_bytes([place.path, *beside(place.path)])
