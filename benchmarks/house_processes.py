"""A house of real processes, each of which can be killed: what a week of bad nights happens to.

A Prefect server, up to two process workers, the flow runs that they start, a results database
(a file, or a PostgreSQL server) and an NCBI on made records, all on loopback and in one folder::

    with House(Path("/tmp/house"), on_postgresql=True) as house:
        house.start(Part.SERVER, Part.WORKER)
        run = house.begin_night()
        house.wait_until_stored(400)
        house.kill(Part.WORKER, Part.FLOW)
        house.restart(Part.WORKER)
        house.wait_until_ended(run)
        house.sweep()  # the next night, without Prefect
        assert not house.find_faults()

NCBI lives in the process of the harness, which holds the truth of what it served. Wall-clock
time-outs are generous: they say that something hangs, not that it is slow.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self
from unittest.mock import patch

import httpx
import psutil
from sqlalchemy.exc import OperationalError

from benchmarks.house_environment import server_environment, worker_environment
from benchmarks.house_postgresql import RestartablePostgreSQL
from benchmarks.house_server import ENDED, POOL, WARM_POOL, PrefectServer
from benchmarks.made_days import write_days
from benchmarks.oracle import count_records, find_faults
from benchmarks.reliability import TOPIC, sweep_unrecorded
from db import topics
from db.engine import Database, open_database
from db.tables import metadata
from litsweep_app import sandbox
from litsweep_app.ports import free_port
from litsweep_app.sandbox import (
    Calendar,
    Endpoint,
    Fault,
    FaultKind,
    FaultSchedule,
    SandboxAddress,
)

LONG_S: Final = 300.0
_POLL_S: Final = 0.1
_STOP_S: Final = 30.0


class Part(StrEnum):
    """What a house is made of, by the name under which it is started and killed."""

    SERVER = "server"
    """The Prefect server, on SQLite, with its services and leases in files."""
    WORKER = "worker"
    """A process worker. Killed, its flow runs go on."""
    SECOND_WORKER = "second worker"
    """Another one of the same pool."""
    READER = "reader"
    """A warm worker, which reads in a process of its own that stays."""
    REAPER = "reaper"
    """What looks for runs that hang, every half a minute."""
    FLOW = "flow"
    """Every process of every flow run that goes on; it can be killed and not started."""
    POSTGRESQL = "postgresql"
    """The results database, where that is a server; killed as ``pg_ctl -m immediate`` does."""
    NCBI = "ncbi"
    """The sandbox; killed, connections are refused."""


_PREFECT: Final = (sys.executable, "-m", "prefect")
_SERVER: Final = (sys.executable, "-m", "litsweep_app.mended_prefect")
_LITSWEEP: Final = str(Path(sys.executable).with_name("litsweep"))
_WORKER: Final = (*_PREFECT, "worker", "start", "--pool", POOL, "--type", "process", "--name")
_COMMANDS: Final[dict[Part, tuple[str, ...]]] = {
    Part.WORKER: (*_WORKER, "first"),
    Part.SECOND_WORKER: (*_WORKER, "second"),
    Part.READER: (_LITSWEEP, "gpu-worker", "--pool", WARM_POOL),
    Part.REAPER: (_LITSWEEP, "tend", "--every", "30"),
}


class House:
    """Real processes that work together; NCBI and the results database run from the start.

    Of the ``n_records`` that are served, NCBI needs ``batch_seconds`` for a request.
    ``worker_settings`` and ``server_settings`` are added to the environments of the two;
    ``job_variables`` are those of the deployments.
    """

    def __init__(
        self,
        folder: Path,
        *,
        on_postgresql: bool = False,
        n_records: int = 1_000,
        batch_seconds: float = 0.0,
        worker_settings: Mapping[str, str] | None = None,
        server_settings: Mapping[str, str] | None = None,
        job_variables: Mapping[str, Any] | None = None,
        write: Callable[[Path, int], Calendar] = write_days,
    ) -> None:
        self.folder = folder
        self.postgresql: RestartablePostgreSQL | None = None
        self._on_postgresql = on_postgresql
        self._n_records = n_records
        self._write = write
        self._day = 0
        self._batch_seconds = batch_seconds
        self._worker_settings = dict(worker_settings or {})
        self._server_settings = dict(server_settings or {})
        self._job_variables = dict(job_variables or {})
        self._port, self._ncbi_port = free_port(), free_port()
        self._processes: dict[Part, subprocess.Popen[bytes]] = {}
        self._ncbi = ExitStack()
        self._is_set_up = False
        self.server = PrefectServer(self.api_url)

    def __enter__(self) -> Self:
        try:
            (self.folder / "ncbi").mkdir(parents=True)
            (self.folder / "home").mkdir()
            self.calendar = self._write(self.folder / "ncbi", self._n_records)
            self.start(Part.NCBI)
            self._make_database()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def api_url(self) -> str:
        """Address of the Prefect server's API; the same after a restart."""
        return f"http://127.0.0.1:{self._port}/api"

    @property
    def database_url(self) -> str:
        """Address of the results database; the same after a restart."""
        if self.postgresql is not None:
            return self.postgresql.url
        return f"sqlite:///{self.folder / 'results.db'}"

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of a worker, and of whatever else runs in this house."""
        made = worker_environment(self.folder, self.api_url, self.database_url, self._ncbi_port)
        return made | self._worker_settings

    # -- starting and killing

    def start(self, *parts: Part) -> None:
        """Start parts in this order; only a worker may take a while to be ready."""
        for part in parts:
            if part is Part.SERVER:
                self._start_server()
            elif part in _COMMANDS:
                self._spawn(part, _COMMANDS[part], self.environment)
            elif part is Part.POSTGRESQL and self.postgresql is not None:
                self.postgresql.start()
            elif part is Part.NCBI:
                self._serve()
            else:
                raise ValueError(f"{part} cannot be started in this house")

    def kill(self, *parts: Part) -> None:
        """Kill parts without a chance to tidy up; what does not run is passed over."""
        for part in parts:
            if part is Part.FLOW:
                self.kill_run(None)
            elif part is Part.POSTGRESQL:
                if self.postgresql is not None and self.postgresql.is_running:
                    self.postgresql.stop("immediate")
            elif part is Part.NCBI:
                self._ncbi.close()
            elif part in self._processes:
                self._kill_process(part)

    def kill_run(self, flow_run_id: str | None) -> None:
        """Kill every process of a flow run, or with None of all of them."""
        doomed = list(self.flow_processes(flow_run_id))
        for process in doomed:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(doomed, timeout=_STOP_S)

    def restart(self, *parts: Part) -> None:
        """Kill parts, all of them first, and start them again in this order."""
        self.kill(*parts)
        self.start(*parts)

    def close(self) -> None:
        """Kill all that runs and remove the PostgreSQL server; the folder stays."""
        self.kill(*_COMMANDS, Part.FLOW, Part.SERVER, Part.NCBI)
        self.server.close()
        if self.postgresql is not None:
            self.postgresql.close()

    def flow_processes(self, flow_run_id: str | None = None) -> Iterator[psutil.Process]:
        """Iterate over the processes of a flow run, or of all those of this house."""
        for process in psutil.process_iter():
            try:
                environment = process.environ()
            except psutil.Error:
                continue
            number = environment.get("PREFECT__FLOW_RUN_ID")
            is_ours = environment.get("PREFECT_API_URL") == self.api_url
            if is_ours and number and flow_run_id in {None, number}:
                yield process

    # -- nights

    def begin_night(self, **parameters: Any) -> str:
        """Order a night of the server and return the id of its flow run."""
        return self.server.begin("nightly", **parameters)

    def sweep(self) -> bool:
        """Run the next night in this process, not recorded; tell whether it completed."""
        with patch.dict(os.environ, self.environment):
            return sweep_unrecorded()

    def empty(self) -> None:
        """Forget all that is stored, so that the next night has everything before it."""
        database = open_database(self.database_url)
        with database.writing() as conn:
            for table in reversed(metadata.sorted_tables):
                conn.execute(table.delete())
        self._add_topic(database)

    def find_faults(self) -> list[str]:
        """Return what is lost, doubled, altered or falsely called complete; best: nothing."""
        earlier = self.calendar.library(0) if self._day else None
        return find_faults(self.database_url, self.calendar.library(self._day), earlier=earlier)

    def go_on_to(self, day: int) -> None:
        """Have NCBI serve what is there on a day, also after a restart."""
        self._day = day
        self.address.set_day(day)

    def be_slow(self, batch_seconds: float) -> None:
        """Have NCBI need so many seconds for each batch of records from now on."""
        self._batch_seconds = batch_seconds
        self.address.set_faults(_slowness(batch_seconds))

    # -- waiting

    def wait_until(self, holds: Callable[[], bool], what: str, seconds: float = LONG_S) -> float:
        """Wait until something holds and return how many seconds that took.

        A server or database that is down meanwhile is waited for as well.

        Raises:
            TimeoutError: it does not hold after ``seconds``.
        """
        started = time.monotonic()
        while True:
            try:
                if holds():
                    return time.monotonic() - started
            except (httpx.TransportError, OperationalError):
                pass
            if time.monotonic() - started > seconds:
                raise TimeoutError(f"after {seconds:g} s this does not hold: {what}")
            time.sleep(_POLL_S)

    def wait_until_stored(self, n_records: int, seconds: float = LONG_S) -> float:
        """Wait until at least so many records are stored."""
        return self.wait_until(
            lambda: count_records(self.database_url) >= n_records, f"{n_records} stored", seconds
        )

    def wait_until_ended(self, flow_run_id: str, seconds: float = LONG_S) -> dict[str, Any]:
        """Wait until a run is over and return its state."""
        is_over = lambda: self.server.state(flow_run_id)["type"] in ENDED  # noqa: E731
        self.wait_until(is_over, "the run is over", seconds)
        return self.server.state(flow_run_id)

    def wait_until_slot_free(self, seconds: float = LONG_S) -> float:
        """Wait until another night would be taken; return how many seconds that took."""
        return self.wait_until(
            lambda: self.server.is_slot_free("nightly"), "the night's slot is free", seconds
        )

    # -- how it is done

    def _start_server(self) -> None:
        place = ("--host", "127.0.0.1", "--port", str(self._port))
        command = (*_SERVER, "server", "start", *place, "--no-ui")
        environment = server_environment(self.folder) | self._server_settings
        self._spawn(Part.SERVER, command, environment)
        self.wait_until(lambda: self.server.answers, "the Prefect server answers")
        if not self._is_set_up:
            self.server.set_up(self._job_variables)
            self._is_set_up = True

    def _spawn(self, part: Part, command: tuple[str, ...], environment: dict[str, str]) -> None:
        with (self.folder / f"{part}.log").open("ab") as log:
            self._processes[part] = subprocess.Popen(
                command,
                env=environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _kill_process(self, part: Part) -> None:
        process = self._processes.pop(part)
        if part is Part.SERVER:
            # What was started is a parent of the process that listens.
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait(_STOP_S)

    def _serve(self) -> None:
        self._ncbi.close()
        self.address: SandboxAddress = self._ncbi.enter_context(
            sandbox.running(
                self.calendar,
                self._ncbi_port,
                faults=_slowness(self._batch_seconds),
                enforce_rate_limit=False,
                compresses=False,
            )
        )
        self.address.set_day(self._day)

    def _make_database(self) -> None:
        if self._on_postgresql:
            self.postgresql = RestartablePostgreSQL()
        self._add_topic(open_database(self.database_url, create=True))

    def _add_topic(self, database: Database) -> None:
        with database.writing() as conn:
            topics.add_topic(conn, name=TOPIC, query="all[sb]", author="house", reason="all")
        database.close()


def _slowness(batch_seconds: float) -> FaultSchedule | None:
    if not batch_seconds:
        return None
    drip = Fault(kind=FaultKind.DRIP, endpoint=Endpoint.EFETCH, seconds=batch_seconds)
    return FaultSchedule(faults=(drip,))
