"""The log files of a house: one a process, appended to by the process itself, kept small here."""

import os
import shutil
from pathlib import Path
from typing import Final

LONGEST_BYTES: Final = 5_000_000
_TAIL_BYTES: Final = 4_000
_TAIL_LINES: Final = 15


def open_log(path: Path) -> int:
    """Open a log for a process to write to; returns the descriptor, which the caller closes."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def keep_small(path: Path, longest_bytes: int = LONGEST_BYTES) -> None:
    """Move what is in a log that has grown too long into one older file, ``NAME.log.1``.

    The process keeps its file open and appends, so that the file is emptied and not replaced; a
    line that it writes at that moment may be lost.
    """
    try:
        if path.stat().st_size <= longest_bytes:
            return
        older = path.with_name(f"{path.name}.1")
        shutil.copyfile(path, older)
        older.chmod(0o600)
        os.truncate(path, 0)
    except OSError:
        return  # no room, most likely: the disk's fullness is told by what stores results


def read_tail(path: Path) -> str:
    """Return the last lines of a log; empty when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - _TAIL_BYTES, 0))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-_TAIL_LINES:])
