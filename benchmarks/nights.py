"""A night under the stop-watch: a sandbox NCBI, a results database, a Prefect server.

Everything is real and on loopback; NCBI's limit of 3 requests a second is kept.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# Before Prefect is imported: its lines would stand between those of the tables.
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")

from benchmarks.made_records import write_folder
from db import topics
from db.engine import open_database
from litsweep_app import sandbox
from litsweep_app.prefect_server import recording_server

TOPIC = "everything"


@contextmanager
def served_records(n_records: int) -> Iterator[None]:
    """Serve made records, and point the settings of this process at them."""
    with tempfile.TemporaryDirectory() as folder:
        data = write_folder(Path(folder), n_records)
        with sandbox.running([data]) as address:
            os.environ |= {
                "LITSWEEP_EUTILS_URL": address.eutils_url,
                "LITSWEEP_PMC_CLOUD_URL": address.pmc_cloud_url,
                "LITSWEEP_EUROPE_PMC_URL": address.europe_pmc_url,
                "LITSWEEP_SUMMARY_MODEL": "none",
                "LITSWEEP_ANALYSIS_MODEL": "none",
                "NCBI_EMAIL": "benchmark@example.org",
            }
            yield


@contextmanager
def empty_database() -> Iterator[Path]:
    """Make a results database with one topic that matches everything, and set it."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'litsweep.db'}"
        os.environ["LITSWEEP_DATABASE_URL"] = url
        database = open_database(url, create=True)
        with database.writing() as conn:
            topics.add_topic(conn, name=TOPIC, query="all[sb]", author="benchmark", reason="all")
        database.close()
        yield Path(folder)


@contextmanager
def prefect_server() -> Iterator[None]:
    """Record on a temporary server; its start is not part of any figure."""
    with recording_server(lambda _: None):
        yield


def wall_seconds(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
