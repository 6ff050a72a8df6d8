"""A house of small processes, in a folder of the test's, and what ends it whatever happens."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from litsweep_app.house import family
from litsweep_app.house.environment import Inherits
from litsweep_app.house.folder import prepare_folder
from litsweep_app.house.options import HouseOptions
from litsweep_app.house.plan import (
    Answers,
    HasEnded,
    HousePlan,
    IsOnline,
    Lives,
    ProcessPlan,
    Readiness,
    RestartPolicy,
)
from litsweep_app.house.processes import RunningProcess
from litsweep_app.house.supervisor import Supervisor

ROOT = Path(__file__).parents[2]
QUICKLY = RestartPolicy(first_pause_s=0.05, longest_pause_s=0.1, n_quick=3)


class FakeHouse:
    """Plans and runs small processes; ``events`` is what they wrote, ``said`` what was said."""

    def __init__(self, folder: Path) -> None:
        self.options = HouseOptions(folder=folder)
        prepare_folder(self.options)
        self.said: list[str] = []
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)

    @property
    def events(self) -> list[str]:
        path = self.options.folder / "events"
        return path.read_text("utf-8").splitlines() if path.exists() else []

    def process(
        self,
        name: str,
        *words: str,
        ready: Readiness | None = None,
        after: tuple[str, ...] = (),
        tether: tuple[str, ...] = (),
        restart: RestartPolicy = QUICKLY,
        ready_s: float = 60.0,
        stop_s: float = 30.0,
        is_vital: bool = False,
    ) -> ProcessPlan:
        return ProcessPlan(
            name=name,
            what=f"the {name}",
            module="tests.fakes.house_process",
            arguments=(str(self.options.folder), name, *words),
            inherits=Inherits.NO_SETTINGS,
            sets={family.MARK: str(self.options.folder), "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
            ready=ready or Lives(0),
            after=after,
            tether=tether,
            restart=restart,
            ready_s=ready_s,
            stop_s=stop_s,
            is_vital=is_vital,
        )

    def supervise(self, *processes: ProcessPlan) -> Supervisor:
        plan = HousePlan(options=self.options, processes=processes, results_database="none")
        return Supervisor(plan, lock=self._lock, is_ready=self.is_ready, announce=self.said.append)

    def is_ready(self, ready: Readiness, process: RunningProcess) -> bool:
        """As the real one, but that no server is asked: an address is a line of the events."""
        match ready:
            case Answers(line):
                return line in self.events
            case Lives(seconds):
                return process.seconds >= seconds
            case HasEnded() | IsOnline():
                return False

    def close(self) -> None:
        family.send(family.list_members(str(self.options.folder)), signal.SIGKILL)
        os.close(self._lock)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[FakeHouse]:
    """A house of small processes."""
    made = FakeHouse(tmp_path / "house")
    yield made
    made.close()
