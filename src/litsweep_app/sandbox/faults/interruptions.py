"""Answers that are right and do not arrive so: reset, cut, or a drop at a time."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Final

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from litsweep_app.sandbox.connections import cut_connection
from litsweep_app.sandbox.faults.kinds import FaultKind
from litsweep_app.sandbox.faults.schedule import Fault

_N_DROPS: Final = 20
_GZIP_LEVEL: Final = 2


def interrupt(fault: Fault, response: Response, *, accepts_gzip: bool) -> Response:
    """Return the answer as the fault lets it arrive; other kinds of fault change nothing."""
    body = bytes(response.body)
    if fault.kind is FaultKind.DRIP:
        return _restart(response, StreamingResponse(_drip(body, fault.seconds)), len(body))
    if fault.kind is FaultKind.RESET:
        n_sent = 0 if fault.at is None else _cut_at(fault, body)
        return _restart(response, _BrokenOff(body[:n_sent], is_reset=True), len(body))
    if fault.kind is not FaultKind.TRUNCATE:
        return response
    is_packed = fault.in_gzip and accepts_gzip
    if is_packed:
        body = gzip.compress(body, _GZIP_LEVEL)
    part = body[: _cut_at(fault, body)]
    cut = Response(part) if fault.looks_complete else _BrokenOff(part, is_reset=False)
    n_promised = len(part) if fault.looks_complete else len(body)
    return _restart(response, cut, n_promised, "gzip" if is_packed else "identity")


def _cut_at(fault: Fault, body: bytes) -> int:
    """Return how many bytes are sent: fewer than all, or the fault would be none."""
    at = 0.5 if fault.at is None else fault.at
    place = int(at * len(body)) if isinstance(at, float) else at
    if place < 0:
        place += len(body)
    return max(0, min(place, len(body) - 1))


def _restart(
    original: Response, response: Response, n_promised: int, encoding: str = "identity"
) -> Response:
    """Give an interrupted answer the head of the original one."""
    response.status_code = original.status_code
    for name, value in original.headers.items():
        response.headers[name] = value
    response.headers["Content-Length"] = str(n_promised)
    # Named, so that nothing packs it on its way: the bytes go out as they are here.
    response.headers["Content-Encoding"] = encoding
    return response


async def _drip(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    size = max(1, -(-len(body) // _N_DROPS))
    for start in range(0, len(body), size):
        await asyncio.sleep(seconds / _N_DROPS)
        yield body[start : start + size]


class _BrokenOff(Response):
    """Sends less than its head promises, then ends the connection."""

    def __init__(self, part: bytes, *, is_reset: bool) -> None:
        super().__init__(part)
        self._is_reset = is_reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.body or not self._is_reset:
            head = {"status": self.status_code, "headers": self.raw_headers}
            await send({"type": "http.response.start", **head})
            await send({"type": "http.response.body", "body": self.body, "more_body": True})
        cut_connection(scope, is_reset=self._is_reset)
        while (await receive())["type"] != "http.disconnect":
            pass
