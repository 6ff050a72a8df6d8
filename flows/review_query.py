"""A person's look at a held query: the run waits, outside of any process, for an answer."""

from datetime import timedelta
from typing import Final

from prefect import flow, runtime
from prefect.client.schemas.objects import State
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.states import Completed, Failed
from pydantic import Field

from flows.notifying import tell
from flows.outcomes import explain
from flows.sweep import sweep
from litsweep.domain.holds import QueryHold
from litsweep.errors import DecisionConflict, UsageError
from litsweep.telling.messages import clean
from tasks import reviewing

# After this the run fails, the query stays held, and the next night starts a fresh run.
_PATIENCE: Final = timedelta(days=30)


class QueryReview(RunInput):
    """A person's decision on a held query."""

    approve: bool = Field(description="Fetch what the query finds; else it must be changed.")
    decided_by: str = Field(min_length=1, description="Your name; it is kept.")
    note: str = Field("", description="Why; it is kept.")


@flow(
    flow_run_name="review-query-{hold}",
    on_completion=[tell],
    on_failure=[tell],
    on_crashed=[tell],
)
def review_query(hold: int) -> State[int]:
    """Ask a person whether a changed query that finds far more than before may be fetched.

    Suspends itself: the process ends, and another one goes on when the run is resumed with an
    answer. Approved, the topic is swept; refused, it is not swept before its query is changed.
    Until then nothing of it is fetched. Completes with the number of the hold.

    Args:
        hold: Number of the held query (`litsweep topic holds`).
    """
    found = reviewing.find_hold(hold)
    # All of this runs again when the run is resumed, in a new process.
    if found.decided_at is None:
        if not found.is_current:
            return Completed(message="The query was changed meanwhile.", data=hold)
        if not reviewing.is_asking(found, str(runtime.flow_run.id)):
            return Completed(message=f"Run {found.review_flow_run_id} asks already.", data=hold)
        answer = suspend_flow_run(
            wait_for_input=QueryReview.with_initial_data(description=describe(found)),
            key=f"hold-{hold}",
            timeout=int(_PATIENCE.total_seconds()),
        )
        try:
            found = reviewing.decide(
                found,
                is_approved=answer.approve,
                by=answer.decided_by,
                note=answer.note.strip() or None,
            )
        except (DecisionConflict, UsageError) as error:
            return Failed(message=str(error))
    return _act_on(found)


def describe(hold: QueryHold) -> str:
    """Return what a person needs to decide, as Markdown."""
    window = f" in {hold.window}" if hold.n_now_in_window is not None else ""
    columns = ("", "records in all", f"records{window}")[: 3 if window else 2]
    rows = [
        columns,
        ("---",) * len(columns),
        (f"version {hold.version}", _number(hold.n_now), _number(hold.n_now_in_window)),
        (
            f"version {hold.compared_version}",
            _number(hold.n_before),
            _number(hold.n_before_in_window),
        ),
    ]
    table = "\n".join(f"| {' | '.join(row[: len(columns)])} |" for row in rows)
    reason = f"{hold.reason[0].upper()}{hold.reason[1:]}"
    link = f"\n[What is found besides, at PubMed]({hold.difference_url})\n"
    return clean(
        f"# {hold.topic}: version {hold.version} of its query\n\n{reason}. Nothing is fetched "
        f"until you decide.\n\n{table}\n\n"
        f"Now:\n\n```\n{hold.query}\n```\n\nPubMed searches: `{hold.translation_now}`\n\n"
        f"Before:\n\n```\n{hold.compared_query}\n```\n\n"
        f"PubMed searches: `{hold.translation_before or 'refused by now'}`\n"
        f"{link if hold.difference_url else ''}"
    )


def _number(count: int | None) -> str:
    return "not counted" if count is None else f"{count:,}"


def _act_on(hold: QueryHold) -> State[int]:
    """Sweep the topic whose query was approved of; a refused one only stays held."""
    number = hold.query_hold_id
    if not hold.is_approved:
        message = (
            f"Refused by {hold.decided_by}: {hold.topic} is not swept before its query is changed "
            f"(`litsweep topic change {hold.topic!r}`)."
        )
        return Completed(message=message, data=number)
    state = sweep(hold.topic, return_state=True)
    if not state.is_completed():
        return Failed(message=f"Approved by {hold.decided_by}; its sweep: {explain(state)}")
    return Completed(message=f"Approved by {hold.decided_by}; {state.message}", data=number)
