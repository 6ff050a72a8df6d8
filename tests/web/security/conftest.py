"""Browsers of people, as the desk sees them: they keep cookies and send a form's token back."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient

from db.engine import Database
from db.reviewers import get_reviewer, set_password_hash
from litsweep.domain.reviewers import Role
from litsweep.settings import Settings
from litsweep_app.web.application import build_application
from litsweep_app.web.security.cookies import COOKIE
from litsweep_app.web.security.passwords import hash_password
from tests.web.conftest import PEOPLE, sign_in

BASE = "http://127.0.0.1:8765"
PASSWORD = "a quiet hour of screening"
HASH = hash_password(PASSWORD)
NAME = PEOPLE[Role.REVIEWER]


@dataclass
class Person:
    """A browser: ``get`` a page, or ``send`` its form with the token that stands in it."""

    client: TestClient
    database: Database

    def get(self, path: str, **options: Any) -> Response:
        return self.client.get(path, **options)

    def send(
        self, path: str, page: str, headers: dict[str, str] | None = None, **fields: str
    ) -> Response:
        token = token_in(self.get(page).text)
        return self.client.post(path, data={"csrf": token, **fields}, headers=headers)

    def sign_in(self, password: str = PASSWORD, name: str = NAME, **fields: str) -> Response:
        return self.send("/sign-in", "/sign-in", name=name, password=password, **fields)


Browsers = Callable[..., Person]


def token_in(page: str) -> str:
    """Return the token of a page's first form."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found, "the page has no form"
    return found[1]


@pytest.fixture
def browser_of(database: Database) -> Browsers:
    """Make a browser in which a role's person, or nobody, is signed in."""

    def build(
        role: Role | None = None,
        *,
        settings: Settings | None = None,
        base: str = BASE,
        address: str = "127.0.0.1",
        on: Database | None = None,
    ) -> Person:
        app = build_application(on or database, settings or Settings())
        client = TestClient(app, base_url=base, follow_redirects=False, client=(address, 50_000))
        if role is not None:
            client.cookies.set(COOKIE, sign_in(database, role))
        return Person(client, on or database)

    return build


@pytest.fixture
def with_password(database: Database) -> Database:
    """The reviewer has the password `PASSWORD`."""
    with database.writing() as conn:
        set_password_hash(conn, get_reviewer(conn, NAME).reviewer_id, HASH)
    return database
