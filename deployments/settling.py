"""The order in which a server is settled: pools, deployments, what starts them, automations."""

from collections.abc import Sequence
from uuid import UUID

from httpx import HTTPStatusError
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.events import DeploymentTriggerTypes
from prefect.events.schemas.automations import AutomationCore
from prefect.exceptions import ObjectNotFound
from prefect.workers.process import ProcessWorker
from pydantic import TypeAdapter, ValidationError

from deployments.automations import BEAT_SECONDS, TELLING, WAITS, ending_dead_runs, telling_people
from deployments.declared import DeclaredDeployment
from deployments.outcomes import Done, Outcome, settle
from deployments.pools import WARM_TYPE, declared_pools
from deployments.registered import Registered
from deployments.standing import Standing, list_obsolete

_TRIGGER: TypeAdapter[DeploymentTriggerTypes] = TypeAdapter(DeploymentTriggerTypes)


def settle_all(
    client: SyncPrefectClient,
    declared: Sequence[DeclaredDeployment],
    blocks: str,
    *,
    may_change: bool,
    n_gpus: int | None,
) -> list[Outcome]:
    """Bring all things into their declared state, or only compare them; one outcome for each.

    ``blocks`` is the setting ``notification_blocks``. One thing that fails costs only itself.
    """
    outcomes = [settle(pool, may_change=may_change) for pool in declared_pools(client, n_gpus)]
    outcomes += [settle(Registered(client, each), may_change=may_change) for each in declared]
    starting, unstarted = _triggers(client, declared)
    block_ids, unknown_blocks = _find_blocks(client, blocks)
    wanted = [*starting, *_ending(client, declared)]
    wanted += telling_people(block_ids) if block_ids else []
    outcomes += [settle(Standing(client, each), may_change=may_change) for each in wanted]
    # What cannot be declared now, for want of a block or a deployment, is no reason to take down
    # what is there.
    kept = {each.name for each in wanted} | {each.name for each in unstarted}
    kept |= set(TELLING) if unknown_blocks else set()
    obsolete = list_obsolete(client, kept)
    outcomes += [settle(each, may_change=may_change) for each in obsolete]
    return [*outcomes, *unstarted, *unknown_blocks, *_strangers(client, declared)]


def _ending(
    client: SyncPrefectClient, declared: Sequence[DeclaredDeployment]
) -> list[AutomationCore]:
    flow_names = sorted({each.flow.name for each in declared if WAITS not in each.tags})
    used = {each.pool for each in declared}
    types = {pool.type for pool in client.read_work_pools() if pool.name in used}
    beating = [Registered(client, each).find() for each in declared if _beats(each)]
    return ending_dead_runs(
        [found.id for found in beating if found],
        flow_names,
        in_processes=types <= {ProcessWorker.type, WARM_TYPE},
    )


def _beats(each: DeclaredDeployment) -> bool:
    seconds = each.job_variables.get("env", {}).get("PREFECT_FLOWS_HEARTBEAT_FREQUENCY")
    return seconds is not None and int(seconds) <= BEAT_SECONDS and WAITS not in each.tags


def _triggers(
    client: SyncPrefectClient, declared: Sequence[DeclaredDeployment]
) -> tuple[list[AutomationCore], list[Outcome]]:
    """Build the automations of the deployments' triggers, and say which cannot be built."""
    built: list[AutomationCore] = []
    problems: list[Outcome] = []
    for each in declared:
        for number, entry in enumerate(each.triggers, start=1):
            # The name that Prefect's own command would give it.
            name = entry.get("name") or f"{each.name}__automation_{number}"
            try:
                trigger = _TRIGGER.validate_python({**entry, "name": name})
                trigger.set_deployment_id(client.read_deployment_by_name(each.full_name).id)
                built.append(trigger.as_automation())
            except ObjectNotFound:
                said = f"there is no deployment {each.full_name} that it could start"
                problems.append(Outcome("automation", name, Done.DIFFERS, said))
            except ValidationError as error:
                said = f"prefect.yaml declares a trigger that is none: {error.errors()[0]['msg']}"
                problems.append(Outcome("automation", name, Done.DIFFERS, said))
    return built, problems


def _find_blocks(client: SyncPrefectClient, blocks: str) -> tuple[list[UUID], list[Outcome]]:
    """Find the blocks that the setting names; say which of them the server does not have."""
    found: list[UUID] = []
    problems: list[Outcome] = []
    for named in filter(None, (each.strip() for each in blocks.split(","))):
        type_slug, _, name = named.partition("/")
        try:
            block = client.read_block_document_by_name(name, type_slug, include_secrets=False)
        except (ObjectNotFound, HTTPStatusError):
            said = (
                "notification_blocks names it, and the server has no such block. Make it in the "
                "UI under Blocks (TYPE/NAME, such as slack-webhook/team), or correct the setting, "
                "then apply again: nobody is told through it until then."
            )
            problems.append(Outcome("block", named, Done.DIFFERS, said))
            continue
        if block.block_schema and "notify" not in block.block_schema.capabilities:
            said = f"a block of type {type_slug} cannot notify; name another one"
            problems.append(Outcome("block", named, Done.DIFFERS, said))
        else:
            found.append(block.id)
    return found, problems


def _strangers(client: SyncPrefectClient, declared: Sequence[DeclaredDeployment]) -> list[Outcome]:
    """List deployments with our tag that the file does not have: they are left, and told."""
    known = {(each.flow.name, each.name) for each in declared}
    ours = DeploymentFilter(tags=DeploymentFilterTags(all_=["litsweep"]))
    outcomes = []
    for each in client.read_deployments(deployment_filter=ours):
        name = f"{client.read_flow(each.flow_id).name}/{each.name}"
        if tuple(name.split("/", 1)) not in known:
            said = f"not in prefect.yaml; `prefect deployment delete {name}` removes it"
            outcomes.append(Outcome("deployment", name, Done.LEFT, said))
    return outcomes
