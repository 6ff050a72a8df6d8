"""A person is asked about a held query by one run, which waits without a process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.states import Failed, Suspended

from db import holds, topics
from db.engine import Database
from flows.review_query import describe, review_query
from litsweep.domain.holds import QueryHold
from litsweep.domain.strategies import RunStatus
from tasks import reviewing
from tests.fakes.pubmed_files import write_records
from tests.flows.conftest import Serve
from tests.flows.nights import add_topic, last_run, sweep_all

ROOT = Path(__file__).parents[2]


@pytest.fixture
def client(recorded: str) -> Iterator[SyncPrefectClient]:
    """A client of a server that has the deployment, and no worker."""
    with get_client(sync_client=True) as opened:
        opened.create_deployment(
            flow_id=opened.create_flow(review_query),
            name="review-query",
            entrypoint="flows.review_query.review_query",
            parameter_openapi_schema=review_query.parameters.model_dump(),
            pull_steps=[],
        )
        yield opened


@pytest.fixture
def hold(
    database: Database, tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch, recorded: str
) -> Iterator[QueryHold]:
    """A query that finds 20 records and is held, since its first version found one."""
    monkeypatch.setenv("LITSWEEP_HOLD_RECORDS", "10")
    write_records(tmp_path / "ncbi", range(1001, 1021))
    add_topic(database, "narrow", "1001[uid]")
    with serve(tmp_path / "ncbi"):
        sweep_all("narrow")
        with database.writing() as conn:
            topics.change_query(conn, "narrow", query="all[sb]", author="A", reason="broader")
        sweep_all("narrow")
        with database.reading() as conn:
            found = holds.find_open_hold(conn, "narrow")
        yield found


def asking(database: Database, hold: QueryHold) -> UUID | None:
    with database.reading() as conn:
        found = holds.get_hold(conn, hold.query_hold_id).review_flow_run_id
    return UUID(found) if found else None


def state_of(client: SyncPrefectClient, flow_run_id: UUID) -> Any:
    state = client.read_flow_run(flow_run_id).state
    assert state is not None
    return state


def test_one_run_asks_until_it_ends_without_an_answer(
    database: Database, hold: QueryHold, client: SyncPrefectClient
) -> None:
    first = asking_after(database, hold)
    client.set_flow_run_state(first, Suspended(timeout_seconds=60), force=True)
    assert asking_after(database, hold) == first
    client.set_flow_run_state(first, Failed(message="never resumed"), force=True)
    second = asking_after(database, hold)
    assert second != first
    assert asking_after(database, hold) == second


def asking_after(database: Database, hold: QueryHold) -> UUID:
    assert reviewing.ask_for_decisions() == []
    found = asking(database, hold)
    assert found is not None
    return found


def test_a_run_whose_question_was_answered_elsewhere_is_ended(
    database: Database, hold: QueryHold, client: SyncPrefectClient
) -> None:
    flow_run_id = asking_after(database, hold)
    client.set_flow_run_state(flow_run_id, Suspended(timeout_seconds=60), force=True)
    reviewing.decide(hold, is_approved=False, by="Ada", note=None)
    reviewing.ask_for_decisions()
    assert state_of(client, flow_run_id).is_cancelled()
    assert asking(database, hold) is None
    state = review_query(hold.query_hold_id, return_state=True)
    assert state.message is not None
    assert state.message.startswith("Refused by Ada: narrow is not swept")


def test_a_person_answers_and_another_process_goes_on(
    database: Database, hold: QueryHold, client: SyncPrefectClient, recorded: str
) -> None:
    flow_run_id = asking_after(database, hold)
    _run_as_a_worker_does(flow_run_id, recorded)
    assert state_of(client, flow_run_id).name == "Suspended"
    incomplete = _resume(recorded, flow_run_id, approve=True)
    assert incomplete["status"] == "REJECT"
    assert state_of(client, flow_run_id).is_paused()
    accepted = _resume(recorded, flow_run_id, approve=True, decided_by="Ada", note="meant so")
    assert accepted["status"] == "ACCEPT"
    _run_as_a_worker_does(flow_run_id, recorded)
    state = state_of(client, flow_run_id)
    assert state.is_completed()
    assert state.message.startswith("Approved by Ada; ")
    run = last_run(database, "narrow")
    assert (run.strategy_version, run.status) == (2, RunStatus.COMPLETE)
    with database.reading() as conn:
        decided = holds.get_hold(conn, hold.query_hold_id)
    assert (decided.is_approved, decided.decided_by, decided.note) == (True, "Ada", "meant so")


def _run_as_a_worker_does(flow_run_id: UUID, url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prefect.engine"],
        env={
            **os.environ,
            "PREFECT_API_URL": url,
            "PREFECT__FLOW_RUN_ID": str(flow_run_id),
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _resume(url: str, flow_run_id: UUID, **answer: Any) -> Any:
    asked = httpx.post(
        f"{url}/flow_runs/{flow_run_id}/resume", json={"run_input": answer}, timeout=60
    )
    return asked.json()


def test_what_a_person_sees_says_what_there_is_to_decide(hold: QueryHold) -> None:
    text = describe(hold)
    assert text.startswith("# narrow: version 2 of its query\n")
    assert "| version 2 | 20 | 20 |" in text
    assert "| version 1 | 1 | 1 |" in text
    assert "```\nall[sb]\n```" in text
    assert "(https://pubmed.ncbi.nlm.nih.gov/?term=" in text
