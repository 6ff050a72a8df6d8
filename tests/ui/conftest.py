"""A Prefect server with its UI, deployments of our flows on it, and Chromium to look at them."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.deployments.runner import RunnerDeployment
from prefect.flow_engine import run_flow
from prefect.flows import Flow
from prefect.types.entrypoint import EntrypointType

from flows.nightly import nightly
from flows.sweep import sweep
from litsweep_app.prefect_server import local_server, recording_on

CHROMIUM = Path("/usr/bin/chromium")
FLOWS: dict[str, Flow[..., Any]] = {"sweep": sweep, "nightly": nightly}


class House:
    """A server at ``address``, and whoever runs in this process what is started on it."""

    def __init__(self, api: str) -> None:
        self.api = api
        self.address = api.removesuffix("/api")
        self.client = httpx.Client(base_url=api, timeout=60)
        self.deployments = {name: self._deploy(name, flow) for name, flow in FLOWS.items()}

    def start(self, deployment: str, **parameters: Any) -> str:
        """Start a run as the UI does, run it, and return its number."""
        made = self.client.post(
            f"/deployments/{self.deployments[deployment]}/create_flow_run",
            json={"parameters": parameters, "state": {"type": "SCHEDULED"}},
        )
        run_id: str = made.raise_for_status().json()["id"]
        self.work()
        return run_id

    def scheduled(self) -> list[dict[str, Any]]:
        """Return the runs that nobody has begun yet."""
        asked = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
        found: list[dict[str, Any]] = self.client.post("/flow_runs/filter", json=asked).json()
        return found

    def work(self) -> None:
        """Run all that is scheduled, each in a thread without the browser's event loop."""
        for found in self.scheduled():
            thread = Thread(target=self._run, args=(found["id"], found["deployment_id"]))
            thread.start()
            thread.join()

    def page_of(self, run_id: str, tab: str) -> str:
        return f"{self.address}/v2/runs/flow-run/{run_id}?tab={tab}"

    def artifacts(self, run_id: str) -> dict[str, dict[str, Any]]:
        """Return the artifacts of a run, by key."""
        asked = {"artifacts": {"flow_run_id": {"any_": [run_id]}}}
        found = self.client.post("/artifacts/filter", json=asked).json()
        return {one["key"]: one for one in found}

    def read(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/flow_runs/{run_id}").json()
        return found

    def _deploy(self, name: str, flow: Flow[..., Any]) -> str:
        made = flow.to_deployment(name, entrypoint_type=EntrypointType.MODULE_PATH)
        assert isinstance(made, RunnerDeployment)
        return str(made.apply())

    def _run(self, run_id: str, deployment_id: str) -> None:
        (name,) = [name for name, one in self.deployments.items() if one == deployment_id]
        with recording_on(self.api):
            with get_client(sync_client=True) as client:
                flow_run: FlowRun = client.read_flow_run(run_id)  # type: ignore[arg-type]
            run_flow(
                FLOWS[name],
                flow_run=flow_run,
                parameters=flow_run.parameters,
                return_type="state",
            )


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """A house of its own for the tests of a module."""
    without_nights = {"PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false"}
    with local_server(without_nights, with_ui=True) as api, recording_on(api):
        made = House(api)
        yield made
        made.client.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()
