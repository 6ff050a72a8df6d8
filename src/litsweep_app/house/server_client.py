"""Asks the house's Prefect server, without Prefect's client, whose import takes seconds."""

from datetime import datetime
from typing import Any, Final

import httpx

from litsweep.errors import OrchestrationError

_TIMEOUT_S: Final = 5.0


class ServerClient:
    """A client of one server; safe to share among threads."""

    def __init__(self, api_url: str, auth: str | None) -> None:
        user, _, password = (auth or "").partition(":")
        self._client = httpx.Client(
            base_url=api_url,
            auth=(user, password) if auth else None,
            timeout=_TIMEOUT_S,
            trust_env=False,
        )

    def get(self, path: str) -> Any:
        """Return what the server answers.

        Raises:
            OrchestrationError: it does not, or with an error.
        """
        return self._ask("GET", path, None)

    def post(self, path: str, question: dict[str, Any]) -> Any:
        """Return what the server answers to a question.

        Raises:
            OrchestrationError: it does not, or with an error.
        """
        return self._ask("POST", path, question)

    def list_heartbeats(self, pool: str) -> dict[str, datetime]:
        """Return when each worker of a pool that counts as online was heard of last.

        Raises:
            OrchestrationError: the server does not answer, or has no such pool.
        """
        found = self.post(f"/work_pools/{pool}/workers/filter", {})
        return {
            worker["name"]: datetime.fromisoformat(worker["last_heartbeat_time"])
            for worker in found
            if worker["status"] == "ONLINE" and worker["last_heartbeat_time"]
        }

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, method: str, path: str, question: dict[str, Any] | None) -> Any:
        try:
            reply = self._client.request(method, path, json=question)
            reply.raise_for_status()
            return reply.json()
        except httpx.HTTPStatusError as error:
            raise OrchestrationError(
                f"The Prefect server answers {error.response.status_code} to {path}."
            ) from error
        except (httpx.HTTPError, ValueError) as error:
            raise OrchestrationError(
                f"The Prefect server at {self._client.base_url} does not answer."
            ) from error
