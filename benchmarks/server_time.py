"""The processor's time of a PostgreSQL server on this machine, all of its processes together."""

import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/stat behind the name (proc(5)): the parent, time in user and kernel mode,
# and the same of children that have ended.
_PARENT, _USER, _SYSTEM, _ENDED_USER, _ENDED_SYSTEM = 1, 11, 12, 13, 14


class ServerTime:
    """Reads it from ``/proc``; the server is the one whose data are in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._parent = (folder / "postmaster.pid").read_text().split()[0]

    def read(self) -> float:
        """Return the seconds that were spent so far, in steps of a hundredth."""
        ended = self._spend(self._parent, _ENDED_USER, _ENDED_SYSTEM)
        alive = [one.name for one in Path("/proc").iterdir() if one.name.isdigit()]
        return ended + sum(
            self._spend(pid, _USER, _SYSTEM)
            for pid in alive
            if pid == self._parent or self._read(pid)[_PARENT : _PARENT + 1] == [self._parent]
        )

    def _spend(self, pid: str, *fields: int) -> float:
        found = self._read(pid)
        return sum(int(found[field]) for field in fields) / _TICKS if found else 0.0

    def _read(self, pid: str) -> list[str]:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            return []
