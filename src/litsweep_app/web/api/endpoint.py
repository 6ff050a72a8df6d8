"""An endpoint of the API: its address and the function that answers, whose signature describes it.

The function takes the visit, the parameters of its path by their names, ``query`` and ``body``
where it has them, each with its type, and returns a model. The same types check what comes in,
and are what the OpenAPI document says.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, get_type_hints

from pydantic import BaseModel
from starlette.responses import Response

from litsweep.domain.reviewers import Role
from litsweep_app.web.api.inputs import read_body, read_path, read_query
from litsweep_app.web.page import Page
from litsweep_app.web.visit import Visit

ROOT: Final = "/api/v1"


class Refused(Exception):
    """An answer other than success that says more than words: a model with its status."""

    def __init__(self, status: int, answer: BaseModel) -> None:
        super().__init__(status)
        self.status = status
        self.answer = answer


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One method of one address; ``path`` is below `ROOT`, ``role`` the least that may.

    ``errors`` are statuses that this one answers with beside those that every one may; ``faults``
    those of them that say more than words; ``status`` is the one of success;
    ``media_types`` are those of an answer that is a file. ``takes_turns`` is the page's.
    """

    method: str
    path: str
    handler: Callable[..., BaseModel | Response]
    role: Role = Role.READER
    errors: tuple[int, ...] = ()
    faults: Mapping[int, type[BaseModel]] = field(default_factory=dict)
    status: int = 200
    media_types: tuple[str, ...] = ()
    takes_turns: bool = False

    @property
    def name(self) -> str:
        """What programs that are made from the document call it."""
        return self.handler.__name__

    @property
    def part(self) -> str:
        """Which part of the API it belongs to."""
        return self.handler.__module__.rpartition(".")[2]

    @property
    def what(self) -> tuple[str, str]:
        """What it does: the first line of the function's docstring, and the rest."""
        first, _, rest = (inspect.getdoc(self.handler) or "").partition("\n")
        return first, rest.strip()

    @cached_property
    def types(self) -> Mapping[str, Any]:
        """The types of what the function takes and, as ``return``, gives."""
        return get_type_hints(self.handler, include_extras=True)

    @property
    def path_types(self) -> Mapping[str, Any]:
        """The types of the parameters of the path, in its order."""
        return {name: self.types[name] for name in self.types if f"{{{name}}}" in self.path}

    def answer(self, visit: Visit) -> Response:
        """Check what came in, call the function, and answer with what it returns."""
        given: dict[str, Any] = read_path(visit, self.path_types)
        if "query" in self.types:
            given["query"] = read_query(visit, self.types["query"])
        if "body" in self.types:
            given["body"] = read_body(visit, self.types["body"])
        try:
            return _respond(self.status, self.handler(visit, **given))
        except Refused as refused:
            return _respond(refused.status, refused.answer)


def _respond(status: int, answer: BaseModel | Response) -> Response:
    if isinstance(answer, Response):
        return answer
    return Response(answer.model_dump_json(), status_code=status, media_type="application/json")


def build_page(endpoint: Endpoint) -> Page:
    """Return the endpoint as the application routes it."""
    return Page(
        path=ROOT + endpoint.path,
        name=f"api_{endpoint.name}",
        handler=endpoint.answer,
        role=endpoint.role,
        methods=(endpoint.method,),
        is_api=True,
        takes_turns=endpoint.takes_turns,
    )
