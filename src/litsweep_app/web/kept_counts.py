"""Counts of a topic that take long, kept in memory until something that is counted changes.

Where people decide all the time, something always has: a count that takes long is then used again
for a while, the longer the longer it took, so that counting takes a twentieth of one processor at
most, however many people look. Each page says when it was counted. One visitor counts, the others
get what was counted before, or wait for the first.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Final, Generic, TypeVar

from db.count_states import CountState, find_state
from db.engine import Connection
from db.screening_protocols import get_protocol

Found = TypeVar("Found")

# How many times as long as it took to count.
_USED_FOR: Final = 20
# What takes less is counted anew whenever something has changed.
_LITTLE_S: Final = 0.25
# What no state tells, such as a repair by hand, is seen within the hour.
_LONGEST_S: Final = 3_600.0
_MOST_KEPT: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Generic[Found]):
    """A count: what was found, and ``at`` which moment. The rest tells how long it is good."""

    found: Found
    at: datetime
    state: CountState
    made_s: float
    took_s: float

    def is_good(self, state: CountState, now_s: float, *, is_exact: bool = False) -> bool:
        """Tell whether it may be shown where the topic is in ``state``; exact: only in its own."""
        age = now_s - self.made_s
        if state == self.state:
            return age < _LONGEST_S
        return not is_exact and self.took_s > _LITTLE_S and age < self.took_s * _USED_FOR


@dataclass(slots=True)
class _Place(Generic[Found]):
    counted: Counted[Found] | None = None
    counting: Lock = field(default_factory=Lock)


class KeptCounts(Generic[Found]):
    """Counts by ``count``, of the topics of any database; of 200 the last ones are kept.

    ``count`` gets the topic's name and, where people are blinded, who looks. ``find_state``
    tells whether what is counted may have changed.
    """

    def __init__(
        self,
        count: Callable[[Connection, str, str | None], Found],
        find_state: Callable[[Connection, str], CountState] = find_state,
    ) -> None:
        self._count = count
        self._find_state = find_state
        self._places: OrderedDict[tuple[str, str, str | None], _Place[Found]] = OrderedDict()
        self._lock = Lock()

    def find(
        self, conn: Connection, topic: str, viewer: str | None = None, *, is_exact: bool = False
    ) -> Counted[Found]:
        """Return the count of a topic, as it is or as it was a moment ago; exact: as it is.

        In a blinded topic each ``viewer`` has a count of their own; elsewhere all share one.

        Raises:
            UnknownTopic: no topic has this name.
        """
        if viewer is not None and not get_protocol(conn, topic).rules.is_blinded:
            viewer = None
        state = self._find_state(conn, topic)
        place = self._find_place(conn, topic, viewer)
        kept = place.counted
        if kept is not None and kept.is_good(state, time.monotonic(), is_exact=is_exact):
            return kept
        if not place.counting.acquire(blocking=kept is None or is_exact):
            assert kept is not None
            return kept
        try:
            counted = place.counted
            if counted is None or not counted.is_good(state, time.monotonic(), is_exact=is_exact):
                counted = place.counted = self._count_now(conn, topic, viewer, state)
            return counted
        finally:
            place.counting.release()

    def _find_place(self, conn: Connection, topic: str, viewer: str | None) -> _Place[Found]:
        key = (str(conn.engine.url), topic, viewer)
        with self._lock:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
            while len(self._places) > _MOST_KEPT:
                self._places.popitem(last=False)
            return place

    def _count_now(
        self, conn: Connection, topic: str, viewer: str | None, state: CountState
    ) -> Counted[Found]:
        begun, at = time.monotonic(), datetime.now(UTC)
        found = self._count(conn, topic, viewer)
        ended = time.monotonic()
        return Counted(found=found, at=at, state=state, made_s=ended, took_s=ended - begun)
