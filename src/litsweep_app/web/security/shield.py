"""The outermost layer: what is refused before any page sees it, and what every answer carries.

Nothing leaves without the headers of `with_safety`, errors and static files included; no error
leaves with more than a reference number, under which the log has the rest.
"""

import logging
import secrets
from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from litsweep_app.web.security.addresses import Addresses
from litsweep_app.web.security.bodies import refuse_unstorable
from litsweep_app.web.security.headers import with_safety
from litsweep_app.web.security.limits import (
    BoundedBody,
    refuse_large_body,
    refuse_large_headers,
    refuse_long_target,
    refuse_two_lengths,
)

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_logger: Final = logging.getLogger("litsweep_app.web.security")

_UNKNOWN: Final = (
    "Something went wrong in the desk itself. What you sent may not be stored. Whoever runs the "
    "desk finds the reason in its log under {}."
)

Answer = Callable[[Request, int, str], Response]


class Shield:
    """Stands before an application; ``answer`` makes the page or JSON of a refusal."""

    def __init__(self, app: ASGIApp, addresses: Addresses, answer: Answer) -> None:
        self._app = app
        self._addresses = addresses
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return  # there are no WebSockets here; the server closes what is not accepted
        outgoing = _Outgoing(send, is_https=self._is_https(scope))
        try:
            self._refuse(scope)
            await self._app(scope, BoundedBody(receive), outgoing)
        except HTTPException as refusal:
            if outgoing.has_begun:
                raise
            found = self._answer(Request(scope), refusal.status_code, refusal.detail)
            # What was sent and is not wanted is not read either.
            found.headers["Connection"] = "close"
            await found(scope, receive, outgoing)
        except Exception:
            reference = secrets.token_hex(4)
            _logger.exception("Error %s: %s", reference, _describe(scope))
            # An answer that has begun is cut off by the server, so that nobody takes it for whole.
            if not outgoing.has_begun:
                found = self._answer(Request(scope), 500, _UNKNOWN.format(reference))
                await found(scope, receive, outgoing)

    def _is_https(self, scope: Scope) -> bool:
        return self._addresses.is_https(scope["scheme"], Headers(scope=scope).get("host", ""))

    def _refuse(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        if len(headers.getlist("host")) != 1 or not self._addresses.is_known(headers["host"]):
            raise HTTPException(
                400,
                "The desk is not asked for by this name. Whoever runs it adds the name to the "
                "setting desk_allowed_hosts.",
            )
        refuse_long_target(scope)
        refuse_large_headers(scope)
        refuse_two_lengths(headers)
        refuse_large_body(headers.get("content-length"))
        refuse_unstorable([scope["path"]])
        if b"%00" in scope.get("query_string", b""):
            refuse_unstorable(["\0"])
        if scope["method"] in SAFE_METHODS:
            return
        if not self._addresses.is_sent_from_here(headers, scheme=scope["scheme"]):
            _logger.warning("Refused as sent from another site: %s", _describe(scope))
            raise HTTPException(403, "This was sent from a page of another site; do it here.")


class _Outgoing:
    """Sends messages on, with the headers of every answer."""

    def __init__(self, send: Send, *, is_https: bool) -> None:
        self._send = send
        self._is_https = is_https
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            headers = with_safety(message.get("headers", ()), is_https=self._is_https)
            message = {**message, "headers": headers}
        await self._send(message)


def _describe(scope: Scope) -> str:
    # Without the query, which may hold a ticket.
    client = scope.get("client")
    return f"{scope['method']} {scope['path'][:200]!r} from {client[0] if client else 'unknown'}"
