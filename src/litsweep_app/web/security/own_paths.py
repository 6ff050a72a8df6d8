"""Where a person is sent on to after signing in: an address of the desk, or the overview."""

import re
from typing import Final
from urllib.parse import urlsplit

from litsweep_app.web.visit import path_to

_LONGEST: Final = 2_000
# Browsers read a backslash as a slash and leave out tabs and line ends: "/\\evil" is another site.
_REFUSED: Final = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
# Where somebody who has just signed in has no business.
_NOT_AGAIN: Final = ("/sign-in", "/sign-out", "/enter", "/static/", "/api/")


def own_path(asked: str, default: str = "/") -> str:
    """Return ``asked`` where it is a path of the desk with its query, else ``default``."""
    if not asked.startswith("/") or asked.startswith("//") or len(asked) > _LONGEST:
        return default
    if _REFUSED.search(asked) or asked.startswith(_NOT_AGAIN):
        return default
    try:
        parts = urlsplit(asked)
    except ValueError:
        return default
    return default if parts.scheme or parts.netloc or parts.path.startswith("//") else asked


def ticket_path(ticket: str, wanted: str = "/") -> str:
    """Return the path that lets a person in once, and then sends them on to ``wanted``."""
    return path_to("enter", ticket=ticket, next=None if wanted == "/" else wanted)
