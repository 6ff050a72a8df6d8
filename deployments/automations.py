"""What the server does by itself: ends runs that died, and tells people about lost nights.

A declaration only; ``standing`` puts it on a server. The trigger of a deployment is declared
beside it in ``prefect.yaml``.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from prefect.client.schemas.objects import StateType
from prefect.events.actions import ActionTypes, ChangeFlowRunState, SendNotification
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

from deployments import AUTOMATIONS

# prefect.yaml has the processes of our pools make one beat every 30 seconds; three are waited for.
BEAT_SECONDS: Final = 30
SILENCE: Final = timedelta(seconds=3 * BEAT_SECONDS)
# The tag of deployments whose runs suspend themselves to wait for people: silent, and not dead. The
# server would know that they are suspended, if the first beat of a run that suspends itself at
# once did not come in after that (seen in 7 of 8 runs).
WAITS: Final = "waits"
# More than three beats of all other runs of our flows (runs within runs, those of the command
# line and of the warm worker): Prefect's default is one in 180 seconds.
LONG_SILENCE: Final = timedelta(minutes=10)
# A process begins seconds after it was submitted, a minute where the machine is busy.
PENDING_PROCESS: Final = timedelta(minutes=4)
# A container may have to wait for its image and for a machine with a free GPU.
PENDING_CONTAINER: Final = timedelta(minutes=30)
# A night begins at the same hour every day, and takes its time.
NIGHTLY: Final = timedelta(hours=26)

TELLING: Final = (
    f"{AUTOMATIONS}tell of a night that failed",
    f"{AUTOMATIONS}tell of a night that did not come",
)

_TAGGED: Final = {"prefect.resource.role": "tag"}
_OURS: Final = ResourceSpecification(_TAGGED | {"prefect.resource.id": "prefect.tag.litsweep"})
_NIGHTS: Final = ResourceSpecification(_TAGGED | {"prefect.resource.id": "prefect.tag.nightly"})
_RUNS: Final = ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"})
_HEARTBEAT: Final = {"prefect.flow-run.heartbeat"}
_PENDING: Final = {
    f"prefect.flow-run.{name}" for name in ("Pending", "Submitting", "InfrastructurePending")
}


def ending_dead_runs(
    beating: Sequence[UUID], flow_names: Sequence[str], *, in_processes: bool = True
) -> list[AutomationCore]:
    """End the runs whose process is gone, so that they give their slots back.

    Only a run that gave a sign of life once is waited for: one that gives none, since its
    heartbeats are switched off, is never ended. A run that has ended cannot be crashed: Prefect
    refuses that. A run that was held dead and lives (its machine was asleep, or the server was
    away for longer than the silence) goes on all the same, and its own end replaces CRASHED.

    ``beating`` are the deployments whose runs are known to make a beat every ``BEAT_SECONDS``;
    ``in_processes``: the pools start processes, which begin at once, not containers.
    """
    deployments = [f"prefect.deployment.{each}" for each in beating]
    ours = {"prefect.resource.role": "deployment", "prefect.resource.id": deployments}
    flows = {"prefect.resource.role": "flow", "prefect.resource.name": list(flow_names)}
    pending = PENDING_PROCESS if in_processes else PENDING_CONTAINER
    return [
        _crashing(
            "end runs that died",
            f"A run of our deployments is dead that gave no sign of life for {_told(SILENCE)}.",
            after=_HEARTBEAT,
            within=SILENCE,
            related=ResourceSpecification(ours),
        ),
        _crashing(
            "end other runs that died",
            f"A run of our flows is dead that gave no sign of life for {_told(LONG_SILENCE)}, "
            "whatever started it.",
            after=_HEARTBEAT,
            within=LONG_SILENCE,
            related=ResourceSpecification(flows),
        ),
        _crashing(
            "end runs that never began",
            f"A run of our deployments that was given to a worker and has not begun after "
            f"{_told(pending)} never will.",
            after=_PENDING,
            within=pending,
            related=_OURS,
        ),
    ]


def telling_people(block_ids: Sequence[UUID]) -> list[AutomationCore]:
    """Tell people, through these notification blocks, of nights that were lost."""
    lost = EventTrigger(
        expect={f"prefect.flow-run.{state}" for state in ("Failed", "Crashed", "TimedOut")},
        match=_RUNS,
        match_related=_NIGHTS,
        posture=Posture.Reactive,
        threshold=1,
        within=timedelta(0),
    )
    missed = EventTrigger(
        expect={"prefect.flow-run.Completed"},
        match=_RUNS,
        match_related=_NIGHTS,
        posture=Posture.Proactive,
        threshold=1,
        within=NIGHTLY,
    )
    return [
        AutomationCore(
            name=TELLING[0],
            description="Sends a notification when a night failed or crashed.",
            trigger=lost,
            actions=_sent(
                block_ids,
                "litsweep: the night {{ flow_run.name }} is {{ flow_run.state.name }}",
                "{{ flow_run.state.message }}\n\nWhat it stored stays, and the next night "
                "searches what this one did not. The run: {{ flow_run|ui_url }}",
            ),
        ),
        AutomationCore(
            name=TELLING[1],
            description=f"Sends a notification when no night was completed in {_told(NIGHTLY)}.",
            trigger=missed,
            actions=_sent(
                block_ids,
                f"litsweep: no night was completed in {_told(NIGHTLY)}",
                "Look whether the schedule of nightly/nightly is on, whether a worker asks for "
                "work (`prefect work-pool ls`), and what the last night says. Nothing is lost: "
                "the next night searches the days that are missing.",
            ),
        ),
    ]


def _crashing(
    name: str,
    description: str,
    *,
    after: set[str],
    within: timedelta,
    related: ResourceSpecification,
) -> AutomationCore:
    message = (
        f"{description} What it stored stays, and the next run goes on from there "
        "(ended by the server's automation)."
    )
    return AutomationCore(
        name=AUTOMATIONS + name,
        description=description,
        trigger=EventTrigger(
            after=after,
            expect={"prefect.flow-run.*"},
            match=_RUNS,
            match_related=related,
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=within,
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message=message)],
    )


def _sent(block_ids: Sequence[UUID], subject: str, body: str) -> list[ActionTypes]:
    return [
        SendNotification(block_document_id=each, subject=subject, body=body) for each in block_ids
    ]


def _told(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds >= 2 * 3600:
        return f"{seconds // 3600} hours"
    return f"{seconds // 60} minutes" if seconds >= 120 else f"{seconds} seconds"
