"""Shows the API's own description: the OpenAPI document to programs, a page of it to people."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from starlette.responses import JSONResponse, Response

from litsweep.domain.reviewers import Role
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.openapi import build_document
from litsweep_app.web.page import Page
from litsweep_app.web.visit import Visit


def list_document_pages(endpoints: Sequence[Endpoint]) -> Iterator[Page]:
    """Return the pages that describe these endpoints; the document holds nothing of a database."""

    @cache
    def document() -> dict[str, Any]:
        return build_document(endpoints)

    def show_document(_: Visit) -> Response:
        return JSONResponse(document())

    def show_page(visit: Visit) -> Response:
        return visit.render("api.html", document=document())

    yield Page(
        path="/api/openapi.json", name="openapi", handler=show_document, role=None, is_api=True
    )
    yield Page(path="/api", name="api", handler=show_page, role=Role.READER)
