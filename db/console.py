"""The read-only SQL console: one statement, a limit of rows, a deadline; nothing is written.

Read-only by construction, not by looking at the text. SQLite: the file is opened read-only,
an authorizer lets through reading alone, and a deadline stops what runs too long.
PostgreSQL: a read-only transaction, a statement time-out, and a cursor declared over the
extended protocol, which takes one query and nothing else. There, a role with SELECT alone
(``db.roles``) is what protects other databases and the server's files from a superuser's own
functions; without it the result says so.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection

from db import schema
from db.connections import Place, connect_readonly, parse_place, reader_engine
from db.faults import translate, translated
from db.roles import find_own_role
from litsweep.errors import LitsweepError, StatementRefused, UsageError

# https://sqlite.org/c3ref/c_alter_table.html: what a query that only reads asks leave for.
_READING: Final = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
# FTS5 looks by it whether its memory is fresh; it sets nothing.
_FTS5_LOOKS: Final = (sqlite3.SQLITE_PRAGMA, "data_version", None)
_FORBIDDEN_FUNCTIONS: Final = {"load_extension", "fts3_tokenizer"}

# The progress handler runs every so many steps of SQLite's virtual machine: well under 1 ms.
_STEPS_BETWEEN_LOOKS: Final = 10_000

# A value of more bytes than this would fill the memory rather than inform anybody.
_MAX_VALUE_BYTES: Final = 10_000_000

# All values of a result together; where they would be more, it is cut.
_MAX_RESULT_BYTES: Final = 200_000_000
_BATCH_BYTES: Final = 10_000_000
_FEW_ROWS: Final = 10
_MANY_ROWS: Final = 1000

# Table-valued functions whose use SQLite asks leave for as for writing. They, and the search
# index, are opened before the authorizer stands guard.
_VIRTUAL: Final = ("json_each(NULL)", "json_tree(NULL)")

# SQLITE_SCHEMA: a syntax error after the first table's name comes so on a fresh connection.
_FAULTS_OF_THE_STATEMENT: Final = {
    "SQLITE_ERROR",
    "SQLITE_SCHEMA",
    "SQLITE_TOOBIG",
    "SQLITE_MISMATCH",
    "SQLITE_RANGE",
}

_CURSOR: Final = "console"

_ONLY_SELECT: Final = "Only one query that reads (SELECT, WITH, VALUES) is run here"


Fetch = Callable[[int], Sequence[Sequence[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a query gave.

    ``is_cut`` tells that there are more rows than were asked for, or than the memory should take.
    ``warning`` says what the query could have done, in spite of all, as this user of the server.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    is_cut: bool
    warning: str | None = None


def run_select(url: str, statement: str, *, max_rows: int, timeout_s: float) -> Result:
    """Run one query on the database at ``url`` and return at most ``max_rows`` rows.

    Raises:
        StatementRefused: the statement would do more than read, is several, or took too long.
        UsageError: the database does not understand the statement.
        DatabaseError: the database cannot be read.
    """
    place = parse_place(url)
    schema.require_current(place)
    if not statement.strip().strip(";").strip():
        raise UsageError("There is no statement to run.")
    if place.is_sqlite:
        return _run_on_sqlite(place, statement, max_rows, timeout_s)
    return _run_on_postgresql(place, statement, max_rows, timeout_s)


def _run_on_sqlite(place: Place, statement: str, max_rows: int, timeout_s: float) -> Result:
    deadline = time.monotonic() + timeout_s
    with translated(str(place)):
        connection = connect_readonly(place)
    with closing(connection), _explained_sqlite(place, deadline, timeout_s):
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        _open_virtual_tables(connection)
        connection.set_authorizer(_authorize)
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
        cursor = connection.execute(statement)
        if cursor.description is None:
            raise UsageError("There is no statement to run.")
        columns = [column[0] for column in cursor.description]
        return _collect(columns, _until(cursor.fetchmany, deadline, timeout_s), max_rows)


def _open_virtual_tables(connection: sqlite3.Connection) -> None:
    made = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%'"
    ).fetchall()
    for name in (*_VIRTUAL, *(f'"{name}"' for (name,) in made)):
        connection.execute(f"SELECT 1 FROM {name} LIMIT 0")  # noqa: S608


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if (action, first, second) == _FTS5_LOOKS:
        return sqlite3.SQLITE_OK
    if action not in _READING:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and second in _FORBIDDEN_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


@contextmanager
def _explained_sqlite(place: Place, deadline: float, timeout_s: float) -> Iterator[None]:
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.Warning) as error:
        raise StatementRefused(f"{_ONLY_SELECT} ({error}).") from error
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name == "SQLITE_INTERRUPT" and time.monotonic() > deadline:
            raise _too_slow(timeout_s) from error
        # Not every refusal of the authorizer has its code; the others are told by these words.
        if name == "SQLITE_AUTH" or "not authorized" in str(error):
            raise StatementRefused(f"{_ONLY_SELECT} ({error}).") from error
        if name in _FAULTS_OF_THE_STATEMENT:
            raise UsageError(f"The statement cannot be run: {error}.") from error
        raise translate(error, str(place)) from error


def _run_on_postgresql(place: Place, statement: str, max_rows: int, timeout_s: float) -> Result:
    deadline = time.monotonic() + timeout_s
    engine = reader_engine(place)
    try:
        with translated(str(place)), engine.begin() as conn:
            warning = _find_warning(conn)
            conn.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(timeout_s * 1000))}")
            driver: Any = conn.connection.driver_connection
            with _explained_postgresql(place, timeout_s), driver.cursor(_CURSOR) as cursor:
                cursor.execute(statement.strip().rstrip(";"))
                columns = [column.name for column in cursor.description]
                result = _collect(columns, _until(cursor.fetchmany, deadline, timeout_s), max_rows)
                return replace(result, warning=warning)
    finally:
        engine.dispose()


def _find_warning(conn: Connection) -> str | None:
    role = find_own_role(conn)
    if not (role.is_superuser or role.is_owner):
        return None
    power = "is a superuser of the server" if role.is_superuser else "owns the tables"
    return (
        f"{role.name} {power}: only the read-only transaction holds this query back. "
        "`litsweep db roles` makes a user who may read and nothing else; set reader_database_url "
        "to it."
    )


@contextmanager
def _explained_postgresql(place: Place, timeout_s: float) -> Iterator[None]:
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise _explain_postgresql(error, place, timeout_s) from error


def _explain_postgresql(error: Any, place: Place, timeout_s: float) -> LitsweepError:
    code, message = error.sqlstate or "", error.diag.message_primary or str(error)
    position = error.diag.statement_position
    # The server counts from the DECLARE that stands before the statement; 1 is our first letter.
    place_in_text = int(position) - len(f'DECLARE "{_CURSOR}" CURSOR FOR ') if position else 0
    if code == "57014":
        return _too_slow(timeout_s)
    # A verb other than SELECT's is a syntax error at the first word after DECLARE … FOR, and a
    # second statement is one without a place.
    if code.startswith(("25", "0A")) or (code == "42601" and place_in_text <= 1):
        return StatementRefused(f"{_ONLY_SELECT} ({message}).")
    if code.startswith(("21", "22", "42")) and code != "42501":
        where = f" (at character {place_in_text})" if place_in_text else ""
        return UsageError(f"The statement cannot be run: {message}{where}.")
    return translate(error, str(place))


def _until(fetch: Fetch, deadline: float, timeout_s: float) -> Fetch:
    # The server counts the time of each batch of rows anew.
    def fetch_in_time(n_rows: int) -> Sequence[Sequence[Any]]:
        if time.monotonic() > deadline:
            raise _too_slow(timeout_s)
        return fetch(n_rows)

    return fetch_in_time


def _collect(columns: Sequence[str], fetch: Fetch, max_rows: int) -> Result:
    rows: list[tuple[Any, ...]] = []
    n_bytes = 0
    is_cut = False
    while not is_cut:
        at_once = _BATCH_BYTES * (len(rows) + 1) // (n_bytes + 1)
        more = fetch(min(max(at_once, _FEW_ROWS), _MANY_ROWS, max_rows + 1 - len(rows)))
        if not more:
            break
        for row in more:
            n_bytes += _measure(row)
            is_cut = len(rows) == max_rows or n_bytes > _MAX_RESULT_BYTES
            if is_cut:
                break
            rows.append(tuple(row))
    return Result(columns=tuple(columns), rows=tuple(rows), is_cut=is_cut)


def _measure(row: Sequence[Any]) -> int:
    """Return about how many bytes the large values of ``row`` take."""
    sizes = [len(value) for value in row if isinstance(value, str | bytes | memoryview)]
    sizes += [len(repr(value)) for value in row if isinstance(value, list | dict)]
    if max(sizes, default=0) > _MAX_VALUE_BYTES:
        raise UsageError(
            "The statement cannot be run: a value is too big (more than "
            f"{_MAX_VALUE_BYTES // 1_000_000} MB). Ask for a part of it, by substr()."
        )
    return sum(sizes)


def _too_slow(timeout_s: float) -> StatementRefused:
    return StatementRefused(
        f"The query was stopped after {timeout_s:g} s. Narrow it with WHERE or LIMIT, "
        "or give it more time."
    )
