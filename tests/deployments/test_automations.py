"""What the server does by itself, on a real server, with events as runs send them.

Only the clock is made up: a sign of life is sent as one of a while ago.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.events.schemas.automations import AutomationCore
from prefect.states import Completed, Failed, Pending, Running, Suspended

from deployments import AUTOMATIONS
from deployments.apply import main
from deployments.automations import TELLING, ending_dead_runs, telling_people
from tests.deployments.servers import at_server, wait_for
from tests.fakes.catching_webhook import CatchingWebhook, catching

HEARTBEAT = "prefect.flow-run.heartbeat"
SOON = f"{AUTOMATIONS}tell of a day of ten seconds"
GPU = "read-documents/read-on-gpu"


@pytest.fixture(scope="module")
def webhook(applied: str, environment: dict[str, str]) -> Iterator[CatchingWebhook]:
    """A webhook that a notification block names, and a night that will be missed in ten seconds.

    Made before the first test, so that the seconds pass while it runs.
    """
    with (
        catching() as caught,
        at_server(environment),
        get_client(sync_client=True) as client,
    ):
        block = CustomWebhookNotificationBlock(
            name="team", url=caught.url, json_data={"text": "{{subject}}: {{body}}"}
        )
        block_id = block.save("team", overwrite=True)
        assert isinstance(block_id, UUID)
        client.create_automation(_missed_soon(block_id))
        yield caught


@pytest.mark.usefixtures("webhook")
def test_what_is_dead_is_ended_and_what_may_live_is_not(
    operator: SyncPrefectClient, api: httpx.Client
) -> None:
    silent = _run_of(operator, "nightly/nightly")
    speaking = _run_of(operator, GPU)
    beatless = _run_of(operator, GPU)
    warm = _run_of(operator, "read-documents/read-warm")
    done = _run_of(operator, GPU)
    unbegun = _run_of(operator, GPU, begin=False)
    by_hand, by_hand_long_ago = _run_by_hand(operator, "sweep"), _run_by_hand(operator, "sweep")
    of_others = _run_by_hand(operator, "etl")
    operator.set_flow_run_state(done.id, Completed())
    waiting = _run_of(operator, "review-query/review-query", {"hold": 1})
    operator.set_flow_run_state(waiting.id, Suspended())
    assert _slots(operator, "nightly/nightly") == 1

    # Not much longer ago than the silence that is allowed: the server forgets what should have
    # fired more than a minute ago.
    last_signs = [
        (silent, HEARTBEAT, 100),
        (speaking, HEARTBEAT, 20),
        # A process that starts runs itself may beat every 180 seconds.
        (warm, HEARTBEAT, 200),
        (by_hand, HEARTBEAT, 200),
        (by_hand_long_ago, HEARTBEAT, 620),
        (of_others, HEARTBEAT, 620),
        # The news of the end may overtake the last beat, as that of waiting does the first one.
        (done, HEARTBEAT, 620),
        (waiting, HEARTBEAT, 620),
        (unbegun, "prefect.flow-run.Pending", 250),
    ]

    def are_ended() -> bool:
        for run, sign, seconds_ago in last_signs:
            _send(api, operator, sign, run, seconds_ago=seconds_ago)
        _have_it_look(operator)
        ended = _states(operator, [silent, by_hand_long_ago, unbegun])
        return set(ended) == {"Crashed"}

    wait_for(are_ended, every=3)
    assert _states(operator, [speaking, beatless, warm, by_hand, of_others]) == ["Running"] * 5
    assert _states(operator, [done, waiting]) == ["Completed", "Suspended"]
    wait_for(lambda: _slots(operator, "nightly/nightly") == 0)
    message = operator.read_flow_run(silent.id).state
    assert message is not None
    assert "no sign of life for 90 seconds" in str(message.message)


def test_a_container_may_take_longer_to_begin() -> None:
    *_, at_once = ending_dead_runs([], ["sweep"])
    *_, later = ending_dead_runs([], ["sweep"], in_processes=False)
    assert at_once.trigger.within == timedelta(minutes=4)  # type: ignore[union-attr]
    assert later.trigger.within == timedelta(minutes=30)  # type: ignore[union-attr]


def test_people_are_told_of_lost_nights(
    operator: SyncPrefectClient,
    webhook: CatchingWebhook,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LITSWEEP_NOTIFICATION_BLOCKS", "custom-webhook/team")
    wait_for(lambda: webhook.bodies)
    assert main([]) == 0
    assert SOON not in _names(operator), "it has our prefix, and is not declared"
    names: list[str] = []

    def is_told() -> bool:
        # A new automation hears what comes after the server has loaded it, a moment later.
        night = _run_of(operator, "nightly/nightly")
        operator.set_flow_run_state(night.id, Failed(message="asthma: NCBI was away"))
        names.append(f"the night {night.name} is Failed: asthma: NCBI was away")
        return any(name in body for name in names for body in webhook.bodies)

    wait_for(is_told, every=2)
    assert "no night was completed in 26 hours" in webhook.bodies[0]
    capsys.readouterr()
    assert main([]) == 0
    assert "made" not in capsys.readouterr().out

    monkeypatch.setenv("LITSWEEP_NOTIFICATION_BLOCKS", "custom-webhook/absent, secret/key")
    assert main([]) == 1
    told = capsys.readouterr().out
    assert "custom-webhook/absent" in told
    assert "Make it in the UI under Blocks" in told
    assert _names(operator) > set(TELLING), "what tells people stays while a block is away"
    monkeypatch.delenv("LITSWEEP_NOTIFICATION_BLOCKS")
    assert main([]) == 0
    assert "removed" in capsys.readouterr().out
    assert not _names(operator) & set(TELLING)


def test_an_automation_is_changed_in_place_and_its_doubles_go(
    operator: SyncPrefectClient, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"{AUTOMATIONS}end runs that died"
    (ours,) = operator.read_automations_by_name(name)
    fields = ours.model_dump(exclude={"id", "owner_resource"}) | {"description": "old"}
    operator.update_automation(ours.id, AutomationCore.model_validate(fields))
    operator.create_automation(AutomationCore.model_validate(fields))
    operator.create_automation(
        AutomationCore.model_validate(fields | {"name": f"{AUTOMATIONS}old"})
    )
    operator.create_automation(AutomationCore.model_validate(fields | {"name": "somebody's"}))
    operator.pause_automation(ours.id)
    assert main(["--check"]) == 1
    told = capsys.readouterr().out
    assert "there are 2 of this name" in told
    assert "it is not declared any more" in told

    assert main([]) == 0
    (mended,) = operator.read_automations_by_name(name)
    assert mended.id == ours.id or mended.description != "old"
    assert {f"{AUTOMATIONS}old", "somebody's"} & _names(operator) == {"somebody's"}
    for each in operator.read_automations_by_name("somebody's"):
        operator.delete_automation(each.id)
    operator.resume_automation(mended.id)


def _run_of(
    client: SyncPrefectClient,
    name: str,
    parameters: dict[str, Any] | None = None,
    *,
    begin: bool = True,
) -> FlowRun:
    deployment = client.read_deployment_by_name(name)
    run = client.create_flow_run_from_deployment(deployment.id, parameters=parameters)
    if begin:
        client.set_flow_run_state(run.id, Pending())
        client.set_flow_run_state(run.id, Running())
    return run


def _run_by_hand(client: SyncPrefectClient, flow_name: str) -> FlowRun:
    flow_id = client.create_flow_from_name(flow_name)
    body = {"flow_id": str(flow_id), "state": {"type": "RUNNING"}}
    reply = client.request("POST", "/flow_runs/", json=body)
    return client.read_flow_run(UUID(reply.json()["id"]))


def _send(
    api: httpx.Client, client: SyncPrefectClient, event: str, run: FlowRun, *, seconds_ago: float
) -> None:
    """Send an event with what Prefect's engine says of the run in it."""
    flow = client.read_flow(run.flow_id)
    related = [_resource("flow", run.flow_id, {"prefect.resource.name": flow.name})]
    related += [_resource("tag", tag) for tag in run.tags]
    if run.deployment_id:
        related.append(_resource("deployment", run.deployment_id))
    body = {
        "id": str(uuid4()),
        "occurred": (datetime.now(UTC) - timedelta(seconds=seconds_ago)).isoformat(),
        "event": event,
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run.id}"},
        "related": related,
    }
    api.post("/events", json=[body]).raise_for_status()


def _have_it_look(client: SyncPrefectClient) -> None:
    # The server looks again when the first sign of life that it knows of can have run out, which
    # is soon enough for all but those that come from a made-up past. Switched on, it looks; what
    # comes in at that very moment it misses.
    for each in client.read_automations():
        if each.name.startswith(f"{AUTOMATIONS}end"):
            client.resume_automation(each.id)


def _resource(role: str, name: object, more: dict[str, str] | None = None) -> dict[str, str]:
    resource_id = f"prefect.{role}.{name}"
    return {"prefect.resource.id": resource_id, "prefect.resource.role": role, **(more or {})}


def _missed_soon(block_id: UUID) -> AutomationCore:
    """Build the one that tells of a night that did not come, for a day of ten seconds."""
    missing = telling_people([block_id])[1]
    fields = missing.model_dump()
    fields["name"] = SOON
    fields["trigger"]["within"] = timedelta(seconds=10)
    return AutomationCore.model_validate(fields)


def _states(client: SyncPrefectClient, runs: Sequence[FlowRun]) -> list[str]:
    found = [client.read_flow_run(run.id).state for run in runs]
    return [state.name or "" for state in found if state]


def _slots(client: SyncPrefectClient, name: str) -> int:
    limit = client.read_deployment_by_name(name).global_concurrency_limit
    assert limit is not None
    return client.read_global_concurrency_limit_by_name(limit.name).active_slots


def _names(client: SyncPrefectClient) -> set[str]:
    return {each.name for each in client.read_automations()}
