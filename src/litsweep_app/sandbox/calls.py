"""Count the calls of each endpoint, and say what goes wrong at each."""

import threading
from collections import Counter
from dataclasses import dataclass

from litsweep_app.sandbox.endpoints import Endpoint
from litsweep_app.sandbox.faults.schedule import Fault, FaultSchedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The number of a call at its endpoint, from 1, and its fault."""

    number: int
    fault: Fault | None


class CallCounter:
    """Hands out call numbers; safe to share between threads."""

    def __init__(self, schedule: FaultSchedule) -> None:
        self._schedule = schedule
        self._n_calls: Counter[Endpoint] = Counter()
        self._lock = threading.Lock()

    def next(self, endpoint: Endpoint) -> Call:
        """Count one more call of an endpoint."""
        with self._lock:
            self._n_calls[endpoint] += 1
            number = self._n_calls[endpoint]
        return Call(number=number, fault=self._schedule.find(endpoint, number))
