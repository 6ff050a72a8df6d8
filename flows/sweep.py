"""One sweep of one topic: identification, then retrieval. Reading is a flow of its own."""

from datetime import date

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import retrieval
from litsweep.domain.strategies import RunStatus, SearchRun
from litsweep.errors import LitsweepError
from tasks import identify, progress
from tasks.policies import FETCH_BATCH


@flow(flow_run_name="sweep-{topic}")
def sweep(
    topic: str, since: date | None = None, until: date | None = None, retrieve_reports: bool = True
) -> State[int]:
    """Search PubMed for a topic's window, store every record of it, and seek the full texts.

    Completes with the search run's id when the run's counts add up; fails with the reason when
    they do not. What was stored stays either way, and an open window is searched again.

    Args:
        topic: Name of the topic.
        since: First day; empty: the window that is due.
        until: Last day; empty: today.
        retrieve_reports: Whether to seek the full texts as well.
    """
    search_run_id = identify.open_run(topic, since, until)
    run = _identify(search_run_id)
    if retrieve_reports:
        retrieval.retrieve_reports(topic)
    if run.status is RunStatus.COMPLETE:
        return Completed(message=f"{run.n_new} new, {run.n_changed} changed", data=search_run_id)
    return Failed(message=_explain_gap(run))


def _identify(search_run_id: int) -> SearchRun:
    try:
        identify.search(search_run_id)
        _fetch(search_run_id, "records fetched")
        # NCBI drops identifiers without a word, at times only for a moment: ask once more.
        _fetch(search_run_id, "records asked for again")
    except LitsweepError as error:
        identify.close_run(search_run_id, error=str(error))
        raise
    except BaseException as error:
        identify.close_run(search_run_id, error=f"stopped by {type(error).__name__}")
        raise
    return identify.close_run(search_run_id)


def _fetch(search_run_id: int, counted: str) -> None:
    pending = identify.list_pending(search_run_id)
    for batch in progress.in_batches(pending, FETCH_BATCH, counted):
        identify.fetch_batch(search_run_id, batch)


def _explain_gap(run: SearchRun) -> str:
    return (
        f"The sweep of {run.topic} does not add up: NCBI counted {run.n_reported} records, "
        f"{run.n_ids} ids came, {run.n_fetched} were fetched ({run.n_failed} of them cannot be "
        f"read), {run.n_absent} are absent. The next sweep searches this window again."
    )
