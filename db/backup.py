"""Backups: one SQLite file that holds everything, made while a sweep writes, and brought back.

Of SQLite the pages are copied as they stand at one moment, of PostgreSQL the rows (as
``db.copying`` does). A backup is read again before it takes its name. Restoring never writes
over the rows of a database: a file is kept aside, a server's database must be empty.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import select

from db import schema
from db.connections import Place, connect_readonly, parse_place
from db.contents import count_rows
from db.copying import COPIED, Listener, copy_into, snapshot
from db.faults import translated
from db.tables import load_files, reading_leases, search_runs
from db.whole_files import appearing_whole, beside, count_bytes, find_faults, place_of
from litsweep.domain.loads import LoadStatus
from litsweep.domain.strategies import RunStatus
from litsweep.errors import DatabaseError, StorageFull, UsageError

IsOwnerAlive = Callable[[str, datetime], bool]

# The answer of SQLite to who asks for the file alone comes at once; a writer needs no longer.
_ALONE_WITHIN_S: Final = 2.0

_DAMAGED: Final = {"SQLITE_NOTADB", "SQLITE_CORRUPT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that was made."""

    path: Path
    n_bytes: int
    n_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A database that was brought back: its rows, and where the one before is kept, if any."""

    n_rows: int
    kept_aside: Path | None


def back_up(url: str, path: Path, *, replace: bool, listener: Listener) -> Backup:
    """Write all that the database at ``url`` holds now into the file ``path``.

    Writers go on meanwhile, and what they write is not in it.

    Raises:
        UsageError: ``path`` is there and ``replace`` is not set, or it is the database itself.
        StorageFull: there is no room where ``path`` lies.
        DatabaseNotReady, DatabaseTooNew, DatabaseError: the database cannot be used or read, or
            the backup is not what it should be. There is no file ``path`` then that was not before.
    """
    place = parse_place(url)
    schema.require_current(place)
    if place.path is not None and path.absolute() == place.path:
        raise UsageError(f"{path} is the database itself; name another file.")
    with appearing_whole(path, replace=replace) as whole:
        if place.path is None:
            with snapshot(place) as conn:
                tables = copy_into(conn, place_of(whole), listener)
            n_rows = sum(one.source.n_rows for one in tables)
        else:
            n_rows = _copy_pages(place, whole, listener)
    return Backup(path=path, n_bytes=path.stat().st_size, n_rows=n_rows)


def _copy_pages(source: Place, path: Path, listener: Listener) -> int:
    """Copy the file at ``source`` as it is now; return its number of rows, counted in both."""
    _require_room(source, path)
    with snapshot(source) as conn:
        counts = count_rows(conn)  # the snapshot begins here
        reader = conn.connection.driver_connection
        assert isinstance(reader, sqlite3.Connection)
        with translated(str(path)), closing(sqlite3.connect(path)) as writer:
            reader.backup(writer)
    _require_counts(place_of(path), counts)
    n_rows = sum(counts.values())
    listener(COPIED, n_rows, n_rows)
    return n_rows


def _require_room(source: Place, path: Path) -> None:
    assert source.path is not None
    needed = count_bytes([source.path, *beside(source.path)])
    free = shutil.disk_usage(path.absolute().parent).free
    if free < needed:
        raise StorageFull(
            f"{path.absolute().parent} has {free / 1e6:,.0f} MB free, and the copy needs "
            f"{needed / 1e6:,.0f} MB. Free some space, or name a file on another disk."
        )


def _require_counts(place: Place, counts: Mapping[str, int]) -> None:
    with snapshot(place) as conn:
        found = count_rows(conn)
    differing = [name for name in counts if counts[name] != found[name]]
    if differing:
        raise DatabaseError(
            f"The copy has other numbers of rows in {', '.join(differing)}; it was not kept."
        )


def restore(
    url: str, path: Path, *, replace: bool, is_owner_alive: IsOwnerAlive, listener: Listener
) -> Restored:
    """Bring back into the database at ``url`` what the backup ``path`` holds.

    A backup that an older litsweep made is upgraded on the way; the file itself is not changed.
    With ``replace`` an SQLite database that holds rows gives way, and is kept aside.

    Raises:
        UsageError: there is no such file, or the database holds rows and may not be replaced.
        DatabaseTooNew: a newer litsweep made the backup.
        DatabaseError, StorageFull: the backup is damaged or is none of ours, another process
            works with the database, or it cannot be written. It is as it was before.
    """
    place = parse_place(url)
    _require_backup(path)
    if place.path is None:
        if replace:
            raise UsageError(
                "A PostgreSQL database is not replaced. Make an empty one (`createdb NAME`), set "
                "database_url to it, and restore there without --replace."
            )
        with _upgraded(path) as current, snapshot(current) as conn:
            tables = copy_into(conn, place, listener)
        return Restored(n_rows=sum(one.source.n_rows for one in tables), kept_aside=None)
    if path.absolute() == place.path:
        raise UsageError(f"{path} is the database itself; name its backup.")
    return _restore_file(place, path, replace, is_owner_alive)


def _require_backup(path: Path) -> None:
    """Refuse what is no sound backup that this litsweep can read."""
    if not path.is_file():
        raise UsageError(f"There is no file {path}.")
    place = place_of(path)
    revision = schema.read_revision(place)
    if revision is None:
        raise DatabaseError(f"{path} is no backup of litsweep: it holds no database of ours.")
    schema.refuse_newer(place)
    with translated(str(path)), closing(connect_readonly(place)) as connection:
        faults = find_faults(connection)
    if faults:
        raise DatabaseError(
            f"{path} is damaged ({'; '.join(faults)}), and nothing was restored. "
            "Use another backup."
        )


@contextmanager
def _upgraded(backup: Path) -> Iterator[Place]:
    """Give a place with what the backup holds in the schema of this litsweep."""
    place = place_of(backup)
    if schema.find_state(schema.read_revision(place)) is schema.SchemaState.CURRENT:
        yield place
        return
    with TemporaryDirectory(prefix="litsweep-") as folder:
        copy = Path(folder, backup.name)
        _fill(copy, backup)
        yield place_of(copy)


def _fill(copy: Path, backup: Path) -> int:
    """Make ``copy`` what ``backup`` is, in the schema of this litsweep; return its rows."""
    source, place = place_of(backup), place_of(copy)
    _require_room(source, copy)
    with (
        translated(str(copy)),
        closing(connect_readonly(source)) as reader,
        closing(sqlite3.connect(copy)) as writer,
    ):
        reader.backup(writer)
    # At the newest schema too: the views are what this litsweep says.
    with schema.rebuilding(place) as conn:
        schema.migrate(conn)
    with snapshot(place) as conn:
        return sum(count_rows(conn).values())


def _restore_file(
    place: Place, backup: Path, replace: bool, is_owner_alive: IsOwnerAlive
) -> Restored:
    target = place.path
    assert target is not None
    has_file = target.exists() and target.stat().st_size > 0
    if has_file and not replace:
        _refuse_rows(place)
    aside = None
    with ExitStack() as stack, appearing_whole(target, replace=True) as whole:
        n_rows = _fill(whole, backup)
        if has_file:
            _refuse_workers(place, is_owner_alive)
            aside = stack.enter_context(_set_aside(place, target))
            shutil.copymode(target, whole)
    return Restored(n_rows=n_rows, kept_aside=aside)


def _refuse_rows(place: Place) -> None:
    if _is_usable(place):
        with snapshot(place) as conn:
            if not any(count_rows(conn).values()):
                return
    raise UsageError(
        f"{place} is there already and may hold rows. With --replace it gives way to the backup, "
        "and is kept beside it under another name."
    )


def _refuse_workers(place: Place, is_owner_alive: IsOwnerAlive) -> None:
    """Refuse while a sweep, a load or a reading is at work: between two batches none is seen."""
    if not _is_usable(place):
        return
    running = select(search_runs.c.owner, search_runs.c.started_at).where(
        search_runs.c.status == RunStatus.RUNNING
    )
    loading = select(load_files.c.owner, load_files.c.started_at).where(
        load_files.c.status == LoadStatus.LOADING
    )
    held = select(reading_leases.c.owner, reading_leases.c.renewed_at).where(
        reading_leases.c.owner != ""
    )
    with snapshot(place) as conn:
        found = {tuple(row) for query in (running, loading, held) for row in conn.execute(query)}
    alive = sorted(owner for owner, since in found if is_owner_alive(owner, since))
    if alive:
        raise DatabaseError(
            f"{place} is at work for {', '.join(alive)}. Let that process finish, or end it, "
            "then restore again; nothing was changed."
        )


def _is_usable(place: Place) -> bool:
    try:
        return schema.find_state(schema.read_revision(place)) is schema.SchemaState.CURRENT
    except DatabaseError:
        return False  # it is damaged, which is why it is to be replaced


@contextmanager
def _set_aside(place: Place, target: Path) -> Iterator[Path]:
    """Give the file a second name, under which alone it stays; nobody else has it open meanwhile.

    Raises:
        DatabaseError: another process works with it.
    """
    aside = target.with_name(f"{target.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    with closing(sqlite3.connect(target, timeout=_ALONE_WITHIN_S, isolation_level=None)) as alone:
        _take_alone(alone, place)
        aside.hardlink_to(target)
        # A file that could not be opened keeps what belongs to it; the new one must not meet it.
        for leftover in (left for left in beside(target) if left.exists()):
            leftover.rename(leftover.with_name(leftover.name.replace(target.name, aside.name, 1)))
        try:
            yield aside
        except BaseException:
            aside.unlink()
            raise


def _take_alone(alone: sqlite3.Connection, place: Place) -> None:
    try:
        # It fails while anybody has the file open, and brings what is beside the file into it.
        alone.execute("PRAGMA journal_mode = DELETE")
        alone.execute("BEGIN EXCLUSIVE")
        (mode,) = alone.execute("PRAGMA journal_mode").fetchone()
        if mode != "delete":
            raise sqlite3.OperationalError("opened a moment ago")
    except sqlite3.OperationalError as error:
        raise DatabaseError(
            f"{place} is open in another process ({error}). Let it finish, or end it, then "
            "restore again; nothing was changed."
        ) from error
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "") not in _DAMAGED:
            raise
