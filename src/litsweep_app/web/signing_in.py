"""In and out: by a password, by an address that lets a person in once, and out again."""

import math
from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from db.desk_sessions import end_session
from db.desk_tickets import find_ticket, use_ticket
from litsweep.domain.reviewers import Role
from litsweep_app.web.page import Page
from litsweep_app.web.security.cookies import COOKIE, drop
from litsweep_app.web.security.own_paths import own_path
from litsweep_app.web.security.signing import begin_session, send_in, try_password
from litsweep_app.web.visit import Visit, path_to

_TOO_SOON: Final = 429
_WRONG: Final = 403
_GONE: Final = 410


def ask_password(visit: Visit) -> Response:
    """Show the form; who is signed in already goes on."""
    wanted = own_path(visit.query.get("next", ""))
    if visit.person is not None:
        return visit.redirect(wanted)
    return visit.render("sign_in.html", next=wanted, name="", error=None)


def take_password(visit: Visit) -> Response:
    """Sign in by name and password."""
    wanted = own_path(visit.field_of("next"))
    name = visit.field_of("name")
    attempt = try_password(visit, name, _password_of(visit))
    if attempt.person is not None:
        with visit.database.writing() as conn:
            secret = begin_session(visit, conn, attempt.person)
        return send_in(visit, wanted, secret)
    if attempt.wait is None:
        error = "The name or the password is wrong."
        return visit.render("sign_in.html", status=_WRONG, next=wanted, name=name, error=error)
    seconds = max(1, math.ceil(attempt.wait.total_seconds()))
    error = f"There were too many attempts: try again in {_say_time(seconds)}."
    found = visit.render("sign_in.html", status=_TOO_SOON, next=wanted, name=name, error=error)
    found.headers["Retry-After"] = str(seconds)
    return found


def leave(visit: Visit) -> Response:
    """Sign out; the browser forgets what it was shown, too."""
    with visit.database.writing() as conn:
        end_session(conn, visit.secret, now=visit.now)
    response = visit.redirect(path_to("sign-in"))
    drop(response, COOKIE, is_https=visit.is_https)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def ask_ticket(visit: Visit) -> Response:
    """Show whom an address lets in; to look at it uses nothing up."""
    secret = visit.query.get("ticket", "")
    wanted = own_path(visit.query.get("next", ""))
    with visit.database.reading() as conn:
        found = find_ticket(conn, secret, now=visit.now)
    if found is None:
        return visit.render("enter.html", status=_GONE, found=None, ticket="", next=wanted)
    return visit.render("enter.html", found=found, ticket=secret, next=wanted)


def take_ticket(visit: Visit) -> Response:
    """Sign in by an address that lets a person in once, and use it up."""
    wanted = own_path(visit.field_of("next"))
    with visit.database.writing() as conn:
        person = use_ticket(conn, visit.field_of("ticket"), now=visit.now)
        secret = begin_session(visit, conn, person) if person else ""
    if person is None:
        return visit.render("enter.html", status=_GONE, found=None, ticket="", next=wanted)
    return send_in(visit, wanted, secret)


def _password_of(visit: Visit) -> str:
    # As it was typed: blanks at its ends belong to it.
    value = visit.form.get("password", "")
    return value if isinstance(value, str) else ""


def _say_time(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} second{'s' if seconds > 1 else ''}"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} minute{'s' if minutes > 1 else ''}"


PAGES: Final[Sequence[Page]] = (
    Page(path="/sign-in", name="sign_in", handler=ask_password, role=None),
    Page(
        path="/sign-in", name="take_password", handler=take_password, role=None, methods=("POST",)
    ),
    Page(path="/sign-out", name="leave", handler=leave, role=Role.READER, methods=("POST",)),
    Page(path="/enter", name="enter", handler=ask_ticket, role=None),
    Page(path="/enter", name="take_ticket", handler=take_ticket, role=None, methods=("POST",)),
)
