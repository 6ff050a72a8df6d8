"""A second sweep of stored, unchanged records against the first. Limit: 5 % of the first.

Every record is fetched again and compared by hash: NLM advises against relying on the date of
revision to notice changes, so an unchanged record costs a download and a comparison, and saves
the storing and the reading. Run ``python -m benchmarks.resweep [N_RECORDS]``.
"""

import os
import sys
from datetime import date
from functools import partial

from benchmarks.nights import TOPIC, empty_database, prefect_server, served_records, wall_seconds
from flows.nightly import nightly
from flows.reading_place import ReadingPlace

N_RECORDS = 2_000
LIMIT = 0.05


def main() -> None:
    """Measure and print the table."""
    n_records = int(sys.argv[1]) if len(sys.argv) > 1 else N_RECORDS
    print(f"Second sweep of {n_records} unchanged records (limit: {LIMIT:.0%} of the first)")
    print(f"{'':36}{'first s':>9}{'second s':>9}{'share':>8}")
    with served_records(n_records), prefect_server():
        _print_row("sweep and extractive reading", is_read=True)
        _print_row("sweep without reading", is_read=False)
        # Most of a second sweep is NCBI's limit of 3 requests a second; a key allows 10.
        os.environ["NCBI_API_KEY"] = "benchmark"
        _print_row("sweep and reading, with an API key", is_read=True)


def _print_row(name: str, *, is_read: bool) -> None:
    with empty_database():
        first, second = (wall_seconds(partial(_sweep, is_read)) for _ in range(2))
    print(f"{name:36}{first:9.1f}{second:9.1f}{second / first:8.1%}", flush=True)


def _sweep(read: bool) -> None:
    nightly([TOPIC], date(1800, 1, 1), None, ReadingPlace.HERE if read else ReadingPlace.NOWHERE)


if __name__ == "__main__":
    main()
