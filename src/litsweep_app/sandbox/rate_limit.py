"""NCBI's limit on requests: 3 a second without an API key, 10 with one (NBK25497)."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

# A little under a second: requests sent exactly in time may arrive closer together.
_WINDOW_SECONDS: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a request may pass; ``count`` is its number within the current second."""

    is_allowed: bool
    count: int
    limit: int

    @property
    def n_remaining(self) -> int:
        """How many more requests would pass now."""
        return max(self.limit - self.count, 0)


class RateLimit:
    """Counts each client's requests over a sliding second; refused ones do not count."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._times: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def admit(self, client: str, limit: int) -> Verdict:
        """Judge one request of a client, known by its key or its address."""
        now = self._clock()
        with self._lock:
            times = self._times.setdefault(client, deque())
            while times and now - times[0] >= _WINDOW_SECONDS:
                times.popleft()
            count = len(times) + 1
            if count <= limit:
                times.append(now)
        return Verdict(is_allowed=count <= limit, count=count, limit=limit)
