"""schemathesis asks the API for all that its document promises, and for all that it forbids.

In this process, as each role, with every check that schemathesis has: no server error, only
documented statuses, content types and bodies, bad data refused, methods that are not there
refused, no answer without a token. As a lead every limit of what changes something is tried; the
rest, and the others, by examples alone, unless ``LITSWEEP_TEST_API_EXAMPLES`` asks for so many
examples, in every way for each. Nothing is drawn by chance: what passes once passes again.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, from_schema
from schemathesis.engine.events import NonFatalError, ScenarioFinished
from starlette.testclient import TestClient

from db.engine import Database
from litsweep.domain.reviewers import Role
from litsweep.settings import Settings
from litsweep_app.web.application import build_application
from tests.web.api.programs import make_token

ASKED = os.environ.get("LITSWEEP_TEST_API_EXAMPLES")
N_EXAMPLES = int(ASKED or 1)
_REFUSED_BY_RULES = ["2xx", "400", "401", "403", "404", "409", "429"]
# Addresses with a dozen of filters: every limit of each, and each pair, are 600 requests.
_READ_BY_EXAMPLES = [
    {"include-method": "GET", "phases": {"coverage": {"enabled": False}}},
]
ORIGIN = "http://127.0.0.1:8765"


@pytest.mark.parametrize("role", Role)
def test_the_api_does_what_its_document_says(database: Database, role: Role) -> None:
    """Every endpoint answers as described, to data that is right and to data that is wrong."""
    app = build_application(database, Settings())
    document = TestClient(app, base_url=ORIGIN).get("/api/openapi.json").json()
    schema = schemathesis.openapi.from_dict(
        document, config=_configure(make_token(database, role), is_thorough=role is Role.LEAD)
    )
    schema.app = app
    failures, n_asked = [], 0
    for event in from_schema(schema).execute():
        if isinstance(event, NonFatalError):
            failures.append(f"{event.label}: {event.info.format()}")
        if isinstance(event, ScenarioFinished):
            n_asked += len(event.recorder.interactions)
            failures += _list_failures(event)
    assert not failures, "\n\n".join(dict.fromkeys(failures))
    assert n_asked > len(document["paths"])


def _configure(token: str, *, is_thorough: bool) -> SchemathesisConfig:
    phase = {"enabled": is_thorough or ASKED is not None}
    coverage = phase if ASKED else phase | {"unexpected-methods": ["DELETE"]}
    return SchemathesisConfig.from_dict(
        {
            "base-url": ORIGIN,
            "headers": {"Authorization": f"Bearer {token}"},
            "generation": {
                "max-examples": N_EXAMPLES,
                "deterministic": True,
                "database": "none",
                "no-shrink": True,
            },
            "phases": {"coverage": coverage, "stateful": {"enabled": ASKED is not None}},
            "operations": [] if ASKED else _READ_BY_EXAMPLES,
            # What fits the document and is refused by a rule of the review is 400, never 422.
            "checks": {"positive_data_acceptance": {"expected-statuses": _REFUSED_BY_RULES}},
        }
    )


def _list_failures(event: ScenarioFinished) -> Iterator[str]:
    for checks in event.recorder.checks.values():
        for check in checks:
            if check.status is Status.FAILURE and check.failure_info is not None:
                found: Any = check.failure_info
                yield f"{event.label}\n{check.name}: {found.failure}\n{found.code_sample}"
