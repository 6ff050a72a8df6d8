"""One process of a house, from a start to its end, in a session of its own."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from datetime import UTC, datetime

from litsweep_app.house import environment
from litsweep_app.house.logs import open_log
from litsweep_app.house.plan import HousePlan, ProcessPlan


class RunningProcess:
    """A started process; it waits for the word before it does its work."""

    def __init__(self, house: HousePlan, process: ProcessPlan, lock: int) -> None:
        log = open_log(house.log_of(process))
        try:
            self._process = subprocess.Popen(
                process.command,
                env=environment.inherited(process.inherits) | dict(process.sets),
                cwd=house.options.folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                # Ctrl-C goes to a whole process group; the house stops one after the other.
                start_new_session=True,
                pass_fds=(lock,),
            )
        finally:
            os.close(log)
        self.pid = self._process.pid
        self.started_at = datetime.now(UTC)
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has run since it was told to, or since its start."""
        return time.monotonic() - self._began

    @property
    def ending(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        return self._process.poll()

    def go(self) -> None:
        """Give the word to begin."""
        self._began, self.started_at = time.monotonic(), datetime.now(UTC)
        assert self._process.stdin is not None
        with suppress(OSError):  # ended meanwhile, which the next look finds
            self._process.stdin.write(b"go\n")
            self._process.stdin.flush()

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        self._process.terminate()

    def kill(self) -> None:
        """End it and what it started in its session, and take its exit status."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self.release()

    def release(self) -> None:
        """Let go of a process that has ended."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()


def describe_ending(status: int) -> str:
    """Say how a process ended."""
    if status >= 0:
        return f"ended with {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"
