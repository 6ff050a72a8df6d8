"""The pages of an account and of the team's people, with and without what goes wrong."""

import re
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from db.api_tokens import add_token
from db.engine import Database
from db.reviewers import add_reviewer, find_password_hash, find_reviewer, get_reviewer
from litsweep.domain.reviewers import Role
from litsweep_app.web.security.cookies import COOKIE
from litsweep_app.web.security.passwords import is_right
from tests.web.conftest import PEOPLE, Desk
from tests.web.security.conftest import NAME, PASSWORD, Browsers, browser_of, with_password

__all__ = ["browser_of", "with_password"]

NEW = "another good sentence"
HOSTILE = "<b>Bobby</b> \"';--"


def _number(database: Database, name: str) -> int:
    with database.reading() as conn:
        return get_reviewer(conn, name).reviewer_id


def test_a_new_password_needs_the_old_one_and_signs_out_elsewhere(
    browser_of: Browsers, with_password: Database
) -> None:
    here, elsewhere = browser_of(Role.REVIEWER), browser_of(Role.REVIEWER)
    secret = here.client.cookies[COOKIE]
    for old, new, again, fault in [
        ("wrong", NEW, NEW, "This is not your password."),
        (PASSWORD, NEW, "other", "The two differ"),
        (PASSWORD, "short", "short", "at least 12"),
    ]:
        told = here.send("/account/password", "/account", old=old, new=new, again=again)
        assert told.status_code == 400
        assert fault in told.text
        assert 'aria-invalid="true"' in told.text
        assert NEW not in told.text
    done = here.send("/account/password", "/account", old=PASSWORD, new=NEW, again=NEW)
    assert done.headers["location"] == "/account?changed=password"
    here.client.cookies.clear()
    here.client.cookies.set(COOKIE, secret)
    assert here.get("/account").status_code == 303
    assert elsewhere.get("/account").status_code == 303
    with with_password.reading() as conn:
        assert is_right(NEW, find_password_hash(conn, _number(with_password, NAME)))


def test_a_first_password_needs_none(browser_of: Browsers, database: Database) -> None:
    browser = browser_of(Role.READER)
    assert 'name="old"' not in browser.get("/account").text
    done = browser.send("/account/password", "/account", new=NEW, again=NEW)
    assert done.status_code == 303
    assert 'name="old"' in browser.get("/account").text


def test_sessions_are_listed_and_ended(browser_of: Browsers) -> None:
    here, other = browser_of(Role.READER), browser_of(Role.READER)
    page = here.get("/account").text
    [path] = re.findall(r'action="(/account/sessions/[0-9a-f]{16}/end)"', page)
    assert browser_of(Role.LEAD).send(path, "/account").status_code == 400
    assert here.send(path, "/account").status_code == 303
    assert other.get("/account").status_code == 303
    third = browser_of(Role.READER)
    assert here.send("/account/sessions/end-others", "/account").status_code == 303
    assert third.get("/account").status_code == 303
    assert here.get("/account").status_code == 200


def test_a_token_is_shown_once_and_revoked(browser_of: Browsers) -> None:
    browser = browser_of(Role.READER)
    made = browser.send("/account/tokens", "/account", name=HOSTILE, until="2999-01-31")
    [token] = re.findall(r"litsweep_[\w-]{43}", made.text)
    page = browser.get("/account").text
    assert token not in page
    assert "<b>Bobby" not in page
    assert "2999-01-31" in page
    [path] = re.findall(r'action="(/account/tokens/\d+/revoke)"', page)
    assert browser_of(Role.LEAD).send(path, "/account").status_code == 400
    assert browser.send(path, "/account").status_code == 303
    assert "revoked" in browser.get("/account").text
    for name, until in [("", ""), ("x", "soon"), ("x", "2020-01-01")]:
        told = browser.send("/account/tokens", "/account", name=name, until=until)
        assert (told.status_code, 'id="token-error"' in told.text) == (400, True)


def test_a_lead_adds_somebody_who_comes_in_and_chooses_a_password(
    browser_of: Browsers, database: Database
) -> None:
    lead = browser_of(Role.LEAD)
    page = lead.send("/people", "/people", name=f"{HOSTILE} \u00e9", role="reviewer").text
    assert "<b>Bobby" not in page
    [address] = re.findall(r'<code class="secret">([^<]+)</code>', page)
    path = address.replace("&amp;", "&").removeprefix("http://127.0.0.1:8765")
    ticket = re.search(r"ticket=([\w-]{43})", path)
    assert ticket
    new = browser_of()
    done = new.send("/enter", path, ticket=ticket[1], next="/account")
    assert done.headers["location"] == "/account"
    assert "Choose a password" in new.get("/account").text
    with database.reading() as conn:
        person = find_reviewer(conn, f"{HOSTILE} \u00e9")
    assert person is not None
    assert person.created_by == PEOPLE[Role.LEAD]


@pytest.mark.parametrize(
    ("name", "role", "fault"),
    [
        ("", "reviewer", "1 to 100 letters"),
        ("rob reviewer", "reviewer", "already"),
        ("New", "king", "A role is one of"),
        ("a\u202eb", "reader", "cannot be seen"),
    ],
)
def test_who_cannot_be_added(browser_of: Browsers, name: str, role: str, fault: str) -> None:
    told = browser_of(Role.LEAD).send("/people", "/people", name=name, role=role)
    assert told.status_code == 400
    assert fault in told.text
    assert 'aria-describedby="name-error"' in told.text


def test_the_last_lead_stays_one(browser_of: Browsers, database: Database) -> None:
    lead, number = browser_of(Role.LEAD), _number(database, PEOPLE[Role.LEAD])
    for path, fields in [("role", {"role": "reader"}), ("disable", {})]:
        told = lead.send(f"/people/{number}/{path}", "/people", **fields)
        assert told.status_code == 400
        assert "only lead" in told.text
    with database.writing() as conn:
        add_reviewer(conn, name="Leo", role=Role.LEAD, created_by="test", now=datetime.now(UTC))
    assert lead.send(f"/people/{number}/role", "/people", role="reader").status_code == 303
    assert lead.get("/people").status_code == 403


def test_who_is_disabled_is_out_at_once_until_enabled(
    browser_of: Browsers, with_password: Database
) -> None:
    lead, other = browser_of(Role.LEAD), browser_of(Role.REVIEWER)
    number = _number(with_password, NAME)
    assert lead.send(f"/people/{number}/disable", "/people").status_code == 303
    assert other.get("/account").status_code == 303
    assert browser_of().sign_in().status_code == 403
    assert lead.send(f"/people/{number}/link", "/people").status_code == 400
    assert lead.send(f"/people/{number}/enable", "/people").status_code == 303
    assert browser_of().sign_in().status_code == 303


def test_a_new_password_for_somebody_ends_what_they_had(
    browser_of: Browsers, with_password: Database
) -> None:
    lead, other = browser_of(Role.LEAD), browser_of(Role.REVIEWER)
    number = _number(with_password, NAME)
    with with_password.writing() as conn:
        token = add_token(conn, number, "script", expires_at=None, now=datetime.now(UTC))
    program = {"Authorization": f"Bearer {token}"}
    assert browser_of().get("/api/v1/topics", headers=program).status_code == 200
    assert "/enter?ticket=" in lead.send(f"/people/{number}/link", "/people").text
    assert other.get("/account").status_code == 303
    assert browser_of().get("/api/v1/topics", headers=program).status_code == 401
    assert browser_of().sign_in().status_code == 403
    mine = _number(with_password, PEOPLE[Role.LEAD])
    assert lead.send(f"/people/{mine}/link", "/people").status_code == 400
    assert lead.send("/people/999/link", "/people").status_code == 400


def test_the_pages_in_a_real_browser(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    for path in ("/sign-in", "/enter?ticket=x"):
        page.goto(desk.address + path)
        assert Axe().run(page).violations_count == 0, path
    desk.sign_in(context, Role.LEAD)
    for path, heading in {"/account": "Your account", "/people": "People"}.items():
        page.goto(desk.address + path)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        assert Axe().run(page).violations_count == 0, path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{desk.address}/sign-in")
    context.close()
