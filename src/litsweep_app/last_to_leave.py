"""The first process of a worker's container: tells its runs to stop, and leaves after them.

``python -m litsweep_app.last_to_leave prefect worker start …``. Prefect's worker does not pass
SIGTERM on to its runs and ends within seconds; the container would end with it, and every run in
it be killed. Here the signal goes to all of them, and their end is awaited, for as long as the
container's grace period lasts. Linux only.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_PR_SET_CHILD_SUBREAPER: Final = 36  # prctl(2): whose parent has ended becomes our child


def main(command: Sequence[str]) -> int:
    """Run ``command`` and all that it starts to their end; return the command's exit status."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    first = subprocess.Popen(command).pid
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _tell_all())
    status = 0
    while True:
        try:
            pid, ended = os.waitpid(-1, 0)
        except ChildProcessError:
            return status
        if pid == first:
            status = os.waitstatus_to_exitcode(ended)
            # Without its worker, a run could not be cancelled any more.
            _tell_all()


def _tell_all() -> None:
    for pid in _descendants(os.getpid()):
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            continue


def _descendants(pid: int) -> list[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    children = [int(each) for each in listed.split()]
    return [*children, *(one for child in children for one in _descendants(child))]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
