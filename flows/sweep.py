"""One sweep of one topic: identification, then retrieval. Reading is a flow of its own."""

from datetime import date
from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from flows import retrieval
from flows.fetch_records import MOST_SHARES
from flows.identification import explain_gap, identify_records
from flows.notifying import tell
from litsweep.domain.strategies import RunStatus, SearchRun
from tasks import identify


@flow(flow_run_name="sweep-{topic}", on_completion=[tell], on_failure=[tell], on_crashed=[tell])
def sweep(
    topic: str,
    since: date | None = None,
    until: date | None = None,
    retrieve_reports: bool = True,
    shares: Annotated[int, Field(ge=1, le=MOST_SHARES)] = 1,
) -> State[list[int]]:
    """Run a topic's searches that are due, store every record of them, and seek the full texts.

    Due are the days in which records entered PubMed or were changed, and once a month a search
    without days. Completes with the numbers of the search runs when each one's counts add up;
    fails with the reasons when they do not. What was stored stays either way, and an open
    window is searched again.

    Args:
        topic: Name of the topic.
        since: First day of entry; empty: all searches that are due.
        until: Last day of entry; empty: today.
        retrieve_reports: Whether to seek the full texts as well.
        shares: Among how many workers of the pool the records of a large search are divided; 1 is
            as fast as NCBI allows.
    """
    # The first error ends the sweep: the searches behind it stay due, and an outage is not
    # waited for three times.
    runs = [
        identify_records(identify.open_run(topic, due), shares)
        for due in identify.list_due(topic, since, until)
    ]
    if retrieve_reports:
        retrieval.retrieve_reports(topic)
    gaps = [explain_gap(run) for run in runs if run.status is not RunStatus.COMPLETE]
    if gaps:
        return Failed(message="\n".join(gaps))
    n_new, n_changed = (sum(counts) for counts in zip(*map(_counts, runs), strict=True))
    return Completed(
        message=f"{n_new} new, {n_changed} changed", data=[run.search_run_id for run in runs]
    )


def _counts(run: SearchRun) -> tuple[int, int]:
    return run.n_new, run.n_changed
