"""A night's reading on other machines: one run on another pool, or an event that starts one.

What is read, and how, is ``flows.read_documents``; who has a GPU is a matter of deployments.
"""

import threading
import time
from collections.abc import Sequence
from typing import Any, Final, cast

import httpx
from prefect import runtime
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.deployments import run_deployment
from prefect.events import emit_event
from prefect.events.worker import EventsWorker
from prefect.exceptions import ObjectNotFound
from prefect.logging import get_run_logger
from prefect.settings import PREFECT_API_URL
from prefect.states import Completed, Failed

from litsweep.errors import OrchestrationError
from tasks import read
from tasks.policies import current_settings

SWEPT: Final = "litsweep.night.swept"
"""The event that says that a night's sweeps have ended."""

# A worker asks for work every few seconds: one that is there has taken the run by then.
TELL_AFTER_S: Final = 15 * 60.0
# A machine that is restarted or busy with another reading is waited for; a night that begins at
# 22:30 has failed by 02:00, when somebody may still do something about it before the morning.
GIVE_UP_AFTER_S: Final = 2 * 60 * 60.0
_LOOK_EVERY_S: Final = 5.0
_DELIVERY_S: Final = 20.0


def read_on_pool(topics: Sequence[str] | None, **models: str | None) -> State[int]:
    """Have one run of the setting ``reading_deployment`` read what waits, and wait for its end.

    Completes with the run's own words; makes none where nothing waits. Fails when the run did,
    or when nobody takes it within ``GIVE_UP_AFTER_S`` seconds: it then stays scheduled.
    """
    if not _count_unread(topics):
        return Completed(message="nothing waited to be read")
    name = current_settings().reading_deployment
    parameters = {"topics": list(topics) if topics else None, **models}
    try:
        run = _start(name, {key: value for key, value in parameters.items() if value is not None})
        return _conclude(name, _wait(run))
    except OrchestrationError as error:
        return Failed(message=str(error))


def announce_swept(names: Sequence[str], n_failed: int, **models: str | None) -> None:
    """Emit the event that the sweeps of ``names`` have ended, ``n_failed`` of them badly.

    Returns when the server has it, or after ``_DELIVERY_S`` seconds.
    """
    emitted = emit_event(
        SWEPT,
        resource={
            "prefect.resource.id": f"litsweep.night.{runtime.flow_run.id}",
            "prefect.resource.name": str(runtime.flow_run.name),
        },
        payload={
            "topics": list(names),
            "n_topics": len(names),
            "n_failed": n_failed,
            "n_waiting": _count_unread(names),
            **models,
        },
    )
    # Events leave through a queue of Prefect's own, and this process may end at once.
    waiter = threading.Thread(target=EventsWorker.instance().wait_until_empty, daemon=True)
    waiter.start()
    waiter.join(_DELIVERY_S)
    if emitted is None or waiter.is_alive():
        get_run_logger().warning("The event %s was not delivered: it starts no reading.", SWEPT)


def _count_unread(topics: Sequence[str] | None) -> int:
    scopes: list[str | None] = [*topics] if topics else [None]
    return sum(read.count_unread(topic) for topic in scopes)


def _start(name: str, parameters: dict[str, Any]) -> FlowRun:
    """Make the night's one reading run, or find the one that an earlier attempt made.

    Raises:
        OrchestrationError: the server has no such deployment.
    """
    key = f"reading-of-{runtime.flow_run.id}"
    run = _run(name, parameters, key)
    if run.state is not None and run.state.is_final():
        # It ended before this attempt of the night, which has found more since.
        run = _run(name, parameters, f"{key}-{runtime.flow_run.run_count}")
    return run


def _run(name: str, parameters: dict[str, Any], key: str) -> FlowRun:
    try:
        made = run_deployment(
            name, parameters=parameters, idempotency_key=key, timeout=0, as_subflow=True
        )
    except (ObjectNotFound, ValueError) as error:
        raise OrchestrationError(
            f"The Prefect server at {PREFECT_API_URL.value()} has no deployment {name!r}, so that "
            "nobody reads. Make it with `python -m deployments.apply`, or name another one by the "
            "setting reading_deployment (FLOW/DEPLOYMENT). A temporary server, such as a command "
            "starts where PREFECT_API_URL is not set, has none: read with reading: here."
        ) from error
    return cast("FlowRun", made)  # a coroutine only where there is an event loop


def _wait(run: FlowRun) -> FlowRun:
    """Return the run as it ended.

    Raises:
        OrchestrationError: nobody takes it.
    """
    untaken_since, is_told = time.monotonic(), False
    while not (run.state is not None and run.state.is_final()):
        if run.state is not None and run.state.is_running():
            untaken_since, is_told = time.monotonic(), False
        untaken = time.monotonic() - untaken_since
        if untaken >= GIVE_UP_AFTER_S:
            raise OrchestrationError(_explain_untaken(run, untaken))
        if untaken >= TELL_AFTER_S and not is_told:
            get_run_logger().warning("LATE: %s", _explain_untaken(run, untaken))
            is_told = True
        time.sleep(_LOOK_EVERY_S)
        run = _look(run)
    return run


def _look(run: FlowRun) -> FlowRun:
    try:
        with get_client(sync_client=True) as client:
            return client.read_flow_run(run.id)
    except httpx.HTTPError as error:
        # The reading goes on without the server, so the night waits on without it.
        get_run_logger().warning("The reading run %s cannot be seen now: %s", run.name, error)
        return run
    except ObjectNotFound as error:
        raise OrchestrationError(f"The reading run {run.name!r} was deleted.") from error


def _explain_untaken(run: FlowRun, seconds: float) -> str:
    pool = run.work_pool_name or "of the deployment"
    return (
        f"No worker of the pool {pool} has taken the reading run {run.name!r} for "
        f"{seconds / 60:.0f} minutes. Start one there (`prefect worker start --pool {pool}`, or "
        "`litsweep gpu-worker` for a pool of that type). The run stays scheduled until then."
    )


def _conclude(name: str, run: FlowRun) -> State[int]:
    state = run.state
    said = (state and state.message) or f"it ended as {state.name if state else 'nothing'}"
    if state is not None and state.is_completed():
        return Completed(message=f"{said} by {name}")
    return Failed(message=f"The reading run {run.name!r} of {name} did not complete: {said}")
