"""The health page, over a Prefect server that answers what the test tells it to."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from db import topics
from db.engine import open_database
from litsweep_app.house.health import HealthWatch
from litsweep_app.house.health_server import build_app
from litsweep_app.house.options import HouseOptions
from litsweep_app.house.plan import worker_name
from litsweep_app.house.server_client import ServerClient
from litsweep_app.house.supervisor import ProcessState, Status
from tests.fakes.prefect_api import PrefectApi

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
READY = Status(name="server", what="the <server>", state=ProcessState.READY, since=NOW, pid=7)


@pytest.fixture
def api() -> Iterator[PrefectApi]:
    with PrefectApi(worker_name()) as running:
        yield running


@pytest.fixture
def statuses() -> list[Status]:
    return [READY]


@pytest.fixture(scope="module")
def with_a_topic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("results") / "results.db"
    database = open_database(f"sqlite:///{path}", create=True)
    with database.writing() as conn:
        topics.add_topic(conn, name="asthma", query="asthma", author="a", reason="r")
    database.close()
    return path


@pytest.fixture
def client(
    tmp_path: Path, with_a_topic: Path, api: PrefectApi, statuses: list[Status]
) -> TestClient:
    url = f"sqlite:///{shutil.copy(with_a_topic, tmp_path / 'results.db')}"
    options = HouseOptions(folder=tmp_path / "house")
    watch = HealthWatch(options, ServerClient(api.url, None), lambda: statuses, url)
    return TestClient(build_app(watch, options), base_url="http://127.0.0.1:4201")


def test_all_is_green(client: TestClient) -> None:
    reply = client.get("/health")
    found = reply.json()
    assert (reply.status_code, found["green"], found["complaints"]) == (200, True, [])
    facts = {one["name"]: one for one in found["facts"]}
    assert facts["next night"]["found"] == "2026-11-23 03:30 UTC"
    assert facts["automations"]["state"] == "good"
    page = client.get("/")
    assert page.status_code == 200
    assert "All is green." in page.text
    assert "the &lt;server&gt;" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "answer", "complaint"),
    [
        ("/ready", None, "Prefect server: The Prefect server answers 503 to /ready."),
        ("/work_pools/litsweep/workers/filter", [], "worker: no heartbeat"),
        ("/deployments/filter", [], "deployments: missing: backfill"),
    ],
    ids=["server", "worker", "deployments"],
)
def test_what_is_not_in_order_is_said_and_answers_503(
    client: TestClient, api: PrefectApi, path: str, answer: object, complaint: str
) -> None:
    api.answers[path] = answer
    reply = client.get("/health")
    assert reply.status_code == 503
    assert reply.json()["complaints"][0].startswith(complaint)
    page = client.get("/")
    assert page.status_code == 200
    assert "Not all is green." in page.text


def test_a_process_that_is_not_ready_is_not_green(
    client: TestClient, statuses: list[Status]
) -> None:
    statuses[0] = replace(READY, state=ProcessState.GIVEN_UP, trouble="ended with <3>")
    reply = client.get("/health")
    assert reply.status_code == 503
    assert reply.json()["complaints"] == ["server is given up"]
    assert "ended with &lt;3&gt;" in client.get("/").text


def test_a_server_that_is_away_is_said(client: TestClient, api: PrefectApi) -> None:
    api.close()
    reply = client.get("/health")
    assert reply.status_code == 503
    assert "does not answer" in json.dumps(reply.json()["complaints"])


def test_a_database_that_is_away_is_said(tmp_path: Path, client: TestClient) -> None:
    (tmp_path / "results.db").unlink()
    reply = client.get("/health")
    assert reply.status_code == 503
    assert reply.json()["complaints"][0].startswith("results database: ")


def test_only_this_machine_s_names_are_answered(client: TestClient) -> None:
    assert client.get("/health", headers={"host": "localhost:4201"}).status_code == 200
    for path in ("/", "/health"):
        assert client.get(path, headers={"host": "evil.example"}).status_code == 400
