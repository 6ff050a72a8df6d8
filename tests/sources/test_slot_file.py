import fcntl
import json
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from litsweep.sources import slot_file
from litsweep.sources.slot_file import FileSlots
from litsweep.sources.throttle import ProcessSlots, Throttle

HELD_S = 2.0


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "litsweep.db.rate-0123"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_slots(path: Path, clock: Clock) -> Callable[[], FileSlots]:
    return lambda: FileSlots(path, clock)


def test_whoever_names_the_file_shares_its_slots(
    open_slots: Callable[[], FileSlots], clock: Clock
) -> None:
    one, other = open_slots(), open_slots()
    first, second = one.take(2, HELD_S), other.take(2, HELD_S)
    assert first and second and first.slot != second.slot
    assert one.take(2, HELD_S) is None
    assert one.seconds_until_free(2) == HELD_S
    other.give_back(second, 1.0)
    clock.now += 1.0
    assert one.take(2, HELD_S) is not None
    assert one.take(2, HELD_S) is None


def test_a_killed_holder_loses_its_slot_in_time(
    open_slots: Callable[[], FileSlots], clock: Clock
) -> None:
    dead = open_slots()
    turn = dead.take(1, HELD_S)
    clock.now += HELD_S
    assert open_slots().take(1, HELD_S) is not None
    assert turn
    dead.give_back(turn, 0.0)  # it was not dead but slow, and the slot is another's now
    assert open_slots().take(1, HELD_S) is None


def test_a_restart_of_the_machine_closes_nothing_for_long(path: Path, clock: Clock) -> None:
    FileSlots(path, clock).take(1, HELD_S)
    clock.now = 0.5  # the clock counts from the machine's start
    assert FileSlots(path, clock).take(1, HELD_S) is not None


@pytest.mark.parametrize(
    "content", [b"{", b"[1.0,", b"null", b'{"a": 1}', b'["x"]', b"\xff\x00", b"[1.0] 2.0]"]
)
def test_a_damaged_file_counts_as_if_all_slots_had_just_been_taken(
    content: bytes, path: Path, clock: Clock, open_slots: Callable[[], FileSlots]
) -> None:
    path.write_bytes(content)
    assert open_slots().take(10, HELD_S) is None
    clock.now += HELD_S
    assert open_slots().take(10, HELD_S) is not None
    json.loads(path.read_bytes())


@pytest.mark.parametrize("content", [b"[NaN]", b"[Infinity]", b"[-1e308]", b"[1e308]"])
def test_numbers_that_mean_nothing_close_nothing(
    content: bytes, path: Path, open_slots: Callable[[], FileSlots]
) -> None:
    path.write_bytes(content)
    assert open_slots().take(1, HELD_S) is not None


def test_a_file_that_cannot_be_made_is_said_once_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = FileSlots(tmp_path / "no folder" / "litsweep.db.rate-0123")
    own = ProcessSlots()
    for _ in range(3):
        throttle = Throttle(100.0, slots=nowhere, fallback=own)
        throttle.replied(throttle.wait())
    assert len(caplog.records) == 1
    assert caplog.records[0].levelno == logging.WARNING
    assert "rate-0123" in caplog.text


def test_a_lock_that_is_never_given_back_stops_nobody(
    path: Path, open_slots: Callable[[], FileSlots], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slot_file, "_LOCK_TIMEOUT_S", 0.05)
    with path.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(OSError, match="locked"):
            open_slots().take(1, HELD_S)
    assert open_slots().take(1, HELD_S) is not None


def test_threads_take_each_slot_once(open_slots: Callable[[], FileSlots]) -> None:
    slots = open_slots()
    taken: list[int] = []

    def work() -> None:
        taken.extend(turn.slot for _ in range(5) if (turn := slots.take(20, HELD_S)))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(20))


def _take_for_ever(path: Path) -> None:
    slots = FileSlots(path)
    while True:
        if turn := slots.take(3, HELD_S):
            slots.give_back(turn, 0.0)


def test_processes_killed_at_any_moment_leave_slots_that_can_be_taken(path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    for moment in range(10):
        victims = [fork.Process(target=_take_for_ever, args=(path,)) for _ in range(2)]
        for victim in victims:
            victim.start()
        time.sleep(0.02 + moment / 1000)
        for victim in victims:
            os.kill(victim.pid or 0, signal.SIGKILL)
            victim.join()
    after = FileSlots(path, lambda: time.monotonic() + HELD_S)
    assert [after.take(3, HELD_S) is not None for _ in range(4)] == [True, True, True, False]
