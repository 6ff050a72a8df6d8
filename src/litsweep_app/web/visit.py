"""A request as the pages of the desk see it: who asks, for what, and how to answer."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, unquote

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from db.engine import Database
from litsweep.domain.reviewers import Reviewer, Role
from litsweep.errors import UsageError
from litsweep.settings import Settings
from litsweep_app.web.rendering import render

TOOL_VERSION = f"litsweep {version('litsweep')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request: ``person`` is who is signed in, None on pages that are open to everybody.

    ``csrf`` is what every form of this session sends back; ``form`` is empty for a GET; ``body``
    is the parsed JSON of a request to the API, else None. ``secret`` is what the browser's cookie
    holds; ``is_https`` tells by what the person's browser speaks to the desk.
    """

    request: Request
    database: Database
    settings: Settings
    person: Reviewer | None
    csrf: str
    secret: str = field(default="", repr=False)
    is_https: bool = False
    form: FormData = field(default_factory=FormData)
    body: Any = None

    @property
    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return datetime.now(UTC)

    @property
    def me(self) -> Reviewer:
        """Who is signed in, on pages that let nobody else in."""
        assert self.person is not None, "a page with a role has a person"
        return self.person

    @property
    def query(self) -> QueryParams:
        """What stands behind the question mark."""
        return self.request.query_params

    @property
    def is_fragment(self) -> bool:
        """Whether a script of the page asks for a part of it, rather than a person for a page."""
        return "hx-request" in self.request.headers

    def may(self, role: Role) -> bool:
        """Tell whether the person may do what ``role`` is asked for."""
        return self.person is not None and self.person.role.may(role)

    def text_of(self, name: str) -> str:
        """Return a parameter of the path, as text; a slash within it is kept."""
        return unquote(str(self.request.path_params[name]))

    def number_of(self, name: str) -> int:
        """Return a parameter of the path, as a number.

        Raises:
            UsageError: it is none.
        """
        given = self.text_of(name)
        if not given.isascii() or not given.isdigit() or len(given) > 15:
            raise UsageError(f"{given[:40]!r} is not a number.")
        return int(given)

    def field_of(self, name: str) -> str:
        """Return a field of the form without blanks around it, empty where it is absent."""
        value = self.form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def render(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """Return a page made of a template, which sees this visit as ``visit``."""
        return HTMLResponse(render(template, visit=self, **context), status_code=status)

    def redirect(self, path: str) -> Response:
        """Send the browser on, with GET: nothing is sent twice when a page is loaded again."""
        return RedirectResponse(path, status_code=303)


def path_to(*parts: object, **query: object) -> str:
    """Return an address of the desk: ``path_to("topics", name, "rules")``; None's are left out.

    A value of ``query`` may be a sequence, which is repeated.
    """
    path = "/" + "/".join(quote(str(part), safe="") for part in parts)
    pairs = [pair for name, value in query.items() for pair in _pairs(name, value)]
    return path + ("?" + "&".join(pairs) if pairs else "")


def _pairs(name: str, value: object) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, list | tuple):
        return [pair for one in value for pair in _pairs(name, one)]
    return [f"{quote(name)}={quote(str(value), safe='')}"]
