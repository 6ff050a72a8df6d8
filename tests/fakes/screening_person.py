"""A person who screens the demo's records in Chromium, from the address to the last key, no mouse.

They come in by the one-time address, follow the first link of the overview, decide, take one
decision back and sign out; each step is done by keys alone, and compared with the database.
"""

import re
import sqlite3
from pathlib import Path
from typing import Final

from playwright.sync_api import ConsoleMessage, Locator, Page, expect, sync_playwright

CHROMIUM: Final = Path("/usr/bin/chromium")
_PATIENCE_MS: Final = 60_000
_MOST_TABS: Final = 60


def screen_by_keyboard(address: str, database: Path) -> None:
    """Go through a whole session at the desk at ``address``, which keeps its results there."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox"], timeout=120_000
        )
        page = browser.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        complaints: list[str] = []

        def listen(said: ConsoleMessage) -> None:
            if said.type == "error":
                complaints.append(said.text)

        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        try:
            _screen(page, address, database)
        finally:
            browser.close()
        assert complaints == [], complaints


def _screen(page: Page, address: str, database: Path) -> None:
    page.goto(address)
    _press(page, page.get_by_role("button", name="Sign in"))
    expect(page).to_have_title("Overview · litsweep", timeout=_PATIENCE_MS)
    _press(page, page.locator("main a").first)
    expect(page.locator("html[data-ready]")).to_be_attached(timeout=_PATIENCE_MS)
    records = [_decide(page, key) for key in ("i", "e", "u", "i")]
    page.keyboard.press("z")
    expect(page.locator("#card")).to_have_attribute(
        "data-record", records[-1], timeout=_PATIENCE_MS
    )
    expect(page.locator("#saved")).to_have_text("saved", timeout=_PATIENCE_MS)
    wanted = dict(zip(records, ("include", "exclude", "unsure", "withdrawn"), strict=True))
    assert _standing(database) == wanted, (_standing(database), wanted)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog").first).to_be_visible(timeout=_PATIENCE_MS)
    page.keyboard.press("Escape")
    _press(page, page.get_by_role("button", name="Sign out"))
    expect(page).to_have_url(re.compile("/sign-in"), timeout=_PATIENCE_MS)
    page.goto(address.partition("/enter")[0])
    expect(page).to_have_url(re.compile("/sign-in"), timeout=_PATIENCE_MS)


def _decide(page: Page, key: str) -> str:
    """Press a key and wait for another card; return the number of the record decided upon."""
    card = page.locator("#card")
    record = card.get_attribute("data-record") or ""
    page.keyboard.press(key)
    expect(card).not_to_have_attribute("data-record", record, timeout=_PATIENCE_MS)
    expect(card).to_have_attribute("data-record", re.compile(r"\d+"), timeout=_PATIENCE_MS)
    return record


def _press(page: Page, wanted: Locator) -> None:
    """Go to a control with the tabulator alone, and press Enter."""
    wanted.wait_for()
    for _ in range(_MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{wanted} cannot be reached with the tabulator")


def _standing(database: Path) -> dict[str, str]:
    with sqlite3.connect(database) as conn:
        found = conn.execute(
            "SELECT record_id, decision FROM screening_decisions WHERE is_standing"
        ).fetchall()
    conn.close()
    return {str(record_id): decision for record_id, decision in found}
