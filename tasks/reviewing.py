"""The runs that ask a person about a held query: one open run a hold, on a server that has it.

The deployment ``review-query/review-query`` may be missing, as on the temporary server of the
command line: then people decide with ``litsweep topic approve`` or ``refuse``.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.states import Cancelled

from db import holds
from litsweep.domain.holds import QueryHold
from litsweep.errors import OrchestrationError
from tasks.policies import results

DEPLOYMENT: Final = "review-query/review-query"


def ask_for_decisions(own_flow_run_id: str | None = None) -> Sequence[str]:
    """Start a run for each hold that nobody is asked about; end those that need no answer more.

    Returns sentences about what could not be done: none.

    Raises:
        OrchestrationError: the Prefect server did not answer.
    """
    with results() as (_, database), database.reading() as conn:
        found = holds.list_holds(conn, include_decided=True)
    waiting = [hold for hold in found if hold.is_open]
    settled = [hold for hold in found if not hold.is_open and hold.review_flow_run_id]
    if not waiting and not settled:
        return []
    try:
        with get_client(sync_client=True) as client:
            for hold in settled:
                _end_review(client, hold, own_flow_run_id)
            if waiting and _is_deployed(client):
                for hold in waiting:
                    _start_review(client, hold)
    except (httpx.HTTPError, PrefectException) as error:
        raise OrchestrationError(
            "The Prefect server could not be asked to have a person review a held query "
            f"({type(error).__name__}). `litsweep topic holds` lists them."
        ) from error
    return []


def find_hold(query_hold_id: int) -> QueryHold:
    """Return the hold of this number.

    Raises:
        UsageError: there is none.
    """
    with results() as (_, database), database.reading() as conn:
        return holds.get_hold(conn, query_hold_id)


def is_asking(hold: QueryHold, own_flow_run_id: str) -> bool:
    """Make this run the one that asks about a hold; False where another open run does already."""
    if hold.review_flow_run_id not in (None, own_flow_run_id):
        with get_client(sync_client=True) as client:
            if _is_under_way(client, hold.review_flow_run_id):
                return False
    _note(hold, own_flow_run_id)
    return True


def decide(hold: QueryHold, *, is_approved: bool, by: str, note: str | None) -> QueryHold:
    """Write down a person's decision.

    Raises:
        UsageError: nobody is named.
        DecisionConflict: it was decided otherwise, or the query was changed meanwhile.
    """
    with results() as (_, database), database.writing() as conn:
        return holds.decide(
            conn,
            hold.query_hold_id,
            is_approved=is_approved,
            by=by,
            note=note,
            now=datetime.now(UTC),
        )


def _is_deployed(client: SyncPrefectClient) -> bool:
    try:
        client.read_deployment_by_name(DEPLOYMENT)
    except ObjectNotFound:
        return False
    return True


def _start_review(client: SyncPrefectClient, hold: QueryHold) -> None:
    last = hold.review_flow_run_id
    if last is not None and _is_under_way(client, last):
        return
    # Two nights at once ask for the same run: whoever comes second is given the first one's.
    key = f"litsweep-hold-{hold.query_hold_id}-{hold.opened_at:%Y%m%dT%H%M%S.%f}-after-{last}"
    started: Any = run_deployment(
        DEPLOYMENT,
        parameters={"hold": hold.query_hold_id},
        timeout=0,
        idempotency_key=key,
        as_subflow=False,
    )
    _note(hold, str(started.id))


def _end_review(client: SyncPrefectClient, hold: QueryHold, own_flow_run_id: str | None) -> None:
    """Cancel the run that waits for an answer which was given elsewhere."""
    asking = hold.review_flow_run_id
    if asking is not None and asking != own_flow_run_id:
        flow_run_id = UUID(asking)
        try:
            state = client.read_flow_run(flow_run_id).state
        except ObjectNotFound:
            state = None
        if state is not None and state.is_paused():
            message = "The query was decided upon, or changed, meanwhile."
            client.set_flow_run_state(flow_run_id, Cancelled(message=message), force=True)
    _note(hold, None)


def _is_under_way(client: SyncPrefectClient, flow_run_id: str | None) -> bool:
    if flow_run_id is None:
        return False
    try:
        state = client.read_flow_run(UUID(flow_run_id)).state
    except ObjectNotFound:
        return False
    return state is None or not state.is_final()


def _note(hold: QueryHold, flow_run_id: str | None) -> None:
    with results() as (_, database), database.writing() as conn:
        holds.set_review(conn, hold.query_hold_id, flow_run_id)
