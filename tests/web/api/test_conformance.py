"""schemathesis asks the API for all that its document promises, and for all that it forbids.

In this process, as each role, with every check that schemathesis has: no server error, only
documented statuses, content types and bodies, bad data refused, methods that are not there
refused, no answer without a token. ``LITSWEEP_TEST_API_EXAMPLES`` asks for more examples.
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, from_schema
from schemathesis.engine.events import NonFatalError, ScenarioFinished
from starlette.testclient import TestClient

from db.api_tokens import add_token
from db.engine import Database
from db.reviewers import find_reviewer
from litsweep.domain.reviewers import Role
from litsweep.settings import Settings
from litsweep_app.web.application import build_application
from tests.web.conftest import PEOPLE

N_EXAMPLES = int(os.environ.get("LITSWEEP_TEST_API_EXAMPLES", "2"))
ORIGIN = "http://127.0.0.1:8765"


@pytest.mark.parametrize("role", Role)
def test_the_api_does_what_its_document_says(database: Database, role: Role) -> None:
    """Every endpoint answers as described, to data that is right and to data that is wrong."""
    app = build_application(database, Settings())
    document = TestClient(app, base_url=ORIGIN).get("/api/openapi.json").json()
    schema = schemathesis.openapi.from_dict(
        document, config=_configure(_make_token(database, role))
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
    assert n_asked > 100


def _configure(token: str) -> SchemathesisConfig:
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
        }
    )


def _make_token(database: Database, role: Role) -> str:
    now = datetime.now(UTC)
    with database.writing() as conn:
        person = find_reviewer(conn, PEOPLE[role])
        assert person is not None
        return add_token(conn, person.reviewer_id, "schemathesis", expires_at=None, now=now)


def _list_failures(event: ScenarioFinished) -> Iterator[str]:
    for case_id, checks in event.recorder.checks.items():
        for check in checks:
            if check.status is Status.FAILURE and check.failure_info is not None:
                found: Any = check.failure_info
                yield f"{event.label}\n{check.name}: {found.failure}\n{found.code_sample}"
