"""``litsweep sweep`` on a lasting Prefect server, and with failures on its way."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from db.engine import Database
from litsweep.domain.strategies import RunStatus
from litsweep.errors import OrchestrationError
from litsweep_app import flow_runs
from litsweep_app.prefect_server import describe_configured, recording_server
from tests.fakes.pubmed_files import write_readable_record
from tests.flows.conftest import Serve
from tests.flows.nights import last_run, stored_pmids

NOBODY = "http://127.0.0.1:9/api"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_readable_record(tmp_path / "ncbi", 11, pmcid="PMC9011")
    write_readable_record(tmp_path / "ncbi", 12)
    return tmp_path / "ncbi"


def sweep(*options: str, prefect_url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("litsweep"), "sweep", "--since", "1800-01-01", *options],
        env={**os.environ, "PREFECT_API_URL": prefect_url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_night_on_a_lasting_server(
    database: Database, data: Path, serve: Serve, prefect_url: str
) -> None:
    with serve(data):
        done = sweep(prefect_url=prefect_url)
    assert done.returncode == 0, done.stderr
    assert f"Recording on the Prefect server at {prefect_url}" in done.stderr
    assert "2 = 2 ids = 2 fetched + 0 absent" in done.stdout
    assert "prefect." not in done.stderr
    assert stored_pmids(database) == [11, 12]


def test_a_failure_is_told_in_a_sentence(
    database: Database, data: Path, serve: Serve, prefect_url: str
) -> None:
    with serve(data, meddle=lambda question: 503):
        done = sweep("--no-read", prefect_url=prefect_url)
    assert done.returncode == 1
    assert "(esearch)" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "prefect." not in done.stderr
    assert last_run(database).status is RunStatus.FAILED


def test_a_server_that_does_not_answer_is_named_before_anything_is_done(
    database: Database, data: Path, serve: Serve
) -> None:
    with serve(data):
        done = sweep(prefect_url=NOBODY)
    assert done.returncode == 1
    assert f"{NOBODY} does not answer" in done.stderr
    assert "unset PREFECT_API_URL" in done.stderr
    assert "Traceback" not in done.stderr
    assert stored_pmids(database) == []


def test_a_server_that_is_lost_on_the_way_is_named(
    prefect_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_server(*_: object, **__: object) -> None:
        raise httpx.ConnectError("Connection refused")  # what Prefect's client ends with

    monkeypatch.setattr(flow_runs, "nightly", lose_the_server)
    with (
        temporary_settings({PREFECT_API_URL: prefect_url}),
        pytest.raises(OrchestrationError, match=f"{prefect_url} stopped answering"),
    ):
        flow_runs.run_nightly(["everything"], since=None, until=None, read=False)
    # A run that this process starts afterwards has its log: only the command kept quiet.
    assert logging.getLogger("prefect.flow_runs").isEnabledFor(logging.INFO)
    assert logging.getLogger("prefect").propagate


def test_what_is_said_of_the_configured_server() -> None:
    with temporary_settings({PREFECT_API_URL: NOBODY}):
        words, is_usable = describe_configured()
        with pytest.raises(OrchestrationError, match="litsweep up"):
            recording_server(pytest.fail).__enter__()
    assert NOBODY in words
    assert not is_usable
