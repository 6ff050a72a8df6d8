"""Connections that the application may cut: HTTP itself has no way to break off an answer."""

import asyncio
import socket
import struct
from typing import Final

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_TRANSPORT: Final = "transport"
_LINGER_NOT: Final = struct.pack("ii", 1, 0)


class CuttableProtocol(H11Protocol):
    """uvicorn's own protocol, which also tells the application what connection it is on."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Keep the connection where a request's scope takes its state from."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, _TRANSPORT: transport}


def cut_connection(scope: Scope, *, is_reset: bool) -> None:
    """End the connection of a request: by a TCP reset, or after what was sent so far."""
    transport: asyncio.Transport = scope["state"][_TRANSPORT]
    if not is_reset:
        transport.close()
        return
    # A socket that does not linger is closed with a reset.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()
