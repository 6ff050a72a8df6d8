"""What ``prefect.yaml`` declares, typed. Talks to no server."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from prefect.client.schemas.objects import ConcurrencyLimitStrategy
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import MissingFlowError, ScriptError
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema

from litsweep.errors import UsageError


@dataclass(frozen=True)
class Limit:
    """How many runs of a deployment may be at work, and what becomes of one more."""

    n_runs: int
    collision_strategy: ConcurrencyLimitStrategy


@dataclass(frozen=True)
class Schedule:
    """When a deployment runs by itself; ``starts_active`` counts only when it is new."""

    slug: str
    when: CronSchedule
    starts_active: bool
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class DeclaredDeployment:
    """One deployment of the file."""

    name: str
    entrypoint: str
    description: str
    tags: tuple[str, ...]
    pool: str
    queue: str
    job_variables: Mapping[str, Any]
    parameters: Mapping[str, Any]
    schedules: tuple[Schedule, ...]
    limit: Limit | None
    triggers: tuple[Mapping[str, Any], ...]

    @cached_property
    def flow(self) -> Flow[..., Any]:
        """The flow itself, imported from where the worker will import it.

        Raises:
            UsageError: there is no such flow.
        """
        try:
            return load_flow_from_entrypoint(self.entrypoint, use_placeholder_flow=False)
        except (ImportError, AttributeError, ScriptError, MissingFlowError) as error:
            raise UsageError(
                f"The deployment {self.name} names the flow {self.entrypoint}, and there is none: "
                f"{error}. An entrypoint is a module and a flow in it, such as flows.sweep.sweep."
            ) from error

    @property
    def full_name(self) -> str:
        """The name that people and Prefect use, FLOW/DEPLOYMENT."""
        return f"{self.flow.name}/{self.name}"

    @cached_property
    def parameter_schema(self) -> dict[str, Any]:
        """The JSON schema of the flow's parameters, which becomes the form."""
        return parameter_schema(self.flow).model_dump(mode="json", exclude_unset=True)


def read_declared(path: Path | None = None) -> tuple[DeclaredDeployment, ...]:
    """Read the deployments of a ``prefect.yaml``, of the installed one without ``path``.

    Raises:
        UsageError: the file cannot be read, lacks what a deployment needs, or names a flow that
            does not exist.
    """
    name = str(path) if path else "deployments/prefect.yaml"
    try:
        text = path.read_text("utf-8") if path else _installed_text()
        document = yaml.safe_load(text)
        declared = tuple(_declared(each) for each in document["deployments"])
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{name} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise UsageError(f"{name} is no YAML: {error}") from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UsageError(
            f"{name} is not what it should be ({error!r}). Each of its `deployments` needs a name, "
            "an entrypoint and a work_pool, each schedule a slug, a cron and a timezone, and a "
            "limit its collision_strategy."
        ) from error
    for each in declared:
        _ = each.flow  # so that a wrong entrypoint is told before anything is sent
    return declared


def _installed_text() -> str:
    return (resources.files("deployments") / "prefect.yaml").read_text("utf-8")


def _declared(entry: Mapping[str, Any]) -> DeclaredDeployment:
    pool, limit = entry["work_pool"], entry.get("concurrency_limit")
    strategies = ConcurrencyLimitStrategy.__members__
    return DeclaredDeployment(
        name=entry["name"],
        entrypoint=entry["entrypoint"],
        description=entry.get("description") or "",
        tags=tuple(entry.get("tags") or ()),
        pool=pool["name"],
        queue=pool.get("work_queue_name") or "default",
        job_variables=pool.get("job_variables") or {},
        parameters=entry.get("parameters") or {},
        schedules=tuple(_schedule(each) for each in entry.get("schedules") or ()),
        limit=limit and Limit(limit["limit"], strategies[limit["collision_strategy"]]),
        triggers=tuple(entry.get("triggers") or ()),
    )


def _schedule(entry: Mapping[str, Any]) -> Schedule:
    return Schedule(
        slug=entry["slug"],
        when=CronSchedule(cron=entry["cron"], timezone=entry["timezone"]),
        starts_active=entry.get("active", True),
        parameters=entry.get("parameters") or {},
    )
