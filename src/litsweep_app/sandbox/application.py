"""The sandbox as a web application: a library with the services, and their faults, before it."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from litsweep_app.sandbox.answers import Alter, Answer, unaltered
from litsweep_app.sandbox.calendar import Calendar
from litsweep_app.sandbox.calls import Call, CallCounter
from litsweep_app.sandbox.cloud import BUCKET, Cloud
from litsweep_app.sandbox.endpoints import Endpoint, eutil_endpoint
from litsweep_app.sandbox.europe_pmc import full_text_xml
from litsweep_app.sandbox.eutils.efetch import efetch
from litsweep_app.sandbox.eutils.einfo import einfo
from litsweep_app.sandbox.eutils.elink import elink
from litsweep_app.sandbox.eutils.epost import epost
from litsweep_app.sandbox.eutils.esearch import esearch
from litsweep_app.sandbox.eutils.esummary import esummary
from litsweep_app.sandbox.eutils.history import History
from litsweep_app.sandbox.eutils.replies import bad_key_reply, limit_reply, text_reply
from litsweep_app.sandbox.faults.alterations import alteration
from litsweep_app.sandbox.faults.interruptions import interrupt
from litsweep_app.sandbox.faults.kinds import ALTERATIONS, FaultKind
from litsweep_app.sandbox.faults.replies import reply_instead
from litsweep_app.sandbox.faults.schedule import FaultSchedule
from litsweep_app.sandbox.library import Library
from litsweep_app.sandbox.parameters import Parameters, read_parameters
from litsweep_app.sandbox.rate_limit import RateLimit, Verdict
from litsweep_app.sandbox.request_log import RequestLog

EUTILS_PATH: Final = "/entrez/eutils/"
EUROPE_PMC_PATH: Final = "/europepmc/webservices/rest/"
CLOUD_PATH: Final = f"/{BUCKET}/"
_LIMIT_WITHOUT_KEY: Final = 3
_LIMIT_WITH_KEY: Final = 10
_MAX_QUERY: Final = 8_190  # Apache's limit on a request line
_REFUSED: Final = Call(number=0, fault=None)

Tool = Callable[[Library, History, Parameters, Alter], Answer]
Source = Callable[["Stock", str, Parameters], Response]
Handler = Callable[[Request], Awaitable[Response]]

_TOOLS: Final[Mapping[str, Tool]] = {
    "esearch": esearch,
    "efetch": efetch,
    "epost": lambda _, history, given, __: Answer(response=epost(history, given)),
    "esummary": lambda library, history, given, _: Answer(
        response=esummary(library, history, given)
    ),
    "elink": lambda library, _, given, __: Answer(response=elink(library, given)),
    "einfo": lambda library, _, given, __: Answer(response=einfo(library, given)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What is served at the moment, and the day it is, where there is a calendar."""

    library: Library
    cloud: Cloud
    day: int | None


class Sandbox:
    """What is served, what goes wrong, and what was asked; may be changed while it serves."""

    def __init__(
        self,
        data: Library | Calendar,
        *,
        day: int = 0,
        faults: FaultSchedule | None = None,
        enforce_rate_limit: bool = True,
    ) -> None:
        self.requests = RequestLog()
        self._data = data
        self._history = History()
        self._rate_limit = RateLimit(time.monotonic) if enforce_rate_limit else None
        self._stock = self._take_stock(day)
        self.set_faults(faults)

    @property
    def library(self) -> Library:
        """What is served at the moment."""
        return self._stock.library

    @property
    def day(self) -> int | None:
        """The day it is, where there is a calendar."""
        return self._stock.day

    def set_faults(self, faults: FaultSchedule | None) -> None:
        """Let other things go wrong from now on, or nothing; calls are counted from 1 again."""
        self._calls = CallCounter(faults or FaultSchedule())

    def set_day(self, day: int) -> None:
        """Serve another day; without a calendar, all days are alike."""
        self._stock = self._take_stock(day)

    def _take_stock(self, day: int) -> Stock:
        if isinstance(self._data, Calendar):
            library = self._data.library(day)
            return Stock(library=library, cloud=Cloud(library), day=day)
        return Stock(library=self._data, cloud=Cloud(self._data), day=None)

    def build_app(self, *, compresses: bool) -> Starlette:
        """Return the web application; ``compresses`` packs answers for those who accept it."""
        routes = [
            Route(f"{EUTILS_PATH}{name}.fcgi", self._eutil(name, tool), methods=["GET", "POST"])
            for name, tool in _TOOLS.items()
        ]
        cloud, europe_pmc = Endpoint.PMC_CLOUD, Endpoint.EUROPE_PMC
        listing = self._plain(cloud, lambda stock, _, given: stock.cloud.list_objects(given))
        one = self._plain(cloud, lambda stock, key, _: stock.cloud.get(key))
        text = self._plain(europe_pmc, lambda stock, key, _: full_text_xml(stock.library, key))
        routes += [
            Route(CLOUD_PATH.rstrip("/"), listing),
            Route(CLOUD_PATH, listing),
            Route(f"{CLOUD_PATH}{{key:path}}", one),
            Route(f"{EUROPE_PMC_PATH}{{key}}/fullTextXML", text),
            Route("/", self._welcome),
        ]
        packing = Middleware(GZipMiddleware, minimum_size=500, compresslevel=2)
        return Starlette(routes=routes, middleware=[packing] if compresses else [])

    def _eutil(self, name: str, tool: Tool) -> Handler:
        async def respond(request: Request) -> Response:
            form = (await request.body()).decode(errors="replace")
            given = read_parameters(request.url.query, form)
            endpoint = eutil_endpoint(name, given.db)
            verdict = self._admit(request, given)
            refusal = _refuse(request, given, verdict)
            call = _REFUSED if refusal else self._calls.next(endpoint)
            answer = (
                Answer(response=refusal)
                if refusal
                else await run_in_threadpool(self._ask, tool, given, call, _caller(request, given))
            )
            answer.response.headers.update(_ncbi_headers(verdict if self._rate_limit else None))
            return self._send(request, endpoint, given, call, answer)

        return respond

    def _plain(self, endpoint: Endpoint, source: Source) -> Handler:
        async def respond(request: Request) -> Response:
            given = read_parameters(request.url.query, "")
            call = self._calls.next(endpoint)
            response = (
                reply_instead(call.fault, caller="", wants_json=False) if call.fault else None
            )
            if response is None:
                key = request.path_params.get("key", "")
                response = await run_in_threadpool(source, self._stock, key, given)
            return self._send(request, endpoint, given, call, Answer(response=response))

        return respond

    def _ask(self, tool: Tool, given: Parameters, call: Call, caller: str) -> Answer:
        """Ask a tool, or let the fault answer in its place."""
        library, fault = self.library, call.fault
        alter: Alter = unaltered
        if fault:
            response = reply_instead(fault, caller=caller, wants_json=given.wants_json)
            if response is not None:
                return Answer(response=response)
            if fault.kind is FaultKind.FORGET_HISTORY:
                self._history.forget_all()
            if fault.kind in ALTERATIONS:
                alter = alteration(fault, library)
        return tool(library, self._history, given, alter)

    def _send(
        self, request: Request, endpoint: Endpoint, given: Parameters, call: Call, answer: Answer
    ) -> Response:
        self.requests.add(
            method=request.method,
            path=request.url.path,
            endpoint=endpoint,
            given=given,
            answer=answer,
            call=call.number,
            fault=call.fault,
        )
        if call.fault is None:
            return answer.response
        accepts_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
        return interrupt(call.fault, answer.response, accepts_gzip=accepts_gzip)

    def _admit(self, request: Request, given: Parameters) -> Verdict:
        limit = _LIMIT_WITH_KEY if given.get("api_key") else _LIMIT_WITHOUT_KEY
        if self._rate_limit is None:
            return Verdict(is_allowed=True, count=0, limit=limit)
        return self._rate_limit.admit(_caller(request, given), limit)

    async def _welcome(self, request: Request) -> Response:
        library = self.library
        base = str(request.base_url).rstrip("/")
        lines = [
            "litsweep sandbox: a local stand-in for NCBI. It answers from files and asks nobody.",
            "",
            f"PubMed records: {len(library.records)}",
            f"PMC full texts: {len(library.reports)}",
            f"not served:     {len(library.skipped)}",
            *(f"  {reason}" for reason in library.skipped[:100]),
            "",
            "To use it, set",
            f"  LITSWEEP_EUTILS_URL={base}{EUTILS_PATH}",
            f"  LITSWEEP_PMC_CLOUD_URL={base}{CLOUD_PATH}",
            f"  LITSWEEP_EUROPE_PMC_URL={base}{EUROPE_PMC_PATH}",
        ]
        return text_reply("\n".join(lines) + "\n")


def _caller(request: Request, given: Parameters) -> str:
    """Return how NCBI knows a caller: by the API key, else by the address."""
    return given.get("api_key") or (request.client.host if request.client else "127.0.0.1")


def _refuse(request: Request, given: Parameters, verdict: Verdict) -> Response | None:
    """Return NCBI's refusal of a bad key, a long address or too many requests, else None."""
    key = given.get("api_key")
    if "invalid" in key:
        return bad_key_reply(key)
    if len(request.url.query) > _MAX_QUERY:
        return Response("Request-URI Too Long", status_code=414, media_type="text/html")
    if verdict.is_allowed:
        return None
    reply = limit_reply(_caller(request, given), verdict.count, verdict.limit)
    reply.headers["Retry-After"] = "2"
    return reply


def _ncbi_headers(verdict: Verdict | None) -> dict[str, str]:
    # A limit that is not kept is not announced: clients would keep it.
    announced = verdict and {
        "X-RateLimit-Limit": str(verdict.limit),
        "X-RateLimit-Remaining": str(verdict.n_remaining),
    }
    return {
        **(announced or {}),
        "NCBI-PHID": f"{uuid4().hex.upper()}.1.1.m_1",
        "NCBI-SID": f"{uuid4().hex[:16].upper()}_0000SID",
        "Cache-Control": "private",
        "Access-Control-Expose-Headers": "X-RateLimit-Limit,X-RateLimit-Remaining",
    }
