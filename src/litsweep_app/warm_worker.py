"""A Prefect worker that runs flows inside its own process, so that a model stays loaded.

For teams that ask for readings all day: a run begins a second after it is asked for, where a
process for each run takes several, and the model's loading besides. The environment of the
worker holds for all its runs (job variables do not), and so does the code that it has imported:
after an update, start it again.

Cancelling is co-operative (``tasks.cancelling``). Told to end, it has the reading store the batch
under way and hand the run back. Once its GPU is lost it ends itself, since a process never gets a
broken CUDA context back: whoever supervises it starts a fresh one.
"""

import asyncio
import os
import threading
from typing import Any, Final

import anyio
from anyio.abc import TaskStatus
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import Abort, Pause
from prefect.flow_engine import run_flow
from prefect.flows import load_flow_from_flow_run
from prefect.logging import get_logger
from prefect.workers.base import (
    BaseJobConfiguration,
    BaseVariables,
    BaseWorker,
    BaseWorkerResult,
)

from litsweep_app.worker_exit import LOST_DEVICE, STOP_SECONDS, TIMED_OUT
from tasks import cancelling

TYPE: Final = "litsweep-warm"
_log: Final = get_logger("warm_worker")


class WarmResult(BaseWorkerResult):
    """How a run inside this process ended."""


class WarmWorker(BaseWorker[BaseJobConfiguration, BaseVariables, WarmResult]):
    """Runs one flow run after another in a thread of this process."""

    type = TYPE
    job_configuration = BaseJobConfiguration
    job_configuration_variables = BaseVariables
    _description = "Runs flows inside the worker, which keeps language models loaded."

    _main: asyncio.Task[Any] | None = None

    async def start(self, *args: Any, **options: Any) -> None:
        """Take and run flow runs until this process is told to end, or its GPU is lost.

        Raises:
            SystemExit: with ``LOST_DEVICE``, when this process can read no more.
        """
        self._main = asyncio.current_task()
        try:
            await super().start(*args, **options)
        except asyncio.CancelledError:
            if cancelling.find_loss() is None:
                raise
        loss = cancelling.find_loss()
        if loss is not None:
            _log.error("This worker ends, to be started afresh: %s", loss)
            raise SystemExit(LOST_DEVICE)

    async def teardown(self, *exc_info: Any) -> None:
        """End the run that is under way after its batch, and leave the pool."""
        # An outage of the server ends the polling as well; a reading goes on without it.
        if exc_info and isinstance(exc_info[1], asyncio.CancelledError):
            cancelling.end_worker()
            _end_within(STOP_SECONDS)
        await super().teardown(*exc_info)

    async def run(
        self,
        flow_run: FlowRun,
        configuration: BaseJobConfiguration,
        task_status: TaskStatus[int] | None = None,
    ) -> WarmResult:
        """Run a flow run to its end; its state is told to the server by Prefect's engine."""
        # Python imports a module once: a second run finds the flow loaded.
        flow = await load_flow_from_flow_run(flow_run, use_placeholder_flow=False)
        if task_status is not None:
            task_status.started(os.getpid())
        await anyio.to_thread.run_sync(_run, flow, flow_run)
        if cancelling.find_loss() is not None and self._main is not None:
            self._main.cancel()
        # Never another code: Prefect would report a run that failed, and said why, as crashed.
        return WarmResult(status_code=0, identifier=str(os.getpid()))


def _run(flow: Any, flow_run: FlowRun) -> State[Any] | None:
    try:
        return run_flow(flow, flow_run=flow_run, return_type="state")  # type: ignore[return-value]
    except (Abort, Pause) as error:
        _log.info("Flow run %s goes no further here: %s", flow_run.name, error)
        return None


def _end_within(seconds: float) -> None:
    """End this process at the latest after ``seconds``, even if the server takes no report.

    What it then still holds is taken over, as from any dead worker.
    """
    timer = threading.Timer(seconds, os._exit, (TIMED_OUT,))
    timer.daemon = True
    timer.start()
