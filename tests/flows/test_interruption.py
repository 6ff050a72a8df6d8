"""Sweeps that are stopped or killed in the middle, as real processes of the real command."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from db import runs
from db.engine import Database
from litsweep.domain.strategies import RunStatus
from litsweep_app.prefect_server import recording_on
from tests.fakes.meddled_ncbi import Question
from tests.fakes.pubmed_files import write_records
from tests.flows.conftest import Serve
from tests.flows.nights import count, last_run, stored_pmids, sweep_all

PMIDS = range(1001, 1451)
"""More than two batches of 200."""


class Holdup:
    """Lets the first batch pass, and never answers to the second."""

    def __init__(self) -> None:
        self.is_reached = threading.Event()
        self.is_over = threading.Event()
        self._n_fetches = 0

    def __call__(self, question: Question) -> Question | int:
        if question.tool == "efetch":
            self._n_fetches += 1
            if self._n_fetches == 2:
                self.is_reached.set()
                self.is_over.wait(60)
                return 503
        return question


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_records(tmp_path / "ncbi", PMIDS)
    return tmp_path / "ncbi"


@pytest.fixture
def holdup() -> Iterator[Holdup]:
    held = Holdup()
    yield held
    held.is_over.set()


@contextmanager
def sweeping(**environment: str) -> Iterator[subprocess.Popen[str]]:
    """Run ``litsweep sweep`` as a terminal does: the leader of a process group of its own."""
    process = subprocess.Popen(
        [
            *(Path(sys.executable).with_name("litsweep"), "sweep"),
            *("--topic", "everything", "--since", "1800-01-01", "--no-read"),
        ],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_ctrl_c_ends_the_sweep_and_closes_its_run(
    database: Database, data: Path, serve: Serve, prefect_url: str, holdup: Holdup
) -> None:
    with serve(data, meddle=holdup), sweeping(PREFECT_API_URL=prefect_url) as process:
        assert holdup.is_reached.wait(120), "the sweep did not get to its second batch"
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in output + errors
    assert "Stopped" in errors
    run = last_run(database)
    assert run.status is RunStatus.FAILED
    assert run.error == "stopped by KeyboardInterrupt"
    assert run.finished_at is not None
    assert stored_pmids(database) == list(range(1001, 1201))

    with serve(data), recording_on(prefect_url):
        assert sweep_all().is_completed()
    assert stored_pmids(database) == list(PMIDS)


def test_a_killed_sweep_is_interrupted_and_the_next_one_completes(
    database: Database,
    data: Path,
    serve: Serve,
    prefect_url: str,
    holdup: Holdup,
    tmp_path: Path,
) -> None:
    # With a server of its own, of which nothing must stay behind either.
    own_server = {"PREFECT_API_URL": "", "TMPDIR": str(tmp_path)}
    with serve(data, meddle=holdup), sweeping(**own_server) as process:
        assert holdup.is_reached.wait(120), "the sweep did not get to its second batch"
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait(120)
    assert last_run(database).status is RunStatus.RUNNING
    assert children, "the sweep had no Prefect server"
    assert not psutil.wait_procs(children, timeout=120)[1]
    assert not list(tmp_path.glob("litsweep-prefect-*"))

    with serve(data), recording_on(prefect_url):
        assert sweep_all().is_completed()
    with database.reading() as conn:
        completed, killed = runs.list_runs(conn)
    assert killed.status is RunStatus.INTERRUPTED
    assert "ended before it could close the run" in str(killed.error)
    assert completed.status is RunStatus.COMPLETE
    assert (completed.n_fetched, completed.n_new, completed.n_changed) == (450, 250, 0)
    assert stored_pmids(database) == list(PMIDS)
    assert count(database, "record_versions") == count(database, "documents") == 450
