"""Slots of a rate limit in a file, for all processes of one machine that can write it.

Knows nothing of rates, and of who asks; what a slot is, `litsweep.sources.throttle` says.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from litsweep.sources.throttle import ListedSlots

# A holder needs some microseconds. One that was stopped inside them must not stop us.
_LOCK_TIMEOUT_S: Final = 5.0
_LOCK_PAUSE_S: Final = 0.002
# What a damaged file held is not known: as if all slots had just been taken.
_AFTER_DAMAGE_S: Final = 2.0
_MOST_SLOTS: Final = 100


class FileSlots(ListedSlots):
    """Slots in a file of JSON: a list of the moments, by the machine's clock, when each is free.

    The clock counts from the machine's start, is the same in all processes, and is not moved
    when the time of day is set. The file is opened anew each time: no thread and no fork
    inherits a lock, and the system takes the lock from a process that is killed.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._path = path

    def __str__(self) -> str:
        return f"the file {self._path}"

    @contextmanager
    def _opened(self) -> Iterator[list[float]]:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            _lock(file)
            before = os.read(file, 64 * 1024)
            free_at = self._read(before)
            yield free_at
            after = json.dumps(free_at).encode()
            if after != before:
                _write(file, after)
        finally:
            # Not by closing alone: a child forked meanwhile has the file open, and so locked.
            fcntl.flock(file, fcntl.LOCK_UN)
            os.close(file)

    def _read(self, content: bytes) -> list[float]:
        if not content:
            return []
        try:
            return [float(moment) for moment in json.loads(content)]
        except (ValueError, TypeError):
            return [self._clock() + _AFTER_DAMAGE_S] * _MOST_SLOTS


def _lock(file: int) -> None:
    give_up_at = time.monotonic() + _LOCK_TIMEOUT_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up_at:
                raise TimeoutError("somebody keeps it locked") from None
            time.sleep(_LOCK_PAUSE_S)
        else:
            return


def _write(file: int, content: bytes) -> None:
    # In this order, so that a process killed in between leaves damage and not an empty list.
    os.pwrite(file, content, 0)
    os.ftruncate(file, len(content))
