"""What ``apply`` put on a server, as workers and the forms of the UI find it."""

import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.events.actions import RunDeployment

from deployments.apply import main
from tests.deployments.servers import wait_for

PREFECT_YAML = Path(__file__).parents[2] / "deployments" / "prefect.yaml"


def _deployments(api: httpx.Client) -> dict[str, dict[str, Any]]:
    found = api.post("/deployments/filter", json={}).raise_for_status().json()
    return {each["name"]: each for each in found}


def test_deployments_by_module_path(api: httpx.Client) -> None:
    found = _deployments(api)
    assert {name: each["entrypoint"] for name, each in found.items()} == {
        "nightly": "flows.nightly.nightly",
        "sweep": "flows.sweep.sweep",
        "review-query": "flows.review_query.review_query",
        "read-documents": "flows.read_documents.read_documents",
        "read-on-gpu": "flows.read_documents.read_documents",
        "read-warm": "flows.read_documents.read_documents",
        "load": "flows.load.load",
        "backfill": "flows.backfill.backfill",
        "backfill-window": "flows.backfill.backfill_window",
        "fetch-records": "flows.fetch_records.fetch_records",
    }
    elsewhere = {"read-on-gpu": "litsweep-gpu", "read-warm": "litsweep-warm"}
    for name, each in found.items():
        assert each["work_pool_name"] == elsewhere.get(name, "litsweep")
        assert not each["pull_steps"]
        assert "litsweep" in each["tags"]
    assert not any(schedule["active"] for schedule in found["read-on-gpu"]["schedules"])


def test_the_night_is_scheduled_once_at_a_time(api: httpx.Client) -> None:
    found = _deployments(api)
    nightly = found["nightly"]
    (schedule,) = nightly["schedules"]
    assert schedule["slug"] == "every-night"
    assert schedule["active"]
    assert schedule["schedule"]["cron"] == "30 22 * * *"
    assert schedule["schedule"]["timezone"] == "America/New_York"
    assert nightly["global_concurrency_limit"]["limit"] == 1
    assert nightly["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    for name in found.keys() - {"nightly", "read-on-gpu"}:
        assert not found[name]["schedules"]


def test_what_somebody_asked_for_waits_and_is_not_dropped(api: httpx.Client) -> None:
    found = _deployments(api)
    limits = {
        name: (each["global_concurrency_limit"] or {}).get("limit") for name, each in found.items()
    }
    assert limits == {
        "nightly": 1,
        "sweep": 2,
        "read-documents": 1,
        "read-on-gpu": None,  # the pool's is the number of GPUs
        "read-warm": None,  # its worker takes one at a time
        "load": 1,
        "backfill": 1,
        "backfill-window": None,  # as many as there are workers
        "fetch-records": None,
        "review-query": None,  # one for each held query
    }
    for name in ("sweep", "read-documents", "load", "backfill"):
        assert found[name]["concurrency_options"]["collision_strategy"] == "ENQUEUE"


def test_every_parameter_is_explained_to_whoever_starts_a_run(api: httpx.Client) -> None:
    for each in _deployments(api).values():
        for name, schema in each["parameter_openapi_schema"]["properties"].items():
            assert schema.get("description"), f"{each['entrypoint']}: {name}"


def test_processes_beat_as_often_as_the_server_expects(api: httpx.Client) -> None:
    for name, each in _deployments(api).items():
        if name not in {"read-warm", "review-query"}:  # no process of its own; waits for people
            assert each["job_variables"]["env"] == {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}


def test_the_event_that_ends_the_sweeps_starts_a_reading(
    api: httpx.Client, operator: SyncPrefectClient
) -> None:
    reading = _deployments(api)["read-on-gpu"]["id"]
    (ours,) = operator.read_automations_by_name(
        "litsweep: read on a GPU when the sweeps have ended"
    )
    (action,) = ours.actions
    assert isinstance(action, RunDeployment)
    assert str(action.deployment_id) == reading
    swept = {
        "id": str(uuid.uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": "litsweep.night.swept",
        "resource": {"prefect.resource.id": "litsweep.night.5f0c"},
    }
    api.post("/events", json=[swept]).raise_for_status()
    of_reading = {"flow_runs": {"deployment_id": {"any_": [reading]}}}
    wait_for(lambda: api.post("/flow_runs/filter", json=of_reading).json())


def test_the_plain_command_puts_the_same_there(
    operator: SyncPrefectClient,
    environment: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "prefect", "--no-prompt"),
            *("deploy", "--all", "--prefect-file", str(PREFECT_YAML)),
        ],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        timeout=120,
        check=True,
    )
    assert main(["--check"]) == 0, capsys.readouterr().out
