"""Whether to stop: asked seldom, of nobody where nothing can be cancelled, and no answer is no."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Cancelling, Running

from tasks import cancelling
from tasks.cancelling import Stop, find_stop


class Server:
    """Answers with ``state``, counts the questions, and may be away."""

    def __init__(self) -> None:
        self.state: State[Any] = Running()
        self.asked: list[UUID] = []
        self.is_away = False

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read_flow_run(self, flow_run_id: UUID) -> SimpleNamespace:
        self.asked.append(flow_run_id)
        if self.is_away:
            raise httpx.ConnectError("nobody there")
        return SimpleNamespace(state=self.state)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    fake = Server()
    monkeypatch.setattr(cancelling, "get_client", lambda **_: fake)
    monkeypatch.setattr(cancelling, "_asked", cancelling._Asked())
    monkeypatch.setattr(cancelling, "_worker", cancelling._Worker())
    return fake


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    now = [100.0]
    monkeypatch.setattr("tasks.cancelling.time.monotonic", lambda: now[0])
    yield now
    monkeypatch.undo()


@pytest.fixture
def run_ids(monkeypatch: pytest.MonkeyPatch) -> list[UUID | None]:
    """The run that the caller is part of is the last one."""
    found: list[UUID | None] = [uuid4()]
    monkeypatch.setattr(cancelling, "find_deployed_run", lambda: found[-1])
    return found


@pytest.mark.parametrize("state", [Cancelling(), Cancelled()], ids=["cancelling", "cancelled"])
def test_a_cancelled_run_is_told_and_not_asked_about_again(
    server: Server, clock: list[float], run_ids: list[UUID | None], state: State[Any]
) -> None:
    assert find_stop() is None
    server.state = state
    clock[0] += 1
    assert find_stop() is None, "asked a second ago"
    clock[0] += 5
    for _ in range(3):
        assert find_stop() is Stop.CANCELLED
        clock[0] += 60
    assert server.asked == [run_ids[0]] * 2
    run_ids.append(uuid4())
    server.state = Running()
    assert find_stop() is None, "another run in the same process"


@pytest.mark.usefixtures("clock")
def test_a_run_that_nobody_else_can_cancel_asks_nothing(
    server: Server, run_ids: list[UUID | None]
) -> None:
    run_ids.append(None)
    assert find_stop() is None
    assert server.asked == []


@pytest.mark.usefixtures("run_ids")
def test_a_server_that_is_away_stops_nobody(server: Server, clock: list[float]) -> None:
    server.is_away = True
    assert find_stop() is None
    assert find_stop() is None
    assert len(server.asked) == 1, "nor is it asked more often"
    clock[0] += 5
    server.is_away, server.state = False, Cancelling()
    assert find_stop() is Stop.CANCELLED


@pytest.mark.usefixtures("clock", "run_ids")
def test_a_worker_that_ends_asks_nobody(server: Server) -> None:
    assert cancelling.find_loss() is None
    cancelling.end_lost_worker("the GPU is gone")
    assert find_stop() is Stop.WORKER_ENDS
    assert cancelling.find_loss() == "the GPU is gone"
    assert server.asked == []
