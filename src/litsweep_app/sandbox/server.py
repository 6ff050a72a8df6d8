"""The sandbox as a web server on this machine: its addresses, start and stop."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import uvicorn

from litsweep.errors import SourceUnreachable, UsageError
from litsweep_app.sandbox.application import CLOUD_PATH, EUROPE_PMC_PATH, EUTILS_PATH, Sandbox
from litsweep_app.sandbox.calendar import Calendar
from litsweep_app.sandbox.connections import CuttableProtocol
from litsweep_app.sandbox.faults.schedule import FaultSchedule
from litsweep_app.sandbox.library import Library, SkipReason, load_library
from litsweep_app.sandbox.request_log import RequestLog

_START_SECONDS: Final = 20.0
_LOOPBACK: Final = "127.0.0.1"

Data = Sequence[Path] | Library | Calendar
"""Folders to read, or what was read from some: that may be served any number of times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxAddress:
    """Where a running sandbox answers, what it serves, and what was asked of it."""

    eutils_url: str
    pmc_cloud_url: str
    europe_pmc_url: str
    port: int
    sandbox: Sandbox = field(repr=False)

    @property
    def n_records(self) -> int:
        """How many PubMed records are served today."""
        return len(self.sandbox.library.records)

    @property
    def n_reports(self) -> int:
        """How many full texts are served today."""
        return len(self.sandbox.library.reports)

    @property
    def skipped(self) -> tuple[str, ...]:
        """What is not served, as in `Library`."""
        return self.sandbox.library.skipped

    @property
    def skip_reasons(self) -> tuple[SkipReason, ...]:
        """Why, as in `Library`."""
        return self.sandbox.library.skip_reasons

    @property
    def requests(self) -> RequestLog:
        """What was asked, and what was answered."""
        return self.sandbox.requests

    @property
    def day(self) -> int | None:
        """The day it is, where there is a calendar."""
        return self.sandbox.day

    def set_day(self, day: int) -> None:
        """Make it another day, in a sandbox with a calendar; what was asked stays in the log."""
        self.sandbox.set_day(day)

    def advance(self) -> None:
        """Go on to the next day."""
        self.set_day((self.day or 0) + 1)

    def set_faults(self, faults: FaultSchedule | None) -> None:
        """Let other things go wrong from now on, or nothing; calls are counted from 1 again."""
        self.sandbox.set_faults(faults)


def _locate(sandbox: Sandbox, port: int, host: str) -> SandboxAddress:
    base = f"http://{host}:{port}"
    return SandboxAddress(
        eutils_url=base + EUTILS_PATH,
        pmc_cloud_url=base + CLOUD_PATH,
        europe_pmc_url=base + EUROPE_PMC_PATH,
        port=port,
        sandbox=sandbox,
    )


def _read(data: Data, day: int | None) -> Library | Calendar:
    if isinstance(data, Library | Calendar):
        return data
    return load_library(data) if day is None else Calendar(data)


@contextmanager
def running(
    data: Data,
    port: int = 0,
    *,
    day: int | None = None,
    faults: FaultSchedule | None = None,
    log: Path | None = None,
    enforce_rate_limit: bool = True,
    compresses: bool = True,
) -> Iterator[SandboxAddress]:
    """Serve in a thread of this process while the context lasts; port 0 picks a free one.

    With ``day``, folders are read as a `Calendar`, which starts on it. ``log`` is a file that
    requests are appended to. Without ``compresses``, no processor time goes into packing.

    Raises:
        UsageError: a folder does not exist, there is no calendar in it, the log cannot be
            written, or the port is taken.
        SourceUnreachable: the server did not come up.
    """
    sandbox = Sandbox(
        _read(data, day), day=day or 0, faults=faults, enforce_rate_limit=enforce_rate_limit
    )
    if log:
        sandbox.requests.write_to(log)
    with _listen(_LOOPBACK, port) as listener:
        server = _server(sandbox, compresses=compresses)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
        )
        thread.start()
        try:
            _wait_until_started(server, thread)
            yield _locate(sandbox, listener.getsockname()[1], _LOOPBACK)
        finally:
            server.should_exit = True
            thread.join(_START_SECONDS)


def _listen(host: str, port: int) -> socket.socket:
    # asyncio sends small packets at once (TCP_NODELAY) only where the protocol is named: without
    # it, every answer on a kept connection waits 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageError(
            f"The sandbox cannot listen on {host}:{port} ({error.strerror}). "
            "Choose another --port, or 0 for any that is free."
        ) from error
    return listener


def _server(sandbox: Sandbox, *, compresses: bool = True) -> uvicorn.Server:
    config = uvicorn.Config(
        sandbox.build_app(compresses=compresses),
        http=CuttableProtocol,
        log_config=None,
        access_log=False,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise SourceUnreachable("The sandbox did not start. Run it alone to see why.")
        time.sleep(0.005)
