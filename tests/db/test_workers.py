"""Two real processes drain one database: nothing is lost or doubled, also when one is killed."""

import os
import select
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select as sql_select

from db.engine import Database
from db.reading_runs import list_reading_runs
from db.records import save_records
from db.tables import reading_leases, readings
from litsweep.domain.records import FetchedRecord, RecordSet
from tests.db.conftest import NOW

SIZE, N_DOCUMENTS = 3, 14
_SECONDS = 120


class Worker:
    """A worker of tests.fakes.reading_worker, driven line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def hear(self) -> str:
        """Return the next line that it says; fail rather than wait for ever."""
        assert self.process.stdout is not None
        is_ready, _, _ = select.select([self.process.stdout], [], [], _SECONDS)
        assert is_ready, "the worker says nothing"
        return self.process.stdout.readline().strip()

    def read_on(self) -> str:
        """Let it read the batch that it holds, and return what it says next."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.hear()


@contextmanager
def working(url: str, folder: Path) -> Iterator[Worker]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.reading_worker", str(SIZE)],
        env={
            **os.environ,
            "LITSWEEP_DATABASE_URL": url,
            "LITSWEEP_SUMMARY_MODEL": "none",
            "LITSWEEP_LEASE_MINUTES": "60",
            "LITSWEEP_MODELS_DIR": str(folder),
            "PREFECT_HOME": str(folder),
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Worker(process)
    finally:
        process.kill()
        process.communicate(timeout=_SECONDS)


def test_two_workers_share_and_one_is_killed(
    database: Database,
    database_url: str,
    start_run: Callable[..., int],
    make_set: Callable[..., RecordSet],
    make_record: Callable[..., FetchedRecord],
    tmp_path: Path,
) -> None:
    pmids = tuple(range(1, N_DOCUMENTS + 1))
    run_id = start_run(database, pmids)
    found = make_set(*(make_record(pmid, title=f"Title {pmid}") for pmid in pmids))
    with database.writing() as conn:
        save_records(conn, run_id, found, requested=pmids, now=NOW, tool_version="0")
    with working(database_url, tmp_path) as one, working(database_url, tmp_path) as other:
        # Each holds a batch at the same time, and reads one.
        assert {one.hear(), other.hear()} == {"leased 3"}
        assert {one.read_on(), other.read_on()} == {"leased 3"}
        one.process.kill()
        one.process.wait(_SECONDS)
        said = [other.read_on()]
        while said[-1] != "done":
            said.append(other.read_on())
        assert other.process.wait(_SECONDS) == 0
    assert said == ["leased 2", "leased 3", "done"]  # what was left, then the dead one's batch
    with database.reading() as conn:
        read = Counter(conn.scalars(sql_select(readings.c.document_id)))
        runs = list_reading_runs(conn)
        assert conn.execute(sql_select(reading_leases)).all() == []
    assert set(read.values()) == {1}
    assert len(read) == N_DOCUMENTS
    assert sorted(run.n_documents for run in runs) == [3, 11]
    assert [run.finished_at is None for run in runs if run.n_documents == 3] == [True]
    assert all(run.peak_memory_bytes > 0 and run.tokens_per_second is None for run in runs)
