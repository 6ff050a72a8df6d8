import threading
from bisect import bisect_left

import pytest

from litsweep.sources.throttle import Throttle, shared_throttle


class FakeTime:
    """A clock that threads share; each reading takes a little time, as in life."""

    def __init__(self, oversleep: float = 0.0) -> None:
        self.now = 0.0
        self._oversleep = oversleep
        self._lock = threading.Lock()
        self._own = threading.local()

    def clock(self) -> float:
        with self._lock:
            self.now += 1e-5
            self._own.reading = self.now
            return self.now

    @property
    def last_reading(self) -> float:
        """The calling thread's last reading: after wait(), the start that was noted."""
        return float(self._own.reading)

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
        throttle.wait()
        starts.append(time.now)
    assert most_in_one_second(starts, seconds) == most


@pytest.mark.parametrize("oversleep", [0.0, 0.3, 0.9])
def test_threads_together_keep_the_rate(oversleep: float) -> None:
    time = FakeTime(oversleep)
    throttle = Throttle(3.0, clock=time.clock, sleep=time.sleep)
    starts: list[float] = []

    def work() -> None:
        for _ in range(10):
            throttle.wait()
            starts.append(time.last_reading)

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
        throttle.wait()
    assert time.now < 11


def test_no_pause_after_a_quiet_time() -> None:
    slept: list[float] = []
    now = iter([0.0, 0.0, 0.0, 100.0, 100.0])
    throttle = Throttle(3.0, clock=lambda: next(now), sleep=slept.append)
    throttle.wait()
    throttle.wait()
    assert slept == []


def test_one_throttle_for_the_process_by_rate_and_host() -> None:
    assert shared_throttle(3.0) is shared_throttle(3.0)
    assert shared_throttle(3.0) is not shared_throttle(10.0)
    assert shared_throttle(3.0) is not shared_throttle(3.0, "elsewhere.example")
