"""Runs of a deployment, so many at a time: made once each, waited for, their failures collected.

Knows nothing of what the runs do. They go on when this process ends, and an attempt that is made
again finds them by their keys.
"""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import httpx
from prefect import runtime
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, State
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.logging import get_run_logger
from prefect.settings import PREFECT_API_URL
from prefect.states import Cancelled

from litsweep.errors import OrchestrationError

LOOK_EVERY_S: Final = 5.0
# A worker asks for work every few seconds: one that has room has taken a run by then.
TELL_AFTER_S: Final = 5 * 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRun:
    """A run to be made; ``name`` is unique among those of one flow run, and names it to people."""

    name: str
    parameters: dict[str, Any]


def run_all(deployment: str, wanted: Sequence[PoolRun], at_a_time: int) -> Iterator[str]:
    """Have workers do all of ``wanted``; yield a sentence for each that did not complete.

    Waits for as long as it takes. One that fails costs the others nothing.

    Raises:
        OrchestrationError: the server has no such deployment.
    """
    waiting, going = deque(wanted), list[FlowRun]()
    moved = time.monotonic()
    while waiting or going:
        while waiting and len(going) < at_a_time:
            going.append(start(deployment, waiting.popleft()))
        time.sleep(LOOK_EVERY_S)
        # One that was deleted meanwhile is not among them: what it left undone is found next time.
        going = look(going)
        ended = [run for run in going if run.state is not None and run.state.is_final()]
        going = [run for run in going if run not in ended]
        yield from (explain_end(run) for run in ended if not _is_completed(run))
        if ended or not all(_is_untaken(run) for run in going):
            moved = time.monotonic()
        if time.monotonic() - moved > TELL_AFTER_S:
            _tell_untaken(deployment)
            moved = time.monotonic()


def start(deployment: str, wanted: PoolRun) -> FlowRun:
    """Make a run, or find the one that an earlier attempt of this flow run made and that goes on.

    Raises:
        OrchestrationError: the server has no such deployment.
    """
    attempt = 0
    while True:
        key = f"{runtime.flow_run.id}/{wanted.name}/{attempt}"
        run = _run(deployment, wanted, key)
        # One that has ended is of an earlier attempt: what it was to do is wanted again.
        if run.state is None or not run.state.is_final():
            return run
        attempt += 1


def look(runs: Sequence[FlowRun]) -> list[FlowRun]:
    """Return runs as they are now, without those that were deleted; as given while unreachable."""
    if not runs:
        return []
    wanted = FlowRunFilter(id=FlowRunFilterId(any_=[run.id for run in runs]))
    try:
        with get_client(sync_client=True) as client:
            return client.read_flow_runs(flow_run_filter=wanted)
    except httpx.HTTPError as error:
        # They go on without the server, so that this run waits on without it.
        get_run_logger().warning("The runs on the pool cannot be seen now: %s", error)
        return list(runs)


def call_off(runs: Sequence[FlowRun], why: str) -> None:
    """Cancel those of ``runs`` that nobody has begun."""
    with get_client(sync_client=True) as client:
        for run in look(runs):
            if _is_untaken(run):
                state: State[Any] = Cancelled(message=why)
                client.set_flow_run_state(run.id, state)


def explain_end(run: FlowRun) -> str:
    """Say why a run that ended did not complete."""
    state = run.state
    if state is None:
        return f"{run.name} ended"
    return f"{run.name} on the pool: {state.message or f'it ended as {state.name}'}"


def _is_untaken(run: FlowRun) -> bool:
    return run.state is not None and run.state.is_scheduled()


def _is_completed(run: FlowRun) -> bool:
    return run.state is not None and run.state.is_completed()


def _run(deployment: str, wanted: PoolRun, key: str) -> FlowRun:
    try:
        made = run_deployment(
            deployment,
            parameters=wanted.parameters,
            idempotency_key=key,
            timeout=0,
            # A child of this run: it is seen below it, and cancelled with it.
            as_subflow=True,
        )
    except (ObjectNotFound, ValueError) as error:
        raise OrchestrationError(
            f"The Prefect server at {PREFECT_API_URL.value()} has no deployment {deployment!r}. "
            "Make it with `python -m deployments.apply`. A temporary server, such as a command "
            "starts where PREFECT_API_URL is not set, has none: search here instead."
        ) from error
    return cast("FlowRun", made)  # a coroutine only where there is an event loop


def _tell_untaken(deployment: str) -> None:
    get_run_logger().warning(
        "LATE: no worker has taken a run of %s for %.0f minutes. Start one more: a worker that is "
        "limited to one run at a time, and runs this one, takes no other.",
        deployment,
        TELL_AFTER_S / 60,
    )
