"""``prefect.yaml`` as an operator uses it: a real server, a real deploy, a real process worker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from db import runs, topics
from db.engine import open_database
from litsweep.domain.strategies import RunStatus
from litsweep_app import sandbox
from litsweep_app.prefect_server import local_server
from tests.fakes.pubmed_files import write_records

PREFECT_YAML = Path(__file__).parents[2] / "deployments" / "prefect.yaml"
PREFECT = (sys.executable, "-m", "prefect")
RUN_SECONDS = 120


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What an operator's shell has: the server's address, and no profile of anybody's."""
    # Without the scheduler, so that no night falls into the test.
    with local_server({"PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false"}) as url:
        yield {
            **os.environ,
            "PREFECT_API_URL": url,
            "PREFECT_HOME": str(tmp_path_factory.mktemp("operator")),
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "DO_NOT_TRACK": "1",
        }


@pytest.fixture(scope="module")
def deployed(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A server on which the file was deployed from a folder that has nothing to do with it."""
    for arguments in (
        ("work-pool", "create", "litsweep", "--type", "process"),
        ("work-pool", "create", "litsweep-gpu", "--type", "process"),
        ("--no-prompt", "deploy", "--all", "--prefect-file", str(PREFECT_YAML)),
    ):
        subprocess.run(
            [*PREFECT, *arguments],
            env=environment,
            cwd=tmp_path_factory.mktemp("elsewhere"),
            capture_output=True,
            timeout=120,
            check=True,
        )
    with httpx.Client(base_url=environment["PREFECT_API_URL"]) as client:
        yield client


def _deployments(client: httpx.Client) -> dict[str, dict[str, Any]]:
    # The command ends with 0 whatever happened: the server is asked.
    found = client.post("/deployments/filter", json={}).raise_for_status().json()
    return {each["name"]: each for each in found}


def test_deployments_by_module_path(deployed: httpx.Client) -> None:
    found = _deployments(deployed)
    assert {name: each["entrypoint"] for name, each in found.items()} == {
        "nightly": "flows.nightly.nightly",
        "sweep": "flows.sweep.sweep",
        "review-query": "flows.review_query.review_query",
        "read-documents": "flows.read_documents.read_documents",
        "read-on-gpu": "flows.read_documents.read_documents",
        "load": "flows.load.load",
        "backfill": "flows.backfill.backfill",
        "backfill-window": "flows.backfill.backfill_window",
        "fetch-records": "flows.fetch_records.fetch_records",
    }
    assert {each["work_pool_name"] for each in found.values()} == {"litsweep", "litsweep-gpu"}
    assert found["read-on-gpu"]["work_pool_name"] == "litsweep-gpu"
    assert not any(schedule["active"] for schedule in found["read-on-gpu"]["schedules"])
    for each in found.values():
        assert not each["pull_steps"]
        assert "litsweep" in each["tags"]


def test_the_night_is_scheduled_once_at_a_time(deployed: httpx.Client) -> None:
    found = _deployments(deployed)
    nightly = found["nightly"]
    (schedule,) = nightly["schedules"]
    assert schedule["slug"] == "every-night"
    assert schedule["active"]
    assert schedule["schedule"]["cron"] == "30 22 * * *"
    assert schedule["schedule"]["timezone"] == "America/New_York"
    assert nightly["global_concurrency_limit"]["limit"] == 1
    assert nightly["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert not found["sweep"]["schedules"]
    assert not found["read-documents"]["schedules"]


def test_every_parameter_is_explained_to_whoever_starts_a_run(deployed: httpx.Client) -> None:
    for each in _deployments(deployed).values():
        for name, schema in each["parameter_openapi_schema"]["properties"].items():
            assert schema.get("description"), f"{each['entrypoint']}: {name}"


def test_a_process_worker_sweeps(
    deployed: httpx.Client, environment: dict[str, str], tmp_path: Path
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'results.db'}", create=True)
    with database.writing() as conn:
        topics.add_topic(conn, name="everything", query="all[sb]", author="a test", reason="test")
    write_records(tmp_path / "ncbi", range(1001, 1006))
    sweep_id = _deployments(deployed)["sweep"]["id"]
    with sandbox.running([tmp_path / "ncbi"], enforce_rate_limit=False) as address:
        settings = {
            "LITSWEEP_DATABASE_URL": f"sqlite:///{tmp_path / 'results.db'}",
            "LITSWEEP_EUTILS_URL": address.eutils_url,
            "NCBI_EMAIL": "somebody@example.org",
        }
        with _worker({**environment, **settings}, tmp_path):
            flow_run_id = _start(deployed, sweep_id)
            state = _final_state(deployed, flow_run_id)
    log = (tmp_path / "worker.log").read_text()
    assert state["type"] == "COMPLETED", f"{state}\n{log}"
    assert state["message"] == "5 new, 0 changed"
    with database.reading() as conn:
        (run,) = runs.list_runs(conn)
    database.close()
    assert run.status is RunStatus.COMPLETE
    assert (run.n_reported, run.n_fetched, run.n_new) == (5, 5, 5)


def _start(client: httpx.Client, deployment_id: str) -> str:
    parameters = {"topic": "everything", "since": "1800-01-01", "retrieve_reports": False}
    form = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
    reply = client.post(f"/deployments/{deployment_id}/create_flow_run", json=form)
    return str(reply.raise_for_status().json()["id"])


def _final_state(client: httpx.Client, flow_run_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + RUN_SECONDS
    while True:
        state: dict[str, Any] = client.get(f"/flow_runs/{flow_run_id}").json()["state"]
        if state["type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}:
            return state
        if time.monotonic() > deadline:
            return state
        time.sleep(0.5)


@contextmanager
def _worker(environment: dict[str, str], folder: Path) -> Iterator[None]:
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [*PREFECT, "worker", "start", "--pool", "litsweep", "--type", "process"],
            env=environment,
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
