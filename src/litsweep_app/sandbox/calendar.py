"""Days: the same library as it is from day to day, when records arrive, change and go.

The folders' sub-folders ``day-1``, ``day-02`` and so on hold what each day brings; all else is
there before the first. A record or full text of a later day takes the place of the earlier one,
whatever its version; a ``DeleteCitation`` takes records away, after everything else of its day. A
record may come late: on day 5 with a creation date of day 1. A day without a folder changes
nothing. The calendar has nothing to do with the clock: dates are as the records state them.
"""

import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from litsweep.errors import UsageError
from litsweep_app.sandbox.library import Library, load_library, overlay

_DAY: Final = re.compile(r"day-(\d{1,4})")


class Calendar:
    """The libraries of the days, each read when it is first asked for; safe to share.

    Raises:
        UsageError: a folder does not exist, or none has a folder of a day in it.
    """

    def __init__(self, data_dirs: Sequence[Path]) -> None:
        self._base: list[Path] = []
        self._changes: dict[int, list[Path]] = {}
        for data_dir in data_dirs:
            self._sort_out(data_dir)
        if not self._changes:
            folders = ", ".join(map(str, data_dirs))
            raise UsageError(
                f"There is no folder day-1, day-2 or the like in {folders}. Make one, or leave "
                "--day out."
            )
        self._libraries: dict[int, Library] = {}
        self._lock = threading.Lock()

    def _sort_out(self, data_dir: Path) -> None:
        if not data_dir.is_dir():
            self._base.append(data_dir)
            return
        for path in sorted(data_dir.iterdir()):
            match = _DAY.fullmatch(path.name) if path.is_dir() else None
            if match:
                self._changes.setdefault(int(match[1]), []).append(path)
            else:
                self._base.append(path)

    def library(self, day: int) -> Library:
        """Return what is served on a day; on day 0, what is there before the first."""
        with self._lock:
            passed = sorted(number for number in self._changes if number <= day)
            return self._build(passed)

    def _build(self, passed: list[int]) -> Library:
        newest = passed[-1] if passed else 0
        if newest not in self._libraries:
            if passed:
                change = load_library(self._changes[newest], applies_deletions=True)
                built = overlay(self._build(passed[:-1]), change)
            else:
                built = load_library(self._base)
            self._libraries[newest] = built
        return self._libraries[newest]
