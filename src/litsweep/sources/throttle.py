"""How often requests may start: never more than N in any one-second window.

One throttle serves the whole process, whatever the number of threads or clients. It knows
nothing of other processes on the same machine or under the same API key.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

# Requests that leave a second apart may arrive a little closer together, and NCBI counts
# arrivals. Bio.Entrez keeps a similar margin (0.37 s for 3 a second).
_WINDOW_SECONDS: Final = 1.05


class Throttle:
    """Spaces the starts of requests evenly; safe to share between threads.

    ``requests_per_second`` may be fractional: 2.5 allows two starts in any one second, and
    0.5 one start in any two. ``clock`` counts seconds and never goes backwards.
    """

    def __init__(
        self,
        requests_per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._spacing = _WINDOW_SECONDS / requests_per_second
        self._window = max(_WINDOW_SECONDS, self._spacing)
        self._starts: deque[float] = deque(maxlen=max(1, int(requests_per_second)))
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next request may start; the caller starts it at once."""
        # The lock is held while sleeping, so that a thread that oversleeps delays those
        # behind it: slots given out in advance could bunch up.
        with self._lock:
            while (delay := self._next_start() - self._clock()) > 0:
                self._sleep(delay)
            self._starts.append(self._clock())

    def _next_start(self) -> float:
        if not self._starts:
            return self._clock()
        due = self._starts[-1] + self._spacing
        if len(self._starts) == self._starts.maxlen:
            due = max(due, self._starts[0] + self._window)
        return due


_shared: Final[dict[tuple[float, str], Throttle]] = {}
_shared_lock: Final = threading.Lock()


def shared_throttle(requests_per_second: float, host: str = "") -> Throttle:
    """Return this process's one throttle for the given rate and, where named, host."""
    with _shared_lock:
        key = (requests_per_second, host)
        if key not in _shared:
            _shared[key] = Throttle(requests_per_second)
        return _shared[key]
