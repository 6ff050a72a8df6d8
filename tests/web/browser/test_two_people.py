"""Two people screen blinded and disagree; a lead settles it: three browsers, one desk."""

import re
from datetime import UTC, datetime

from playwright.sync_api import Browser, BrowserContext, Page, expect

from db.desk_sessions import start_session
from db.reviewers import add_reviewer
from db.screening_protocols import set_protocol
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import ScreeningRules
from litsweep_app.web.security.cookies import COOKIE
from litsweep_app.web.visit import path_to
from tests.fakes.filled_database import TOPIC
from tests.web.conftest import PEOPLE, Desk

QUEUE = path_to("topics", TOPIC, "queue", "title_abstract")
CONFLICTS = path_to("topics", TOPIC, "conflicts", "title_abstract")
PATIENCE = 20_000  # milliseconds, for a machine that has other things to do
FIRST, SECOND = PEOPLE[Role.REVIEWER], "Rita Reviewer"


def _let_in_second(desk: Desk, context: BrowserContext) -> None:
    now = datetime.now(UTC)
    with desk.database.writing() as conn:
        rules = ScreeningRules(n_reviewers=2, is_blinded=True)
        set_protocol(conn, TOPIC, rules, author="L", reason="t", now=now)
        person = add_reviewer(conn, name=SECOND, role=Role.REVIEWER, created_by="t", now=now)
        secret = start_session(conn, person.reviewer_id, now)
    context.add_cookies([{"name": COOKIE, "value": secret, "url": desk.address}])


def _decide(page: Page, desk: Desk, record: str, key: str) -> None:
    """Open a card, see of nobody's decision, and decide."""
    page.goto(f"{desk.address}{QUEUE}?record={record}")
    expect(page.locator("html[data-ready]")).to_be_attached(timeout=PATIENCE)
    expect(page.locator("#card")).to_have_attribute("data-record", record)
    expect(page.locator("#card .stands")).to_have_count(0)
    page.keyboard.press(key)
    expect(page.locator("#card")).not_to_have_attribute("data-record", record, timeout=PATIENCE)
    expect(page.locator("#saved")).to_have_text("saved", timeout=PATIENCE)


def test_two_people_disagree_and_a_lead_settles_it(browser: Browser, desk: Desk) -> None:
    with browser.new_context() as his, browser.new_context() as hers, browser.new_context() as lead:
        desk.sign_in(his, Role.REVIEWER)
        _let_in_second(desk, hers)
        desk.sign_in(lead, Role.LEAD)
        one, other, third = (made.new_page() for made in (his, hers, lead))

        one.goto(desk.address + QUEUE)
        record = one.locator("#card").get_attribute("data-record") or ""
        here = path_to("records", record, topic=TOPIC, stage="title_abstract")
        _decide(one, desk, record, "i")
        for page in (other, third):  # blinded, the lead too: nobody knows what he decided
            page.goto(desk.address + here)
            expect(page.locator("main")).not_to_contain_text(FIRST)
        _decide(other, desk, record, "e")

        one.goto(desk.address + here)
        expect(one.locator(".stands", has_text=SECOND)).to_contain_text("exclude")

        third.goto(desk.address + CONFLICTS)
        conflict = third.locator(f"#record-{record}")
        for name, decision in ((FIRST, "include"), (SECOND, "exclude")):
            side = conflict.locator(".two-sides .card", has_text=name)
            expect(side.locator(".decision")).to_have_text(re.compile(decision))
        conflict.get_by_label("Note").fill("it is a trial")
        conflict.get_by_role("button", name="Include").click()
        expect(third.get_by_role("status").first).to_contain_text(f"record {record}")

        other.goto(desk.address + here)
        settled = other.locator(".stands", has_text=PEOPLE[Role.LEAD])
        expect(settled).to_contain_text("settling a conflict")
        expect(settled).to_contain_text("include")
        third.goto(desk.address + CONFLICTS)
        expect(third.locator(f"#record-{record}")).to_have_count(0)
