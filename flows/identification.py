"""The steps of one search run that every sweep and backfill takes: search, fetch, close."""

import logging
from typing import Final

from litsweep.domain.strategies import SearchRun
from litsweep.errors import LitsweepError
from tasks import identify, progress
from tasks.policies import FETCH_BATCH

_log: Final = logging.getLogger(__name__)


def identify_records(search_run_id: int) -> SearchRun:
    """Search what an open run is about, store every record of it, and close its books.

    Raises:
        LitsweepError: what stopped it; the run is closed as failed.
    """
    try:
        n_found = identify.search(search_run_id)
        _log.info("Search run %d: PubMed found %d records.", search_run_id, n_found)
        _fetch(search_run_id, "records fetched")
        # NCBI drops identifiers without a word, at times only for a moment: ask once more.
        _fetch(search_run_id, "records asked for again")
    except LitsweepError as error:
        identify.close_run(search_run_id, error=str(error))
        raise
    except BaseException as error:
        identify.close_run(search_run_id, error=f"stopped by {type(error).__name__}")
        raise
    run = identify.close_run(search_run_id)
    _log.info(
        "Search run %d is %s: PubMed counted %d, %d fetched, %d seen before, %d absent; %d new, "
        "%d changed.",
        *(search_run_id, run.status.value, run.n_reported or 0, run.n_fetched, run.n_known),
        *(run.n_absent, run.n_new, run.n_changed),
    )
    return run


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
    if pending:
        _log.info("Search run %d: %d records to fetch.", search_run_id, len(pending))
    for batch in progress.in_batches(pending, FETCH_BATCH, counted):
        identify.fetch_batch(search_run_id, batch)
