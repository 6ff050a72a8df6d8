"""Nights that have their documents read elsewhere: one run of a pool, or an event."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client

from db.engine import Database
from flows import reading_elsewhere
from flows.nightly import nightly
from flows.reading_place import ReadingPlace
from tests.fakes.pubmed_files import write_readable_record
from tests.flows.conftest import Serve
from tests.flows.nights import SINCE, count

POOL = "elsewhere"
PATIENCE_S = 60


@pytest.fixture
def client(recorded: str) -> Iterator[SyncPrefectClient]:
    assert recorded
    with get_client(sync_client=True) as opened:
        yield opened


@pytest.fixture
def served(tmp_path: Path, database: Database, serve: Serve) -> Iterator[None]:
    """Two records at NCBI, and nobody who looks at runs every five seconds only."""
    assert database
    folder = tmp_path / "ncbi"
    for pmid in (11, 12):
        write_readable_record(folder, pmid)
    with serve(folder):
        yield


@pytest.fixture
def deployment(
    client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch, recorded: str
) -> Iterator[str]:
    """A deployment of ``read_documents``, on a pool without workers."""
    name = f"elsewhere-{uuid4().hex[:6]}"
    flow_id = client.create_flow_from_name("read-documents")
    httpx.post(f"{recorded}/work_pools/", json={"name": POOL, "type": "process"})
    client.create_deployment(flow_id=flow_id, name=name, work_pool_name=POOL)
    monkeypatch.setenv("LITSWEEP_READING_DEPLOYMENT", f"read-documents/{name}")
    monkeypatch.setattr(reading_elsewhere, "_LOOK_EVERY_S", 0.2)
    yield name


def _reading_runs(url: str, deployment: str) -> list[dict[str, Any]]:
    asked = {"deployments": {"name": {"any_": [deployment]}}}
    found: list[dict[str, Any]] = httpx.post(f"{url}/flow_runs/filter", json=asked).json()
    return found


def _play_worker(url: str, deployment: str, end: dict[str, str]) -> None:
    """Take the run when it is there, and end it."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := _reading_runs(url, deployment)) and time.monotonic() < deadline:
        time.sleep(0.1)
    for state in ({"type": "PENDING"}, {"type": "RUNNING"}, end):
        form = {"state": state}
        httpx.post(f"{url}/flow_runs/{found[0]['id']}/set_state", json=form).raise_for_status()


@pytest.mark.parametrize(
    ("end", "told"),
    [
        pytest.param({"type": "COMPLETED", "message": "2 documents read"}, True, id="completed"),
        pytest.param({"type": "FAILED", "message": "the GPU is lost"}, False, id="failed"),
    ],
)
@pytest.mark.usefixtures("served")
def test_a_night_makes_one_run_of_the_pool_and_tells_how_it_ended(
    recorded: str, deployment: str, end: dict[str, str], told: bool
) -> None:
    worker = threading.Thread(target=_play_worker, args=(recorded, deployment, end), daemon=True)
    worker.start()
    state = nightly(["everything"], SINCE, reading=ReadingPlace.POOL, return_state=True)
    worker.join(PATIENCE_S)
    assert state.is_completed() is told
    assert end["message"] in str(state.message)
    (run,) = _reading_runs(recorded, deployment)
    assert run["parameters"] == {"topics": ["everything"]}
    assert run["parent_task_run_id"] is not None


@pytest.mark.usefixtures("served")
def test_a_run_that_nobody_takes_is_told_of_and_stays(
    recorded: str, deployment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_elsewhere, "TELL_AFTER_S", 0.3)
    monkeypatch.setattr(reading_elsewhere, "GIVE_UP_AFTER_S", 1.0)
    logged: list[str] = []
    logger = _Logger(logged)
    monkeypatch.setattr(reading_elsewhere, "get_run_logger", lambda: logger)
    state = nightly(since=SINCE, reading=ReadingPlace.POOL, return_state=True)
    assert state.is_failed()
    assert f"prefect worker start --pool {POOL}" in str(state.message)
    assert [line.startswith("LATE: No worker of the pool") for line in logged] == [True]
    (run,) = _reading_runs(recorded, deployment)
    assert run["state"]["type"] == "SCHEDULED"
    assert run["parameters"] == {}


@pytest.mark.usefixtures("recorded")
def test_a_retried_night_finds_the_run_that_it_made(
    recorded: str, deployment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = _Runtime()
    monkeypatch.setattr(reading_elsewhere, "runtime", night)
    name = f"read-documents/{deployment}"
    first = reading_elsewhere._start(name, {})
    assert reading_elsewhere._start(name, {}).id == first.id
    for state in ("PENDING", "RUNNING", "COMPLETED"):
        form = {"state": {"type": state}}
        httpx.post(f"{recorded}/flow_runs/{first.id}/set_state", json=form).raise_for_status()
    night.flow_run.run_count = 2
    again = reading_elsewhere._start(name, {})
    assert again.id != first.id, "the first one read what an earlier attempt had found"
    assert reading_elsewhere._start(name, {}).id == again.id


@pytest.mark.usefixtures("served", "recorded")
def test_a_server_without_the_deployment_is_named_with_the_way_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITSWEEP_READING_DEPLOYMENT", "read-documents/nonsense")
    state = nightly(since=SINCE, reading=ReadingPlace.POOL, return_state=True)
    assert state.is_failed()
    assert "no deployment 'read-documents/nonsense'" in str(state.message)
    assert "python -m deployments.apply" in str(state.message)
    assert count(database, "records") == 2, "the sweeps are done all the same"


@pytest.mark.usefixtures("database")
def test_no_run_is_made_where_nothing_waits(
    recorded: str, deployment: str, tmp_path: Path, serve: Serve
) -> None:
    (tmp_path / "nothing").mkdir()
    with serve(tmp_path / "nothing"):
        state = nightly(since=SINCE, reading=ReadingPlace.POOL, return_state=True)
    assert state.is_completed()
    assert "nothing waited to be read" in str(state.message)
    assert _reading_runs(recorded, deployment) == []


@pytest.mark.usefixtures("served")
def test_an_event_says_that_the_sweeps_have_ended(recorded: str, database: Database) -> None:
    state = nightly(since=SINCE, reading=ReadingPlace.EVENT, return_state=True)
    assert state.is_completed()
    resource = f"litsweep.night.{state.state_details.flow_run_id}"
    asked = {
        "filter": {"event": {"name": ["litsweep.night.swept"]}, "resource": {"id": [resource]}}
    }
    deadline = time.monotonic() + PATIENCE_S
    while not (found := httpx.post(f"{recorded}/events/filter", json=asked).json()["events"]):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    (event,) = found
    payload = event["payload"]
    assert (payload["topics"], payload["n_failed"], payload["n_waiting"]) == (["everything"], 0, 2)
    assert count(database, "readings") == 0


class _Logger:
    def __init__(self, logged: list[str]) -> None:
        self._logged = logged

    def warning(self, message: str, *values: object) -> None:
        self._logged.append(message % values)


class _Runtime:
    def __init__(self) -> None:
        self.flow_run = _Run()


class _Run:
    id = "11111111-2222-3333-4444-555555555555"
    run_count = 1
