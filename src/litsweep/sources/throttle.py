"""How often requests may start: never more than N in any one second, whoever sends them.

A rate of N is N slots. A request takes a slot before it starts, and the slot is free again one
second after the reply to it began: by then it had arrived, however slow the way there was. So
the arrivals that one slot lets through are a second apart, and N slots let N through in any
second, without a margin for what cannot be known. Nothing is locked while anybody waits.

Where slots are kept decides who shares the limit: `ProcessSlots` is for the threads of one
process, `litsweep.sources.slot_file` for a machine, `db.rate_limits` for all machines that use
one PostgreSQL database.
"""

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from litsweep.errors import LitsweepError

# A hundredth more than the second that NCBI counts by (NBK25497), for clocks that drift.
_WINDOW_S: Final = 1.01
# A request whose reply has not begun after this time is taken to have arrived by then. A slot
# of a process that was killed is free again after this time and the window.
_LONGEST_WAY_S: Final = 1.0
# The longest that a slot can be closed for. One that claims more was written before a restart
# of the machine, or before its clock was set back, and is free.
LONGEST_CLOSED_S: Final = 120.0
_SHORTEST_PAUSE_S: Final = 0.002

_Answer = TypeVar("_Answer")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A slot that was taken: its number, from 0, and until when, by the clock of its keeper."""

    slot: int
    held_until: float


class Slots(Protocol):
    """Keeps the slots of one rate limit; every method is one indivisible step.

    Any method may raise OSError or `LitsweepError` where the slots cannot be reached. ``str``
    says for people where they are kept.
    """

    def take(self, n_slots: int, held_s: float) -> Turn | None:
        """Take a free slot of the first ``n_slots`` for ``held_s`` seconds; None: all are taken."""

    def seconds_until_free(self, n_slots: int) -> float:
        """Return the time until one of the first ``n_slots`` is free, if nobody closes it."""

    def give_back(self, turn: Turn, after_s: float) -> None:
        """Free a slot ``after_s`` from now; not where it was closed, or taken anew, meanwhile."""

    def close(self, first: int, for_s: float) -> None:
        """Close the slots from number ``first`` on, for ``for_s`` seconds from now at least."""


class Throttle:
    """A rate limit; safe to share between threads.

    At most ``requests_per_second`` start in any second; of a fraction, 2.5, two do, and 0.5 is
    one in any two seconds; one in two minutes is the slowest. While the slots cannot be
    reached, those of ``fallback`` are used, and a warning says so once.
    """

    def __init__(
        self,
        requests_per_second: float,
        *,
        slots: Slots | None = None,
        fallback: "ProcessSlots | None" = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._n_slots = max(1, int(requests_per_second))
        window_s = _WINDOW_S * max(1.0, 1.0 / requests_per_second)
        self._window_s = min(window_s, LONGEST_CLOSED_S - _LONGEST_WAY_S)
        self._own: Slots = fallback or ProcessSlots(clock)
        self._slots = slots or self._own
        self._sleep = sleep

    def __str__(self) -> str:
        return str(self._slots)

    def wait(self) -> Turn:
        """Return when the next request may start; the caller starts it at once."""
        held_s = _LONGEST_WAY_S + self._window_s
        while True:
            turn = self._ask(lambda slots: slots.take(self._n_slots, held_s))
            if turn is not None:
                return turn
            pause_s = self._ask(lambda slots: slots.seconds_until_free(self._n_slots))
            self._sleep(max(pause_s, _SHORTEST_PAUSE_S))

    def replied(self, turn: Turn) -> None:
        """Note that the reply to a request began, so that the request has arrived."""
        self._ask(lambda slots: slots.give_back(turn, self._window_s))

    def hold_off(self, seconds: float) -> None:
        """Let nobody start a request for so long, at most ``LONGEST_CLOSED_S``."""
        seconds = min(seconds, LONGEST_CLOSED_S)
        self._ask(lambda slots: slots.close(0, seconds))

    def nothing_remains(self) -> None:
        """Heed that a further request would now be over the limit.

        That is so after each N requests of ours, and the slots know it; where one of them is
        free all the same, somebody else uses the limit, and everybody holds off for a second.
        """
        if self._ask(lambda slots: slots.seconds_until_free(self._n_slots)) == 0.0:
            self.hold_off(_WINDOW_S)

    def lower_to(self, requests_per_second: int) -> None:
        """Slow everybody down, for ``LONGEST_CLOSED_S``, to a limit that is lower than this one.

        One request a second is the least; whoever wants none calls `hold_off`.
        """
        n_slots = max(1, requests_per_second)
        if n_slots < self._n_slots:
            self._ask(lambda slots: slots.close(n_slots, LONGEST_CLOSED_S))

    def _ask(self, question: Callable[[Slots], _Answer]) -> _Answer:
        try:
            return question(self._slots)
        except (OSError, LitsweepError) as error:
            _warn_once(self._slots, error)
            return question(self._own)


class ListedSlots(ABC):
    """Slots in a list: when each is free again, by a clock that never goes backwards."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    @abstractmethod
    def _opened(self) -> AbstractContextManager[list[float]]:
        """Give the list to one caller at a time, and keep what it makes of it."""

    def take(self, n_slots: int, held_s: float) -> Turn | None:
        """Take a free slot; see `Slots`."""
        with self._opened() as free_at:
            _fill_up(free_at, n_slots)
            now = self._clock()
            slot = min(range(n_slots), key=lambda slot: _seconds_until(free_at[slot], now))
            if _seconds_until(free_at[slot], now) > 0:
                return None
            free_at[slot] = now + held_s
            return Turn(slot=slot, held_until=free_at[slot])

    def seconds_until_free(self, n_slots: int) -> float:
        """Return the time until a slot is free; see `Slots`."""
        with self._opened() as free_at:
            _fill_up(free_at, n_slots)
            now = self._clock()
            return min(_seconds_until(moment, now) for moment in free_at[:n_slots])

    def give_back(self, turn: Turn, after_s: float) -> None:
        """Free a slot; see `Slots`."""
        with self._opened() as free_at:
            if turn.slot < len(free_at) and free_at[turn.slot] == turn.held_until:
                free_at[turn.slot] = min(turn.held_until, self._clock() + after_s)

    def close(self, first: int, for_s: float) -> None:
        """Close slots; see `Slots`."""
        with self._opened() as free_at:
            now = self._clock()
            for slot in range(first, len(free_at)):
                if _seconds_until(free_at[slot], now) < for_s:
                    free_at[slot] = now + for_s


class ProcessSlots(ListedSlots):
    """Slots that the threads of this process share."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._free_at: list[float] = []
        self._lock = threading.Lock()

    def __str__(self) -> str:
        return "this process alone"

    @contextmanager
    def _opened(self) -> Iterator[list[float]]:
        with self._lock:
            yield self._free_at


def _fill_up(free_at: list[float], n_slots: int) -> None:
    free_at.extend([0.0] * (n_slots - len(free_at)))


def _seconds_until(moment: float, now: float) -> float:
    seconds = max(0.0, moment - now)
    return 0.0 if seconds > LONGEST_CLOSED_S else seconds


_of_this_process: Final[dict[str, ProcessSlots]] = {}
_warned: Final[set[str]] = set()
_registry_lock: Final = threading.Lock()


def process_slots(name: str) -> ProcessSlots:
    """Return this process's one set of slots for a name."""
    with _registry_lock:
        return _of_this_process.setdefault(name, ProcessSlots())


def process_throttle(requests_per_second: float, name: str) -> Throttle:
    """Return a throttle that this process's clients of ``name``, an address, share."""
    return Throttle(requests_per_second, slots=process_slots(name))


def _warn_once(slots: Slots, error: Exception) -> None:
    place = str(slots)
    with _registry_lock:
        if place in _warned:
            return
        _warned.add(place)
    _log.warning(
        "The rate limit cannot be shared through %s (%s). Until it can, it holds within this "
        "process only: run one sweep at a time, or lower requests_per_second.",
        place,
        error,
    )
