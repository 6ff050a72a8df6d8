"""What the harness asks of its Prefect server: deployments, automations, runs, states, slots.

Over plain HTTP, so that no client of Prefect's own hides an outage from who looks for it.
"""

from collections.abc import Mapping
from typing import Any, Final

import httpx

POOL: Final = "litsweep"
WARM_POOL: Final = "litsweep-warm"
ENDED: Final = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
HEARTBEAT_S: Final = 30  # the shortest that Prefect takes
SILENT_S: Final = 90  # three heartbeats
# Deployment, its entrypoint, and what its every run is given.
_DEPLOYMENTS: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("nightly", "flows.nightly.nightly", {"reading": "nowhere"}),
    ("sweep", "flows.sweep.sweep", {"retrieve_reports": False}),
    ("read-documents", "flows.read_documents.read_documents", {}),
)


class PrefectServer:
    """A client of one server; every question may raise httpx.HTTPError while it is down."""

    def __init__(self, api_url: str) -> None:
        self._client = httpx.Client(base_url=api_url, timeout=60, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def answers(self) -> bool:
        """Whether it is up."""
        try:
            return self._client.get("/health", timeout=2).is_success
        except httpx.HTTPError:
            return False

    def set_up(self, job_variables: Mapping[str, Any]) -> None:
        """Make the pool and the deployments, one run of each at a time, later ones dropped."""
        self._post("/work_pools/", {"name": POOL, "type": "process", "base_job_template": {}})
        for name, entrypoint, parameters in _DEPLOYMENTS:
            flow = self._post("/flows/", {"name": name})
            self._post(
                "/deployments/",
                {
                    "name": name,
                    "flow_id": flow["id"],
                    "entrypoint": entrypoint,
                    "work_pool_name": POOL,
                    "parameters": parameters,
                    "parameter_openapi_schema": {},
                    "enforce_parameter_schema": False,
                    "job_variables": dict(job_variables),
                    "pull_steps": [],
                    "tags": ["litsweep"],
                    "concurrency_limit": 1,
                    "concurrency_options": {"collision_strategy": "CANCEL_NEW"},
                },
            )

    def crash_silent_runs(self) -> None:
        """Add the automation that says CRASHED of runs which give no sign of life any more."""
        self._post(
            "/automations/",
            {
                "name": "litsweep: zombies",
                "trigger": {
                    "type": "event",
                    "posture": "Proactive",
                    "match": {"prefect.resource.id": ["prefect.flow-run.*"]},
                    "after": ["prefect.flow-run.heartbeat"],
                    "expect": ["prefect.flow-run.*"],
                    "for_each": ["prefect.resource.id"],
                    "threshold": 1,
                    "within": SILENT_S,
                },
                "actions": [
                    {
                        "type": "change-flow-run-state",
                        "state": "CRASHED",
                        "message": f"No heartbeat for {SILENT_S} s",
                    }
                ],
            },
        )

    def begin(self, deployment: str, **parameters: Any) -> str:
        """Order a run of a deployment and return its id."""
        number = self._deployment(deployment)["id"]
        form = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
        return str(self._post(f"/deployments/{number}/create_flow_run", form)["id"])

    def state(self, flow_run_id: str) -> dict[str, Any]:
        """Return the state of a run: ``type``, ``name``, ``message`` and more."""
        state: dict[str, Any] = self._get(f"/flow_runs/{flow_run_id}")["state"]
        return state

    def set_state(self, flow_run_id: str, kind: str, message: str = "") -> None:
        """Set a state as the UI does, CANCELLING for one."""
        form = {"state": {"type": kind, "message": message}, "force": False}
        self._post(f"/flow_runs/{flow_run_id}/set_state", form)

    def is_slot_free(self, deployment: str) -> bool:
        """Tell whether a new run of a deployment would be taken."""
        limit = self._deployment(deployment)["global_concurrency_limit"]
        return bool(limit["active_slots"] == 0)

    def _deployment(self, name: str) -> dict[str, Any]:
        return self._get(f"/deployments/name/{name}/{name}")

    def _get(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self._client.get(path).raise_for_status().json()
        return found

    def _post(self, path: str, form: Mapping[str, Any]) -> dict[str, Any]:
        reply = self._client.post(path, json=form)
        if reply.is_error:
            raise httpx.HTTPStatusError(reply.text, request=reply.request, response=reply)
        made: dict[str, Any] = reply.json()
        return made
