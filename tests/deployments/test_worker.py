"""A night on a real process worker: redeployed in the middle, once at a time, without secrets."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentUpdate

from db import runs, topics
from db.engine import open_database
from deployments.apply import main
from litsweep.domain.strategies import RunStatus
from litsweep_app import sandbox
from tests.deployments.servers import PASSWORD, wait_for
from tests.fakes.meddled_ncbi import Question, meddled
from tests.fakes.pubmed_files import write_records

SECRETS: Final = {
    "NCBI_API_KEY": "ncbi0key0not0to0be0found",
    "NCBI_EMAIL": "nobody.to.be.found@example.org",
    "LITSWEEP_SMTP_PASSWORD": "smtp-not-to-be-found",
    "LITSWEEP_SERVED_API_KEY": "served-not-to-be-found",
    "LITSWEEP_READER_DATABASE_URL": "postgresql://reader:database-not-to-be-found@nowhere/x",
}


def test_a_night_that_is_redeployed_in_the_middle(
    operator: SyncPrefectClient,
    api: httpx.Client,
    environment: dict[str, str],
    server_database: Path,
    tmp_path: Path,
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'results.db'}", create=True)
    with database.writing() as conn:
        topics.add_topic(conn, name="everything", query="all[sb]", author="a test", reason="test")
    write_records(tmp_path / "ncbi", range(1001, 1006))
    asked, may_answer = threading.Event(), threading.Event()

    def hold_up(question: Question) -> Question:
        asked.set()
        assert may_answer.wait(120)
        return question

    night = operator.read_deployment_by_name("nightly/nightly")
    with (
        sandbox.running([tmp_path / "ncbi"], enforce_rate_limit=False) as served,
        meddled(served, hold_up) as address,
    ):
        settings = {
            "LITSWEEP_DATABASE_URL": f"sqlite:///{tmp_path / 'results.db'}",
            "LITSWEEP_EUTILS_URL": address.eutils_url,
            "LITSWEEP_PMC_CLOUD_URL": address.pmc_cloud_url,
            "LITSWEEP_EUROPE_PMC_URL": address.europe_pmc_url,
            **SECRETS,
        }
        with _worker({**environment, **settings}, tmp_path):
            run_id = _start(api, str(night.id))
            assert asked.wait(120), (tmp_path / "worker.log").read_text()
            assert _slots(operator) == 1
            # Somebody changes it, and somebody deploys it again, while the run is at work.
            operator.update_deployment(night.id, DeploymentUpdate(tags=[], concurrency_limit=5))
            assert main([]) == 0
            second = _start(api, str(night.id))
            wait_for(lambda: _state(api, second)["type"] == "CANCELLED")
            assert _slots(operator) == 1
            may_answer.set()
            wait_for(lambda: _state(api, run_id)["type"] in {"COMPLETED", "FAILED", "CRASHED"})
    log = (tmp_path / "worker.log").read_text()
    assert _state(api, run_id)["type"] == "COMPLETED", log
    wait_for(lambda: _slots(operator) == 0)
    assert len(operator.read_deployment_by_name("nightly/nightly").schedules) == 1
    with database.reading() as conn:
        (run,) = runs.list_runs(conn)
    database.close()
    assert run.status is RunStatus.COMPLETE
    assert (run.n_reported, run.n_fetched, run.n_new) == (5, 5, 5)
    _assert_no_secret(api, server_database, log)


def _assert_no_secret(api: httpx.Client, server_database: Path, log: str) -> None:
    hidden = [*SECRETS.values(), "database-not-to-be-found", PASSWORD.partition(":")[2]]
    told = [_ask(api, path) for path in ("deployments", "flow_runs", "task_runs", "work_pools")]
    told += [_ask(api, path) for path in ("variables", "logs", "artifacts", "block_documents")]
    assert "everything" in "".join(told), "the run is among what was looked at"
    wait_for(lambda: api.post("/logs/filter", json={}).json())
    # The write-ahead log is part of the file only after a checkpoint.
    with closing(sqlite3.connect(server_database)) as conn:
        conn.execute("PRAGMA wal_checkpoint(FULL)")
    stored = b"".join(path.read_bytes() for path in server_database.parent.glob("prefect.db*"))
    assert b"flows.nightly.nightly" in stored
    for secret in hidden:
        assert secret not in log
        assert not [text for text in told if secret in text]
        assert secret.encode() not in stored


def _ask(api: httpx.Client, path: str) -> str:
    return api.post(f"/{path}/filter", json={}).raise_for_status().text


def _start(api: httpx.Client, deployment_id: str) -> str:
    parameters = {"topics": ["everything"], "since": "1800-01-01", "reading": "nowhere"}
    form = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
    reply = api.post(f"/deployments/{deployment_id}/create_flow_run", json=form)
    return str(reply.raise_for_status().json()["id"])


def _state(api: httpx.Client, flow_run_id: str) -> dict[str, Any]:
    state: dict[str, Any] = api.get(f"/flow_runs/{flow_run_id}").json()["state"]
    return state


def _slots(client: SyncPrefectClient) -> int:
    limit = client.read_deployment_by_name("nightly/nightly").global_concurrency_limit
    assert limit is not None
    return client.read_global_concurrency_limit_by_name(limit.name).active_slots


@contextmanager
def _worker(environment: dict[str, str], folder: Path) -> Iterator[None]:
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [*(sys.executable, "-m", "prefect", "worker", "start"), *("--pool", "litsweep")],
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
