"""A program of a person: a client that sends their token."""

from datetime import UTC, datetime

from starlette.testclient import TestClient

from db.api_tokens import add_token
from db.engine import Database
from db.reviewers import find_reviewer
from litsweep.domain.reviewers import Role
from tests.web.conftest import PEOPLE


def make_token(database: Database, role: Role) -> str:
    """Make a token of the person with this role."""
    with database.writing() as conn:
        person = find_reviewer(conn, PEOPLE[role])
        assert person is not None
        return add_token(
            conn, person.reviewer_id, "program", expires_at=None, now=datetime.now(UTC)
        )


def program_of(database: Database, client: TestClient, role: Role) -> TestClient:
    """Let a client send the token of the person with this role."""
    client.headers["Authorization"] = f"Bearer {make_token(database, role)}"
    return client
