"""``litsweep gpu-worker`` as a real process on a real server, with a made GPU."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from db.engine import Database
from db.waiting import count_unread, list_quarantined
from flows.read_documents import read_documents
from flows.sweep import sweep
from litsweep.domain.documents import DocumentKind
from litsweep_app.prefect_server import local_server
from litsweep_app.worker_exit import LOST_DEVICE
from tests.fakes.unread import store_unread
from tests.flows.nights import query

POOL = "warm"
PATIENCE_S = 120
ENDED = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
N_RECORDS, BATCH = 200, 2


@pytest.fixture(scope="module")
def api() -> Iterator[httpx.Client]:
    """A server with a deployment of two flows; their pool is for the first worker to make."""
    with (
        local_server({"PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false"}) as url,
        temporary_settings({PREFECT_API_URL: url}),
        httpx.Client(base_url=url, timeout=PATIENCE_S) as client,
    ):
        asyncio.run(_deploy())
        yield client


async def _deploy() -> None:
    async with get_client() as client:
        await client._client.post(
            "/work_pools/", json={"name": POOL, "type": "litsweep-warm", "base_job_template": {}}
        )
        for flow, entrypoint in (
            (read_documents, "flows.read_documents.read_documents"),
            (sweep, "flows.sweep.sweep"),
        ):
            flow_id = await client.create_flow(flow)
            await client.create_deployment(
                flow_id=flow_id, name="warm", entrypoint=entrypoint, work_pool_name=POOL
            )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def stored(home: Path) -> Iterator[Callable[[int], Database]]:
    """Makes the results database of the workers, with so many abstracts that wait."""
    opened: list[Database] = []

    def store(n_records: int) -> Database:
        opened.append(store_unread(f"sqlite:///{home / 'results.db'}", home / "data", n_records))
        return opened[0]

    yield store
    for database in opened:
        database.close()


@contextmanager
def _worker(api: httpx.Client, home: Path, **environment: str) -> Iterator[psutil.Popen]:
    settings = {
        "PREFECT_API_URL": str(api.base_url),
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "DO_NOT_TRACK": "1",
        "LITSWEEP_DATABASE_URL": f"sqlite:///{home / 'results.db'}",
        "LITSWEEP_BATCH_SIZE": str(BATCH),
        "MADE_GPU_LOG": str(home / "loads"),
    }
    with (home / "worker.log").open("ab") as log:
        process = psutil.Popen(
            [sys.executable, "-m", "tests.fakes.made_gpu", "gpu-worker", "--pool", POOL],
            env={**os.environ, **settings, **environment},
            cwd=Path(__file__).parents[2],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.is_running():
                process.kill()
            process.wait()


def _start(api: httpx.Client, flow: str = "read-documents", **parameters: Any) -> str:
    deployment = api.get(f"/deployments/name/{flow}/warm").raise_for_status().json()
    form = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
    reply = api.post(f"/deployments/{deployment['id']}/create_flow_run", json=form)
    return str(reply.raise_for_status().json()["id"])


def _state(api: httpx.Client, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/flow_runs/{run_id}").raise_for_status().json()["state"]
    return found


def _await(is_so: Callable[[], Any], home: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, (home / "worker.log").read_text()
        time.sleep(0.3)


def _ended(api: httpx.Client, run_id: str, home: Path) -> dict[str, Any]:
    _await(lambda: _state(api, run_id)["type"] in ENDED, home)
    return _state(api, run_id)


def _n_read(database: Database) -> int:
    return int(query(database, "SELECT count(*) FROM readings")[0][0])


def _leases(database: Database) -> dict[int, int]:
    """How often a worker was lost over each document that is leased or was lost."""
    return dict(query(database, "SELECT document_id, n_lost FROM reading_leases"))


@pytest.mark.timeout(900)
def test_a_warm_worker_is_cancelled_ended_and_loses_its_gpu(
    api: httpx.Client, home: Path, stored: Callable[[int], Database]
) -> None:
    # One story, because each start of a worker costs four seconds.
    database = stored(N_RECORDS)
    # All abstracts take 30 s: what is cancelled or ended must still be at work then.
    with _worker(api, home, MADE_GPU_SECONDS="0.15") as worker:
        cancelled = _start(api)
        _check_cancelling(api, home, database, cancelled)
        failed = _ended(api, _start(api, "sweep", topic="nonsense"), home)
        assert (failed["type"], "nonsense" in failed["message"]) == ("FAILED", True)
        handed_back = _start(api)
        before = _n_read(database)
        _await(lambda: _n_read(database) > before, home)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE_S) == 0
    state = _state(api, handed_back)
    assert (state["type"], state["name"]) == ("SCHEDULED", "AwaitingRetry"), state
    assert _leases(database) == {}
    assert _n_read(database) < N_RECORDS
    assert len((home / "loads").read_text().split()) == 1, "the model is loaded once"
    assert _has_heart(api, cancelled)
    _check_losses(api, home, database, handed_back)


def _check_cancelling(api: httpx.Client, home: Path, database: Database, run_id: str) -> None:
    _await(lambda: _n_read(database), home)
    api.post(f"/flow_runs/{run_id}/set_state", json={"state": {"type": "CANCELLING"}})
    state = _ended(api, run_id, home)
    assert (state["type"], state["name"]) == ("CANCELLED", "Cancelled")
    assert f"{_n_read(database)} documents were read and are stored" in state["message"]
    assert _n_read(database) < N_RECORDS
    assert _leases(database) == {}


def _check_losses(api: httpx.Client, home: Path, database: Database, run_id: str) -> None:
    """Start the worker again each time that it ends, as a supervisor does, until none waits."""
    for n_lost in (1, 2, 3):
        with _worker(api, home, MADE_GPU_POISON=f"tremor {N_RECORDS}.") as worker:
            state = _ended(api, run_id, home)
            assert state["type"] == "FAILED"
            assert "the GPU's context is lost (CUDA error: device-side" in state["message"]
            assert worker.wait(PATIENCE_S) == LOST_DEVICE
        assert max(_leases(database).values()) == n_lost
        run_id = _start(api)
    with database.reading() as conn:
        (quarantined,) = list_quarantined(conn, topic=None, kind=DocumentKind.ABSTRACT)
        assert count_unread(conn, DocumentKind.ABSTRACT, None) == 0
    assert (quarantined.pmid, _n_read(database)) == (N_RECORDS, N_RECORDS - 1)
    n_read_once = query(database, "SELECT count(DISTINCT document_id) FROM readings")
    assert n_read_once == [(N_RECORDS - 1,)]


def _has_heart(api: httpx.Client, run_id: str) -> bool:
    asked = {
        "filter": {
            "event": {"name": ["prefect.flow-run.heartbeat"]},
            "resource": {"id": [f"prefect.flow-run.{run_id}"]},
        }
    }
    found: int = api.post("/events/filter", json=asked).raise_for_status().json()["total"]
    return found > 0
