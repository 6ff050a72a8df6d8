"""Lets a request in, or not: who asks, by what, and whether their role may.

A browser shows its cookie, and with everything that it sends the token of a form; a program
shows a token of its person (RFC 6750), and no cookie counts beside it.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request

from db import api_tokens
from db.desk_sessions import Ends, find_session, note_seen
from db.engine import Connection, Database
from litsweep.domain.reviewers import Reviewer
from litsweep.errors import DatabaseError
from litsweep.settings import Settings
from litsweep_app.web.page import Page
from litsweep_app.web.security import csrf
from litsweep_app.web.security.cookies import COOKIE, VISITOR, read_secret

__all__ = ["COOKIE", "Admission", "admit", "admitted", "find_ends", "note_use"]

_SCHEME: Final = "bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Who asks, None for nobody; ``secret`` is their session's or, signed out, their browser's.

    ``token`` is a program's. ``is_use_to_be_noted`` where the last use was noted long ago.
    """

    person: Reviewer | None
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    is_use_to_be_noted: bool = False


def find_ends(settings: Settings) -> Ends:
    """Return when sessions end, by the settings."""
    return Ends(
        idle=timedelta(hours=settings.desk_idle_hours),
        longest=timedelta(days=settings.desk_session_days),
    )


def admit(
    request: Request, page: Page, database: Database, settings: Settings, *, is_https: bool
) -> Admission:
    """Find out who asks for a page.

    Raises:
        HTTPException: 401 nobody is signed in, or by a token that does not hold; 403 the
            person's role may not.
    """
    with database.reading() as conn:
        found = _identify(conn, request, page, settings, is_https=is_https)
    if page.role is None:
        return found
    if found.person is None:
        raise HTTPException(401, _reason(found, page), headers=_challenge(page))
    if not found.person.role.may(page.role):
        raise HTTPException(403, f"This is for the role {page.role}; yours is {found.person.role}.")
    return found


def admitted(request: Request, admission: Admission, token: str) -> None:
    """Check the token of a form, or of a script's header, where something is changed by a browser.

    Raises:
        HTTPException: 403 it is not the one that this browser was given.
    """
    if admission.token:
        return
    given = request.headers.get(csrf.HEADER) or token
    if not csrf.is_token(given, admission.secret):
        raise HTTPException(
            403,
            "This form is too old, was opened before you signed in, or your browser keeps no "
            "cookies. Nothing was stored: load the page again and send it once more.",
        )


def note_use(database: Database, admission: Admission) -> None:
    """Store that a session or token was used now; a busy database loses nothing but that."""
    now = datetime.now(UTC)
    try:
        with database.writing() as conn:
            if admission.token:
                api_tokens.note_use(conn, admission.token, now=now)
            else:
                note_seen(conn, admission.secret, now=now)
    except DatabaseError:
        return


def _identify(
    conn: Connection, request: Request, page: Page, settings: Settings, *, is_https: bool
) -> Admission:
    now = datetime.now(UTC)
    shown = request.headers.get("authorization", "")
    if page.is_api and shown:
        return _identify_program(conn, shown, now)
    secret = read_secret(request, COOKIE, is_https=is_https)
    session = find_session(conn, secret, ends=find_ends(settings), now=now) if secret else None
    if session is None:
        return Admission(person=None, secret=read_secret(request, VISITOR, is_https=is_https))
    return Admission(
        person=session.person, secret=secret, is_use_to_be_noted=session.is_seen_to_be_noted
    )


def _identify_program(conn: Connection, shown: str, now: datetime) -> Admission:
    token = shown[len(_SCHEME) :].strip() if shown.lower().startswith(_SCHEME) else ""
    person = api_tokens.find_person_by_token(conn, token, now=now) if token else None
    return Admission(
        person=person,
        token=token or "?",
        is_use_to_be_noted=person is not None
        and api_tokens.is_use_to_be_noted(conn, token, now=now),
    )


def _reason(found: Admission, page: Page) -> str:
    if found.token:
        return "The token is none, was revoked, or has expired."
    return "Send a token: Authorization: Bearer TOKEN." if page.is_api else "Sign in first."


def _challenge(page: Page) -> dict[str, str]:
    return {"WWW-Authenticate": 'Bearer realm="litsweep"'} if page.is_api else {}
