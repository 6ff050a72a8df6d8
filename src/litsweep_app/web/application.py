"""The desk as one ASGI application: every part's pages, behind the guard."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount, Route, Router
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
    flow,
    history,
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
    tables,
)
from litsweep_app.web.faults import answer, status_of
from litsweep_app.web.page import Page
from litsweep_app.web.security import csrf
from litsweep_app.web.security.addresses import Addresses, find_addresses
from litsweep_app.web.security.bodies import read_form, read_json, refuse_unstorable
from litsweep_app.web.security.cookies import VISITOR, new_visitor, put
from litsweep_app.web.security.guard import admit, admitted, note_use
from litsweep_app.web.security.shield import SAFE_METHODS, Shield
from litsweep_app.web.security.turning_away import ask_to_sign_in
from litsweep_app.web.static_files import STATIC, VersionedFiles
from litsweep_app.web.turns import run_in_thread
from litsweep_app.web.visit import Visit

PAGES: Final[Sequence[Page]] = (
    *signing_in.PAGES,
    *account.PAGES,
    *keys.PAGES,
    *people.PAGES,
    *overview.PAGES,
    *flow.PAGES,
    *runs.PAGES,
    *screening_rules.PAGES,
    *queue.PAGES,
    *record.PAGES,
    *history.PAGES,
    *deciding.PAGES,
    *judging.PAGES,
    *error_rates.PAGES,
    *searching.PAGES,
    *lists.PAGES,
    *exporting.PAGES,
    *tables.PAGES,
    *conflicts.PAGES,
    *api.PAGES,
)


def build_application(database: Database, settings: Settings) -> ASGIApp:
    """Return the desk on a database; nothing is read of it before the first request."""
    addresses = find_addresses(settings)
    routes: list[BaseRoute] = [_build_route(page, database, settings, addresses) for page in PAGES]
    routes.append(Mount("/static", VersionedFiles(directory=STATIC), name="static"))
    # Not Starlette's application, which answers an unknown error before the shield can.
    desk = ExceptionMiddleware(
        Router(routes), handlers={HTTPException: _answer_http, LitsweepError: _answer_ours}
    )
    # Compressed in spite of BREACH: cookies are SameSite=Strict, so that no other site can have a
    # person's pages made, and the tokens in them look different each time.
    packed = GZipMiddleware(_KeepsSlashes(desk), minimum_size=1_000, compresslevel=5)
    return Shield(packed, addresses, answer)


def _build_route(page: Page, database: Database, settings: Settings, addresses: Addresses) -> Route:
    async def endpoint(request: Request) -> Response:
        is_https = addresses.is_https(request.url.scheme, request.headers["host"])
        refuse_unstorable(request.query_params.values())
        admission = await run_in_thread(
            page, admit, request, page, database, settings, is_https=is_https
        )
        is_safe = request.method in SAFE_METHODS
        form = FormData() if is_safe or page.is_api else await read_form(request)
        body = await read_json(request) if page.is_api and not is_safe else None
        if not is_safe:
            admitted(request, admission, str(form.get(csrf.FIELD, "")))
        secret = admission.secret or new_visitor()
        visit = Visit(
            request=request,
            database=database,
            settings=settings,
            person=admission.person,
            csrf=csrf.make_token(secret),
            secret=secret,
            is_https=is_https,
            form=form,
            body=body,
        )
        response = await run_in_thread(page, page.handler, visit)
        if not admission.secret and page.role is None and not page.is_api:
            put(response, VISITOR, secret, is_https=is_https)
        if admission.is_use_to_be_noted:
            await run_in_thread(page, note_use, database, admission)
        return response

    return Route(page.path, endpoint, methods=list(page.methods), name=page.name)


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 401 and not request.scope["path"].startswith("/api/"):
        return ask_to_sign_in(request)
    found = answer(request, error.status_code, error.detail)
    found.headers.update(error.headers or {})
    if error.status_code == 405:
        found.headers["Allow"] = ", ".join(_list_methods(request))
    return found


def _list_methods(request: Request) -> list[str]:
    """Return what an address can be asked by: several pages may share one (RFC 9110, 10.2.1)."""
    routes = [one for one in request.scope["router"].routes if isinstance(one, Route)]
    matching = [one for one in routes if one.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for one in matching for method in one.methods or ()})


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
            # Only where there is an app does Starlette's router raise errors, not answer them.
            scope = dict(scope, path=unquote(kept), app=self)
        await self._app(scope, receive, send)
