"""The roles of a PostgreSQL database: one for people who query, one for each kind of process.

All may SELECT. What each may write follows from its jobs, by the map of ``db.writers``; none may
change the schema. Migrations, backups and these grants stay with the owner. SQLite has no roles.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, TextClause, text

from db import schema, views
from db.connections import parse_place, writer_engine
from db.faults import translated
from db.schema import VERSION_TABLE
from db.tables import metadata
from db.writers import WORDS, Job, list_numbered, list_rights
from litsweep.errors import DatabaseError, UsageError

_NAME_BYTES: Final = 63  # PostgreSQL cuts a longer name without a word

# https://www.postgresql.org/docs/current/role-attributes.html: what no role of ours may have.
_POWERS: Final = ("rolsuper", "rolcreaterole", "rolcreatedb", "rolreplication", "rolbypassrls")

# Everybody may make large objects, which are rows of a kind; only a superuser can take that back.
_LARGE_OBJECTS: Final = (
    "lo_creat(integer)",
    "lo_create(oid)",
    "lo_from_bytea(oid, bytea)",
)


class Part(StrEnum):
    """What a role is for; the value ends the name that it has unless another is given."""

    READER = "reader"
    """People and programs that query."""
    WORKER = "worker"
    """Workers that sweep, load and read."""
    GPU = "gpu"
    """Workers that only read: what they run is a model's, and big."""
    DESK = "desk"
    """What people decide with: the desk, and the commands that stand for it."""

    @property
    def default_name(self) -> str:
        """The name of its role unless another is given."""
        return f"litsweep_{self}"

    @property
    def jobs(self) -> frozenset[Job]:
        """What it does, and so what it may write."""
        return _JOBS[self]


_JOBS: Final = {
    Part.READER: frozenset[Job](),
    Part.WORKER: frozenset({Job.SWEEPING, Job.READING}),
    Part.GPU: frozenset({Job.READING}),
    Part.DESK: frozenset({Job.DECIDING}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role to be made, and its password; None leaves the password as it is."""

    part: Part
    name: str
    password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRole:
    """What the role is that litsweep itself connects as."""

    name: str
    is_superuser: bool
    is_owner: bool


def make_roles(url: str, roles: Sequence[Role]) -> list[str]:
    """Make the roles, or bring them to these rights; return the names of those that are new.

    Raises:
        UsageError: the database is SQLite's, or a name is no name for a role, or given twice.
        DatabaseNotReady, DatabaseTooNew: the database cannot be used.
        DatabaseError: a role of that name may do more than it should, or ours may not make roles.
    """
    place = _server(url)
    schema.require_current(place)
    _check_names(roles)
    engine = writer_engine(place)
    try:
        with translated(str(place)), engine.begin() as conn:
            new = [role.name for role in roles if not _exists(conn, role.name)]
            for statement in iter_statements(conn, roles, set(new)):
                conn.execute(_verbatim(statement))
            for role in roles:
                _refuse_power(conn, role.name)
                _set_password(conn, role)
    finally:
        engine.dispose()
    return new


def describe_statements(url: str, roles: Sequence[Role]) -> list[str]:
    """Return the statements that `make_roles` would run now, passwords left out, and run none.

    Raises:
        UsageError, DatabaseError: as `make_roles`.
    """
    place = _server(url)
    schema.require_current(place)
    _check_names(roles)
    engine = writer_engine(place)
    try:
        with translated(str(place)), engine.connect() as conn:
            new = {role.name for role in roles if not _exists(conn, role.name)}
            return list(iter_statements(conn, roles, new))
    finally:
        engine.dispose()


def iter_statements(conn: Connection, roles: Sequence[Role], new: set[str]) -> Iterator[str]:
    """Give the statements, in order; each may be run again without harm."""
    database = _quote(str(conn.scalar(text("SELECT current_database()"))))
    for role in roles:
        if role.name in new:
            yield f"CREATE ROLE {_quote(role.name)} LOGIN NOCREATEDB NOCREATEROLE NOINHERIT"
    yield f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC"
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    everybody = ", ".join(_quote(role.name) for role in roles)
    yield f"GRANT CONNECT ON DATABASE {database} TO {everybody}"
    yield f"GRANT USAGE ON SCHEMA public TO {everybody}"
    yield from _iter_reading(conn, everybody)
    sequences = _find_sequences(conn)
    yield f"REVOKE ALL ON SEQUENCE {', '.join(map(_quote, sequences.values()))} FROM {everybody}"
    for role in roles:
        yield from _iter_writing(database, role, sequences)
    if find_own_role(conn).is_superuser:
        for function in _LARGE_OBJECTS:
            yield f"REVOKE EXECUTE ON FUNCTION pg_catalog.{function} FROM PUBLIC"


def _iter_reading(conn: Connection, everybody: str) -> Iterator[str]:
    owner = _quote(str(conn.scalar(text("SELECT current_user"))))
    names = (*metadata.tables, WORDS, VERSION_TABLE, *views.VIEWS)
    readable = ", ".join(map(_quote, names))
    yield f"REVOKE ALL ON {readable} FROM {everybody}"
    yield f"GRANT SELECT ON {readable} TO {everybody}"
    # What later migrations make, and the views, which are made anew, can be read at once; who
    # may write a new table is known when the roles are made again.
    defaults = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
    yield f"{defaults} REVOKE ALL ON TABLES FROM {everybody}"
    yield f"{defaults} REVOKE ALL ON SEQUENCES FROM {everybody}"
    yield f"{defaults} GRANT SELECT ON TABLES TO {everybody}"


def _iter_writing(database: str, role: Role, sequences: dict[str, str]) -> Iterator[str]:
    name, jobs = _quote(role.name), role.part.jobs
    if not jobs:
        # A reminder, since a role may change it for itself: what protects are the grants.
        yield f"ALTER ROLE {name} SET default_transaction_read_only = on"
        return
    # Batches are written by way of a temporary table.
    yield f"GRANT TEMPORARY ON DATABASE {database} TO {name}"
    for table, privileges in list_rights(jobs):
        yield f"GRANT {privileges} ON {_quote(table)} TO {name}"
    numbers = [_quote(sequences[table]) for table in list_numbered(jobs) if table in sequences]
    yield f"GRANT USAGE ON SEQUENCE {', '.join(numbers)} TO {name}"


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


def _check_names(roles: Sequence[Role]) -> None:
    names = [role.name for role in roles]
    for name in names:
        if not name or len(name.encode()) > _NAME_BYTES or "\0" in name or name.startswith("pg_"):
            raise UsageError(
                f"{name!r} is no name for a role: 1 to 63 bytes, and not beginning pg_."
            )
    for role in roles:
        if names.count(role.name) > 1:
            raise UsageError(
                f"Two roles cannot both be {role.name}: each has rights of its own. Name them "
                "apart."
            )


def _find_sequences(conn: Connection) -> dict[str, str]:
    """Return the sequence that numbers the rows of each table that has one."""
    keys = {
        table.name: table.autoincrement_column.name
        for table in metadata.sorted_tables
        if table.autoincrement_column is not None
    }
    statement = text(
        "SELECT relname FROM pg_class "
        "WHERE oid = CAST(pg_get_serial_sequence(:table, :key) AS regclass)"
    )
    found = {t: conn.scalar(statement, {"table": t, "key": key}) for t, key in keys.items()}
    return {table: str(name) for table, name in found.items() if name is not None}


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
