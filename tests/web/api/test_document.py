"""The OpenAPI document: what is promised is written down, and changes are seen."""

import json
from collections.abc import Callable
from pathlib import Path

import schemathesis
from starlette.testclient import TestClient

from litsweep.domain.reviewers import Role
from litsweep_app.web.api import ENDPOINTS
from litsweep_app.web.api.openapi import build_document

KEPT = Path(__file__).parents[3] / "docs" / "openapi.json"
Clients = Callable[[Role | None], TestClient]


def test_a_change_of_the_promise_is_seen() -> None:
    """Where it is meant: `make docs` writes the file anew, and CHANGELOG.md says what changed."""
    assert json.loads(KEPT.read_text("utf-8")) == build_document(ENDPOINTS)


def test_the_document_is_one_of_openapi_and_open_to_everybody(client_of: Clients) -> None:
    reply = client_of(None).get("/api/openapi.json")
    assert (reply.status_code, reply.json()["openapi"]) == (200, "3.1.0")
    schemathesis.openapi.from_dict(reply.json()).validate()


def test_every_operation_says_what_it_does_who_may_and_what_it_answers() -> None:
    document = build_document(ENDPOINTS)
    found = [one for methods in document["paths"].values() for one in methods.values()]
    assert len({one["operationId"] for one in found}) == len(found) == len(ENDPOINTS)
    for one in found:
        assert one["summary"].endswith("."), one["operationId"]
        assert "For the role" in one["description"]
        assert {"401", "403", "429", "503"} <= one["responses"].keys()
        assert one["responses"].keys() & {"200", "201"}


def test_people_read_the_same_on_a_page(client_of: Clients) -> None:
    page = client_of(Role.READER).get("/api").text
    for one in ENDPOINTS:
        assert f"{one.method} /api/v1{one.path}" in page
