"""What a house consists of: its processes, in the order in which they start.

A pure function of the options and settings. One more process is one more entry of `build_plan`.
"""

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from litsweep.settings import Settings, hide_password
from litsweep_app.house import environment, tethered
from litsweep_app.house.environment import Inherits
from litsweep_app.house.options import POOL, WARM_POOL, HouseOptions

SERVER: Final = "server"
DEPLOYMENTS: Final = "deployments"
WORKER: Final = "worker"
GPU_WORKER: Final = "gpu-worker"
TEND: Final = "tend"
DESK: Final = "desk"


@dataclass(frozen=True, slots=True)
class Answers:
    """Ready when an address answers with success."""

    url: str

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.url} answers"


@dataclass(frozen=True, slots=True)
class IsOnline:
    """Ready when the worker ``name`` of ``pool`` has sent a heartbeat since it was started."""

    pool: str
    name: str

    def __str__(self) -> str:
        """Say it in words."""
        return f"its heartbeat is on the server (pool {self.pool})"


@dataclass(frozen=True, slots=True)
class Lives:
    """Ready when it has lived for so many seconds."""

    seconds: float

    def __str__(self) -> str:
        """Say it in words."""
        return f"it has run for {self.seconds:g} s"


@dataclass(frozen=True, slots=True)
class HasEnded:
    """Ready when it has ended with 0; it does its work once."""

    def __str__(self) -> str:
        """Say it in words."""
        return "it has ended with 0"


Readiness = Answers | IsOnline | Lives | HasEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPolicy:
    """How a process that ended is started again.

    The pause doubles from ``first_pause_s`` up to ``longest_pause_s`` with each death that came
    within ``quick_s`` of the start; after ``n_quick`` of those in a row it is given up. Times in
    seconds.
    """

    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    quick_s: float = 60.0
    n_quick: int = 5

    def pause_after(self, n_deaths: int) -> float:
        """Return how long to wait after so many quick deaths in a row."""
        return float(min(self.first_pause_s * 2 ** max(n_deaths - 1, 0), self.longest_pause_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessPlan:
    """One process: what runs, when it is started, and how it is told to be ready.

    ``module`` and ``arguments`` run under `tethered`. ``preload`` is imported before the processes
    in ``after`` are ready, so that starting side by side costs no time. ``sets`` comes on top of
    what is inherited. A house cannot go on without one that ``is_vital``. A process may take
    ``stop_s`` to end when it is asked to.
    """

    name: str
    what: str
    module: str
    arguments: tuple[str, ...]
    inherits: Inherits
    sets: Mapping[str, str] = field(repr=False)
    ready: Readiness
    after: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    tether: tuple[str, ...] = ()
    restart: RestartPolicy = RestartPolicy()
    is_vital: bool = False
    has_flow_runs: bool = False
    ready_s: float = 240.0
    stop_s: float = tethered.END_S

    @property
    def command(self) -> list[str]:
        """What is executed."""
        preload = ("--preload", ",".join(self.preload)) if self.preload else ()
        return [
            *(sys.executable, "-m", "litsweep_app.house.tethered"),
            *preload,
            *self.tether,
            self.module,
            *self.arguments,
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class HousePlan:
    """The processes in the order in which they start; they stop in the reverse one."""

    options: HouseOptions
    processes: tuple[ProcessPlan, ...]
    results_database: str

    @property
    def mark(self) -> str:
        """What the environment of each process of the house carries."""
        return str(self.options.folder)

    def log_of(self, process: ProcessPlan) -> Path:
        """Return the file that a process writes."""
        return self.options.log_folder / f"{process.name}.log"


def build_plan(options: HouseOptions, settings: Settings, auth: str | None) -> HousePlan:
    """Return what stands up a house; ``auth`` is ``USER:PASSWORD`` of its server, if it has one."""
    processes = [
        _server(options, auth),
        _deployments(options, settings, auth),
        _worker(options, settings, auth),
    ]
    if options.has_gpu:
        processes.append(_gpu_worker(options, settings, auth))
    processes.append(_tend(options, settings, auth))
    if options.has_desk:
        processes.append(_desk(options, settings))
    return HousePlan(
        options=options,
        processes=tuple(processes),
        results_database=hide_password(settings.database_url),
    )


def worker_name() -> str:
    """Return the name under which the worker of this machine is known to the server."""
    return f"house-{platform.node()}"


def _server(options: HouseOptions, auth: str | None) -> ProcessPlan:
    return ProcessPlan(
        name=SERVER,
        what="the Prefect server",
        module="litsweep_app.mended_prefect",
        arguments=("server", "start", "--host", options.host, "--port", str(options.port)),
        inherits=Inherits.NO_SETTINGS,
        sets=environment.of_server(options, auth),
        ready=Answers(f"{options.api_url}/ready"),
        tether=("--last-of", str(options.folder)),
        is_vital=True,
    )


def _deployments(options: HouseOptions, settings: Settings, auth: str | None) -> ProcessPlan:
    return ProcessPlan(
        name=DEPLOYMENTS,
        what="work pools, limits, deployments and automations",
        module="deployments.apply",
        arguments=(),
        # The settings name the blocks through which people are told.
        inherits=Inherits.SETTINGS,
        sets=environment.of_worker(options, settings, auth),
        ready=HasEnded(),
        after=(SERVER,),
        preload=("prefect.client.orchestration", "flows.nightly", "flows.backfill", "flows.load"),
        restart=RestartPolicy(n_quick=3, quick_s=600),
    )


def _worker(options: HouseOptions, settings: Settings, auth: str | None) -> ProcessPlan:
    pool = ("--pool", POOL, "--type", "process", "--name", worker_name())
    return ProcessPlan(
        name=WORKER,
        what=f"a worker of the pool {POOL}, {options.limit} runs at a time",
        module="prefect",
        arguments=("worker", "start", *pool, "--limit", str(options.limit)),
        inherits=Inherits.SETTINGS,
        sets=environment.of_worker(options, settings, auth),
        ready=IsOnline(POOL, worker_name()),
        after=(SERVER, DEPLOYMENTS),
        preload=("prefect.cli.worker", "prefect.workers.process"),
        tether=("--flow-runs-of", str(options.folder)),
        has_flow_runs=True,
    )


def _gpu_worker(options: HouseOptions, settings: Settings, auth: str | None) -> ProcessPlan:
    return ProcessPlan(
        name=GPU_WORKER,
        what="a worker that keeps the models in memory",
        module="litsweep_app.cli",
        arguments=("gpu-worker", "--pool", WARM_POOL, "--name", worker_name()),
        inherits=Inherits.SETTINGS,
        sets=environment.of_worker(options, settings, auth),
        ready=IsOnline(WARM_POOL, worker_name()),
        after=(SERVER, DEPLOYMENTS),
        preload=("prefect.workers.base", "flows.read_documents"),
        stop_s=tethered.FLOW_RUNS_S,
    )


def _tend(options: HouseOptions, settings: Settings, auth: str | None) -> ProcessPlan:
    return ProcessPlan(
        name=TEND,
        what="once a minute, ends runs that are stuck",
        module="litsweep_app.cli",
        arguments=("tend", "--every", "60"),
        inherits=Inherits.SETTINGS,
        sets=environment.of_worker(options, settings, auth),
        ready=Lives(3.0),
        after=(SERVER, DEPLOYMENTS),
    )


def _desk(options: HouseOptions, settings: Settings) -> ProcessPlan:
    return ProcessPlan(
        name=DESK,
        what="the review desk, where people decide",
        module="litsweep_app.cli",
        arguments=("desk", "--port", str(options.desk_port), "--no-ticket"),
        inherits=Inherits.SETTINGS,
        sets=environment.of_desk(options, settings),
        ready=Answers(f"{options.desk_url}/api/health"),
        preload=("litsweep_app.web.application",),
    )
