"""One pass of the reaper, on a server that is played: silence, leaked slots, open books."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from db import runs, topics
from db.engine import Database, open_database
from db.windows import DueSearch
from litsweep.domain.strategies import RunStatus, SearchRoute
from litsweep.errors import OrchestrationError
from litsweep_app.tending import server
from litsweep_app.tending.reaper import tend_once
from litsweep_app.tending.server import Slots
from litsweep_app.tending.verdicts import Run, Verdict
from tasks.policies import this_process

NOW = datetime.now(UTC)
NIGHT = Run(flow_run_id="night", name="nightly-all", state="RUNNING", since=NOW)
HELD = Slots(limit_name="limit", deployment="nightly", n_held=1, n_runs=0)


class PlayedServer:
    """What the reaper is told, and what it did."""

    def __init__(self) -> None:
        self.open: list[Run] = []
        self.beats: list[datetime] = []
        self.slots: list[Slots] = []
        self.states: dict[str, str] = {}
        self.n_late = 0
        self.ended: list[Verdict] = []
        self.released: list[Slots] = []

    def end(self, _client: object, verdict: Verdict) -> bool:
        self.ended.append(verdict)
        return True

    def play(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answers: dict[str, Callable[..., Any]] = {
            "list_open": lambda _client: self.open,
            "list_beats": lambda _client, _run: list(self.beats),
            "list_slots": lambda _client: self.slots,
            "list_ended": lambda _client, _runs: self.states,
            "count_late": lambda _client, _before: self.n_late,
            "release": lambda _client, slots: self.released.append(slots),
            "end": self.end,
        }
        for name, answer in answers.items():
            monkeypatch.setattr(server, name, answer)


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[PlayedServer]:
    made = PlayedServer()
    made.play(monkeypatch)
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        yield made


@pytest.fixture(scope="module")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.db"
    open_database(f"sqlite:///{path}", create=True).close()
    return path


@pytest.fixture
def database(tmp_path: Path, empty_file: Path) -> Iterator[Database]:
    shutil.copy(empty_file, tmp_path / "results.db")
    opened = open_database(f"sqlite:///{tmp_path}/results.db")
    yield opened
    opened.close()


def never(seconds: float) -> None:
    raise AssertionError(f"nothing is to be waited for, and not {seconds} s")


def beats(*seconds_ago: float) -> list[datetime]:
    now = datetime.now(UTC)  # of the test: hundreds of others may run after the import
    return [now - timedelta(seconds=number) for number in seconds_ago]


def begin_search(database: Database, owner: str) -> int:
    with database.writing() as conn:
        topic = topics.add_topic(conn, name="t", query="x", author="A", reason="first")
        return runs.open_run(
            conn,
            topic.strategy,
            DueSearch(route=SearchRoute.UNDATED, window=None),
            owner=owner,
            is_owner_alive=lambda _owner, _since: True,
            tool_version="test",
            flow_run_id="night",
            now=NOW,
        )


def status(database: Database, run_id: int) -> RunStatus:
    with database.reading() as conn:
        return runs.get_status(conn, run_id)


def test_where_all_is_well_nothing_is_said(played: PlayedServer, database: Database) -> None:
    played.open, played.beats = [NIGHT], beats(40, 10)
    played.slots = [replace(HELD, n_runs=1)]
    assert tend_once(database, sleep=never) == []


def test_a_run_that_stays_silent_is_ended(played: PlayedServer, database: Database) -> None:
    played.open, played.beats = [NIGHT], beats(150, 120)
    waited: list[float] = []
    (said,) = tend_once(database, sleep=waited.append)
    assert "no sign of life" in said
    assert waited == [75.0]
    assert [verdict.run for verdict in played.ended] == [NIGHT]


def test_a_run_that_is_heard_again_is_left_alone(played: PlayedServer, database: Database) -> None:
    played.open, played.beats = [NIGHT], beats(150, 120)
    said = tend_once(database, sleep=lambda _seconds: played.beats.insert(0, datetime.now(UTC)))
    assert said == []
    assert not played.ended


def test_a_run_without_signs_of_life_is_not_suspected(
    played: PlayedServer, database: Database
) -> None:
    played.open = [replace(NIGHT, since=NOW - timedelta(days=1))]
    assert tend_once(database, sleep=never) == []


def test_a_silent_run_whose_process_is_seen_is_left_alone(
    played: PlayedServer, database: Database
) -> None:
    run_id = begin_search(database, this_process())
    played.open, played.beats = [NIGHT], beats(150, 120)
    assert tend_once(database, sleep=never) == []
    assert status(database, run_id) is RunStatus.RUNNING


def test_a_slot_is_given_back_that_is_leaked_twice(
    played: PlayedServer, database: Database
) -> None:
    played.slots = [HELD]
    (said,) = tend_once(database, sleep=lambda _seconds: None)
    assert "nightly had 1 slots that no run held" in said
    assert played.released == [HELD]


def test_a_slot_of_a_run_that_just_began_is_left_to_it(
    played: PlayedServer, database: Database
) -> None:
    played.slots = [HELD]
    assert not tend_once(
        database, sleep=lambda _seconds: played.slots.__setitem__(0, replace(HELD, n_runs=1))
    )
    assert not played.released


def test_the_books_of_a_run_that_is_over_are_closed(
    played: PlayedServer, database: Database
) -> None:
    run_id = begin_search(database, "another-machine/1/1")
    assert tend_once(database, sleep=never) == []
    played.states = {"night": "Crashed"}
    (said,) = tend_once(database, sleep=never)
    assert f"Search run {run_id} was left open" in said
    assert status(database, run_id) is RunStatus.INTERRUPTED


def test_late_runs_are_counted(played: PlayedServer, database: Database) -> None:
    played.n_late = 3
    (said,) = tend_once(database, sleep=never)
    assert said.startswith("3 runs were to begin more than a day ago")


def test_a_server_that_is_down_is_an_error(database: Database) -> None:
    with (
        temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}),
        pytest.raises(OrchestrationError, match="does not answer"),
    ):
        tend_once(database)


def test_without_a_server_there_is_nothing_to_tend(database: Database) -> None:
    with (
        temporary_settings(restore_defaults={PREFECT_API_URL}),
        pytest.raises(OrchestrationError, match="PREFECT_API_URL"),
    ):
        tend_once(database)
