"""Every page for everybody: axe, keyboard, weight, no shift, no sideways scrolling.

A page with a parameter of which `tests.fakes.desk_addresses` knows no sample fails here, so that
no new page goes unseen.
"""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Response

from benchmarks.pictured_desk import PEOPLE, fill_for_pictures
from db.desk_sessions import start_session
from db.engine import open_database
from litsweep_app.web.security.guard import COOKIE
from litsweep_app.web.static_files import STATIC
from tests.fakes.desk_addresses import list_addresses
from tests.web.conftest import serving

MOST_BYTES = 100_000
LOOKS: dict[str, tuple[int, int, Literal["light", "dark"]]] = {
    "light": (1280, 800, "light"),
    "dark": (390, 844, "dark"),
}
EVERY_RULE = {
    # Else all that is right is sent as well, which takes half of the time.
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
}
# What depends on colours and widths; the rest is the same in every look.
RULES = {
    "light": EVERY_RULE,
    "dark": {
        "resultTypes": ["violations"],
        "runOnly": {
            "type": "rule",
            "values": ["color-contrast", "target-size", "scrollable-region-focusable"],
        },
    },
}
# https://web.dev/articles/cls calls 0.1 good. A page that a slow machine paints before it is whole
# may move by a pixel; one in which something comes late moves by far more.
UNSEEN_SHIFT = 0.02
SHIFTS = """() => new Promise(answer => {
  let sum = 0;
  const observer = new PerformanceObserver(list => {
    for (const entry of list.getEntries()) sum += entry.value;
  });
  observer.observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => answer(sum)));
})"""
STOPS = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
  .filter(one => one.type !== "hidden" && !one.disabled && one.tabIndex < 0
    && !one.classList.contains("visually-hidden") && one.checkVisibility())
  .map(one => one.outerHTML)"""

# WCAG 2.2, 2.4.11: what has the focus is not behind the bar of decisions.
HIDDEN = """() => [...document.querySelectorAll(
  "#card :is(a[href], button, input, summary):not([type=hidden], .deciding *)")]
  .filter(one => {
    one.focus();
    const bar = document.querySelector(innerWidth < 720 ? ".deciding .actions" : ".deciding");
    const [above, own] = [bar.getBoundingClientRect(), one.getBoundingClientRect()];
    return one.checkVisibility() && own.bottom > above.top + 1 && own.top < above.bottom;
  })
  .map(one => one.outerHTML)"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a desk as a team would have left it, and the secret of a lead's session."""
    path = tmp_path_factory.mktemp("pictured") / "results.db"
    database = open_database(f"sqlite:///{path}", create=True)
    now = datetime.now(UTC)
    fill_for_pictures(database, now)
    with database.writing() as conn:
        secret = start_session(conn, list(PEOPLE).index("Ada Fiction") + 1, now)
    with serving(database) as desk:
        yield desk.address, secret
    database.close()


@pytest.fixture(scope="module", params=sorted(LOOKS))
def context(
    request: pytest.FixtureRequest, browser: Browser, served: tuple[str, str]
) -> Iterator[BrowserContext]:
    width, height, scheme = LOOKS[request.param]
    made = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, base_url=served[0]
    )
    made.add_cookies([{"name": COOKIE, "value": served[1], "url": served[0]}])
    yield made
    made.close()


@pytest.mark.parametrize("address", list(list_addresses()))
def test_a_page_is_for_everybody(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    faults: list[str] = []
    loaded: list[Response] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("response", lambda response: loaded.append(response))
    answer = page.goto(address)
    assert answer is not None
    assert (answer.status == 200) == (address != "/nowhere"), answer.status
    assert _list_violations(page) == []
    assert page.evaluate(SHIFTS) < UNSEEN_SHIFT
    assert page.evaluate(STOPS) == [], "the keyboard does not reach these"
    assert page.evaluate("document.documentElement.scrollWidth") <= _width_of(page)
    assert page.locator("h1").count() == 1
    assert sum(len(gzip.compress(one.body())) for one in loaded if one.ok) < MOST_BYTES
    assert all(one.url.startswith(answer.url.split("/", 3)[0]) for one in loaded)
    if address != "/nowhere":
        assert faults == []
    page.close()


def test_the_keyboard_goes_from_the_top_to_the_end(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.textContent")
    assert focused == "Look at the alerts", "what is next is the first link of the content"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.close()


def test_what_has_the_focus_is_in_sight(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/topics/everything/queue/full_text")
    assert page.locator("#card summary").count() > 10
    assert page.evaluate(HIDDEN) == []
    page.close()


def test_a_printed_page_has_no_buttons(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/topics/everything")
    page.emulate_media(media="print")
    assert not page.locator("header.top").is_visible()
    assert page.locator("h1").is_visible()
    page.close()


def test_the_style_sheet_loads_nothing() -> None:
    sheets = list(STATIC.rglob("*.css"))
    assert len(sheets) > 5
    for sheet in sheets:
        text = sheet.read_text()
        assert "url(" not in text and "@import" not in text, sheet


def _list_violations(page: Page) -> list[str]:
    found: list[dict[str, Any]] = (
        Axe().run(page, options=RULES[_scheme_of(page)]).response["violations"]
    )
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found
        for node in one["nodes"][:3]
    ]


def _scheme_of(page: Page) -> str:
    return (
        "dark" if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
    )


def _width_of(page: Page) -> int:
    size = page.viewport_size
    assert size is not None
    return size["width"]
