"""The schema's version: which one a database has, whether we can use it, how to upgrade it.

The version table has a name of its own, so that a PostgreSQL database may be shared with
another program that is also kept by Alembic (Prefect's server is one).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, String, column, inspect, select, table, text

from db import search_index
from db.connections import Place, parse_place, reader_engine, writer_engine
from db.faults import translated
from db.tables import metadata
from litsweep.errors import DatabaseError, DatabaseNotReady, DatabaseTooNew

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE: Final = "litsweep_schema_version"

LOCK_TIMEOUT_S: Final = 30
"""How long a writer waits for the one before it on PostgreSQL; on SQLite BUSY_TIMEOUT_S."""

REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005", "0006")
"""Every revision that this litsweep knows, oldest first; a test compares them with Alembic's."""


class SchemaState(StrEnum):
    """Whether this litsweep can use a database."""

    MISSING = "missing"
    """There is no database, or it is empty."""
    OLDER = "older"
    """Its migrations have not all been run."""
    CURRENT = "current"
    """It is ready."""
    NEWER = "newer"
    """A newer litsweep migrated it."""


def current_revision(url: str) -> str | None:
    """Return the revision of the database at ``url``, or None where there is none yet.

    Raises:
        SettingsError, DatabaseError: the address is wrong, or the database cannot be read.
    """
    return read_revision(parse_place(url))


def check(url: str) -> SchemaState:
    """Tell whether this litsweep can use the database at ``url``; changes nothing."""
    return find_state(current_revision(url))


def find_state(revision: str | None) -> SchemaState:
    """Tell what a revision means to this litsweep."""
    if revision is None:
        return SchemaState.MISSING
    if revision == REVISIONS[-1]:
        return SchemaState.CURRENT
    return SchemaState.OLDER if revision in REVISIONS else SchemaState.NEWER


def require_current(place: Place) -> None:
    """Refuse a database that this litsweep cannot use.

    Raises:
        DatabaseNotReady: there is none, or its migrations have not been run.
        DatabaseTooNew: a newer litsweep migrated it.
    """
    revision = read_revision(place)
    match find_state(revision):
        case SchemaState.MISSING:
            raise DatabaseNotReady(
                f"There is no litsweep database at {place}. Run `litsweep init`."
            )
        case SchemaState.OLDER:
            raise DatabaseNotReady(
                f"{place} was made by an older litsweep. Run `litsweep db upgrade`."
            )
        case SchemaState.NEWER:
            raise _too_new(place, revision)


def refuse_newer(place: Place) -> None:
    """Refuse a database that a newer litsweep migrated; any other may be upgraded.

    Raises:
        DatabaseTooNew: a newer litsweep migrated it.
    """
    revision = read_revision(place)
    if find_state(revision) is SchemaState.NEWER:
        raise _too_new(place, revision)


def read_revision(place: Place) -> str | None:
    """Return the revision of the database at ``place``, or None where there is none yet."""
    if place.path is not None and (not place.path.exists() or not place.path.stat().st_size):
        return None
    engine = reader_engine(place)
    try:
        with translated(str(place)), engine.connect() as conn:
            if not inspect(conn).has_table(VERSION_TABLE):
                return None
            versions = table(VERSION_TABLE, column("version_num", String))
            return conn.scalar(select(versions.c.version_num))
    finally:
        engine.dispose()


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at ``url`` to ``revision``, making it where there is none.

    One transaction: after a failure the database is as it was.

    Raises:
        DatabaseTooNew: a newer litsweep migrated it.
        DatabaseError, StorageFull: it cannot be written.
    """
    place = parse_place(url)
    refuse_newer(place)
    with rebuilding(place) as conn:
        migrate(conn, revision)


def downgrade(url: str, revision: str) -> None:
    """Take the database at ``url`` back to ``revision``; ``base`` drops all tables and rows."""
    from alembic import command

    with rebuilding(parse_place(url)) as conn:
        command.downgrade(alembic_config(conn), revision)


def migrate(conn: Connection, revision: str = "head") -> None:
    """Bring a database to ``revision`` inside a transaction of `rebuilding`.

    A new one gets the newest tables at once, which takes a tenth of the time of all migrations;
    a test holds that both make the same.
    """
    from alembic import command

    if revision == "head" and _is_new(conn):
        metadata.create_all(conn)
        search_index.install(conn)
        command.stamp(alembic_config(conn), "head")
    else:
        command.upgrade(alembic_config(conn), revision)


def _is_new(conn: Connection) -> bool:
    return not {VERSION_TABLE, *metadata.tables} & set(inspect(conn).get_table_names())


@contextmanager
def rebuilding(place: Place) -> Iterator[Connection]:
    """Give a connection for one transaction that may change the schema, with rows in any order.

    No other writer is at work meanwhile. SQLite looks at foreign keys at the end only.

    Raises:
        StorageFull: no room is left; the database is as it was.
        DatabaseError: it cannot be written, or rows would be left without parents.
    """
    engine = writer_engine(place, has_foreign_keys=False)
    try:
        with translated(str(place)), engine.begin() as conn:
            lock_writers(conn)
            yield conn
            _check_foreign_keys(conn)
    finally:
        engine.dispose()


def alembic_config(conn: Connection | None = None) -> "Config":
    """Return Alembic's configuration, good from any folder and from an installed wheel."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "db:migrations")
    config.attributes["connection"] = conn
    return config


def lock_writers(conn: Connection) -> None:
    """Wait on PostgreSQL until no other writer is at work, as ``BEGIN IMMEDIATE`` does on SQLite.

    The lock ends with the transaction. One writer at a time on both databases: what is
    right on one is right on the other, and transactions are short.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(text(f"SET LOCAL lock_timeout = {round(LOCK_TIMEOUT_S * 1_000)}"))
        conn.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('litsweep', 0))"))


def _check_foreign_keys(conn: Connection) -> None:
    if conn.dialect.name == "sqlite" and conn.execute(text("PRAGMA foreign_key_check")).first():
        raise DatabaseError("The migration would leave rows without parents; nothing was changed.")


def _too_new(place: Place, revision: str | None) -> DatabaseTooNew:
    return DatabaseTooNew(
        f"{place} was written by a newer litsweep: its schema is {revision}, and this litsweep "
        f"knows those up to {REVISIONS[-1]}. Install the newer litsweep, or use another database."
    )
