"""Lets a request in, or not: who is signed in, and whether their role may."""

from hashlib import sha256
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request

from db.desk_sessions import find_person
from db.engine import Database
from litsweep.domain.reviewers import Reviewer
from litsweep_app.web.page import Page

COOKIE: Final = "litsweep_desk"


def admit(request: Request, page: Page, database: Database) -> tuple[Reviewer | None, str]:
    """Return who asks, and the token that their forms send back.

    Raises:
        HTTPException: 401 nobody is signed in, 403 the person's role may not.
    """
    secret = request.cookies.get(COOKIE, "")
    with database.reading() as conn:
        person = find_person(conn, secret) if secret else None
    if page.role is not None:
        if person is None:
            raise HTTPException(401, "Sign in first.")
        if not person.role.may(page.role):
            raise HTTPException(403, f"This is for the role {page.role}; yours is {person.role}.")
    return person, sha256(b"csrf" + secret.encode()).hexdigest()
