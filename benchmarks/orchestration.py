"""Prefect's share of a sweep: the flow on a running server against the same calls without it.

The limit is 5 % of wall time. Runs alternate, each on a fresh database, and medians are
compared. Run ``python -m benchmarks.orchestration [N_RECORDS [REPEATS]]``.
"""

import sys
from datetime import UTC, date, datetime
from functools import partial
from statistics import median

from benchmarks.nights import TOPIC, empty_database, prefect_server, served_records, wall_seconds
from flows.nightly import nightly
from flows.reading_place import ReadingPlace
from litsweep.domain.documents import DocumentKind
from litsweep.models.loading import load_encoder
from litsweep.models.registry import get_spec
from litsweep.settings import load_settings
from tasks import identify, leasing, read, retrieve
from tasks.policies import FETCH_BATCH, batched

N_RECORDS = 1_000
REPEATS = 2
LIMIT = 0.05
SINCE = date(1800, 1, 1)


def main() -> None:
    """Measure and print the table."""
    n_records = int(sys.argv[1]) if len(sys.argv) > 1 else N_RECORDS
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else REPEATS
    print(f"Prefect's share of a sweep of {n_records} records (limit: {LIMIT:.0%})")
    print(f"{'':36}{'plain s':>9}{'flow s':>9}{'share':>8}   medians of {repeats}")
    with served_records(n_records), prefect_server():
        _warm_up()
        for name, is_read in (("sweep and extractive reading", True), ("sweep alone", False)):
            plain, flow = [], []
            for _ in range(repeats):
                with empty_database():
                    plain.append(wall_seconds(partial(_without_prefect, is_read)))
                with empty_database():
                    flow.append(wall_seconds(partial(_with_prefect, is_read)))
            share = median(flow) / median(plain) - 1
            print(f"{name:36}{median(plain):9.1f}{median(flow):9.1f}{share:8.1%}")


def _warm_up() -> None:
    # Models are loaded and Prefect's client connects once in a process, not once in a sweep.
    with empty_database():
        nightly([TOPIC], date(1800, 1, 1), date(1800, 1, 2))
        load_encoder(get_spec("minilm"), load_settings())


def _with_prefect(is_read: bool) -> None:
    nightly([TOPIC], SINCE, None, ReadingPlace.HERE if is_read else ReadingPlace.NOWHERE)


def _without_prefect(is_read: bool) -> None:
    # What flows.nightly does, in its order, with the functions inside the tasks.
    for due in identify.list_due(TOPIC, SINCE, None):
        run = identify.open_run.fn(TOPIC, due)
        identify.search.fn(run)
        for batch in batched(identify.list_pending(run), FETCH_BATCH):
            identify.fetch_batch.fn(run, batch)
        identify.close_run.fn(run)
    if not is_read:
        return
    retrieve.list_reports_sought(TOPIC)
    since = datetime.now(UTC)
    with leasing.holding_leases():
        for scope in read.list_scopes(TOPIC, list(DocumentKind)):
            if read.count_waiting(scope, since):
                run_id, terms = read.open_run(scope, since)
                for documents in leasing.lease_batches(scope, terms, read.batch_size(run_id)):
                    read.read_batch.fn(documents, run_id)
                read.close_run(run_id)


if __name__ == "__main__":
    main()
