"""Turns what SQLAlchemy, SQLite and PostgreSQL raise into our errors, with the way out.

The driver's exception stays as ``__cause__``. Messages name the place without its
password and never repeat the rows of a statement.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from litsweep.errors import (
    DatabaseBusy,
    DatabaseError,
    DatabaseNotReady,
    DatabaseUnreachable,
    StorageFull,
)

_NO_ROOM: Final = (
    "No room is left where {place} lies; what was stored before is intact. "
    "Free some space there and run the same command again."
)
_DISK: Final = (
    "The disk refused a read or a write of {place} ({cause}). "
    "Check the disk and its free space, then run the same command again."
)
_CANNOT_OPEN: Final = (
    "{place} cannot be opened ({cause}). Check that its folder exists and that you may write there."
)
_READ_ONLY: Final = (
    "{place} cannot be written to ({cause}). Check the permissions of the file and of its folder."
)
_BUSY: Final = (
    "{place} was kept busy by another program for too long. "
    "Let the other command finish, then run this one again."
)
_NOT_OURS: Final = (
    "{place} is not a database that SQLite can read ({cause}). "
    "Correct the setting database_url, or restore the file from a backup."
)
_UNREACHABLE: Final = (
    "The server of {place} cannot be reached ({cause}). "
    "Check that it runs, and the setting database_url."
)
_TOO_LONG: Final = (
    "The server of {place} ended what took too long ({cause}). Look at what else it does; the "
    "setting database_timeout_seconds says how long is too long."
)
_REFUSED: Final = (
    "The server of {place} refused the connection ({cause}). "
    "Check user and password in the setting database_url."
)
_NO_DATABASE: Final = (
    "The server has no database for {place}. "
    "Create it there (`createdb NAME`), then run `litsweep init`."
)
_NO_RIGHT: Final = (
    "The user of {place} lacks a right ({cause}). "
    "`litsweep db roles`, run by the owner, grants what each kind of process needs; or use another "
    "user in the setting database_url."
)
_OTHER: Final = "{place} refused a statement: {cause}"

# What a server says that will say the same tomorrow; its words, where a code is not given on.
_REFUSALS: Final = (
    "authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    'role "',
)

Outcome = tuple[type[DatabaseError], str]

# SQLite's result codes by the start of their names (https://sqlite.org/rescode.html).
_SQLITE: Final[tuple[tuple[str, Outcome], ...]] = (
    ("SQLITE_FULL", (StorageFull, _NO_ROOM)),
    ("SQLITE_IOERR", (StorageFull, _DISK)),
    ("SQLITE_CANTOPEN", (DatabaseError, _CANNOT_OPEN)),
    ("SQLITE_READONLY", (DatabaseError, _READ_ONLY)),
    ("SQLITE_PERM", (DatabaseError, _READ_ONLY)),
    ("SQLITE_BUSY", (DatabaseBusy, _BUSY)),
    ("SQLITE_LOCKED", (DatabaseBusy, _BUSY)),
    ("SQLITE_NOTADB", (DatabaseError, _NOT_OURS)),
    ("SQLITE_CORRUPT", (DatabaseError, _NOT_OURS)),
)

# PostgreSQL's SQLSTATE by its start (documentation, appendix A); "" is libpq, without a server.
_POSTGRESQL: Final[tuple[tuple[str, Outcome], ...]] = (
    ("53100", (StorageFull, _NO_ROOM)),
    ("58030", (StorageFull, _DISK)),
    ("55P03", (DatabaseBusy, _BUSY)),
    ("40P01", (DatabaseBusy, _BUSY)),
    ("57014", (DatabaseError, _TOO_LONG)),
    ("25P03", (DatabaseError, _TOO_LONG)),
    ("3D000", (DatabaseNotReady, _NO_DATABASE)),
    ("28", (DatabaseError, _REFUSED)),
    ("42501", (DatabaseError, _NO_RIGHT)),
    ("57P", (DatabaseUnreachable, _UNREACHABLE)),
    ("53300", (DatabaseUnreachable, _UNREACHABLE)),
    ("08", (DatabaseUnreachable, _UNREACHABLE)),
)


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Raise our errors instead of SQLAlchemy's inside the block; ``place`` names the database.

    Raises:
        StorageFull: no room is left, or the disk refused a read or a write.
        DatabaseNotReady: the server has no such database.
        DatabaseUnreachable: the server does not answer, or the connection was lost.
        DatabaseBusy: another program was writing for too long.
        DatabaseError: anything else that the database refused.
    """
    try:
        yield
    except DBAPIError as error:
        raise translate(error.orig or error, place) from error
    except sqlite3.Error as error:
        raise translate(error, place) from error
    except SQLAlchemyError as error:
        raise DatabaseError(_OTHER.format(place=place, cause=_first_line(error))) from error


def translate(error: BaseException, place: str) -> DatabaseError:
    """Return our error for a driver's; it is the caller's to raise."""
    kind, message = _find_outcome(error)
    return kind(message.format(place=place, cause=_first_line(error)))


def is_busy(error: DBAPIError) -> bool:
    """Tell whether SQLite refused because another connection was writing."""
    return _sqlite_name(error.orig).startswith("SQLITE_BUSY")


def is_unreachable(error: DBAPIError) -> bool:
    """Tell whether a server did not answer, or a connection was lost."""
    return _find_outcome(error.orig or error)[0] is DatabaseUnreachable


def _find_outcome(error: BaseException) -> Outcome:
    if isinstance(error, sqlite3.Error):
        return _match(_sqlite_name(error), _SQLITE)
    sqlstate = getattr(error, "sqlstate", None)
    if sqlstate is not None:
        return _match(str(sqlstate), _POSTGRESQL)
    text = str(error)
    # Without a server's answer libpq gives words only; these are its own, untranslated.
    if "does not exist" in text and "database" in text:
        return DatabaseNotReady, _NO_DATABASE
    if any(words in text for words in _REFUSALS):
        return DatabaseError, _REFUSED
    if "connect" in text or "server closed" in text or "resolve" in text:
        return DatabaseUnreachable, _UNREACHABLE
    return DatabaseError, _OTHER


def _match(code: str, table: tuple[tuple[str, Outcome], ...]) -> Outcome:
    for start, outcome in table:
        if code.startswith(start):
            return outcome
    return DatabaseError, _OTHER


def _sqlite_name(error: BaseException | None) -> str:
    return getattr(error, "sqlite_errorname", None) or ""


def _first_line(error: BaseException) -> str:
    # SQLAlchemy's own text carries the statement and its rows; the driver's first line does not.
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
