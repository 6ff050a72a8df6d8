"""An hour of screening in a real browser: hands on the keyboard, bad connections, two tabs."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, Route, expect

from db.engine import Database
from db.histories import AskedHistory, iter_history
from db.screening_protocols import set_protocol
from litsweep.domain.decisions import Decision, ScreeningDecision
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import ScreeningRules
from litsweep_app.web.visit import path_to
from tests.fakes.filled_database import TOPIC
from tests.web.conftest import PEOPLE, Desk

QUEUE = path_to("topics", TOPIC, "queue", "title_abstract")
READ = 12  # a record with an abstract that was read
PATIENCE = 20_000  # milliseconds, for a machine that has other things to do


@pytest.fixture
def context(browser: Browser, desk: Desk) -> Iterator[BrowserContext]:
    """A browser window in which the reviewer is signed in."""
    made = browser.new_context(viewport={"width": 1280, "height": 900})
    made.set_default_timeout(PATIENCE)
    desk.sign_in(made, Role.REVIEWER)
    yield made
    made.close()


@pytest.fixture
def open_queue(context: BrowserContext, desk: Desk) -> Callable[[], Page]:
    """Open the queue in another tab, and wait until its script runs."""

    def open_tab() -> Page:
        page = context.new_page()
        page.goto(desk.address + QUEUE)
        expect(page.locator("html[data-ready]")).to_be_attached(timeout=PATIENCE)
        return page

    return open_tab


def record_of(page: Page) -> str:
    """Return the number of the record whose card is shown."""
    return page.locator("#card").get_attribute("data-record") or ""


def press_on(page: Page, key: str) -> str:
    """Press a key and wait until another card is shown; return the record that was shown."""
    before = record_of(page)
    page.keyboard.press(key)
    expect(page.locator("#card")).not_to_have_attribute("data-record", before, timeout=PATIENCE)
    expect(page.locator("#card")).to_have_attribute(
        "data-record", re.compile(r"\d+"), timeout=PATIENCE
    )
    return before


def expect_saved(page: Page) -> None:
    """Wait until the page says that all is stored."""
    expect(page.locator("#saved")).to_have_text("saved", timeout=PATIENCE)


def decisions_of(database: Database) -> list[ScreeningDecision]:
    """Return what the reviewer decided, in the order in which it was stored."""
    with database.reading() as conn:
        found = list(iter_history(conn, AskedHistory(reviewer=PEOPLE[Role.REVIEWER], topic=TOPIC)))
    return list(reversed(found))


def test_twenty_decisions_by_keyboard_alone(open_queue: Callable[[], Page], desk: Desk) -> None:
    page = open_queue()
    wanted = [(press_on(page, key), key) for key in "ieu" * 6 + "ie"]
    expect_saved(page)
    names = {"i": Decision.INCLUDE, "e": Decision.EXCLUDE, "u": Decision.UNSURE}
    stored = decisions_of(desk.database)
    assert [(str(one.record_id), one.decision) for one in stored] == [
        (record, names[key]) for record, key in wanted
    ]
    assert all(one.has_seen_machine_text is not None for one in stored)


def test_the_next_card_waits_for_no_answer(open_queue: Callable[[], Page], desk: Desk) -> None:
    page = open_queue()
    expect(page.locator("html")).to_have_attribute("data-ahead", "5", timeout=PATIENCE)
    held: list[Route] = []
    page.route("**/decisions", lambda route: held.append(route), times=1)
    wanted = [press_on(page, key) for key in "iei"]
    assert decisions_of(desk.database) == [], "no answer, and no decision that was stored"
    (first,) = held  # the others wait in the browser: one after another is sent
    first.continue_()
    expect_saved(page)
    assert [str(one.record_id) for one in decisions_of(desk.database)] == wanted


def test_undo_walks_back_and_decides_anew(open_queue: Callable[[], Page], desk: Desk) -> None:
    page = open_queue()
    first, second = press_on(page, "i"), press_on(page, "e")
    expect_saved(page)
    expect(page.locator("#told")).to_have_text("exclude")
    page.keyboard.press("z")
    expect(page.locator("#card")).to_have_attribute("data-record", second, timeout=PATIENCE)
    expect(page.locator("#last .decision")).to_have_text("include")
    page.locator("#last button").click()
    expect(page.locator("#card")).to_have_attribute("data-record", first, timeout=PATIENCE)
    expect_saved(page)
    assert press_on(page, "u") == first
    expect_saved(page)
    stored = [(str(one.record_id), one.decision) for one in decisions_of(desk.database)]
    assert stored == [
        (first, Decision.INCLUDE),
        (second, Decision.EXCLUDE),
        (second, Decision.WITHDRAWN),
        (first, Decision.WITHDRAWN),
        (first, Decision.UNSURE),
    ]


def test_decisions_without_a_connection_arrive_later_in_order(
    open_queue: Callable[[], Page], context: BrowserContext, desk: Desk
) -> None:
    page = open_queue()
    wanted = [press_on(page, "i")]
    expect_saved(page)
    expect(page.locator("html")).to_have_attribute("data-ahead", "5", timeout=PATIENCE)
    context.set_offline(True)
    wanted += [press_on(page, key) for key in "eui"]
    expect(page.locator("#saved")).to_contain_text("3 decisions not saved yet", timeout=PATIENCE)
    assert len(decisions_of(desk.database)) == 1
    context.set_offline(False)
    expect_saved(page)
    assert [str(one.record_id) for one in decisions_of(desk.database)] == wanted


def test_answers_that_are_lost_store_nothing_twice(
    open_queue: Callable[[], Page], desk: Desk
) -> None:
    page = open_queue()
    lost: list[APIResponse] = []

    def lose(route: Route) -> None:
        if len(lost) < 3:
            lost.append(route.fetch())  # the desk has stored it, and nobody hears of it
            route.abort()
        else:
            route.continue_()

    page.route("**/decisions", lose)
    wanted = [press_on(page, key) for key in "ie"]
    expect_saved(page)
    assert [answer.status for answer in lost] == [200, 200, 200]
    assert [str(one.record_id) for one in decisions_of(desk.database)] == wanted


def test_what_is_unsent_survives_a_reload_and_a_busy_desk(
    open_queue: Callable[[], Page], context: BrowserContext, desk: Desk
) -> None:
    page = open_queue()
    context.route("**/decisions", lambda route: route.fulfill(status=503, body="busy"))
    wanted = [press_on(page, key) for key in "iu"]
    expect(page.locator("#saved")).to_contain_text("not saved yet, trying again", timeout=PATIENCE)
    page.reload()
    expect(page.locator("#saved")).to_contain_text("2 decisions not saved yet", timeout=PATIENCE)
    assert record_of(page) not in wanted
    page.close()
    context.unroute("**/decisions")
    expect_saved(open_queue())
    assert [str(one.record_id) for one in decisions_of(desk.database)] == wanted


def test_a_stale_tab_is_shown_both_decisions(
    open_queue: Callable[[], Page], browser: Browser, desk: Desk
) -> None:
    stale = open_queue()
    record = record_of(stale)
    with browser.new_context() as elsewhere:  # the same person at another machine
        desk.sign_in(elsewhere, Role.REVIEWER)
        fresh = elsewhere.new_page()
        fresh.goto(desk.address + f"{QUEUE}?record={record}")
        expect(fresh.locator("html[data-ready]")).to_be_attached(timeout=PATIENCE)
        assert press_on(fresh, "i") == record
        expect_saved(fresh)
    with stale.expect_response("**/decisions") as answer:
        assert press_on(stale, "e") == record
    assert answer.value.status == 409
    dialog = stale.locator("#conflict-dialog")
    expect(dialog).to_contain_text("What stands", timeout=PATIENCE)
    expect(dialog.locator(".decision.include")).to_be_visible()
    expect(dialog.locator(".decision.exclude")).to_be_visible()
    dialog.get_by_role("button", name="Store this instead").click()
    expect_saved(stale)
    assert [one.decision for one in decisions_of(desk.database)] == [
        Decision.INCLUDE,
        Decision.EXCLUDE,
    ]


def test_every_page_sends_what_is_unsent(
    open_queue: Callable[[], Page], context: BrowserContext, desk: Desk
) -> None:
    page = open_queue()
    context.route("**/decisions", lambda route: route.fulfill(status=503, body="busy"))
    wanted = [press_on(page, key) for key in "iu"]
    page.goto(desk.address)
    expect(page.locator("#saved")).to_contain_text("2 decisions not saved yet", timeout=PATIENCE)
    context.unroute("**/decisions")
    page.goto(desk.address + path_to("search"))
    expect_saved(page)
    assert [str(one.record_id) for one in decisions_of(desk.database)] == wanted


def test_signing_in_again_loses_nothing(
    open_queue: Callable[[], Page], context: BrowserContext, desk: Desk
) -> None:
    page = open_queue()
    context.clear_cookies()
    wanted = press_on(page, "i")
    expect(page.locator("#saved")).to_contain_text("You are signed out", timeout=PATIENCE)
    assert decisions_of(desk.database) == []
    desk.sign_in(context, Role.REVIEWER)
    page.get_by_role("button", name="send them").click()
    expect_saved(page)
    assert [str(one.record_id) for one in decisions_of(desk.database)] == [wanted]


def test_hovering_and_a_key_show_the_source(open_queue: Callable[[], Page]) -> None:
    page = open_queue()
    links = page.locator("a.to-source")
    expect(links.first).to_be_visible(timeout=PATIENCE)
    links.first.hover()
    lit = page.locator(".abstract .src.lit, #card-title .src.lit")
    expect(lit.first).to_be_visible()
    page.mouse.move(1, 1)
    expect(lit).to_have_count(0)
    page.keyboard.press("s")
    expect(links.first).to_be_focused()
    expect(lit.first).to_be_visible()


def test_a_full_text_is_read_and_excluded_for_a_reason_by_keyboard(
    context: BrowserContext, desk: Desk
) -> None:
    with desk.database.writing() as conn:
        rules = ScreeningRules(exclusion_reasons=("wrong population", "no control group"))
        now = datetime.now(UTC)
        set_protocol(conn, TOPIC, rules, author="L", reason="t", now=now)
    page = context.new_page()
    page.goto(desk.address + path_to("topics", TOPIC, "queue", "full_text"))
    expect(page.locator("html[data-ready]")).to_be_attached(timeout=PATIENCE)
    record = record_of(page)
    page.keyboard.press("t")
    expect(page.locator("#text-dialog .src.lit")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Escape")
    expect(page.locator("#text-dialog")).to_be_hidden()
    page.keyboard.press("e")
    expect(page.locator(".reasons.asked")).to_be_visible()
    assert record_of(page) == record
    page.keyboard.press("2")
    expect_saved(page)
    (stored,) = decisions_of(desk.database)
    assert (str(stored.record_id), stored.exclusion_reason) == (record, "no control group")


def test_keys_are_only_letters_in_a_field(open_queue: Callable[[], Page], desk: Desk) -> None:
    page = open_queue()
    record = record_of(page)
    page.keyboard.press("n")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("ieuz")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+i")
    page.keyboard.press("?")
    expect(page.locator("#keys-dialog")).to_be_visible()
    page.keyboard.press("i")
    page.keyboard.press("Escape")
    assert record_of(page) == record
    press_on(page, "i")
    expect_saved(page)
    assert [(str(one.record_id), one.note) for one in decisions_of(desk.database)] == [
        (record, "ieuz")
    ]


def test_ten_decisions_without_scripts(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE)
    desk.sign_in(context, Role.REVIEWER)
    page = context.new_page()
    page.goto(desk.address + QUEUE)
    wanted = []
    for name in ("Include", "Exclude", "Unsure", "Include", "Exclude") * 2:
        wanted.append(record_of(page))
        page.locator("#deciding").get_by_role("button", name=name).first.click()
    assert [str(one.record_id) for one in decisions_of(desk.database)] == wanted
    page.go_back()
    expect(page.locator(".stands")).to_contain_text("Your decision: exclude")
    page.locator("#reason").press("Enter")
    page.goto(desk.address + path_to("topics", TOPIC, "queue", "title_abstract", record=READ))
    page.locator("a.to-source").first.click()
    expect(page.locator(".abstract .src:target")).to_be_visible()
    assert len(decisions_of(desk.database)) == 10, "Enter in a field decided nothing"
    context.close()
