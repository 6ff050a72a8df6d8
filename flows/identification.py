"""The steps of one search run that every sweep and backfill takes: search, fetch, close."""

from litsweep.domain.strategies import SearchRun
from litsweep.errors import LitsweepError
from tasks import holds, identify, progress
from tasks.policies import FETCH_BATCH


def identify_records(search_run_id: int) -> SearchRun:
    """Search what an open run is about, store every record of it, and close its books.

    Raises:
        LitsweepError: what stopped it; the run is closed as failed.
    """
    try:
        holds.check(search_run_id)
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


def explain_gap(run: SearchRun) -> str:
    """Say of a run that is not complete which of its counts differ."""
    return (
        f"The sweep of {run.topic} does not add up: NCBI counted {run.n_reported} records, "
        f"{run.n_ids} ids came, {run.n_fetched} were fetched, {run.n_known} were seen before, "
        f"{run.n_failed} cannot be read, {run.n_absent} are absent. "
        "The next sweep searches this window again."
    )


def _fetch(search_run_id: int, counted: str) -> None:
    pending = identify.list_pending(search_run_id)
    for batch in progress.in_batches(pending, FETCH_BATCH, counted):
        identify.fetch_batch(search_run_id, batch)
