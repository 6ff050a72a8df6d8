"""The sandbox as a web server on this machine: its addresses, limits, start and stop."""

import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from litsweep.errors import SourceUnreachable, UsageError
from litsweep_app.sandbox.cloud import BUCKET, Cloud
from litsweep_app.sandbox.europe_pmc import full_text_xml
from litsweep_app.sandbox.eutils.efetch import efetch
from litsweep_app.sandbox.eutils.einfo import einfo
from litsweep_app.sandbox.eutils.elink import elink
from litsweep_app.sandbox.eutils.epost import epost
from litsweep_app.sandbox.eutils.esearch import esearch
from litsweep_app.sandbox.eutils.esummary import esummary
from litsweep_app.sandbox.eutils.history import History
from litsweep_app.sandbox.eutils.replies import text_reply
from litsweep_app.sandbox.library import Library, SkipReason, load_library
from litsweep_app.sandbox.parameters import Parameters, read_parameters
from litsweep_app.sandbox.rate_limit import RateLimit, Verdict
from litsweep_app.sandbox.request_log import RequestLog

_EUTILS: Final = "/entrez/eutils/"
_EUROPE_PMC: Final = "/europepmc/webservices/rest/"
_START_SECONDS: Final = 20.0
_LIMIT_WITHOUT_KEY: Final = 3
_LIMIT_WITH_KEY: Final = 10
_MAX_QUERY: Final = 8_190  # Apache's limit on a request line

Answer = Callable[[Parameters], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxAddress:
    """Where a running sandbox answers, what it serves, and what was asked of it."""

    eutils_url: str
    pmc_cloud_url: str
    europe_pmc_url: str
    port: int
    n_records: int
    n_reports: int
    skipped: tuple[str, ...]
    skip_reasons: tuple[SkipReason, ...]
    requests: RequestLog


class Sandbox:
    """A library with the services in front of it."""

    def __init__(self, library: Library, *, enforce_rate_limit: bool = True) -> None:
        self.library = library
        self.requests = RequestLog()
        self._history = History()
        self._cloud = Cloud(library)
        self._rate_limit = RateLimit(time.monotonic) if enforce_rate_limit else None

    def build_app(self) -> Starlette:
        """Return the web application."""
        library, history, cloud = self.library, self._history, self._cloud
        tools: dict[str, Answer] = {
            "esearch": lambda given: esearch(library, history, given),
            "efetch": lambda given: efetch(library, history, given),
            "epost": lambda given: epost(history, given),
            "esummary": lambda given: esummary(library, history, given),
            "elink": lambda given: elink(library, given),
            "einfo": lambda given: einfo(library, given),
        }
        routes = [
            Route(f"{_EUTILS}{name}.fcgi", self._eutil(answer), methods=["GET", "POST"])
            for name, answer in tools.items()
        ]
        routes += [
            Route(f"/{BUCKET}", self._plain(lambda _, given: cloud.list_objects(given))),
            Route(f"/{BUCKET}/", self._plain(lambda _, given: cloud.list_objects(given))),
            Route(f"/{BUCKET}/{{key:path}}", self._plain(lambda key, _: cloud.get(key))),
            Route(
                f"{_EUROPE_PMC}{{key}}/fullTextXML",
                self._plain(lambda key, _: full_text_xml(library, key)),
            ),
            Route("/", self._welcome),
        ]
        return Starlette(
            routes=routes,
            middleware=[Middleware(GZipMiddleware, minimum_size=500, compresslevel=2)],
        )

    def _eutil(self, answer: Answer) -> Endpoint:
        async def respond(request: Request) -> Response:
            form = (await request.body()).decode(errors="replace")
            given = read_parameters(request.url.query, form)
            verdict = self._admit(request, given)
            response = _refuse(request, given, verdict)
            if response is None:
                response = await run_in_threadpool(answer, given)
            response.headers.update(_ncbi_headers(verdict))
            self._note(request, given, response)
            return response

        return respond

    def _plain(self, answer: Callable[[str, Parameters], Response]) -> Endpoint:
        async def respond(request: Request) -> Response:
            given = read_parameters(request.url.query, "")
            key = request.path_params.get("key", "")
            response = await run_in_threadpool(answer, key, given)
            self._note(request, given, response)
            return response

        return respond

    def _note(self, request: Request, given: Parameters, response: Response) -> None:
        self.requests.add(request.method, request.url.path, given.pairs, response.status_code)

    def _admit(self, request: Request, given: Parameters) -> Verdict:
        key = given.get("api_key")
        limit = _LIMIT_WITH_KEY if key else _LIMIT_WITHOUT_KEY
        if self._rate_limit is None:
            return Verdict(is_allowed=True, count=0, limit=limit)
        return self._rate_limit.admit(key or _client_host(request), limit)

    async def _welcome(self, request: Request) -> Response:
        address = self.locate(request.url.port or 80, request.url.hostname or "127.0.0.1")
        lines = [
            "litsweep sandbox: a local stand-in for NCBI. It answers from files and asks nobody.",
            "",
            f"PubMed records: {address.n_records}",
            f"PMC full texts: {address.n_reports}",
            f"not served:     {len(address.skipped)}",
            *(f"  {reason}" for reason in address.skipped[:100]),
            "",
            "To use it, set",
            f"  LITSWEEP_EUTILS_URL={address.eutils_url}",
            f"  LITSWEEP_PMC_CLOUD_URL={address.pmc_cloud_url}",
            f"  LITSWEEP_EUROPE_PMC_URL={address.europe_pmc_url}",
        ]
        return text_reply("\n".join(lines) + "\n")

    def locate(self, port: int, host: str) -> SandboxAddress:
        """Return the addresses of this sandbox on a port."""
        base = f"http://{host}:{port}"
        return SandboxAddress(
            eutils_url=base + _EUTILS,
            pmc_cloud_url=f"{base}/{BUCKET}/",
            europe_pmc_url=base + _EUROPE_PMC,
            port=port,
            n_records=len(self.library.records),
            n_reports=len(self.library.reports),
            skipped=self.library.skipped,
            skip_reasons=self.library.skip_reasons,
            requests=self.requests,
        )


def _client_host(request: Request) -> str:
    return request.client.host if request.client else "127.0.0.1"


def _refuse(request: Request, given: Parameters, verdict: Verdict) -> Response | None:
    """Return NCBI's refusal of a bad key, a long address or too many requests, else None."""
    key = given.get("api_key")
    shown = json.dumps(key or _client_host(request))
    if "invalid" in key:
        # The line break is in NCBI's reply too.
        body = f'{{"error":"API key invalid","api-key":{shown},"type":"invalid",\n'
        body += '"status":"unknown"}\n'
        return Response(body, status_code=400, media_type="application/json")
    if len(request.url.query) > _MAX_QUERY:
        return Response("Request-URI Too Long", status_code=414, media_type="text/html")
    if verdict.is_allowed:
        return None
    body = (
        f'{{"error":"API rate limit exceeded","api-key":{shown},'
        f'"count":"{verdict.count}","limit":"{verdict.limit}"}}\n'
    )
    headers = {"Retry-After": "2"}
    return Response(body, status_code=429, media_type="application/json", headers=headers)


def _ncbi_headers(verdict: Verdict) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(verdict.limit),
        "X-RateLimit-Remaining": str(verdict.n_remaining),
        "NCBI-PHID": f"{uuid4().hex.upper()}.1.1.m_1",
        "NCBI-SID": f"{uuid4().hex[:16].upper()}_0000SID",
        "Cache-Control": "private",
        "Access-Control-Expose-Headers": "X-RateLimit-Limit,X-RateLimit-Remaining",
    }


def load_sandbox(data_dirs: Sequence[Path], *, enforce_rate_limit: bool = True) -> Sandbox:
    """Read the data folders.

    Raises:
        UsageError: a folder does not exist.
    """
    return Sandbox(load_library(data_dirs), enforce_rate_limit=enforce_rate_limit)


def serve(
    data_dirs: Sequence[Path],
    port: int,
    host: str = "127.0.0.1",
    *,
    enforce_rate_limit: bool = True,
    on_ready: Callable[[SandboxAddress], None] | None = None,
) -> None:
    """Serve until interrupted; prints nothing. ``on_ready`` is told the address before the start.

    Raises:
        UsageError: a folder does not exist, or the port is taken.
    """
    sandbox = load_sandbox(data_dirs, enforce_rate_limit=enforce_rate_limit)
    listener = _listen(host, port)
    with listener:
        # Texts take a while for tens of thousands of records: the first query need not wait.
        warming = threading.Thread(target=sandbox.library.pubmed.texts, args=("TITL",), daemon=True)
        warming.start()
        if on_ready:
            on_ready(sandbox.locate(listener.getsockname()[1], host))
        with suppress(KeyboardInterrupt):  # uvicorn has shut down by then
            _server(sandbox).run(sockets=[listener])


@contextmanager
def running(
    data_dirs: Sequence[Path], port: int = 0, *, enforce_rate_limit: bool = True
) -> Iterator[SandboxAddress]:
    """Serve in a thread of this process while the context lasts; port 0 picks a free one.

    Raises:
        UsageError: a folder does not exist, or the port is taken.
        SourceUnreachable: the server did not come up.
    """
    sandbox = load_sandbox(data_dirs, enforce_rate_limit=enforce_rate_limit)
    host = "127.0.0.1"
    with _listen(host, port) as listener:
        server = _server(sandbox)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
        )
        thread.start()
        try:
            _wait_until_started(server, thread)
            yield sandbox.locate(listener.getsockname()[1], host)
        finally:
            server.should_exit = True
            thread.join(_START_SECONDS)


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageError(
            f"The sandbox cannot listen on {host}:{port} ({error.strerror}). "
            "Choose another --port, or 0 for any that is free."
        ) from error
    return listener


def _server(sandbox: Sandbox) -> uvicorn.Server:
    config = uvicorn.Config(
        sandbox.build_app(),
        log_config=None,
        access_log=False,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise SourceUnreachable("The sandbox did not start. Run it alone to see why.")
        time.sleep(0.005)
