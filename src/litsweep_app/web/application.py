"""The desk as one ASGI application: every part's pages, behind the guard."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from db.engine import Database
from litsweep.errors import LitsweepError
from litsweep.settings import Settings
from litsweep_app.web import (
    account,
    api,
    conflicts,
    deciding,
    error_rates,
    exporting,
    judging,
    keys,
    lists,
    overview,
    people,
    queue,
    record,
    runs,
    screening_rules,
    searching,
    signing_in,
)
from litsweep_app.web.faults import answer, status_of
from litsweep_app.web.page import Page
from litsweep_app.web.security.guard import admit
from litsweep_app.web.visit import Visit

PAGES: Final[Sequence[Page]] = (
    *signing_in.PAGES,
    *account.PAGES,
    *keys.PAGES,
    *people.PAGES,
    *overview.PAGES,
    *runs.PAGES,
    *screening_rules.PAGES,
    *queue.PAGES,
    *record.PAGES,
    *deciding.PAGES,
    *judging.PAGES,
    *error_rates.PAGES,
    *searching.PAGES,
    *lists.PAGES,
    *exporting.PAGES,
    *conflicts.PAGES,
    *api.PAGES,
)
STATIC: Final = Path(__file__).parent / "static"


def build_application(database: Database, settings: Settings) -> ASGIApp:
    """Return the desk on a database; nothing is read of it before the first request."""
    routes = [_build_route(page, database, settings) for page in PAGES]
    desk = Starlette(
        routes=[*routes, Mount("/static", StaticFiles(directory=STATIC), name="static")],
        exception_handlers={HTTPException: _answer_http, LitsweepError: _answer_ours},
    )
    return _KeepsSlashes(desk)


def _build_route(page: Page, database: Database, settings: Settings) -> Route:
    async def endpoint(request: Request) -> Response:
        person, csrf = await run_in_threadpool(admit, request, page, database)
        is_form = request.method == "POST" and not page.is_api
        visit = Visit(
            request=request,
            database=database,
            settings=settings,
            person=person,
            csrf=csrf,
            form=await request.form() if is_form else FormData(),
            body=await _read_json(request) if page.is_api else None,
        )
        return await run_in_threadpool(page.handler, visit)

    return Route(page.path, endpoint, methods=list(page.methods), name=page.name)


async def _read_json(request: Request) -> object:
    body = await request.body()
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError as error:
        raise HTTPException(400, f"The body is no JSON: {error}.") from None


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    found = answer(request, error.status_code, error.detail)
    found.headers.update(error.headers or {})
    return found


async def _answer_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, LitsweepError)
    return answer(request, status_of(error), str(error))


class _KeepsSlashes:
    """Leaves a slash and a percent sign in a name of the path encoded, for `Visit.text_of`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = scope.get("raw_path")
        if scope["type"] == "http" and raw is not None:
            path = raw.partition(b"?")[0].decode("ascii", "replace")
            kept = path.replace("%25", "%2525").replace("%2F", "%252F").replace("%2f", "%252F")
            scope = dict(scope, path=unquote(kept))
        await self._app(scope, receive, send)
