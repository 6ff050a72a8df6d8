"""Serves the desk by uvicorn, in this process or in several that share one socket.

No line is printed here, and no request is logged: an address may hold a ticket.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from db.engine import open_database
from litsweep.errors import SettingsError, UsageError
from litsweep.settings import Settings
from litsweep_app.web.application import build_application
from litsweep_app.web.security.addresses import LOOPBACK
from litsweep_app.web.security.limits import LARGEST_HEADERS, LONGEST_TARGET

_ENDING_S: Final = 5
_KEPT: Final = 16
_IDLE_S: Final = 75
_MOST_AT_ONCE: Final = 1_000
# By default a process that has not answered after five seconds is killed and started again: on a
# busy machine each was, before it had imported what it needs.
_STARTING_S: Final = 120


@dataclass(frozen=True, slots=True)
class BuildDesk:
    """Makes the application where it is served: a process opens the database for itself."""

    settings: Settings

    def __call__(self) -> ASGIApp:
        """Return the desk on the database of the settings."""
        database = open_database(self.settings.database_url, n_kept=_KEPT)
        return build_application(database, self.settings)


def check_exposure(settings: Settings, host: str) -> None:
    """Refuse to listen beyond loopback where passwords would cross the network in the clear.

    Raises:
        SettingsError: no desk_url with https is set, nor desk_allow_http.
    """
    is_encrypted = urlsplit(settings.desk_url or "").scheme == "https"
    if _is_loopback(host) or is_encrypted or settings.desk_allow_http:
        return
    raise SettingsError(
        f"The desk does not listen on {host} without https: everybody on the network could read "
        'passwords. Put a proxy with https before it and set desk_url = "https://…", or set '
        "desk_allow_http = true where the network is yours alone."
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 is any free one.

    Raises:
        UsageError: the port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, for asyncio sends small packets at once (TCP_NODELAY) only then.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1_024)
    except OSError as error:
        listener.close()
        raise UsageError(f"The desk cannot listen on {host}:{port} ({error.strerror}).") from error
    listener.set_inheritable(True)
    return listener


def serve(settings: Settings, listener: socket.socket, *, n_processes: int = 1) -> None:
    """Serve until Ctrl-C or a signal to end; a process that dies is started again."""
    config = build_config(settings, n_processes=n_processes)
    if n_processes > 1:
        Multiprocess(config, sockets=[listener]).run()
    else:
        uvicorn.Server(config).run(sockets=[listener])


def build_config(settings: Settings, *, n_processes: int = 1) -> uvicorn.Config:
    """Return how uvicorn serves the desk.

    Forwarded headers are believed of the proxies of the settings alone, of nobody by default.
    """
    proxies = _list_proxies(settings)
    return uvicorn.Config(
        BuildDesk(settings),
        factory=True,
        workers=n_processes,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        h11_max_incomplete_event_size=LONGEST_TARGET + LARGEST_HEADERS,
        limit_concurrency=_MOST_AT_ONCE,
        # As long as a person reads an abstract: their next decision needs no new connection.
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=_ENDING_S,
        timeout_worker_healthcheck=_STARTING_S,
    )


def _list_proxies(settings: Settings) -> Sequence[str]:
    given = (one.strip() for one in settings.desk_trusted_proxies.split(","))
    return [one for one in given if one]


def _is_loopback(host: str) -> bool:
    if host in LOOPBACK:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
