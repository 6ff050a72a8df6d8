"""The address that lets a person in once."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from db.desk_tickets import add_ticket, end_tickets
from db.engine import Database
from db.reviewers import disable, get_reviewer
from litsweep.domain.reviewers import Role
from litsweep_app.web.security.cookies import COOKIE
from litsweep_app.web.security.own_paths import ticket_path
from tests.web.conftest import Desk
from tests.web.security.conftest import NAME, Browsers, token_in


def make_ticket(database: Database, *, minutes: int = 15) -> str:
    now = datetime.now(UTC)
    with database.writing() as conn:
        number = get_reviewer(conn, NAME).reviewer_id
        return add_ticket(conn, number, holds=timedelta(minutes=minutes), now=now)


def test_looking_at_the_address_uses_nothing_up_and_the_button_does(
    browser_of: Browsers, database: Database
) -> None:
    ticket = make_ticket(database)
    path = ticket_path(ticket, "/account")
    for _ in range(3):
        preview = browser_of().get(path)
        assert f"Sign in as <bdi>{NAME}</bdi>" in preview.text
        assert COOKIE not in preview.headers["set-cookie"]
    browser = browser_of()
    done = browser.send("/enter", path, ticket=ticket, next="/account")
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    assert browser.get("/account").status_code == 200
    late = browser_of()
    assert late.get(path).status_code == 410
    assert late.send("/enter", "/sign-in", ticket=ticket).status_code == 410
    assert COOKIE not in late.client.cookies


@pytest.mark.parametrize("why", ["too old", "ended", "disabled", "made up", "empty", "odd"])
def test_an_address_that_does_not_hold_lets_nobody_in(
    browser_of: Browsers, database: Database, why: str
) -> None:
    ticket = make_ticket(database, minutes=-1 if why == "too old" else 15)
    with database.writing() as conn:
        person = get_reviewer(conn, NAME)
        if why == "ended":
            end_tickets(conn, person.reviewer_id, now=datetime.now(UTC))
        if why == "disabled":
            disable(conn, person, now=datetime.now(UTC))
    ticket = {"made up": "x" * 43, "empty": "", "odd": "ü⟨'\"<b>"}.get(why, ticket)
    browser = browser_of()
    assert browser.get("/enter", params={"ticket": ticket}).status_code == 410
    done = browser.send("/enter", "/sign-in", ticket=ticket)
    assert done.status_code == 410
    assert "no longer holds" in done.text
    assert COOKIE not in browser.client.cookies


def test_only_hashes_are_stored(database: Database) -> None:
    from sqlalchemy import text

    ticket = make_ticket(database)
    with database.reading() as conn:
        rows = conn.execute(text("SELECT * FROM desk_tickets")).all()
    assert rows
    assert ticket not in str(rows)


def test_whoever_was_signed_in_is_signed_out(browser_of: Browsers, database: Database) -> None:
    ticket = make_ticket(database)
    browser = browser_of(Role.LEAD)
    former = browser.client.cookies[COOKIE]
    page = browser.get(ticket_path(ticket)).text
    assert "You are signed in as" in page
    # The last form is the ticket's; the first one signs out.
    token = re.findall(r'name="csrf" value="([0-9a-f]+)"', page)[-1]
    browser.client.post("/enter", data={"csrf": token, "ticket": ticket})
    assert NAME in browser.get("/account").text
    other = browser_of()
    other.client.cookies.set(COOKIE, former)
    assert other.get("/account").status_code == 303


def test_a_form_of_another_browser_lets_nobody_in(browser_of: Browsers, database: Database) -> None:
    ticket = make_ticket(database)
    token = token_in(browser_of().get(ticket_path(ticket)).text)
    victim = browser_of()
    victim.get("/sign-in")
    done = victim.client.post("/enter", data={"csrf": token, "ticket": ticket})
    assert done.status_code == 403
    assert COOKIE not in victim.client.cookies


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_in_a_real_browser(browser: Browser, desk: Desk, javascript: bool) -> None:
    ticket = make_ticket(desk.database)
    context = browser.new_context(java_script_enabled=javascript)
    page = context.new_page()
    page.goto(desk.address + ticket_path(ticket, "/account"))
    page.get_by_role("button", name=f"Sign in as {NAME}").click()
    expect(page).to_have_url(f"{desk.address}/account")
    [cookie] = [one for one in context.cookies() if one["name"] == COOKIE]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    page.goto(desk.address + ticket_path(ticket))
    expect(page.get_by_role("heading", name="This address no longer holds")).to_be_visible()
    context.close()


def test_who_comes_by_a_link_of_another_site_stays_signed_in(browser: Browser, desk: Desk) -> None:
    context = browser.new_context()
    desk.sign_in(context, Role.READER)
    page = context.new_page()
    # Another name of this machine is another site to a browser.
    other = desk.address.replace("127.0.0.1", "localhost")
    page.goto(f"{other}/sign-in")
    page.evaluate(
        """address => {
            const link = document.createElement("a");
            link.href = address;
            link.textContent = "a link in a mail";
            document.body.append(link);
        }""",
        f"{desk.address}/account",
    )
    page.get_by_text("a link in a mail").click()
    expect(page).to_have_url(f"{desk.address}/account")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    context.close()
