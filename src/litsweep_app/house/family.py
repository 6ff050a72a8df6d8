"""The living processes of a house, wherever they come in the tree of processes.

A worker starts flow runs in sessions of their own, and one that was killed leaves them behind:
neither a process group nor a parent tells whose they are. Each carries the house's mark in its
environment. Read from ``/proc``; on a system without it, none is found.
"""

import os
import signal
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

MARK: Final = "HOUSE_OF_LITSWEEP"
# Prefect's worker sets it for the process of each flow run.
_OF_A_FLOW_RUN: Final = b"PREFECT__FLOW_RUN_ID="
_ROOT: Final = Path("/proc")
_POLL_S: Final = 0.1


def list_members(mark: str) -> set[int]:
    """Return the process ids that carry ``mark``; without the caller's own."""
    wanted = f"{MARK}={mark}".encode()
    return {pid for pid, variables in _environments() if wanted in variables}


def list_flow_runs(mark: str) -> set[int]:
    """Return the process ids that carry ``mark`` and run a flow."""
    wanted = f"{MARK}={mark}".encode()
    return {
        pid
        for pid, variables in _environments()
        if wanted in variables and any(one.startswith(_OF_A_FLOW_RUN) for one in variables)
    }


def _environments() -> list[tuple[int, list[bytes]]]:
    found = []
    for folder in _ROOT.iterdir() if _ROOT.is_dir() else ():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        with suppress(OSError):  # ended meanwhile, or somebody else's
            found.append((int(folder.name), (folder / "environ").read_bytes().split(b"\0")))
    return found


def send(pids: Collection[int], number: signal.Signals) -> None:
    """Send a signal to each of ``pids`` that still lives."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def end_flow_runs(mark: str, seconds: float, *, hurries: Callable[[], bool] = bool) -> None:
    """Ask the flow runs of a house to end, each once, and wait for that, at most so long.

    One that begins meanwhile is asked too. Gives up waiting when ``hurries`` says so.
    """
    asked: set[int] = set()
    deadline = time.monotonic() + seconds
    while running := list_flow_runs(mark):
        # Asked a second time, a run would be cut while it closes its books.
        send(running - asked, signal.SIGTERM)
        asked |= running
        if hurries() or time.monotonic() > deadline:
            return
        time.sleep(_POLL_S)


def wait_for_others(mark: str, seconds: float) -> None:
    """Wait until the caller is the last of the house; kill what is left when time is up."""
    deadline = time.monotonic() + seconds
    while others := list_members(mark):
        if time.monotonic() > deadline:
            send(others, signal.SIGKILL)
            return
        time.sleep(_POLL_S)
