"""Opens the results database and hands out connections for reading and for writing.

``with database.writing() as conn`` is one transaction: kept whole at the end of the
block, or undone whole by any exception, Ctrl-C included. Keep the block short and
without network or model calls: there is one writer at a time.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection as Connection  # for the annotations of those who get one
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from db import schema
from db.connections import NO_LIMITS, Limits, Place, parse_place, reader_engine, writer_engine
from db.faults import is_busy, is_unreachable, translated
from litsweep.errors import DatabaseError

# BEGIN IMMEDIATE waits by itself; but a recovery, a checkpoint or a change of journal mode
# elsewhere can make SQLite answer "busy" at once, and those pass in milliseconds.
_BUSY_PAUSES_S: Final = (0.05, 0.2, 0.8)
_LONGEST_PAUSE_S: Final = 5.0


class Database:
    """An open results database; safe to share among threads."""

    def __init__(self, place: Place, limits: Limits = NO_LIMITS, *, n_kept: int = 0) -> None:
        self._place = place
        self._limits = limits
        self._reader = reader_engine(place, limits, n_kept=n_kept)
        self._writer = writer_engine(place, limits, n_kept=min(n_kept, 2))

    def __repr__(self) -> str:
        return f"Database({self.place})"

    @property
    def place(self) -> str:
        """Where the database is, for people; without its password."""
        return str(self._place)

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._writer.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one unchanging state and cannot write.

        Raises:
            DatabaseUnreachable: its server does not answer, or the connection was lost.
            DatabaseError: the database cannot be read.
        """
        with translated(self.place), _begin(self._reader, self._limits) as conn:
            yield conn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection for one transaction; no other writer is at work meanwhile.

        Raises:
            StorageFull: no room is left; nothing of the block was kept.
            DatabaseUnreachable: its server does not answer, or the connection was lost. Where it
                was lost at the very end, the block may have been kept.
            DatabaseBusy: another program was writing for too long.
            DatabaseError: the database cannot be written, or refused a row.
        """
        with translated(self.place), _begin(self._writer, self._limits) as conn:
            schema.lock_writers(conn)
            yield conn

    @contextmanager
    def beside_writers(self) -> Iterator[Connection]:
        """Give a connection, of PostgreSQL, on which each statement is a transaction of its own.

        It does not wait for the one writer: for what is no result, and touches no result.

        Raises:
            DatabaseError: the database cannot be written.
        """
        with (
            translated(self.place),
            self._writer.connect().execution_options(isolation_level="AUTOCOMMIT") as conn,
        ):
            yield conn

    def close(self) -> None:
        """Close all connections."""
        self._reader.dispose()
        self._writer.dispose()


def open_database(
    url: str, *, create: bool = False, limits: Limits = NO_LIMITS, n_kept: int = 0
) -> Database:
    """Open the database at ``url``, a setting such as ``sqlite:///litsweep.db``.

    With ``create``, a database that does not exist or is empty is made; one that exists is
    left as it is. ``limits`` hold for its transactions, not for the opening. ``n_kept`` is how
    many connections to a file stay open between transactions: for a server, which asks all the
    time and never forks.

    Raises:
        DatabaseNotReady: it does not exist, or its migrations have not been run.
        DatabaseTooNew: a newer litsweep migrated it.
        DatabaseError, SettingsError: it cannot be opened, or the address is wrong.
    """
    place = parse_place(url)
    if create and schema.read_revision(place) is None:
        _refuse_missing_folder(place)
        schema.upgrade(url)
    schema.require_current(place)
    return Database(place, limits, n_kept=n_kept)


def _refuse_missing_folder(place: Place) -> None:
    if place.path is not None and not place.path.parent.is_dir():
        raise DatabaseError(
            f"{place} cannot be made: there is no folder {place.path.parent}. Make it, or "
            "correct the setting database_url."
        )


@contextmanager
def _begin(engine: Engine, limits: Limits) -> Iterator[Connection]:
    conn = _connect(engine, limits)
    try:
        yield conn
        conn.commit()
    except BaseException:
        conn.rollback()
        raise
    finally:
        conn.close()


def _connect(engine: Engine, limits: Limits) -> Connection:
    """Begin a transaction; a server that restarts, or a file that is busy, gets some patience."""
    started = time.monotonic()
    pauses = list(_BUSY_PAUSES_S)
    while True:
        try:
            return _connect_once(engine)
        except DBAPIError as error:
            waited = time.monotonic() - started
            if is_busy(error) and pauses:
                pause = pauses.pop(0)
            elif is_unreachable(error) and waited < limits.reconnecting_s:
                pause = min(_LONGEST_PAUSE_S, 0.5 + waited)
            else:
                raise
        time.sleep(pause * random.uniform(0.5, 1.5))


def _connect_once(engine: Engine) -> Connection:
    conn = engine.connect()
    try:
        conn.begin()
    except BaseException:
        conn.close()
        raise
    return conn
