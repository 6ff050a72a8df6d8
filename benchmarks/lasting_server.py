"""A Prefect server as a house has it: a database that stays, heartbeats, everything recorded.

Its start is no part of any figure. Knows nothing of sweeps.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from prefect import Task
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    temporary_settings,
)
from prefect.utilities.annotations import quote

from litsweep_app.prefect_server import local_server

HEARTBEAT_S = 30
"""As the deployments have it."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``url`` is the address of its API."""

    url: str
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """Return the processor time that it has taken since its start."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def lasting_server(database_url: str, **environment: str) -> Iterator[Server]:
    """Run a server on a database, in SQLAlchemy's words, and record this process's flows on it."""
    extra = {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database_url,
        # No night of a schedule falls into a measurement: nothing is deployed here.
        "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
        **environment,
    }
    _silence_console()
    with (
        local_server(extra) as url,
        temporary_settings({PREFECT_API_URL: url, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: HEARTBEAT_S}),
    ):
        try:
            yield Server(url, _server_process())
        finally:
            deliver()


def _silence_console() -> None:
    # Prefect's lines go to the server, as in a house, but would stand between those of the tables.
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    for handler in logging.getLogger().handlers:
        handler.setLevel(logging.CRITICAL)


def sqlite_url(folder: Path) -> str:
    """Return the address of a new database in ``folder``, as Prefect's server wants it."""
    return f"sqlite+aiosqlite:///{folder / 'prefect.db'}"


def deliver() -> None:
    """Wait until the queued events and logs of this process are with the server."""
    EventsWorker.drain_all(timeout=60, at_exit=False)
    APILogWorker.drain_all(timeout=60, at_exit=False)


def without_prefect(task: Task[..., Any]) -> Callable[..., Any]:
    """Return a task as a plain function that may be called as the task is."""

    def call(*given: Any, return_state: bool = False, **named: Any) -> Any:
        # A flow that asks for a state gets what the function returns, which is one.
        plain = [each.unwrap() if isinstance(each, quote) else each for each in given]
        return task.fn(*plain, **named)

    return call


def _server_process() -> psutil.Process:
    (found,) = (
        child
        for child in psutil.Process().children()
        if "litsweep_app.tethered_server" in child.cmdline()
    )
    return found
