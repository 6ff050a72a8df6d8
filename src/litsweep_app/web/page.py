"""A page of the desk: its address, who may see it, and the function that answers.

The list of all pages is what the application routes by, and what the tests of roles go through.
"""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from litsweep.domain.reviewers import Role
from litsweep_app.web.visit import Visit

Handler = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One address and what it does; ``role`` is the least that may, None lets everybody in.

    ``path`` is Starlette's, with parameters in braces. ``handler`` runs in a thread; one that
    ``takes_turns``, for it decides or claims, when its turn comes (``litsweep_app.web.turns``).
    """

    path: str
    name: str
    handler: Handler
    role: Role | None
    methods: tuple[str, ...] = ("GET",)
    is_api: bool = False
    takes_turns: bool = False
