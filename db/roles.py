"""The roles of a PostgreSQL database: one for people who query, one for processes that work.

The reader may SELECT and nothing else; the worker may also write rows, and neither may change
the schema. Migrations, backups and these grants stay with the owner. SQLite has no roles.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, TextClause, text

from db import schema, views
from db.connections import parse_place, writer_engine
from db.faults import translated
from db.schema import VERSION_TABLE
from db.tables import metadata
from litsweep.errors import DatabaseError, UsageError

READER: Final = "litsweep_reader"
WORKER: Final = "litsweep_worker"

_INDEX: Final = "record_words"
_NAME_BYTES: Final = 63  # PostgreSQL cuts a longer name without a word

# https://www.postgresql.org/docs/current/role-attributes.html: what no role of ours may have.
_POWERS: Final = ("rolsuper", "rolcreaterole", "rolcreatedb", "rolreplication", "rolbypassrls")

# Everybody may make large objects, which are rows of a kind; only a superuser can take that back.
_LARGE_OBJECTS: Final = (
    "lo_creat(integer)",
    "lo_create(oid)",
    "lo_from_bytea(oid, bytea)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role to be made, and its password; None leaves the password as it is."""

    name: str
    password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRole:
    """What the role is that litsweep itself connects as."""

    name: str
    is_superuser: bool
    is_owner: bool


def make_roles(url: str, *, reader: Role, worker: Role) -> list[str]:
    """Make both roles, or bring them to these rights; return the names of those that are new.

    Raises:
        UsageError: the database is SQLite's, or a name is no name for a role.
        DatabaseNotReady, DatabaseTooNew: the database cannot be used.
        DatabaseError: a role of that name may do more than it should, or ours may not make roles.
    """
    place = _server(url)
    schema.require_current(place)
    for role in (reader, worker):
        _check_name(role.name)
    if reader.name == worker.name:
        raise UsageError(f"Reader and worker cannot both be {reader.name}.")
    engine = writer_engine(place)
    try:
        with translated(str(place)), engine.begin() as conn:
            new = [role.name for role in (reader, worker) if not _exists(conn, role.name)]
            for statement in iter_statements(conn, reader.name, worker.name, set(new)):
                conn.execute(_verbatim(statement))
            for role in (reader, worker):
                _refuse_power(conn, role.name)
                _set_password(conn, role)
    finally:
        engine.dispose()
    return new


def describe_statements(url: str, *, reader: str, worker: str) -> list[str]:
    """Return the statements that `make_roles` would run now, and run none.

    Raises:
        UsageError, DatabaseError: as `make_roles`.
    """
    place = _server(url)
    schema.require_current(place)
    for name in (reader, worker):
        _check_name(name)
    engine = writer_engine(place)
    try:
        with translated(str(place)), engine.connect() as conn:
            new = {name for name in (reader, worker) if not _exists(conn, name)}
            return list(iter_statements(conn, reader, worker, new))
    finally:
        engine.dispose()


def iter_statements(conn: Connection, reader: str, worker: str, new: set[str]) -> Iterator[str]:
    """Give the statements, in order; each may be run again without harm."""
    database = _quote(str(conn.scalar(text("SELECT current_database()"))))
    owner = _quote(str(conn.scalar(text("SELECT current_user"))))
    both = f"{_quote(reader)}, {_quote(worker)}"
    for name in (reader, worker):
        if name in new:
            yield f"CREATE ROLE {_quote(name)} LOGIN NOCREATEDB NOCREATEROLE NOINHERIT"
    yield f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC"
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    yield f"GRANT CONNECT ON DATABASE {database} TO {both}"
    # Batches are written by way of a temporary table.
    yield f"GRANT TEMPORARY ON DATABASE {database} TO {_quote(worker)}"
    yield f"GRANT USAGE ON SCHEMA public TO {both}"
    tables = ", ".join(map(_quote, (*metadata.tables, _INDEX)))
    readable = ", ".join(map(_quote, (*metadata.tables, _INDEX, VERSION_TABLE, *views.VIEWS)))
    yield f"REVOKE ALL ON {readable} FROM {both}"
    yield f"GRANT SELECT ON {readable} TO {both}"
    yield f"GRANT INSERT, UPDATE, DELETE ON {tables} TO {_quote(worker)}"
    sequences = ", ".join(map(_quote, _list_sequences(conn)))
    yield f"GRANT USAGE ON SEQUENCE {sequences} TO {_quote(worker)}"
    # What later migrations make: tables, their sequences, and the views, which are made anew.
    defaults = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT"
    yield f"{defaults} SELECT ON TABLES TO {both}"
    yield f"{defaults} INSERT, UPDATE, DELETE ON TABLES TO {_quote(worker)}"
    yield f"{defaults} USAGE ON SEQUENCES TO {_quote(worker)}"
    # Reminders, since a role may change them for itself: what protects are the grants.
    yield f"ALTER ROLE {_quote(reader)} SET default_transaction_read_only = on"
    if find_own_role(conn).is_superuser:
        for function in _LARGE_OBJECTS:
            yield f"REVOKE EXECUTE ON FUNCTION pg_catalog.{function} FROM PUBLIC"


def find_own_role(conn: Connection) -> OwnRole:
    """Tell as what role ``conn`` is connected, and whether grants can hold it back."""
    row = conn.execute(
        text(
            "SELECT rolname, rolsuper, EXISTS (SELECT 1 FROM pg_class WHERE relname = 'records' "
            "AND pg_has_role(relowner, 'MEMBER')) FROM pg_roles WHERE rolname = current_user"
        )
    ).one()
    return OwnRole(name=row[0], is_superuser=row[1], is_owner=row[2])


def _server(url: str) -> Any:
    place = parse_place(url)
    if place.is_sqlite:
        raise UsageError(
            f"{place} is SQLite, which has no roles: who may read the file may read all of it. "
            "Protect it by the file's permissions."
        )
    return place


def _check_name(name: str) -> None:
    if not name or len(name.encode()) > _NAME_BYTES or "\0" in name or name.startswith("pg_"):
        raise UsageError(f"{name!r} is no name for a role: 1 to 63 bytes, and not beginning pg_.")


def _list_sequences(conn: Connection) -> list[str]:
    keys = [
        (table.name, table.autoincrement_column.name)
        for table in metadata.sorted_tables
        if table.autoincrement_column is not None
    ]
    statement = text("SELECT relname FROM pg_class WHERE oid = CAST(:name AS regclass)")
    names = (
        conn.scalar(text("SELECT pg_get_serial_sequence(:table, :key)"), {"table": t, "key": k})
        for t, k in keys
    )
    return [str(conn.scalar(statement, {"name": name})) for name in names if name]


def _exists(conn: Connection, name: str) -> bool:
    found = conn.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name})
    return found is not None


def _refuse_power(conn: Connection, name: str) -> None:
    """Refuse a role that was there and that these grants would not hold back."""
    powers = ", ".join(_POWERS)
    role = conn.execute(
        text(f"SELECT {powers} FROM pg_roles WHERE rolname = :name"),  # noqa: S608
        {"name": name},
    ).one()
    held = [power.removeprefix("rol") for power in _POWERS if role._mapping[power]]
    member_of = conn.scalars(
        text(
            "SELECT pg_get_userbyid(roleid) FROM pg_auth_members "
            "WHERE member = (SELECT oid FROM pg_roles WHERE rolname = :name)"
        ),
        {"name": name},
    )
    held += [f"member of {other}" for other in member_of]
    owns = text("SELECT 1 FROM pg_class WHERE pg_get_userbyid(relowner) = :name LIMIT 1")
    if conn.scalar(owns, {"name": name}):
        held.append("owner of tables")
    if held:
        raise DatabaseError(
            f"The role {name} is there already and may do more than it should ({', '.join(held)}). "
            "Name another one, or take that from it. Nothing was changed."
        )


def _set_password(conn: Connection, role: Role) -> None:
    if role.password is None:
        return
    driver: Any = conn.connection.driver_connection
    # Hashed here, so that the server's log never holds the password itself.
    hashed = driver.pgconn.encrypt_password(
        role.password.encode(), role.name.encode(), b"scram-sha-256"
    ).decode("ascii")
    conn.execute(_verbatim(f"ALTER ROLE {_quote(role.name)} PASSWORD '{hashed}'"))


def _quote(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _verbatim(statement: str) -> TextClause:
    # A colon in it names no parameter.
    return text(statement.replace(":", "\\:"))
