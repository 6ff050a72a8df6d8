"""The end of a run: ask people about held queries, and tell them what is due.

Hooks of flows. Nothing here fails the run that it ends: what cannot be told now waits in the
database, and is a warning in the run's log and on its last receipt.
"""

from collections.abc import Callable, Sequence
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import FlowRun, State
from prefect.logging.loggers import flow_run_logger

from db.untold import Untold
from flows.identification import explain_gap
from flows.outcomes import explain
from litsweep.errors import LitsweepError
from tasks import reviewing, telling


def tell(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Tell people what a run brought and what went wrong in it.

    A run inside of another one says nothing: the outer one does at its end.
    """
    if flow_run.parent_task_run_id is not None:
        return
    problems = [] if state.is_completed() else [explain(state)]
    said = [
        *_attempt(lambda: reviewing.ask_for_decisions(str(flow_run.id))),
        *_attempt(lambda: _send(problems, str(flow_run.id))),
    ]
    logger = flow_run_logger(flow_run, flow)
    for sentence in said:
        logger.warning(sentence)
    if said:
        _attempt(lambda: telling.note_on_receipt(said))


def _send(problems: Sequence[str], flow_run_id: str) -> Sequence[str]:
    telling.raise_due(_rest(problems, telling.list_untold()), flow_run_id)
    return telling.send_waiting().problems


def _attempt(step: Callable[[], Sequence[str]]) -> Sequence[str]:
    try:
        return step()
    except LitsweepError as error:
        return [f"People could not be told: {error}"]


def _rest(problems: Sequence[str], found: Untold) -> list[str]:
    """Leave out what the receipts say: it is told as a failure, a gap or a held query."""
    known = [run.error for run in found.digest.runs if run.error]
    known += [explain_gap(run) for run in found.incomplete]
    text = "\n".join(problems)
    for sentence in known:
        text = text.replace(sentence, "")
    return [line for line in text.split("\n") if line.strip()]
