"""How much a request may be: its address, its body, and the time that the body takes."""

import asyncio
import time
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

LONGEST_TARGET: Final = 8_192
"""Bytes of path and query together."""
LARGEST_HEADERS: Final = 16_384
"""Bytes of all headers, names and values."""
LARGEST_BODY: Final = 256 * 1_024
"""Bytes of a body: a note of a person is far smaller."""
BODY_SECONDS: Final = 20.0
"""Until when a whole body has come, however slowly its bytes follow each other."""
MOST_FIELDS: Final = 200
"""Fields of a form."""
DEEPEST_JSON: Final = 20
"""Lists and objects within each other."""

# The rest of what was announced is not read: without this the server would wait for it.
_HANG_UP: Final = {"Connection": "close"}


def refuse_large_headers(scope: Scope) -> None:
    """Refuse headers that are too large; the server itself looks only at those still coming.

    Raises:
        HTTPException: 431.
    """
    if sum(len(name) + len(value) for name, value in scope["headers"]) > LARGEST_HEADERS:
        raise HTTPException(431, "The headers of this request are too large.", _HANG_UP)


def refuse_long_target(scope: Scope) -> None:
    """Refuse an address that is too long.

    Raises:
        HTTPException: 414.
    """
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    if len(raw) + len(scope.get("query_string", b"")) > LONGEST_TARGET:
        raise HTTPException(414, "The address is too long: ask for less at once.")


def refuse_two_lengths(headers: Headers) -> None:
    """Refuse a body whose end is told in two ways: a proxy may have read the other one.

    Raises:
        HTTPException: 400. RFC 9112, 6.3: such a message is an attempt to smuggle another one.
    """
    if "transfer-encoding" in headers and "content-length" in headers:
        raise HTTPException(400, "The length of the body is told in two ways.", _HANG_UP)


def refuse_large_body(declared: str | None) -> None:
    """Refuse a body by the length that its header declares.

    Raises:
        HTTPException: 413, 400 for a length that is none.
    """
    if declared is None:
        return
    if not (declared.isascii() and declared.isdigit() and len(declared) < 20):
        raise HTTPException(400, "The header Content-Length is no number.")
    if int(declared) > LARGEST_BODY:
        raise _too_large()


class BoundedBody:
    """Receives a request's body, no more of it and no longer than allowed."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._n_bytes = 0
        self._ends_at: float | None = None
        self._is_whole = False

    async def __call__(self) -> Message:
        """Return the next message.

        Raises:
            HTTPException: 413 it is too large, 408 it takes too long.
        """
        if self._is_whole:
            return await self._receive()  # waits for the browser to go away
        message = await self._next()
        self._n_bytes += len(message.get("body", b""))
        if self._n_bytes > LARGEST_BODY:
            raise _too_large()
        self._is_whole = not message.get("more_body", False)
        return message

    async def _next(self) -> Message:
        if self._ends_at is None:
            self._ends_at = time.monotonic() + BODY_SECONDS
        try:
            async with asyncio.timeout(max(0.0, self._ends_at - time.monotonic())):
                return await self._receive()
        except TimeoutError:
            told = "It took too long to arrive: send it again."
            raise HTTPException(408, told, _HANG_UP) from None


def _too_large() -> HTTPException:
    told = f"That is too much at once: at most {LARGEST_BODY // 1_024} kB."
    return HTTPException(413, told, _HANG_UP)
