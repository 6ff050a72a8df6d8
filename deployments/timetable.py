"""The schedules of a deployment on the server against the declared ones.

A schedule's switch is the operator's, and so is a schedule that the file does not have, unless it
fires at the same moments as one of the file's: then every run would come twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import SCHEDULE_TYPES, CronSchedule

from deployments.declared import Schedule


@dataclass(frozen=True)
class Repair:
    """What is wrong with one schedule, in words, and what puts it right."""

    said: str
    make: Callable[[], object]


def list_repairs(
    client: SyncPrefectClient, found: DeploymentResponse, declared: tuple[Schedule, ...]
) -> list[Repair]:
    """List what is wrong with the schedules of ``found``; empty: nothing."""
    repairs: list[Repair] = []
    missing = {each.slug: each for each in declared}
    moments = {_moment(each.when) for each in declared}
    for there in found.schedules:
        mine = missing.pop(there.slug or "", None)
        if mine is not None and not _is_as_declared(there, mine):
            said = f"schedule {mine.slug}: {_tell(there.schedule)} → {_tell(mine.when)}"
            repairs.append(Repair(said, partial(_correct, client, found, there, mine)))
        if mine is None and _moment(there.schedule) in moments:
            delete = partial(client.delete_deployment_schedule, found.id, there.id)
            repairs.append(Repair(f"scheduled twice at {_tell(there.schedule)}", delete))
    for mine in missing.values():
        add = partial(client.create_deployment_schedules, found.id, [as_new(mine)])
        repairs.append(Repair(f"no schedule {mine.slug}", add))
    return repairs


def list_choices(found: DeploymentResponse, declared: tuple[Schedule, ...]) -> list[str]:
    """Say what an operator chose of the schedules of ``found``, and what is therefore left."""
    ours = {each.slug: each for each in declared}
    said = []
    for there in found.schedules:
        mine = ours.get(there.slug or "")
        if mine is None:
            said.append(f"also scheduled at {_tell(there.schedule)}, not by prefect.yaml")
        elif there.active != mine.starts_active:
            said.append(f"schedule {mine.slug} was switched {'on' if there.active else 'off'}")
    return said


def as_new(mine: Schedule) -> DeploymentScheduleCreate:
    """Build what makes this schedule on the server."""
    return DeploymentScheduleCreate(
        schedule=mine.when,
        active=mine.starts_active,
        parameters=dict(mine.parameters),
        slug=mine.slug,
    )


def _correct(
    client: SyncPrefectClient, found: DeploymentResponse, there: DeploymentSchedule, mine: Schedule
) -> None:
    parameters = dict(mine.parameters)
    client.update_deployment_schedule(found.id, there.id, schedule=mine.when, parameters=parameters)


def _is_as_declared(there: DeploymentSchedule, mine: Schedule) -> bool:
    same_moments = _moment(there.schedule) == _moment(mine.when)
    return same_moments and dict(there.parameters) == dict(mine.parameters)


def _moment(when: SCHEDULE_TYPES) -> tuple[str, str] | None:
    return (when.cron, when.timezone or "UTC") if isinstance(when, CronSchedule) else None


def _tell(when: SCHEDULE_TYPES) -> str:
    moment = _moment(when)
    return f'"{moment[0]}" {moment[1]}' if moment else str(when)
