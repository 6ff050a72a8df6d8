"""A deployment on the server against the declared one, and what makes them the same.

``prefect.yaml`` wins over what was changed on the server, but for what is the operator's: a
paused deployment stays paused, and ``timetable`` says what of the schedules is left.
"""

import json
from dataclasses import dataclass
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.client.schemas.objects import ConcurrencyOptions
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound

from deployments.declared import DeclaredDeployment
from deployments.timetable import as_new, list_choices, list_repairs


@dataclass(frozen=True)
class Registered:
    """One deployment as it shall be on the server."""

    client: SyncPrefectClient
    declared: DeclaredDeployment
    kind: str = "deployment"

    @property
    def name(self) -> str:
        """FLOW/DEPLOYMENT."""
        return self.declared.full_name

    def find(self) -> DeploymentResponse | None:
        """Ask the server for it."""
        try:
            return self.client.read_deployment_by_name(self.name)
        except ObjectNotFound:
            return None

    def differences(self, found: DeploymentResponse | None) -> list[str]:
        """Say in words how the server's differs from the declared one."""
        if found is None:
            return [f"there is no deployment {self.name}"]
        repairs = list_repairs(self.client, found, self.declared.schedules)
        return [*self._changes(found).values(), *(each.said for each in repairs)]

    def put(self, found: DeploymentResponse | None) -> None:
        """Make it, or change what differs, and nothing else.

        Without a difference nothing is sent: each change on the server drops the runs that are
        scheduled for later, and its scheduler makes them again within a minute.
        """
        if found is None:
            flow_id = self.client.create_flow_from_name(self.declared.flow.name)
            schedules = [as_new(each) for each in self.declared.schedules]
            self.client.create_deployment(
                flow_id, self.declared.name, schedules=schedules, **self._wanted()
            )
            return
        changed = {name: self._wanted()[name] for name in self._changes(found)}
        if changed:
            self.client.update_deployment(found.id, DeploymentUpdate(**changed))
        for repair in list_repairs(self.client, found, self.declared.schedules):
            repair.make()

    def remarks(self, found: DeploymentResponse) -> list[str]:
        """Say what an operator chose there and what is therefore left."""
        said = ["paused: its schedules start nothing"] if found.paused else []
        return [*said, *list_choices(found, self.declared.schedules)]

    def _wanted(self) -> dict[str, Any]:
        mine = self.declared
        strategy = mine.limit and mine.limit.collision_strategy
        return {
            "entrypoint": mine.entrypoint,
            "description": mine.description,
            "tags": list(mine.tags),
            "work_pool_name": mine.pool,
            "work_queue_name": mine.queue,
            "job_variables": dict(mine.job_variables),
            "parameters": dict(mine.parameters),
            "parameter_openapi_schema": mine.parameter_schema,
            "enforce_parameter_schema": True,
            "pull_steps": [],
            "concurrency_limit": mine.limit and mine.limit.n_runs,
            "concurrency_options": strategy and ConcurrencyOptions(collision_strategy=strategy),
        }

    def _changes(self, found: DeploymentResponse) -> dict[str, str]:
        """Say for each field that differs, by its name, what it is and what it shall be."""
        wanted = self._wanted()
        limit = found.global_concurrency_limit
        plain = wanted.keys() - {"concurrency_limit", "pull_steps"}
        there = {name: getattr(found, name) for name in plain} | {
            "concurrency_limit": limit and limit.limit,
            "pull_steps": found.pull_steps or [],
        }
        return {
            name: _tell(name, _plain(there[name]), _plain(wanted[name]))
            for name in wanted
            if _plain(there[name]) != _plain(wanted[name])
        }


def _plain(value: Any) -> Any:
    """Bring what we declare and what the server returns into one form."""
    if isinstance(value, ConcurrencyOptions):
        return value.collision_strategy.value
    return json.loads(json.dumps(value, default=str))


def _tell(name: str, there: Any, wanted: Any) -> str:
    if name == "parameter_openapi_schema":
        return "the form of its parameters is another release's"
    return f"{name.replace('_', ' ')}: {json.dumps(there)} → {json.dumps(wanted)}"
