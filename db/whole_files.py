"""Makes a database file that appears under its name when it is whole and sound, not before."""

import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from db.connections import BUSY_TIMEOUT_S, Place, parse_place
from db.faults import translated
from litsweep.errors import DatabaseError, UsageError

# What SQLite may leave beside a file that was not closed in order.
_BESIDE: Final = ("-journal", "-wal", "-shm")

# A broken file can have a fault a page; the first ones tell enough.
MOST_FAULTS: Final = 5


def place_of(path: Path) -> Place:
    """Return the place of the SQLite file at ``path``."""
    return parse_place(f"sqlite:///{path.absolute()}")


@contextmanager
def appearing_whole(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """Give the path of an empty file beside ``target``, which takes its name if all goes well.

    It is one file then: sound, on the disk, with nothing beside it. Only its owner may read it.
    After any failure nothing of it is left.

    Raises:
        UsageError: there is something at ``target`` already, and ``replace`` is not set.
        DatabaseError: the folder is missing or may not be written to, or the file is not sound.
    """
    _refuse_existing(target, replace)
    path = _make_beside(target)
    try:
        yield path
        _close(path)
        _to_disk(path)
        _refuse_existing(target, replace)
        path.replace(target)
        _to_disk(target.absolute().parent)
    finally:
        for leftover in (path, *beside(path)):
            leftover.unlink(missing_ok=True)


def count_bytes(files: Iterable[Path]) -> int:
    """Return how many bytes files take together; one that is gone takes none.

    SQLite deletes what stands beside a file when its last connection closes.
    """
    n_bytes = 0
    for file in files:
        with suppress(FileNotFoundError):
            n_bytes += file.stat().st_size
    return n_bytes


def beside(path: Path) -> list[Path]:
    """Return the paths of the files that SQLite keeps beside ``path`` while it is at work."""
    return [path.with_name(path.name + ending) for ending in _BESIDE]


def find_faults(connection: sqlite3.Connection) -> list[str]:
    """Return what SQLite finds wrong in a file's pages and indexes; at most a few sentences."""
    found = connection.execute(f"PRAGMA integrity_check({MOST_FAULTS})").fetchall()
    return [line for (line,) in found if line != "ok"]


def _refuse_existing(target: Path, replace: bool) -> None:
    if target.is_dir():
        raise UsageError(f"{target} is a folder; name a file in it.")
    if target.exists() and not replace:
        raise UsageError(f"{target} is there already. Name another file, or say --replace.")


def _make_beside(target: Path) -> Path:
    folder = target.absolute().parent
    try:
        handle, name = tempfile.mkstemp(".part", f"{target.name}.", folder)
    except OSError as error:
        raise DatabaseError(
            f"{target} cannot be made ({error.strerror}). Check that its folder exists and that "
            "you may write there."
        ) from error
    os.close(handle)
    return Path(name)


def _close(path: Path) -> None:
    """Bring what was written ahead into the file, and look whether it is sound."""
    with (
        translated(str(path)),
        closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode = DELETE")
        faults = find_faults(connection)
    if faults or any(leftover.exists() for leftover in beside(path)):
        raise DatabaseError(
            f"What was written for {path.stem} is not sound ({'; '.join(faults) or 'unclosed'}), "
            "and was not kept. Check the disk, then try again."
        )


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
