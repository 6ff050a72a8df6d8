"""Errors as pages: what went wrong in words, the way out, and the status that says so."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from litsweep.errors import (
    DatabaseBusy,
    DatabaseUnreachable,
    DecisionConflict,
    LitsweepError,
    UnknownNumber,
    UnknownRecord,
    UnknownTopic,
    UsageError,
)
from litsweep_app.web.rendering import render

# The first that fits counts.
_STATUSES: Final[Mapping[type[LitsweepError], int]] = {
    UnknownTopic: 404,
    UnknownRecord: 404,
    UnknownNumber: 404,
    DecisionConflict: 409,
    UsageError: 400,
    DatabaseBusy: 503,
    DatabaseUnreachable: 503,
    LitsweepError: 500,
}


def status_of(error: LitsweepError) -> int:
    """Return the HTTP status that an error of ours answers with."""
    return next(status for kind, status in _STATUSES.items() if isinstance(error, kind))


def answer(request: Request, status: int, message: str) -> Response:
    """Return an error as JSON to a program, as a page to a person."""
    if request.scope["path"].startswith("/api/"):
        return JSONResponse({"error": message, "status": status}, status_code=status)
    # The protocol's own phrase tells a person nothing that the title does not.
    told = "" if message == HTTPStatus(status).phrase else message
    return HTMLResponse(render("fault.html", status=status, message=told), status_code=status)
