"""What was asked of the sandbox, kept in memory so that tests can look; never an API key."""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_SECRETS: Final = frozenset({"api_key", "email"})
_CAPACITY: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request; ``params`` are without API key and e-mail."""

    method: str
    path: str
    params: Mapping[str, str]
    status: int


class RequestLog:
    """The newest requests, oldest first."""

    def __init__(self) -> None:
        self._requests: deque[LoggedRequest] = deque(maxlen=_CAPACITY)
        self._lock = threading.Lock()

    def add(self, method: str, path: str, pairs: tuple[tuple[str, str], ...], status: int) -> None:
        """Note a request that was answered."""
        params = {name: value for name, value in pairs if name not in _SECRETS}
        with self._lock:
            self._requests.append(
                LoggedRequest(method=method, path=path, params=params, status=status)
            )

    def entries(self, ending: str = "") -> tuple[LoggedRequest, ...]:
        """Return the requests whose path ends so, such as ``efetch.fcgi``."""
        with self._lock:
            return tuple(one for one in self._requests if one.path.endswith(ending))

    def count(self, ending: str = "") -> int:
        """Count the requests whose path ends so."""
        return len(self.entries(ending))

    def clear(self) -> None:
        """Forget what was asked so far."""
        with self._lock:
            self._requests.clear()
