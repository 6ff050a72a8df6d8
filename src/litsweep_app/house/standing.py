"""Stands a house up and keeps it standing until a signal ends it."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from litsweep.errors import OrchestrationError
from litsweep_app.house.supervisor import LOOK_S, Supervisor

_SETTLING_S: Final = 60.0
"""How long all may take to be in order once every process is ready, in seconds."""


class Wishes:
    """What signals ask for: to stop, and a second time, to stop at once."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._n_asked = 0

    def hear(self, _number: int, _frame: FrameType | None) -> None:
        """Take a signal."""
        self._n_asked += 1
        if self.at_once:
            self._supervisor.hurry.set()

    @property
    def to_stop(self) -> bool:
        """Whether the house is to stop."""
        return self._n_asked > 0

    @property
    def at_once(self) -> bool:
        """Whether it is to stop at once."""
        return self._n_asked > 1


@contextmanager
def listening(supervisor: Supervisor) -> Iterator[Wishes]:
    """Hear Ctrl-C, SIGTERM and the end of the terminal while the block lasts."""
    wishes = Wishes(supervisor)
    # Under nohup, the end of the terminal is to be ignored.
    numbers = [
        number
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN
    ]
    before = [signal.signal(number, wishes.hear) for number in numbers]
    try:
        yield wishes
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def keep(
    supervisor: Supervisor,
    wishes: Wishes,
    *,
    find_complaints: Callable[[], list[str]],
    progress: Callable[[list[str]], None],
    when_standing: Callable[[], None],
) -> None:
    """Start the house, call ``when_standing`` once, and keep it until a signal; then stop it.

    ``find_complaints`` returns what is not in order when all processes are ready; ``progress`` is
    told again and again what is awaited, and nothing when the wait is over.

    Raises:
        OrchestrationError: a process was given up before the house stood, or one later that it
            cannot go on without. All others are stopped.
    """
    try:
        _start(supervisor, wishes, find_complaints, progress)
        progress([])
        if not wishes.to_stop:
            when_standing()
        while not wishes.to_stop:
            supervisor.look()
            if lost := supervisor.given_up(vital=True):
                raise OrchestrationError(f"The house cannot go on without {lost.what}.")
            time.sleep(LOOK_S)
    finally:
        progress([])
        supervisor.stop()


def _start(
    supervisor: Supervisor,
    wishes: Wishes,
    find_complaints: Callable[[], list[str]],
    progress: Callable[[list[str]], None],
) -> None:
    ready_at: float | None = None
    while not wishes.to_stop:
        supervisor.look()
        if lost := supervisor.given_up():
            raise OrchestrationError(
                f"The house could not be stood up: {lost.name} ({lost.what}) does not run. What "
                "it wrote last is above; correct that, and run `litsweep up` again."
            )
        awaited = [f"{one.name} ({one.state})" for one in supervisor.awaited]
        if not awaited:
            ready_at = ready_at or time.monotonic()
            awaited = find_complaints()
            if not awaited:
                return
            if time.monotonic() - ready_at > _SETTLING_S:
                supervisor.announce(f"Not all is in order: {'; '.join(awaited)}")
                return
        progress(awaited)
        time.sleep(LOOK_S)
