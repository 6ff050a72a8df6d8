"""A share of one search run's records, fetched by another worker than the one that sweeps."""

import logging
from typing import Final

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.parameters import Share, Shares
from tasks import identify, progress
from tasks.policies import FETCH_BATCH, as_it_is

_log: Final = logging.getLogger(__name__)


@flow(flow_run_name="fetch-run-{search_run_id}-share-{share}-of-{n_shares}")
def fetch_records(
    search_run_id: int,
    share: Share,
    n_shares: Shares,
) -> State[int]:
    """Fetch and store one share of the records that an open search run still lacks.

    Completes with the number of records delivered; the sweep that opened the run asks once more
    for what did not come, and closes its books. Nothing is stored for a run that was closed.

    Args:
        search_run_id: Number of the search run, as `litsweep runs` shows it.
        share: Which share, from 1 on.
        n_shares: How many shares there are.
    """
    n_delivered = fetch_share(search_run_id, "records fetched", share, n_shares)
    return Completed(message=f"{n_delivered} records delivered", data=n_delivered)


def fetch_share(search_run_id: int, counted: str, share: int = 1, n_shares: int = 1) -> int:
    """Fetch what a run still lacks, or a share of it; return how many records were delivered.

    Shares are told apart by the PMIDs themselves, so that they stay apart while each shrinks.
    """
    pending = [
        pmid for pmid in identify.list_pending(search_run_id) if pmid % n_shares == share - 1
    ]
    if pending:
        _log.info("Search run %d: %d records to fetch.", search_run_id, len(pending))
    return sum(
        identify.fetch_batch(search_run_id, as_it_is(batch))
        for batch in progress.in_batches(pending, FETCH_BATCH, counted)
    )
