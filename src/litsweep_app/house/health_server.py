"""Serves the health page on loopback, in a thread of ``litsweep up``."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from litsweep.errors import OrchestrationError
from litsweep_app.house.health import HealthWatch
from litsweep_app.house.options import LOOPBACK, HouseOptions
from litsweep_app.house.page import build_json, build_page

_START_S: Final = 20.0
_UNHEALTHY: Final = 503
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def build_app(watch: HealthWatch, options: HouseOptions) -> Starlette:
    """Return the application: ``/`` for a person, ``/health`` for a program.

    Both answer 200 when all is green, ``/health`` 503 when not.
    """

    def page(_request: Request) -> Response:
        return HTMLResponse(build_page(watch.look(), options), headers=_HEADERS)

    def health(_request: Request) -> Response:
        found = watch.look()
        status = 200 if found.is_green else _UNHEALTHY
        return JSONResponse(build_json(found), status_code=status, headers=_HEADERS)

    return Starlette(
        routes=[Route("/", page), Route("/health", health)],
        # A page elsewhere must not read this one by a name that it points at loopback.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[LOOPBACK, "localhost"])],
    )


@contextmanager
def serving(watch: HealthWatch, options: HouseOptions) -> Iterator[None]:
    """Serve while the block lasts.

    Raises:
        OrchestrationError: it does not come up.
    """
    server = uvicorn.Server(
        uvicorn.Config(
            build_app(watch, options),
            host=LOOPBACK,
            port=options.health_port,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(target=_run, args=(server,), name="health page", daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread, options)
        yield
    finally:
        server.should_exit = True
        thread.join(_START_S)


def _run(server: uvicorn.Server) -> None:
    try:
        server.run()
    except SystemExit:  # uvicorn's way to say that the port is taken
        return


def _wait_until_started(
    server: uvicorn.Server, thread: threading.Thread, options: HouseOptions
) -> None:
    deadline = time.monotonic() + _START_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise OrchestrationError(
                f"The health page cannot be served at {options.health_url}: another program may "
                "listen there. Choose another port with --health-port."
            )
        time.sleep(0.01)
