"""What was asked of the sandbox and what it answered; never an API key or an e-mail address.

It is kept in memory so that a test can compare it with what was stored, and is written to a
file, one JSON object a line, where one is named.
"""

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from litsweep.errors import UsageError
from litsweep_app.sandbox.answers import Answer
from litsweep_app.sandbox.endpoints import Endpoint
from litsweep_app.sandbox.faults.kinds import INTERRUPTIONS, FaultKind
from litsweep_app.sandbox.faults.schedule import Fault
from litsweep_app.sandbox.parameters import Parameters

_SECRETS: Final = frozenset({"api_key", "email"})
_CAPACITY: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request and its answer.

    ``number`` counts all requests from 1; ``call`` those of the endpoint, as a schedule of
    faults does, and is 0 where the request was refused for its rate, its key or its length.
    ``params`` are without API key and e-mail, the values of a repeated name joined by commas.
    ``uids`` and ``count`` are what the answer says, as in `Answer`, faults included; where
    ``is_whole`` is False, it was cut or reset on its way.
    """

    number: int
    at: datetime
    method: str
    path: str
    endpoint: Endpoint
    call: int
    params: Mapping[str, str]
    status: int
    fault: FaultKind | None
    uids: tuple[int, ...]
    count: int | None
    is_whole: bool

    @property
    def term(self) -> str:
        """The query asked, of a search."""
        return self.params.get("term", "")

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids asked for, as they were written."""
        return tuple(one for one in self.params.get("id", "").split(",") if one)

    def as_line(self) -> str:
        """Return it as one line of JSON."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return json.dumps(values | {"at": self.at.isoformat()}, ensure_ascii=False)


class RequestLog:
    """The newest requests, oldest first; all of them in the file, if there is one."""

    def __init__(self) -> None:
        self._requests: deque[LoggedRequest] = deque(maxlen=_CAPACITY)
        self._lock = threading.Lock()
        self._n_added = 0
        self._file: Path | None = None

    def write_to(self, path: Path) -> None:
        """Also append what comes from now on to a file.

        Raises:
            UsageError: it cannot be written.
        """
        try:
            path.touch()
        except OSError as error:
            raise UsageError(
                f"The log {path} cannot be written ({error.strerror}). Correct --log."
            ) from error
        self._file = path

    def add(
        self,
        *,
        method: str,
        path: str,
        endpoint: Endpoint,
        given: Parameters,
        answer: Answer,
        call: int,
        fault: Fault | None,
    ) -> None:
        """Note a request and what is sent for it."""
        kind = fault.kind if fault else None
        with self._lock:
            self._n_added += 1
            entry = LoggedRequest(
                number=self._n_added,
                at=datetime.now(UTC),
                method=method,
                path=path,
                endpoint=endpoint,
                call=call,
                params=_without_secrets(given),
                status=answer.response.status_code,
                fault=kind,
                uids=answer.uids,
                count=answer.count,
                is_whole=kind not in INTERRUPTIONS or kind is FaultKind.DRIP,
            )
            self._requests.append(entry)
            if self._file:
                with self._file.open("a", encoding="utf-8") as lines:
                    lines.write(f"{entry.as_line()}\n")

    def entries(self, ending: str = "") -> tuple[LoggedRequest, ...]:
        """Return the requests whose path ends so, such as ``efetch.fcgi``."""
        with self._lock:
            return tuple(one for one in self._requests if one.path.endswith(ending))

    def count(self, ending: str = "") -> int:
        """Count the requests whose path ends so."""
        return len(self.entries(ending))

    def clear(self) -> None:
        """Forget what was asked so far, and count from 1 again."""
        with self._lock:
            self._requests.clear()
            self._n_added = 0


def _without_secrets(given: Parameters) -> dict[str, str]:
    names = dict.fromkeys(name for name, _ in given.pairs if name.lower() not in _SECRETS)
    return {name: ",".join(given.all(name)) for name in names}
