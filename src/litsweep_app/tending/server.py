"""What the reaper asks of the Prefect server, and tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas import OrchestrationResult
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
    TaskRunFilter,
    TaskRunFilterId,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Cancelled, Crashed

from litsweep_app.tending.verdicts import Run, Verdict

TAG: Final = "litsweep"
"""Every deployment has it and its runs inherit it. No run is touched that is not of such a one,
or a part of one: a part does not inherit it."""

_OPEN: Final = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
_FINAL: Final = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
_HEARTBEAT: Final = "prefect.flow-run.heartbeat"
_PAGE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """The concurrency slots of a deployment: how many are held, and by how many open runs."""

    limit_name: str
    deployment: str
    n_held: int
    n_runs: int

    @property
    def n_leaked(self) -> int:
        """How many are held by no run that is open."""
        return max(0, self.n_held - self.n_runs)


def list_open(client: SyncPrefectClient) -> list[Run]:
    """Return our flow runs that are PENDING, RUNNING or CANCELLING."""
    is_open = FlowRunFilterState(type=FlowRunFilterStateType(any_=_OPEN))
    found = _read_runs(client, FlowRunFilter(state=is_open))
    parents = _find_parents(client, found)
    elsewhere = set(parents.values()) - {str(run.id) for run in found}
    others = _read_by_id(client, elsewhere)
    ended = _ended(others)
    built = [_build(run, parents.get(str(run.id)), ended) for run in found]
    tagged = {str(run.id) for run in found if TAG in run.tags}
    tagged |= {str(run["id"]) for run in others if TAG in run["tags"]}
    by_id = {run.flow_run_id: run for run in built}
    return [run for run in built if _is_ours(run, by_id, tagged)]


def list_ended(client: SyncPrefectClient, flow_run_ids: Sequence[str]) -> dict[str, str]:
    """Return which of these runs are over, each with the name of its state."""
    return _ended(_read_by_id(client, set(flow_run_ids)))


def count_late(client: SyncPrefectClient, before: datetime) -> int:
    """Return how many of our runs were to begin before that time, and still wait."""
    scheduled = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED]))
    late = FlowRunFilterExpectedStartTime(before_=before)
    ours = FlowRunFilterTags(all_=[TAG])
    waiting = FlowRunFilter(tags=ours, state=scheduled, expected_start_time=late)
    return len(_read_runs(client, waiting))


def end(client: SyncPrefectClient, verdict: Verdict) -> bool:
    """Tell the server that a run is over; return whether it took that."""
    state = Cancelled if verdict.new_state == "CANCELLED" else Crashed
    message = f"Ended by `litsweep tend`, since {verdict.reason}."
    answer: OrchestrationResult[Any] = client.set_flow_run_state(
        UUID(verdict.run.flow_run_id), state(message=message)
    )
    return answer.state is not None and answer.state.type == StateType[verdict.new_state]


def list_slots(client: SyncPrefectClient) -> list[Slots]:
    """Return the slots of our deployments that have a limit."""
    reply = client.request(
        "POST", "/deployments/filter", json={"deployments": {"tags": {"all_": [TAG]}}}
    )
    limited = [one for one in reply.json() if one.get("global_concurrency_limit")]
    return [_count_slots(client, one) for one in limited]


def list_beats(client: SyncPrefectClient, flow_run_id: str) -> list[datetime]:
    """Return when a run gave its last signs of life, two at most."""
    form = {
        "filter": {
            "event": {"name": [_HEARTBEAT]},
            "resource": {"id": [f"prefect.flow-run.{flow_run_id}"]},
        },
        "limit": 2,
    }
    found = client.request("POST", "/events/filter", json=form).json()
    return [datetime.fromisoformat(one["occurred"]) for one in found["events"]]


def release(client: SyncPrefectClient, slots: Slots) -> None:
    """Give slots back that no open run holds."""
    client.release_concurrency_slots(
        names=[slots.limit_name], slots=slots.n_leaked, occupancy_seconds=1.0
    )


def _count_slots(client: SyncPrefectClient, deployment: dict[str, Any]) -> Slots:
    form = {
        "flow_runs": {
            "deployment_id": {"any_": [deployment["id"]]},
            "state": {"type": {"any_": [one.value for one in _OPEN]}},
        }
    }
    n_runs: int = client.request("POST", "/flow_runs/count", json=form).json()
    limit = deployment["global_concurrency_limit"]
    return Slots(
        limit_name=limit["name"],
        deployment=deployment["name"],
        n_held=int(limit["active_slots"]),
        n_runs=n_runs,
    )


def _read_runs(client: SyncPrefectClient, wanted: FlowRunFilter) -> list[FlowRun]:
    found: list[FlowRun] = []
    while True:
        page = client.read_flow_runs(flow_run_filter=wanted, limit=_PAGE, offset=len(found))
        found += page
        if len(page) < _PAGE:
            return found


def _find_parents(client: SyncPrefectClient, runs: Sequence[FlowRun]) -> dict[str, str]:
    """Return the flow run in whose process each runs, for those that no worker started."""
    tasks = {
        run.parent_task_run_id: str(run.id)
        for run in runs
        if run.parent_task_run_id is not None and run.deployment_id is None
    }
    if not tasks:
        return {}
    of_tasks = TaskRunFilter(id=TaskRunFilterId(any_=list(tasks)))
    found = client.request(
        "POST",
        "/task_runs/filter",
        json={"task_runs": of_tasks.model_dump(mode="json"), "limit": _PAGE},
    ).json()
    return {tasks[UUID(one["id"])]: str(one["flow_run_id"]) for one in found if one["flow_run_id"]}


def _read_by_id(client: SyncPrefectClient, flow_run_ids: set[str]) -> list[dict[str, Any]]:
    if not flow_run_ids:
        return []
    form = {"flow_runs": {"id": {"any_": sorted(flow_run_ids)}}, "limit": _PAGE}
    found: list[dict[str, Any]] = client.request("POST", "/flow_runs/filter", json=form).json()
    return found


def _ended(runs: Sequence[dict[str, Any]]) -> dict[str, str]:
    return {str(one["id"]): one["state_name"] for one in runs if one["state_type"] in _FINAL}


def _is_ours(run: Run, by_id: dict[str, Run], tagged: set[str]) -> bool:
    if run.flow_run_id in tagged or run.parent_id in tagged:
        return True
    return run.parent_id in by_id and _is_ours(by_id[run.parent_id], by_id, tagged)


def _build(run: FlowRun, parent_id: str | None, ended: dict[str, str]) -> Run:
    if run.state is None:
        raise ValueError(f"flow run {run.id} was asked for by its state and has none")
    return Run(
        flow_run_id=str(run.id),
        name=run.name,
        state=run.state.type.value,
        since=run.state.timestamp,
        parent_id=parent_id,
        has_parent_ended=parent_id in ended,
    )
