"""A deployment on the server against the declared one, and what makes them the same.

``prefect.yaml`` wins over what was changed on the server, with these exceptions, which are the
operator's: a paused deployment stays paused, a schedule keeps its switch, and a schedule that
the file does not have stays, unless it fires when one of the file's does.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate, DeploymentUpdate
from prefect.client.schemas.objects import (
    ConcurrencyLimitStrategy,
    ConcurrencyOptions,
    DeploymentSchedule,
)
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectNotFound

from deployments.declared import DeclaredDeployment, Schedule


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

    def is_there(self) -> bool:
        """Tell whether the server has one of this name."""
        return self._find() is not None

    def differences(self) -> list[str]:
        """Say in words how the server's differs from the declared one."""
        found = self._find()
        if found is None:
            return [f"there is no deployment {self.name}"]
        return [*self._changes(found).values(), *(said for said, _ in self._reschedule(found))]

    def put(self) -> None:
        """Make it, or change what differs, and nothing else.

        Without a difference nothing is sent: each change on the server drops the runs that are
        scheduled for later, and its scheduler makes them again within a minute.
        """
        found = self._find()
        if found is None:
            flow_id = self.client.create_flow_from_name(self.declared.flow.name)
            wanted = self._wanted()
            self.client.create_deployment(
                flow_id, self.declared.name, schedules=self._new_schedules(), **wanted
            )
            return
        changed = {name: self._wanted()[name] for name in self._changes(found)}
        if changed:
            self.client.update_deployment(found.id, DeploymentUpdate(**changed))
        for _, reschedule in self._reschedule(found):
            reschedule()

    def remarks(self) -> list[str]:
        """Say what an operator chose there and what is therefore left."""
        found = self._find()
        if found is None:
            return []
        ours = {each.slug: each for each in self.declared.schedules}
        said = ["paused: its schedules start nothing"] if found.paused else []
        for schedule in found.schedules:
            mine = ours.get(schedule.slug or "")
            if mine is None:
                said.append(f"also scheduled at {_when(schedule)}, not by prefect.yaml")
            elif schedule.active != mine.starts_active:
                said.append(f"schedule {mine.slug} is {'on' if schedule.active else 'off'}")
        return said

    def _find(self) -> DeploymentResponse | None:
        try:
            return self.client.read_deployment_by_name(self.name)
        except ObjectNotFound:
            return None

    def _wanted(self) -> dict[str, Any]:
        mine = self.declared
        strategy = mine.limit and ConcurrencyLimitStrategy(mine.limit.collision_strategy)
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
        there = {name: getattr(found, name, None) for name in wanted} | {
            "concurrency_limit": limit and limit.limit,
            "pull_steps": found.pull_steps or [],
        }
        return {
            name: _tell(name, _plain(there[name]), _plain(wanted[name]))
            for name in wanted
            if _plain(there[name]) != _plain(wanted[name])
        }

    def _reschedule(self, found: DeploymentResponse) -> list[tuple[str, Callable[[], object]]]:
        """List what is wrong with the schedules, each with what puts it right."""
        todo: list[tuple[str, Callable[[], object]]] = []
        ours = {each.slug: each for each in self.declared.schedules}
        moments = {(each.cron, each.timezone) for each in ours.values()}
        seen: set[str] = set()
        for schedule in found.schedules:
            mine = ours.get(schedule.slug or "")
            if mine is not None and mine.slug not in seen:
                seen.add(mine.slug)
                if not _is_as_declared(schedule, mine):
                    said = f"schedule {mine.slug} at {_when(schedule)} → {mine.cron}"
                    todo.append((said, self._correct(found, schedule, mine)))
            elif mine is not None or _moment(schedule) in moments:
                said = f"scheduled twice at {_when(schedule)}"
                todo.append((said, self._delete(found, schedule)))
        missing = [each for slug, each in ours.items() if slug not in seen]
        return todo + [(f"no schedule {each.slug}", self._add(found, each)) for each in missing]

    def _correct(
        self, found: DeploymentResponse, schedule: DeploymentSchedule, mine: Schedule
    ) -> Callable[[], object]:
        return lambda: self.client.update_deployment_schedule(
            found.id, schedule.id, schedule=_cron(mine), parameters=dict(mine.parameters)
        )

    def _delete(
        self, found: DeploymentResponse, schedule: DeploymentSchedule
    ) -> Callable[[], object]:
        return lambda: self.client.delete_deployment_schedule(found.id, schedule.id)

    def _add(self, found: DeploymentResponse, mine: Schedule) -> Callable[[], object]:
        return lambda: self.client.create_deployment_schedules(found.id, [_new(mine)])

    def _new_schedules(self) -> list[DeploymentScheduleCreate]:
        return [_new(each) for each in self.declared.schedules]


def _new(mine: Schedule) -> DeploymentScheduleCreate:
    return DeploymentScheduleCreate(
        schedule=_cron(mine),
        active=mine.starts_active,
        parameters=dict(mine.parameters),
        slug=mine.slug,
    )


def _cron(mine: Schedule) -> CronSchedule:
    return CronSchedule(cron=mine.cron, timezone=mine.timezone)


def _is_as_declared(schedule: DeploymentSchedule, mine: Schedule) -> bool:
    return _moment(schedule) == (mine.cron, mine.timezone) and dict(schedule.parameters) == dict(
        mine.parameters
    )


def _moment(schedule: DeploymentSchedule) -> tuple[str, str] | None:
    found = schedule.schedule
    return (found.cron, found.timezone or "UTC") if isinstance(found, CronSchedule) else None


def _when(schedule: DeploymentSchedule) -> str:
    moment = _moment(schedule)
    return f'"{moment[0]}" {moment[1]}' if moment else str(schedule.schedule)


def _plain(value: Any) -> Any:
    """Bring what we declare and what the server returns into one form."""
    if isinstance(value, ConcurrencyOptions):
        return value.collision_strategy.value
    return json.loads(json.dumps(value, default=str))


def _tell(name: str, there: Any, wanted: Any) -> str:
    if name == "parameter_openapi_schema":
        return "the form of its parameters is another release's"
    return f"{name.replace('_', ' ')}: {json.dumps(there)} → {json.dumps(wanted)}"
