"""The read-only SQL console: one statement, a limit of rows, a deadline; nothing is written.

Read-only by construction, not by looking at the text. SQLite: the file is opened read-only,
an authorizer lets through reading alone, and a deadline stops what runs too long.
PostgreSQL: a read-only transaction, a statement time-out, and a cursor declared over the
extended protocol, which takes one query and nothing else. There, a role with SELECT alone is
what protects other databases and the server's files from a superuser's own functions.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from db import schema
from db.connections import Place, connect_readonly, parse_place, reader_engine
from db.faults import translate, translated
from litsweep.errors import LitsweepError, StatementRefused, UsageError

# https://sqlite.org/c3ref/c_alter_table.html: what a query that only reads asks leave for.
_READING: Final = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_FORBIDDEN_FUNCTIONS: Final = {"load_extension", "fts3_tokenizer"}

# The progress handler runs every so many steps of SQLite's virtual machine: well under 1 ms.
_STEPS_BETWEEN_LOOKS: Final = 10_000

# A value of more bytes than this would fill the memory rather than inform anybody.
_MAX_VALUE_BYTES: Final = 10_000_000

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a query gave; ``is_cut`` tells that there are more rows than were asked for."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    is_cut: bool


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
        connection.set_authorizer(_authorize)
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
        cursor = connection.execute(statement)
        if cursor.description is None:
            raise UsageError("There is no statement to run.")
        columns = [column[0] for column in cursor.description]
        return _collect(columns, cursor.fetchmany(max_rows + 1), max_rows)


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
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
    engine = reader_engine(place)
    try:
        with translated(str(place)), engine.begin() as conn:
            conn.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(timeout_s * 1000))}")
            driver: Any = conn.connection.driver_connection
            with _explained_postgresql(place, timeout_s), driver.cursor(_CURSOR) as cursor:
                cursor.execute(statement.strip().rstrip(";"))
                rows = cursor.fetchmany(max_rows + 1)
                return _collect([column.name for column in cursor.description], rows, max_rows)
    finally:
        engine.dispose()


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


def _collect(columns: Sequence[str], rows: Sequence[Sequence[Any]], max_rows: int) -> Result:
    return Result(
        columns=tuple(columns),
        rows=tuple(tuple(row) for row in rows[:max_rows]),
        is_cut=len(rows) > max_rows,
    )


def _too_slow(timeout_s: float) -> StatementRefused:
    return StatementRefused(
        f"The query was stopped after {timeout_s:g} s. Narrow it with WHERE or LIMIT, "
        "or give it more time."
    )
