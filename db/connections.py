"""Database addresses, and the SQLAlchemy engines made from them.

SQLite gets two engines (a writer that begins with ``BEGIN IMMEDIATE``, a reader opened
read-only): with SQLite's default transactions concurrent read-modify-writes are lost or
fail at once; with these, 600 of 600 were kept. Sessions and retries are ``db.engine``'s.
"""

import json
import sqlite3
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Engine, NullPool, QueuePool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from litsweep.errors import DatabaseError, SettingsError

BUSY_TIMEOUT_S: Final = 30
CONNECT_TIMEOUT_S: Final = 10

# A worker whose machine lost power in the middle of a transaction holds the one writer's lock
# until the server asks after it: by default after two hours, so after a minute.
_KEEPALIVES: Final = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}

_EXAMPLES: Final = "sqlite:///litsweep.db or postgresql://USER@HOST/NAME"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a database is: its address, and for SQLite the absolute path of its file."""

    url: URL
    path: Path | None

    def __str__(self) -> str:
        """Show the place to people: a path, or the address without its password."""
        return str(self.path) if self.path else self.url.render_as_string(hide_password=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file."""
        return self.path is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long to wait for a PostgreSQL server; by default as long as it takes, and never twice."""

    statement_s: float = 0.0
    """After how many seconds it ends a statement, or a transaction that stands idle; 0: never."""
    reconnecting_s: float = 0.0
    """For how many seconds a transaction's beginning waits for a server that does not answer."""


NO_LIMITS: Final = Limits()


def parse_place(url: str) -> Place:
    """Read the setting ``database_url``; a relative path counts from the working folder.

    Raises:
        SettingsError: the address is not SQLite's or PostgreSQL's; it is not repeated, since it
            may hold a password.
        DatabaseError: the address is PostgreSQL's, and its driver is not installed.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingsError(f"database_url is no address such as {_EXAMPLES}.") from None
    if parsed.drivername in {"sqlite", "sqlite+pysqlite"}:
        return _file_place(parsed)
    if parsed.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return _server_place(parsed)
    raise SettingsError(
        f"database_url names {parsed.drivername!r}, which is not supported; use {_EXAMPLES}."
    )


def _file_place(url: URL) -> Place:
    if url.database in {None, "", ":memory:"} or url.query or url.host:
        raise SettingsError(
            "database_url names no file: write sqlite:///litsweep.db for a file in the working "
            "folder (three slashes), sqlite:////data/litsweep.db for any other (four)."
        )
    return Place(url, Path(url.database or "").absolute())


def _server_place(url: URL) -> Place:
    if find_spec("psycopg") is None:
        raise DatabaseError(
            "database_url names PostgreSQL, and its driver is not installed. "
            "Install it: pip install 'litsweep[postgresql]'."
        )
    password = url.query.get("password")
    if isinstance(password, str):
        # libpq takes it there too, and only in its own place is it hidden from people.
        url = url.set(password=password).difference_update_query(["password"])
    return Place(url.set(drivername="postgresql+psycopg"), None)


def writer_engine(
    place: Place,
    limits: Limits = NO_LIMITS,
    *,
    has_foreign_keys: bool = True,
    n_kept: int = 0,
) -> Engine:
    """Make the engine for writing; ``n_kept`` is how many connections to a file stay open.

    ``has_foreign_keys`` False is for migrations on SQLite: rebuilding a table there would
    otherwise delete the rows that point at it.
    """
    if place.path is None:
        return _server_engine(place, limits)

    def connect() -> sqlite3.Connection:
        # isolation_level None: we say BEGIN ourselves, sqlite3 would say it too late.
        connection = sqlite3.connect(
            place.path or "", timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if has_foreign_keys else 'OFF'}")
        return connection

    return _file_engine(place, connect, "BEGIN IMMEDIATE", n_kept)


def reader_engine(place: Place, limits: Limits = NO_LIMITS, *, n_kept: int = 0) -> Engine:
    """Make the engine for reading: nothing can be written through it.

    ``n_kept`` is how many connections to a file stay open.
    """
    if place.path is None:
        engine = _server_engine(place, limits, isolation_level="REPEATABLE READ")
        return engine.execution_options(postgresql_readonly=True)

    def connect() -> sqlite3.Connection:
        connection = connect_readonly(place)
        connection.create_function("lower", 1, _lower, deterministic=True)
        return connection

    # BEGIN, so that all statements of one block see the same state.
    return _file_engine(place, connect, "BEGIN", n_kept)


def connect_readonly(place: Place) -> sqlite3.Connection:
    """Open the file of ``place`` so that SQLite itself refuses to write."""
    connection = sqlite3.connect(
        f"file:{quote(str(place.path))}?mode=ro",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA query_only = ON")
    return connection


def _file_engine(place: Place, connect: Any, begin: str, n_kept: int) -> Engine:
    # No pool, unless it is asked for: a connection kept over a fork is the classic way to corrupt
    # or lock an SQLite database. A server that never forks keeps some: each new one reads the
    # whole schema (2 ms), and the last one that is closed empties the write-ahead log (7 ms).
    pool: dict[str, Any] = (
        {"poolclass": QueuePool, "pool_size": n_kept, "max_overflow": -1}
        if n_kept
        else {"poolclass": NullPool}
    )
    engine = create_engine(place.url, creator=connect, json_serializer=to_json, **pool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _server_engine(place: Place, limits: Limits, **options: Any) -> Engine:
    query = {
        "connect_timeout": str(CONNECT_TIMEOUT_S),
        "application_name": "litsweep",
        **{name: str(value) for name, value in _KEEPALIVES.items()},
    }
    given = place.url.query
    # The later of two options counts: the address has the last word.
    asked = " ".join([_server_options(limits), *_as_list(given.get("options"))])
    url = place.url.set(query={**query, **given, "options": asked})
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=2,
        json_serializer=to_json,
        hide_parameters=True,
        **options,
    )


def _server_options(limits: Limits) -> str:
    values = {f"tcp_{name}": str(value) for name, value in _KEEPALIVES.items()}
    if limits.statement_s:
        milliseconds = str(round(limits.statement_s * 1_000))
        values["statement_timeout"] = milliseconds
        values["idle_in_transaction_session_timeout"] = milliseconds
    return " ".join(f"-c {name}={value}" for name, value in values.items())


def _as_list(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value or ()


# People read these columns by SQL: letters stay letters. One encoder: json.dumps would make a
# new one for each value.
_encode_json: Final = json.JSONEncoder(ensure_ascii=False).encode


def to_json(value: Any) -> str:
    """Return a value as the columns of type Json hold it."""
    # Most lists of most rows are empty.
    return "[]" if value == [] else _encode_json(value)


def _lower(text: Any) -> Any:
    # SQLite's own lower() and LIKE know the 26 letters of ASCII only.
    return text.lower() if isinstance(text, str) else text
