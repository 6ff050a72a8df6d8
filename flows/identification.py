"""The steps of one search run that every sweep and backfill takes: search, fetch, close."""

import logging
import time
from typing import Final

from prefect.client.schemas.objects import FlowRun

from flows import pool_runs
from flows.fetch_records import fetch_share
from flows.pool_runs import PoolRun
from litsweep.domain.strategies import SearchRun
from litsweep.errors import LitsweepError
from tasks import holds, identify
from tasks.policies import FETCH_BATCH

_FETCHING: Final = "fetch-records/fetch-records"
_log: Final = logging.getLogger(__name__)


def identify_records(search_run_id: int, n_shares: int = 1) -> SearchRun:
    """Search what an open run is about, store every record of it, and close its books.

    With ``n_shares`` above 1, other workers of the pool fetch the other shares of its records.

    Raises:
        LitsweepError: what stopped it; the run is closed as failed.
    """
    try:
        holds.check(search_run_id)
        n_found = identify.search(search_run_id)
        _log.info("Search run %d: PubMed found %d records.", search_run_id, n_found)
        if n_shares > 1 and n_found > FETCH_BATCH:
            _fetch_with_others(search_run_id, n_shares)
        fetch_share(search_run_id, "records fetched")
        # NCBI drops identifiers without a word, at times only for a moment: ask once more.
        fetch_share(search_run_id, "records asked for again")
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


def _fetch_with_others(search_run_id: int, n_shares: int) -> None:
    """Fetch one share here and have the pool fetch the others; what they leave is fetched after.

    Shares that nobody has begun when this one is done are called off: a pool that is busy with
    something else holds nothing up.
    """
    others = [
        pool_runs.start(
            _FETCHING,
            PoolRun(
                name=f"fetch-{search_run_id}-{share}",
                parameters={"search_run_id": search_run_id, "share": share, "n_shares": n_shares},
            ),
        )
        for share in range(2, n_shares + 1)
    ]
    try:
        fetch_share(search_run_id, "records fetched", 1, n_shares)
    finally:
        pool_runs.call_off(others, "its records are fetched by the sweep itself")
    _wait(others)


def _wait(others: list[FlowRun]) -> None:
    while True:
        runs = pool_runs.look(others)
        if all(run.state is not None and run.state.is_final() for run in runs):
            break
        time.sleep(pool_runs.LOOK_EVERY_S)
    for run in runs:
        if run.state is not None and not (run.state.is_completed() or run.state.is_cancelled()):
            _log.warning("%s; fetched here", pool_runs.explain_end(run))
