"""Each page of the desk with each kind of visitor: who comes in is what the page's role says.

What a page does with somebody whom it lets in is its own tests' matter; here its handler is
replaced by one that only says that it was reached.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from db.api_tokens import add_token, list_tokens, revoke_token
from db.desk_sessions import end_session, note_seen, start_session
from db.engine import Connection, Database, open_database
from db.reviewers import add_reviewer, disable
from litsweep.domain.reviewers import Reviewer, Role
from litsweep.settings import Settings
from litsweep_app.web import application
from litsweep_app.web.page import Page
from litsweep_app.web.security.cookies import COOKIE, VISITOR
from litsweep_app.web.security.csrf import make_token
from litsweep_app.web.visit import Visit

# Each page that lets everybody in is a decision: it stands here too.
OPEN_TO_ALL: Final = {
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/enter"),
    ("POST", "/enter"),
    ("GET", "/api"),
    ("GET", "/api/health"),
    ("GET", "/api/openapi.json"),
    ("GET", "/api/health"),
}
# Each visitor, with the role that they may use: None for no role at all.
VISITORS: Final[dict[str, Role | None]] = {
    **{str(role): role for role in Role},
    "nobody": None,
    "disabled": None,
    "signed out": None,
    "idle too long": None,
    "signed in too long": None,
    "made-up": None,
}
PAGES: Final = [(method, page) for page in application.PAGES for method in page.methods]
IDS: Final = [f"{method} {page.path}" for method, page in PAGES]
API_PAGES: Final = [(method, page) for method, page in PAGES if page.is_api]
NOW: Final = datetime.now(UTC)
UNKNOWN: Final = "v" * 43


@pytest.fixture(scope="module")
def module_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """An empty desk, for the whole matrix."""
    path = tmp_path_factory.mktemp("roles") / "results.db"
    opened = open_database(f"sqlite:///{path}", create=True)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def sessions(module_database: Database) -> dict[str, str]:
    """What each visitor's cookie holds; that of nobody is empty."""
    with module_database.writing() as conn:
        secrets = {
            str(role): start_session(conn, _add(conn, f"A {role}", role).reviewer_id, NOW)
            for role in Role
        }
        disabled, other = _add(conn, "Disabled"), _add(conn, "Other").reviewer_id
        secrets["disabled"] = start_session(conn, disabled.reviewer_id, NOW)
        disable(conn, disabled, now=NOW)
        secrets["signed out"] = start_session(conn, other, NOW)
        end_session(conn, secrets["signed out"], now=NOW)
        secrets["idle too long"] = start_session(conn, other, NOW - timedelta(hours=12, minutes=1))
        longest = NOW - timedelta(days=7, minutes=1)
        secrets["signed in too long"] = start_session(conn, other, longest)
        # However much it is used.
        note_seen(conn, secrets["signed in too long"], now=NOW)
    return {**secrets, "nobody": "", "made-up": "x" * 43}


@pytest.fixture(scope="module")
def tokens(module_database: Database) -> dict[str, str]:
    """A token of each visitor's program, as far as they can have one."""
    with module_database.writing() as conn:
        made = {str(role): _make_token(conn, _add(conn, f"B {role}", role)) for role in Role}
        disabled, revoked = _add(conn, "B disabled"), _add(conn, "B revoked")
        made["disabled"] = _make_token(conn, disabled)
        disable(conn, disabled, now=NOW)
        made["revoked"] = _make_token(conn, revoked)
        for one in list_tokens(conn, revoked.reviewer_id):
            revoke_token(conn, revoked.reviewer_id, one.api_token_id, now=NOW)
        made["expired"] = _make_token(conn, _add(conn, "B expired"), days_ago=2)
    return {**made, "made-up": "litsweep_" + "x" * 43, "empty": ""}


@pytest.fixture(scope="module")
def client(module_database: Database) -> TestClient:
    """A browser on the desk whose pages do nothing but let in."""
    with pytest.MonkeyPatch.context() as patch:
        pages = [replace(page, handler=_reached) for page in application.PAGES]
        patch.setattr(application, "PAGES", pages)
        app = application.build_application(module_database, Settings())
    return TestClient(app, base_url="http://127.0.0.1:8765", follow_redirects=False)


@pytest.mark.parametrize(("method", "page"), PAGES, ids=IDS)
def test_a_page_lets_in_whom_its_role_says(
    client: TestClient, sessions: dict[str, str], method: str, page: Page
) -> None:
    found = {}
    for visitor, role in VISITORS.items():
        _show_cookies(client, sessions[visitor])
        token = make_token(sessions[visitor] if role else UNKNOWN)
        answer = client.request(method, _path(page), headers={"X-CSRF-Token": token})
        found[visitor] = answer.status_code
    assert found == {visitor: _wanted(method, page, role) for visitor, role in VISITORS.items()}


@pytest.mark.parametrize(("method", "page"), PAGES, ids=IDS)
def test_what_changes_something_needs_the_token_of_its_form(
    client: TestClient, sessions: dict[str, str], method: str, page: Page
) -> None:
    _show_cookies(client, sessions["lead"])
    for token in (None, "", "00", make_token("another"), make_token(sessions["reader"])):
        headers = {} if token is None else {"X-CSRF-Token": token}
        status = client.request(method, _path(page), headers=headers).status_code
        assert status == (200 if method == "GET" else 403), token


@pytest.mark.parametrize(("method", "page"), PAGES, ids=IDS)
def test_nothing_is_taken_from_a_page_of_another_site(
    client: TestClient, sessions: dict[str, str], method: str, page: Page
) -> None:
    _show_cookies(client, sessions["lead"])
    token = {"X-CSRF-Token": make_token(sessions["lead"])}
    for sign in (
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        status = client.request(method, _path(page), headers=token | sign).status_code
        assert status == (200 if method == "GET" else 403), sign


@pytest.mark.parametrize(("method", "page"), API_PAGES, ids=[f"{m} {p.path}" for m, p in API_PAGES])
def test_a_program_comes_in_by_its_persons_token(
    client: TestClient,
    sessions: dict[str, str],
    tokens: dict[str, str],
    method: str,
    page: Page,
) -> None:
    # A lead's cookie beside it changes nothing.
    _show_cookies(client, sessions["lead"])
    found = {}
    for whose, token in tokens.items():
        headers = {"Authorization": f"Bearer {token}"}
        found[whose] = client.request(method, _path(page), headers=headers).status_code
    roles = {whose: Role(whose) if whose in set(Role) else None for whose in tokens}
    assert found == {whose: _wanted(method, page, role) for whose, role in roles.items()}


@pytest.mark.parametrize(("method", "page"), PAGES, ids=IDS)
def test_a_token_of_programs_opens_no_page(
    client: TestClient, tokens: dict[str, str], method: str, page: Page
) -> None:
    _show_cookies(client, "")
    headers = {"Authorization": f"Bearer {tokens['lead']}"}
    status = client.request(method, _path(page), headers=headers).status_code
    assert status == 200 if page.is_api else status != 200 or page.role is None


def test_who_may_come_in_without_signing_in_is_decided_here() -> None:
    assert {(method, page.path) for method, page in PAGES if page.role is None} <= OPEN_TO_ALL


def test_each_address_and_name_is_one_pages() -> None:
    addresses = [(method, page.path) for method, page in PAGES]
    assert sorted(addresses) == sorted(set(addresses))
    names = [page.name for page in application.PAGES]
    assert sorted(names) == sorted(set(names))


def _wanted(method: str, page: Page, role: Role | None) -> int:
    if page.role is None or (role is not None and role.may(page.role)):
        return 200
    if role is not None:
        return 403
    return 303 if method == "GET" and not page.is_api else 401


def _path(page: Page) -> str:
    return page.path.replace("{", "").replace("}", "")


def _show_cookies(client: TestClient, session: str) -> None:
    client.cookies.clear()
    client.cookies.set(VISITOR, UNKNOWN)
    if session:
        client.cookies.set(COOKIE, session)


def _reached(_visit: Visit) -> Response:
    return PlainTextResponse("reached")


def _add(conn: Connection, name: str, role: Role = Role.LEAD) -> Reviewer:
    return add_reviewer(conn, name=name, role=role, created_by="test", now=NOW)


def _make_token(conn: Connection, person: Reviewer, *, days_ago: int = 0) -> str:
    made = NOW - timedelta(days=days_ago)
    return add_token(
        conn, person.reviewer_id, "a script", expires_at=made + timedelta(days=1), now=made
    )
