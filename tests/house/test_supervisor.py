"""The supervisor on small real processes: order, readiness, restarts, giving up, stopping."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from litsweep_app.house import family
from litsweep_app.house.plan import Answers, HasEnded, RestartPolicy
from litsweep_app.house.supervisor import ProcessState, Supervisor
from tests.house.conftest import FakeHouse
from tests.house.waiting import wait_until


def _states(supervisor: Supervisor) -> dict[str, ProcessState]:
    return {one.name: one.state for one in supervisor.statuses()}


def _pid(supervisor: Supervisor, name: str) -> int:
    (pid,) = [one.pid for one in supervisor.statuses() if one.name == name]
    assert pid is not None
    return pid


def test_each_begins_when_what_it_needs_is_ready_and_all_stop_in_reverse(house: FakeHouse) -> None:
    supervisor = house.supervise(
        house.process("server", "stay", ready=Answers("server listens")),
        house.process("once", "end", "0", ready=HasEnded(), after=("server",)),
        house.process("worker", "stay", ready=Answers("worker listens"), after=("once",)),
    )
    assert len(supervisor.awaited) == 3
    wait_until(lambda: not supervisor.awaited, look=supervisor.look)
    assert house.events == [
        "server began",
        "server listens",
        "once began",
        "worker began",
        "worker listens",
    ]
    assert _states(supervisor) == {"server": "ready", "once": "done", "worker": "ready"}
    supervisor.stop()
    assert house.events[-2:] == ["worker ended", "server ended"]
    assert not family.list_members(str(house.options.folder))
    assert "server is ready" in " ".join(house.said)


def test_what_dies_is_started_again_and_said(house: FakeHouse) -> None:
    supervisor = house.supervise(house.process("worker", "stay", ready=Answers("worker listens")))
    wait_until(lambda: not supervisor.awaited, look=supervisor.look)
    killed = _pid(supervisor, "worker")
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: supervisor.awaited, look=supervisor.look)
    wait_until(lambda: not supervisor.awaited, look=supervisor.look)
    assert _pid(supervisor, "worker") != killed
    (status,) = supervisor.statuses()
    assert status.n_restarts == 1
    (sentence,) = [said for said in house.said if "started again" in said]
    assert "worker was ended by SIGKILL" in sentence
    assert "worker.log" in sentence
    supervisor.stop()


def test_what_dies_again_and_again_is_given_up_with_the_end_of_its_log(house: FakeHouse) -> None:
    supervisor = house.supervise(
        house.process("server", "stay", is_vital=True), house.process("worker", "end", "3")
    )
    wait_until(supervisor.given_up, look=supervisor.look)
    assert house.events.count("worker began") == 3
    lost = supervisor.given_up()
    assert lost is not None
    assert lost.name == "worker"
    assert supervisor.given_up(vital=True) is None
    assert "ended with 3" in house.said[-1]
    assert "worker has something to say" in house.said[-1]
    supervisor.stop()
    assert house.events[-1] == "server ended"


def test_a_death_after_a_long_life_counts_as_the_first(house: FakeHouse) -> None:
    patient = RestartPolicy(first_pause_s=0.01, n_quick=2, quick_s=0)
    supervisor = house.supervise(house.process("worker", "end", "3", restart=patient))
    wait_until(lambda: house.events.count("worker began") >= 4, look=supervisor.look)
    assert supervisor.given_up() is None
    supervisor.stop()


def test_pauses_double_up_to_the_longest() -> None:
    policy = RestartPolicy(first_pause_s=1, longest_pause_s=6)
    assert [policy.pause_after(n) for n in (1, 2, 3, 4, 5)] == [1, 2, 4, 6, 6]


def test_what_is_not_ready_in_time_is_ended_and_counts_as_dead(house: FakeHouse) -> None:
    supervisor = house.supervise(
        house.process("worker", "stay", ready=Answers("never said"), ready_s=0.1)
    )
    wait_until(supervisor.given_up, look=supervisor.look)
    assert "not ready within 0.1 s" in house.said[0]
    assert not family.list_members(str(house.options.folder))


def test_the_deaf_are_killed_when_their_time_is_up(house: FakeHouse) -> None:
    supervisor = house.supervise(
        house.process("server", "stay"),
        house.process("worker", "deaf", ready=Answers("worker listens"), stop_s=0.3),
    )
    wait_until(lambda: not supervisor.awaited, look=supervisor.look)
    wait_until(lambda: "server listens" in house.events)
    supervisor.stop()
    assert any("worker did not end within 0.3 s" in said for said in house.said)
    assert house.events[-1] == "server ended"
    assert not family.list_members(str(house.options.folder))


def test_a_stop_in_a_hurry_waits_for_nobody(house: FakeHouse) -> None:
    supervisor = house.supervise(
        house.process("worker", "deaf", ready=Answers("worker listens"), stop_s=60)
    )
    wait_until(lambda: not supervisor.awaited, look=supervisor.look)
    threading.Timer(0.3, supervisor.hurry.set).start()
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 30
    assert not family.list_members(str(house.options.folder))


def test_what_a_process_started_in_a_session_of_its_own_ends_too(house: FakeHouse) -> None:
    if not Path("/proc").is_dir():
        pytest.skip("the members of a house are found in /proc, which this system has not")
    mark = str(house.options.folder)
    supervisor = house.supervise(
        house.process("worker", "child", ready=Answers("worker listens"), stop_s=30)
    )
    wait_until(lambda: not supervisor.awaited, look=supervisor.look)
    wait_until(lambda: len(family.list_members(mark)) == 2)
    # The child survives its parent's sudden death, as a flow run does, and not the house's end.
    os.kill(_pid(supervisor, "worker"), signal.SIGKILL)
    wait_until(lambda: supervisor.awaited, look=supervisor.look)
    assert len(family.list_members(mark)) >= 1
    supervisor.stop()
    wait_until(lambda: not family.list_members(mark))
