"""The Prefect UI as people use it: a form is filled in, a run is looked at, a failure is read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from db import runs, topics
from db.engine import Database, open_database
from litsweep_app import sandbox
from tests.fakes.dated_records import dated_record, write_day
from tests.house.waiting import wait_until
from tests.ui.conftest import House

WAIT_MS = 120_000
# Longer and longer: a reload on a loaded machine begins anew with what was almost there.
WAITS_MS = (20_000, 40_000, 80_000)
HOSTILE = "&lt;script&gt;alert(1)&lt;/script&gt; | `code` [link](https://evil.example) **loud**"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Results with the topic ``tremor``, and an NCBI with four records of which one is hostile."""
    url = f"sqlite:///{tmp_path / 'results.db'}"
    opened = open_database(url, create=True)
    with opened.writing() as conn:
        topics.add_topic(conn, name="tremor", query="all[sb]", author="a test", reason="test")
    titles = {1001: "Lorvexine", 1002: "Lorvexine", 1003: "Lorvexine", 2001: HOSTILE}
    created_on = datetime.now(UTC).date() - timedelta(days=3)
    records = [dated_record(pmid, created_on, title=title) for pmid, title in titles.items()]
    write_day(tmp_path / "ncbi", *records)
    with sandbox.running([tmp_path / "ncbi"], enforce_rate_limit=False) as address:
        monkeypatch.setenv("LITSWEEP_DATABASE_URL", url)
        monkeypatch.setenv("LITSWEEP_EUTILS_URL", address.eutils_url)
        monkeypatch.setenv("LITSWEEP_SUMMARY_MODEL", "none")
        monkeypatch.setenv("LITSWEEP_ANALYSIS_MODEL", "none")
        monkeypatch.setenv("LITSWEEP_DESK_URL", "http://127.0.0.1:9")
        monkeypatch.setenv("NCBI_EMAIL", "somebody@example.org")
        yield opened
    opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that is to open no dialog: what a title says is never run."""
    opened = browser.new_page(viewport={"width": 1400, "height": 1400})
    opened.set_default_timeout(WAIT_MS)
    dialogs: list[str] = []
    opened.on("dialog", lambda dialog: dialogs.append(dialog.message))
    yield opened
    opened.close()
    assert dialogs == []


def go(page: Page, address: str) -> None:
    """Go to a page that is then to be seen; its "load" waits for more than what is looked at."""
    page.goto(address, wait_until="commit")


def see(page: Page, *texts: str) -> None:
    """Wait for texts; a page of a run that has ended does not ask for what comes late: again."""
    for text in texts:
        for wait_ms in WAITS_MS:
            try:
                expect(page.get_by_text(text).first).to_be_visible(timeout=wait_ms)
                break
            except AssertionError as error:
                if wait_ms == WAITS_MS[-1]:
                    error.add_note(f"It says:\n{page.inner_text('body')}")
                    raise
                page.reload(wait_until="commit")


@pytest.mark.timeout(600)
def test_a_sweep_is_started_by_its_form_and_shows_what_it_found(
    house: House, database: Database, page: Page, tmp_path: Path
) -> None:
    go(page, f"{house.address}/v2/deployments/deployment/{house.deployments['sweep']}/run")
    see(page, "Name of the topic, as the command", "First day (Optional)", "Dry run (Optional)")
    page.get_by_label("Topic").fill("tremor")
    page.screenshot(path=tmp_path / "form.png", full_page=True)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("scheduled").first).to_be_visible(timeout=WAIT_MS)
    wait_until(house.scheduled)
    house.work()

    asked = {"sort": "START_TIME_DESC", "limit": 1}
    (run,) = house.client.post("/flow_runs/filter", json=asked).json()
    assert run["name"].startswith("sweep-tremor-20")
    assert ".." in run["name"]
    assert run["state"]["message"] == "4 new, 0 changed"
    go(page, house.page_of(run["id"], "Logs"))
    see(page, run["name"], "3 searches of tremor are due", "4 records to fetch")
    page.screenshot(path=tmp_path / "run.png", full_page=True)

    made = house.artifacts(run["id"])
    assert set(made) == {"topic-tremor", "new-tremor"}
    go(page, f"{house.address}/v2/artifacts/artifact/{made['topic-tremor']['id']}")
    see(page, "tremor: 4 new, 0 changed", "PubMed counted", "Lorvexine")
    see(page, "<script>alert(1)</script> | `code` [link](https://evil.example) **loud**")
    desk = page.locator("a[href='http://127.0.0.1:9/topics/tremor']")
    expect(desk).to_have_count(1, timeout=WAIT_MS)
    expect(page.locator("a[href*='evil.example']")).to_have_count(0)
    page.screenshot(path=tmp_path / "page.png", full_page=True)
    go(page, f"{house.address}/v2/artifacts/artifact/{made['new-tremor']['id']}")
    see(page, "Journal", "as published", "1003")


@pytest.mark.timeout(600)
def test_a_wrong_value_fails_with_a_sentence_and_no_traceback(
    house: House, database: Database, page: Page, tmp_path: Path
) -> None:
    run_id = house.start("nightly", topics=["tremour"], dry_run=False)
    said = house.read(run_id)["state"]["message"]
    assert said.startswith(
        "There is no topic 'tremour'. Did you mean 'tremor'? There are: 'tremor'"
    )
    go(page, house.page_of(run_id, "Logs"))
    see(page, "Failed", "There is no topic 'tremour'")
    page.screenshot(path=tmp_path / "failed.png", full_page=True)
    for text in ("Traceback", "unexpected exception"):
        expect(page.get_by_text(text)).to_have_count(0)


@pytest.mark.timeout(600)
def test_the_form_of_a_night_shows_selects_and_a_dry_run_stores_nothing(
    house: House, database: Database, page: Page, tmp_path: Path
) -> None:
    go(page, f"{house.address}/v2/deployments/deployment/{house.deployments['nightly']}/run")
    see(page, "Where to read (Optional)", "here", "Model for abstracts (Optional)")
    page.screenshot(path=tmp_path / "form.png", full_page=True)
    run_id = house.start("nightly", dry_run=True)
    run = house.read(run_id)
    assert run["name"].startswith("dry-run-nightly-all-topics-")
    assert "3 searches are due, PubMed counts " in run["state"]["message"]
    assert set(house.artifacts(run_id)) == {"dry-run"}
    with database.reading() as conn:
        assert runs.list_runs(conn) == []
