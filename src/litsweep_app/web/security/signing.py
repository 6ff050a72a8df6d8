"""How somebody is signed in: by a name and a password, and with a session of their own."""

import logging
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Final

from starlette.responses import Response

from db.desk_sessions import end_session, start_session
from db.engine import Connection
from db.login_attempts import begin_attempt, forget_attempts
from db.reviewers import find_password_hash, find_reviewer, set_password_hash
from litsweep.domain.reviewers import Reviewer
from litsweep_app.web.security import passwords
from litsweep_app.web.security.cookies import COOKIE, VISITOR, drop, put
from litsweep_app.web.visit import Visit

_MOST_LETTERS: Final = 100
_logger: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How an attempt with a password ended: a person, a time to wait, or neither: it is wrong."""

    person: Reviewer | None = None
    wait: timedelta | None = None


def try_password(visit: Visit, name: str, password: str) -> Attempt:
    """Look at a name and a password, as often as the database allows.

    A name that nobody has, or whose person has no password or may not come in, takes as long as
    a wrong password and ends alike.
    """
    name = " ".join(unicodedata.normalize("NFC", name).split())[:_MOST_LETTERS]
    address = find_address(visit)
    with visit.database.writing() as conn:
        wait = begin_attempt(conn, name, address, now=visit.now)
    if wait is not None:
        _logger.warning("Too many attempts to sign in, from %s", address)
        return Attempt(wait=wait)
    with visit.database.reading() as conn:
        person = find_reviewer(conn, name)
        stored = _find_hash(conn, person)
    if not passwords.is_right(password, stored) or person is None:
        _logger.warning("A wrong name or password, from %s", address)
        return Attempt()
    newer = passwords.hash_password(password) if passwords.is_outdated(stored or "") else None
    with visit.database.writing() as conn:
        forget_attempts(conn, name)
        if newer is not None:
            set_password_hash(conn, person.reviewer_id, newer)
    return Attempt(person=person)


def begin_session(visit: Visit, conn: Connection, person: Reviewer) -> str:
    """Begin a session with a new secret, and end the one that this browser had."""
    if visit.person is not None:
        end_session(conn, visit.secret, now=visit.now)
    _logger.info("%r is signed in, from %s", person.name, find_address(visit))
    return start_session(conn, person.reviewer_id, visit.now)


def send_in(visit: Visit, path: str, secret: str) -> Response:
    """Send a browser on as one in which somebody is signed in."""
    response = visit.redirect(path)
    put(response, COOKIE, secret, is_https=visit.is_https)
    drop(response, VISITOR, is_https=visit.is_https)
    return response


def find_address(visit: Visit) -> str:
    """Return where a request comes from; of IPv6 the network that one household has."""
    client = visit.request.client
    try:
        address = ip_address(client.host if client else "")
    except ValueError:
        return "unknown"
    return str(address if address.version == 4 else ip_network((address, 64), strict=False))


def _find_hash(conn: Connection, person: Reviewer | None) -> str | None:
    if person is None or person.disabled_at is not None:
        return None
    return find_password_hash(conn, person.reviewer_id)
