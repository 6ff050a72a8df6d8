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
from flows.read_documents import read_documents
from flows.sweep import sweep
from litsweep_app.prefect_server import local_server
from litsweep_app.worker_exit import LOST_DEVICE
from tests.fakes.unread import store_unread
from tests.flows.nights import query

POOL = "warm"
PATIENCE_S = 120
ENDED = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
BATCH = 8


@pytest.fixture(scope="module")
def api() -> Iterator[httpx.Client]:
    """A server with a deployment of two flows; their pool is for the first worker to make."""
    with (
        local_server({"PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false"}) as url,
        temporary_settings({PREFECT_API_URL: url}),
        httpx.Client(base_url=url, timeout=30) as client,
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
        time.sleep(0.1)


def _ended(api: httpx.Client, run_id: str, home: Path) -> dict[str, Any]:
    _await(lambda: _state(api, run_id)["type"] in ENDED, home)
    return _state(api, run_id)


def _n_read(database: Database) -> int:
    return int(query(database, "SELECT count(*) FROM readings")[0][0])


def _leases(database: Database) -> list[tuple[Any, ...]]:
    return query(database, "SELECT document_id, n_lost FROM reading_leases ORDER BY document_id")


def test_runs_share_one_loaded_model_and_end_when_they_are_told_to(
    api: httpx.Client, home: Path, stored: Callable[[int], Database]
) -> None:
    database = stored(400)
    with _worker(api, home, MADE_GPU_SECONDS="0.05") as worker:
        cancelled = _start(api)
        _await(lambda: _n_read(database), home)
        api.post(f"/flow_runs/{cancelled}/set_state", json={"state": {"type": "CANCELLING"}})
        state = _ended(api, cancelled, home)
        n_read = _n_read(database)
        assert (state["type"], state["name"]) == ("CANCELLED", "Cancelled")
        assert f"{n_read} documents were read and are stored" in state["message"]
        assert n_read < 400
        assert _leases(database) == []

        failed = _ended(api, _start(api, "sweep", topic="nonsense"), home)
        assert (failed["type"], "nonsense" in failed["message"]) == ("FAILED", True)

        handed_back = _start(api)
        _await(lambda: _n_read(database) > n_read, home)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE_S) == 0
    state = _state(api, handed_back)
    assert (state["type"], state["name"]) == ("SCHEDULED", "AwaitingRetry"), state
    assert _leases(database) == []
    assert _n_read(database) < 400
    assert len((home / "loads").read_text().split()) == 1, "the model is loaded once"
    assert _has_heart(api, cancelled)

    with _worker(api, home):
        assert _ended(api, handed_back, home)["type"] == "COMPLETED"
    assert _n_read(database) == 400
    assert len(query(database, "SELECT DISTINCT document_id FROM readings")) == 400


def test_a_worker_whose_gpu_is_lost_ends_to_be_started_afresh(
    api: httpx.Client, home: Path, stored: Callable[[int], Database]
) -> None:
    database = stored(20)
    ends, losses = [], []
    state: dict[str, Any] = {}
    while state.get("type") != "COMPLETED":
        with _worker(api, home, MADE_GPU_POISON="tremor 7.") as worker:
            state = _ended(api, _start(api), home)
            if state["type"] == "FAILED":
                assert (
                    "the GPU's context is lost (CUDA error: device-side assert" in state["message"]
                )
                ends.append(worker.wait(PATIENCE_S))
                losses.append(dict(_leases(database)))
    assert ends == [LOST_DEVICE] * 3
    poisonous = [number for number, n_lost in losses[-1].items() if n_lost == 3]
    assert [loss[poisonous[0]] for loss in losses] == [1, 2, 3]
    assert len(poisonous) == 1
    assert _n_read(database) == 19
    assert len(set((home / "loads").read_text().split())) == 4, "each process loads it once"


def _has_heart(api: httpx.Client, run_id: str) -> bool:
    asked = {
        "filter": {
            "event": {"name": ["prefect.flow-run.heartbeat"]},
            "resource": {"id": [f"prefect.flow-run.{run_id}"]},
        }
    }
    found: int = api.post("/events/filter", json=asked).raise_for_status().json()["total"]
    return found > 0
