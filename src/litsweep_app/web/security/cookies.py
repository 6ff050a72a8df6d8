"""The desk's two cookies: who is signed in, and, before that, which browser asks.

Both are HttpOnly and SameSite=Strict. By https they are Secure and carry the prefix ``__Host-``,
with which no other name of the domain can set them (RFC 6265bis, 4.1.3).
"""

import secrets
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

COOKIE: Final = "litsweep_desk"
VISITOR: Final = "litsweep_visitor"
_PREFIX: Final = "__Host-"
_LONGEST: Final = 200


def read_secret(request: Request, cookie: str, *, is_https: bool) -> str:
    """Return what the browser's cookie holds, empty where it has none that could be ours."""
    value = request.cookies.get(_name(cookie, is_https=is_https), "")
    return value if len(value) <= _LONGEST else ""


def new_visitor() -> str:
    """Return a secret for a browser in which nobody is signed in."""
    return secrets.token_urlsafe(32)


def put(response: Response, cookie: str, secret: str, *, is_https: bool) -> None:
    """Have the browser keep a secret until it is closed; the database knows when it ends."""
    response.set_cookie(
        _name(cookie, is_https=is_https),
        secret,
        path="/",
        secure=is_https,
        httponly=True,
        samesite="strict",
    )


def drop(response: Response, cookie: str, *, is_https: bool) -> None:
    """Have the browser forget a secret."""
    response.delete_cookie(
        _name(cookie, is_https=is_https),
        path="/",
        secure=is_https,
        httponly=True,
        samesite="strict",
    )


def _name(cookie: str, *, is_https: bool) -> str:
    return _PREFIX + cookie if is_https else cookie
