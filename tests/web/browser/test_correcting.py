"""Correcting the machine in a real browser, with scripts and without: the same is stored."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from db.judgements import list_finding_judgements, list_sentence_judgements
from litsweep.domain.judgements import Judgement
from litsweep.domain.reviewers import Role
from litsweep_app.web.visit import path_to
from tests.fakes.filled_database import TOPIC
from tests.web.conftest import PEOPLE, Desk

PATIENCE = 20_000  # milliseconds, for a machine that has other things to do


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def context(
    request: pytest.FixtureRequest, browser: Browser, desk: Desk
) -> Iterator[BrowserContext]:
    """A browser window in which the reviewer is signed in."""
    made = browser.new_context(java_script_enabled=request.param)
    made.set_default_timeout(PATIENCE)
    desk.sign_in(made, Role.REVIEWER)
    yield made
    made.close()


def test_a_sentence_and_a_data_item_are_corrected_on_the_card(
    context: BrowserContext, desk: Desk
) -> None:
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(desk.address + path_to("topics", TOPIC, "queue", "full_text"))

    sentence = page.locator(".sentences .judging").first
    sentence.locator("summary").click()
    sentence.get_by_label("What is wrong").select_option("overstated")
    sentence.get_by_label("Note").fill("only in <b>women</b>")
    sentence.get_by_role("button", name="Mark it wrong").click()
    expect(page.locator(".sentences .judging").first).to_contain_text("only in <b>women</b>")

    row = page.locator("table.analysis tbody tr", has=page.locator("q")).first
    item = row.locator(".judging")
    was = row.locator("[id^=value-f]").inner_text()
    item.locator("summary").click()
    item.get_by_label("What is wrong").select_option("wrong_number")
    item.get_by_label("Value").fill("613")
    item.get_by_label("Note").fill("counted again")
    item.get_by_role("button", name="Mark it wrong").click()
    expect(row.locator("del")).to_be_visible()
    expect(row.locator("ins")).to_contain_text("613")
    expect(row).to_contain_text(f"corrected by {PEOPLE[Role.REVIEWER]}")
    assert was
    item.get_by_role("button", name="Take back").click()
    expect(row.locator("del")).to_have_count(0)
    expect(row.locator("[id^=value-f]")).to_have_text(was, use_inner_text=True)

    numbers = list(range(1, 1000))
    with desk.database.reading() as conn:
        (said,) = list_sentence_judgements(conn, numbers)
        assert list_finding_judgements(conn, numbers) == []
    assert (said.judgement, said.note) == (Judgement.WRONG, "only in <b>women</b>")

    asking = page.locator("#rereading")
    asking.locator("summary").click()
    asking.get_by_label("Why").fill("it reads oddly")
    asking.get_by_role("button", name="Ask for it").click()
    expect(page.locator("#rereading")).to_contain_text("waits to be read again")
    expect(page.locator("#rereading")).to_contain_text("it reads oddly")
    page.get_by_role("link", name="Every reading of this record").click()
    expect(page.locator("h1")).to_have_text("Every reading of this record")
    assert complaints == []
