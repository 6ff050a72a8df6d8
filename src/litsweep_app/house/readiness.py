"""Tells whether a process of a house is ready, by what its plan says."""

import httpx

from litsweep.errors import OrchestrationError
from litsweep_app.house.plan import Answers, HasEnded, IsOnline, Lives, Readiness
from litsweep_app.house.processes import RunningProcess
from litsweep_app.house.server_client import ServerClient

_TIMEOUT_S = 2.0


class ReadinessProbe:
    """Looks once; asks the server where that is needed."""

    def __init__(self, server: ServerClient) -> None:
        self._server = server

    def is_ready(self, ready: Readiness, process: RunningProcess) -> bool:
        """Tell whether ``process``, which runs, is ready."""
        match ready:
            case Answers(url):
                return _answers(url)
            case IsOnline(pool, name):
                return self._is_online(pool, name, process)
            case Lives(seconds):
                return process.seconds >= seconds
            case HasEnded():
                return False

    def _is_online(self, pool: str, name: str, process: RunningProcess) -> bool:
        try:
            heard = self._server.list_heartbeats(pool).get(name)
        except OrchestrationError:
            return False
        return heard is not None and heard >= process.started_at


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=_TIMEOUT_S, trust_env=False).is_success
    except httpx.HTTPError:
        return False
