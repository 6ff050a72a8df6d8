"""The Prefect server that records a run: the configured one, or a temporary local one.

A temporary server lives in a folder of its own and on loopback only, and ends with the process
that started it; nothing of it stays but a template of its empty database, which makes the next
start faster. Knows nothing of sweeps.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_INTERNAL_LOGGING_LEVEL,
    PREFECT_LOGGING_LEVEL,
    temporary_settings,
)

from litsweep.errors import OrchestrationError
from litsweep_app.ports import free_port
from litsweep_app.server_template import copy_template, keep_template

START_TIMEOUT_S: Final = 180.0
STOP_TIMEOUT_S: Final = 5.0
DELIVERY_TIMEOUT_S: Final = 20.0
_SELDOM: Final = {PREFECT_LOGGING_LEVEL: "WARNING", PREFECT_INTERNAL_LOGGING_LEVEL: "CRITICAL"}
_QUIET: Final = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "ERROR",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}


@contextmanager
def recording_server(announce: Callable[[str], None]) -> Iterator[str]:
    """Yield the address of the server that records the runs made inside the block.

    ``announce`` is told, in a sentence, which server it is, before anything slow happens.

    Raises:
        OrchestrationError: the configured server does not answer, or no local one would start.
    """
    configured = PREFECT_API_URL.value()
    if configured:
        _require_answer(configured)
        announce(f"Recording on the Prefect server at {configured}")
        with temporary_settings(_SELDOM):
            yield configured
        return
    announce(
        "Starting a temporary Prefect server for this run "
        "(set PREFECT_API_URL to record on a lasting one) …"
    )
    with local_server() as url, temporary_settings(_SELDOM), recording_on(url):
        yield url


@contextmanager
def recording_on(url: str) -> Iterator[None]:
    """Record the runs made inside the block on a server that may end right after it."""
    # The heartbeat thread holds each flow run open for up to a second, and nobody watches the
    # heartbeats of a server that ends with this process.
    with temporary_settings({PREFECT_API_URL: url, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        try:
            yield
        finally:
            _deliver_queued()


def _deliver_queued() -> None:
    # Prefect's client sends events and logs from a queue of its own. Left in it when the server
    # goes, each would be retried for a minute and hold the process open (measured: 5 minutes).
    EventsWorker.drain_all(timeout=DELIVERY_TIMEOUT_S, at_exit=False)
    APILogWorker.drain_all(timeout=DELIVERY_TIMEOUT_S, at_exit=False)


def is_configured() -> bool:
    """Tell whether a lasting server is set."""
    return bool(PREFECT_API_URL.value())


def describe_configured() -> tuple[str, bool]:
    """Say which server runs will be recorded on, and whether that will work."""
    configured = PREFECT_API_URL.value()
    if not configured:
        return (
            "none set: each sweep starts a temporary one (PREFECT_API_URL names a lasting one)",
            True,
        )
    if _answers(configured):
        return f"{configured} answers", True
    return f"{configured} does not answer: start it, or unset PREFECT_API_URL", False


@contextmanager
def local_server(
    extra_environment: dict[str, str] | None = None, *, with_ui: bool = False
) -> Iterator[str]:
    """Run a Prefect server of its own on loopback; yield its API address, ``http://…/api``.

    Raises:
        OrchestrationError: the server ended, or did not answer within ``START_TIMEOUT_S``.
    """
    with tempfile.TemporaryDirectory(
        prefix="litsweep-prefect-", ignore_cleanup_errors=True
    ) as home:
        folder = Path(home)
        environment = _server_environment(folder) | (extra_environment or {})
        _migrated_database(folder / "prefect.db", environment)
        port = free_port()
        environment["PREFECT_SERVER_UI_API_URL"] = f"http://127.0.0.1:{port}/api"
        log_path = folder / "server.log"
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                [
                    *(
                        sys.executable,
                        "-m",
                        "litsweep_app.tethered_server",
                        home,
                        "server",
                        "start",
                    ),
                    *("--host", "127.0.0.1", "--port", str(port)),
                    *(() if with_ui else ("--no-ui",)),
                ],
                env=environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.PIPE,
                # Ctrl-C goes to the whole process group: the sweep must still be able to record
                # its end, so the server is in a session of its own and stopped by us.
                start_new_session=True,
            )
        try:
            url = f"http://127.0.0.1:{port}/api"
            _wait_until_healthy(process, url, log_path)
            yield url
        finally:
            _stop(process)


def _server_environment(folder: Path) -> dict[str, str]:
    database = folder / "prefect.db"
    inherited = {
        name: value
        for name, value in os.environ.items()
        # The server needs no key of NCBI's, and a profile of the user's is not its business.
        if not name.startswith(("PREFECT_", "NCBI_", "LITSWEEP_"))
    }
    return (
        inherited
        | _QUIET
        | {
            "PREFECT_HOME": str(folder),
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{database}",
        }
    )


def _migrated_database(path: Path, environment: dict[str, str]) -> None:
    if copy_template(path):
        return
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y"],
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        raise OrchestrationError(
            "A temporary Prefect server could not set up its database:\n"
            f"{done.stderr.strip()[-800:]}"
        )
    keep_template(path)


def _wait_until_healthy(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if _answers(url):
            return
        time.sleep(0.2)
    tail = log.read_text(errors="replace").strip()[-800:]
    raise OrchestrationError(
        "A temporary Prefect server did not start. Set PREFECT_API_URL to a running server, or "
        f"look at what it printed:\n{tail}"
    )


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2.0, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _require_answer(url: str) -> None:
    if not _answers(url):
        raise OrchestrationError(
            f"The Prefect server at {url} does not answer. Start it (`litsweep up`), or "
            "unset PREFECT_API_URL to use a temporary one."
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    with process:
        process.terminate()
        # It waits for whoever still listens to it, and keeps nothing that would be worth it.
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
