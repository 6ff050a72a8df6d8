import logging
import threading
from bisect import bisect_left

import pytest

from litsweep.sources.throttle import (
    LONGEST_CLOSED_S,
    ProcessSlots,
    Slots,
    Throttle,
    Turn,
    process_throttle,
)


class FakeTime:
    """A clock that threads share; each reading takes a little time, as in life."""

    def __init__(self, oversleep: float = 0.0) -> None:
        self.now = 0.0
        self._oversleep = oversleep
        self._lock = threading.Lock()

    def clock(self) -> float:
        with self._lock:
            self.now += 1e-5
            return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds + self._oversleep


def most_in_one_second(starts: list[float], seconds: float = 1.0) -> int:
    ordered = sorted(starts)
    return max(bisect_left(ordered, start + seconds) - i for i, start in enumerate(ordered))


@pytest.mark.parametrize(
    ("rate", "seconds", "most"),
    [(3.0, 1.0, 3), (10.0, 1.0, 10), (2.5, 1.0, 2), (1.0, 1.0, 1), (0.5, 2.0, 1), (7.9, 1.0, 7)],
)
def test_no_window_holds_more_starts_than_the_rate(rate: float, seconds: float, most: int) -> None:
    time = FakeTime()
    throttle = Throttle(rate, clock=time.clock, sleep=time.sleep)
    starts = []
    for _ in range(60):
        throttle.replied(throttle.wait())
        starts.append(time.now)
    assert most_in_one_second(starts, seconds) == most


@pytest.mark.parametrize("way_s", [0.0, 0.3, 0.9])
def test_no_second_has_more_arrivals_however_long_each_was_on_its_way(way_s: float) -> None:
    time = FakeTime()
    throttle = Throttle(3.0, clock=time.clock, sleep=time.sleep)
    arrivals = []
    for number in range(60):
        turn = throttle.wait()
        time.sleep(way_s if number % 2 else 0.0)
        arrivals.append(time.clock())
        throttle.replied(turn)
    assert most_in_one_second(arrivals) <= 3


def test_requests_without_a_reply_count_as_arrived_late() -> None:
    time = FakeTime()
    throttle = Throttle(1.0, clock=time.clock, sleep=time.sleep)
    throttle.wait()
    throttle.wait()
    assert 2.0 < time.now < 2.1


@pytest.mark.parametrize("oversleep", [0.0, 0.3, 0.9])
def test_threads_together_keep_the_rate(oversleep: float) -> None:
    time = FakeTime(oversleep)
    throttle = Throttle(3.0, clock=time.clock, sleep=time.sleep)
    starts: list[float] = []

    def work() -> None:
        for _ in range(10):
            turn = throttle.wait()
            starts.append(time.clock())
            throttle.replied(turn)

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(starts) == 120
    assert most_in_one_second(starts) <= 3


def test_the_rate_is_used_and_not_only_kept() -> None:
    time = FakeTime()
    throttle = Throttle(10.0, clock=time.clock, sleep=time.sleep)
    for _ in range(101):
        throttle.replied(throttle.wait())
    assert time.now < 11


def test_no_pause_after_a_quiet_time() -> None:
    slept: list[float] = []
    time = FakeTime()
    throttle = Throttle(1.0, clock=time.clock, sleep=slept.append)
    throttle.replied(throttle.wait())
    time.sleep(1.1)
    throttle.wait()
    assert slept == []


def test_everybody_holds_off_and_for_two_minutes_at_most() -> None:
    time = FakeTime()
    slots = ProcessSlots(time.clock)
    one, other = (Throttle(3.0, slots=slots, sleep=time.sleep) for _ in range(2))
    turn = one.wait()
    one.hold_off(30.0)
    one.replied(turn)  # does not open what was closed meanwhile
    other.wait()
    assert 30.0 <= time.now < 30.1
    one.hold_off(86_400.0)
    other.wait()
    assert time.now < 30.1 + LONGEST_CLOSED_S + 0.1


def test_everybody_waits_where_somebody_else_uses_up_the_limit() -> None:
    time = FakeTime()
    throttle = Throttle(3.0, clock=time.clock, sleep=time.sleep)
    for _ in range(2):
        throttle.replied(throttle.wait())
    throttle.nothing_remains()
    throttle.replied(throttle.wait())
    assert 1.0 < time.now < 1.1


def test_our_own_use_of_the_limit_costs_no_further_wait() -> None:
    time = FakeTime()
    throttle = Throttle(3.0, clock=time.clock, sleep=time.sleep)
    for _ in range(3):
        throttle.replied(throttle.wait())
        time.sleep(0.2)
    throttle.nothing_remains()
    throttle.wait()
    assert 1.0 < time.now < 1.1


def test_a_lower_limit_slows_everybody_down_and_a_higher_one_changes_nothing() -> None:
    time = FakeTime()
    slots = ProcessSlots(time.clock)
    one, other = (Throttle(10.0, slots=slots, sleep=time.sleep) for _ in range(2))
    starts = []
    for _ in range(30):
        turn = one.wait()
        starts.append(time.clock())
        one.replied(turn)
        other.lower_to(3)
        other.lower_to(50)
    assert most_in_one_second(starts) == 3
    other.lower_to(0)
    started = time.now
    for _ in range(5):
        one.replied(one.wait())
    assert 4.0 < time.now - started < 6.0


def test_clients_of_one_address_share_a_throttle_in_a_process() -> None:
    one, other = process_throttle(1.0, "here.example"), process_throttle(1.0, "here.example")
    elsewhere = process_throttle(1.0, "elsewhere.example")
    one.wait()
    assert [each._slots.take(1, 0.1) is None for each in (other, elsewhere)] == [True, False]


class LostSlots:
    """Slots that cannot be reached."""

    def __str__(self) -> str:
        return "a lost place"

    def take(self, n_slots: int, held_s: float) -> Turn | None:
        raise OSError("no space left on device")

    def seconds_until_free(self, n_slots: int) -> float:
        raise OSError("no space left on device")

    def give_back(self, turn: Turn, after_s: float) -> None:
        raise OSError("no space left on device")

    def close(self, first: int, for_s: float) -> None:
        raise OSError("no space left on device")


def test_lost_slots_are_said_once_and_the_limit_holds_within_the_process(
    caplog: pytest.LogCaptureFixture,
) -> None:
    time = FakeTime()
    own = ProcessSlots(time.clock)
    lost: Slots = LostSlots()
    starts = []
    for _ in range(20):
        throttle = Throttle(3.0, slots=lost, fallback=own, sleep=time.sleep)
        turn = throttle.wait()
        starts.append(time.clock())
        throttle.replied(turn)
        throttle.lower_to(2)
    throttle.hold_off(10.0)
    assert most_in_one_second(starts) <= 3
    (record,) = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert "a lost place (no space left on device)" in record.getMessage()
