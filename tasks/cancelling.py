"""Whether the work under way is to end early: its run is cancelled, or its worker must end.

Prefect kills a run that has a process of its own. A run inside a worker that lives on is only
marked as cancelling, so whoever works asks here between two batches. What follows from the
answer is said in ``flows``.
"""

import threading
import time
from enum import StrEnum
from typing import Final
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.exceptions import PrefectException
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

# A request costs 5 ms here and 10 on the server: a thousandth of the time between two.
_ASK_EVERY_S: Final = 5.0
# A server that does not answer at once is not waited for: the work goes on without it.
_ANSWER_S: Final = 2.0


class Stop(StrEnum):
    """Why the work is to end."""

    CANCELLED = "cancelled"
    """Somebody has cancelled the run."""
    WORKER_ENDS = "worker ends"
    """The process that runs it has been told to end; another may go on with the run."""


class _Asked:
    """The last answer, and for which run and when; one a process, as its readings take turns."""

    flow_run_id: UUID | None = None
    at: float = 0.0
    is_cancelled: bool = False


class _Worker:
    """What this process has been told about its end."""

    def __init__(self) -> None:
        self.ends = threading.Event()
        self.lost: str | None = None


_asked: Final = _Asked()
_worker: Final = _Worker()


def find_stop() -> Stop | None:
    """Return why the work is to end after the batch that is under way, or None.

    Asks the Prefect server at most every ``_ASK_EVERY_S`` seconds, and only in a run of a
    deployment: nobody else's is cancelled from elsewhere. No answer means no.
    """
    if _worker.ends.is_set():
        return Stop.WORKER_ENDS
    flow_run_id = find_deployed_run()
    if flow_run_id is None:
        return None
    if flow_run_id != _asked.flow_run_id:
        _asked.flow_run_id, _asked.is_cancelled = flow_run_id, False
    elif _asked.is_cancelled or time.monotonic() - _asked.at < _ASK_EVERY_S:
        return Stop.CANCELLED if _asked.is_cancelled else None
    _asked.is_cancelled = _is_cancelled(flow_run_id)
    _asked.at = time.monotonic()
    return Stop.CANCELLED if _asked.is_cancelled else None


def find_deployed_run() -> UUID | None:
    """Return the id of the flow run that the caller is part of, if a deployment started it."""
    # Not prefect.runtime: it asks the server each time where the answer is no.
    context = FlowRunContext.get()
    flow_run = context and context.flow_run
    return flow_run.id if flow_run and flow_run.deployment_id else None


def end_worker() -> None:
    """Have all work of this process end after the batches that are under way."""
    _worker.ends.set()


def end_lost_worker(reason: str) -> None:
    """Have this process end because it cannot read any more, such as when its GPU is lost.

    A run in a process of its own ends anyway; a worker that lives on asks `find_loss`.
    """
    _worker.lost = reason
    end_worker()


def find_loss() -> str | None:
    """Return why this process can read no more, or None."""
    return _worker.lost


def _is_cancelled(flow_run_id: UUID) -> bool:
    try:
        with (
            temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}),
            get_client(sync_client=True, httpx_settings={"timeout": _ANSWER_S}) as client,
        ):
            state = client.read_flow_run(flow_run_id).state
    except (httpx.HTTPError, PrefectException):
        return False
    return state is not None and (state.is_cancelling() or state.is_cancelled())
