"""The overview and a topic's page: the tone of a topic, what comes first, numbers that add up."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from benchmarks.pictured_desk import sweep
from db import runs, topics
from db.engine import Database
from db.prisma_flow import count_flow
from db.tables import search_hits, search_runs, topic_records
from litsweep.domain.reviewers import Role
from litsweep.domain.strategies import HitState, SearchRoute
from tests.fakes.filled_database import TOPIC

Clients = Callable[[Role | None], TestClient]
ROUTES = (SearchRoute.UNDATED, SearchRoute.CREATED, SearchRoute.MODIFIED)


def test_a_topic_that_was_never_searched_whole_is_not_green(client_of: Clients) -> None:
    page = client_of(Role.READER).get("/").text
    assert 'class="badge good"' not in page
    assert "The search for changed records has not run yet." in page


def test_a_topic_is_green_when_every_due_search_adds_up(
    client_of: Clients, database: Database
) -> None:
    _sweep_all(database)
    page = client_of(Role.READER).get("/").text
    assert 'class="badge good">in order' in page
    assert "its receipts add up: nothing new." in page


def test_a_closed_receipt_that_does_not_add_up_is_not_green(
    client_of: Clients, database: Database
) -> None:
    _sweep_all(database)
    with database.writing() as conn:
        newest = runs.list_runs(conn, limit=1)[0].search_run_id
        conn.execute(
            search_runs.update()
            .where(search_runs.c.search_run_id == newest)
            .values(n_reported=7, finished_at=datetime.now(UTC))
        )
    page = client_of(Role.READER).get("/").text
    assert 'class="badge good">in order' not in page
    assert "is closed as complete, and its receipt does not add up." in page


def test_a_topic_that_needs_a_look_stands_before_those_in_order(
    client_of: Clients, database: Database
) -> None:
    _sweep_all(database)
    with database.writing() as conn:
        topics.add_topic(
            conn, name="never swept", query="a", author="A", reason="new", now=datetime.now(UTC)
        )
    page = client_of(Role.READER).get("/").text
    assert page.index("<bdi>never swept</bdi></a></h2>") < page.index(f"<bdi>{TOPIC}</bdi>")


@pytest.mark.parametrize(
    ("error", "age", "words"),
    [
        (
            "PubMed was away.",
            timedelta(hours=1),
            "changed records and the search without dates stopped: PubMed was away.",
        ),
        (None, timedelta(hours=50), "No complete sweep for 4"),
    ],
    ids=["failed", "late"],
)
def test_a_failure_and_a_pause_are_not_green(
    client_of: Clients, database: Database, error: str | None, age: timedelta, words: str
) -> None:
    with database.writing() as conn:
        topic = topics.get_topic(conn, TOPIC)
        for route in ROUTES:
            sweep(conn, topic, route, datetime.now(UTC) - age, error)
    page = client_of(Role.READER).get("/").text
    assert 'class="badge good">in order' not in page
    assert words in page


@pytest.mark.parametrize(
    ("role", "words"),
    [
        (Role.READER, "Look at what is new"),
        (Role.REVIEWER, "Go on deciding"),
        (Role.LEAD, "Settle the conflicts"),
    ],
)
def test_the_first_link_is_what_the_person_does_next(
    client_of: Clients, database: Database, role: Role, words: str
) -> None:
    _sweep_all(database)
    with database.writing() as conn:
        conn.execute(topic_records.update().values(found_at=datetime.now(UTC)))
    page = client_of(role).get("/").text
    content = page[page.index("<main") :]
    first = re.search(r"<a [^>]*>(.*?)</a>", content)
    assert first is not None
    assert first[1] == words


def test_nothing_to_do_is_said_in_words(client_of: Clients, database: Database) -> None:
    _sweep_all(database)
    page = client_of(Role.READER).get("/").text
    assert "Nothing waits: the last sweeps succeeded and found nothing new." in page


def test_a_topic_page_has_its_weeks_and_leads_to_the_flow(client_of: Clients) -> None:
    page = client_of(Role.READER).get(f"/topics/{TOPIC}").text
    assert page.count('role="img"') == 2
    assert f'href="/topics/{TOPIC}/flow"' in page
    assert "style=" not in page


def test_the_flow_page_has_every_number_in_a_table(client_of: Clients, database: Database) -> None:
    with database.reading() as conn:
        flow = count_flow(conn, TOPIC)
    page = client_of(Role.READER).get(f"/topics/{TOPIC}/flow").text
    assert re.search(r"Counted\s+<time datetime=", page)
    table = page[page.index("Numbers of the flow diagram") :]
    for words, n in (
        ("Records identified", flow.n_identified),
        ("Records to screen", flow.n_to_screen),
        ("Reports sought for retrieval", flow.n_sought),
    ):
        assert f'{words}</th><td class="num">{n}</td>' in table
    assert page.count('role="img"') == 1
    assert "style=" not in page


def test_an_unknown_topic_is_not_found(client_of: Clients) -> None:
    answer = client_of(Role.READER).get("/topics/nothing")
    assert answer.status_code == 404
    assert "everything" in answer.text


def test_a_run_shows_its_receipt_and_its_records(client_of: Clients, database: Database) -> None:
    client = client_of(Role.READER)
    page = client.get("/runs/1").text
    assert "It adds up: every record that PubMed counted is accounted for." in page
    assert "all[Filter]" in page
    assert page.count("/records/") == 42
    assert "No identifier of this run is so." in client.get("/runs/1?state=absent").text
    assert client.get("/runs/1?state=lost").status_code == 400
    assert client.get("/runs/77").status_code == 404
    assert "Run 1" in client.get(f"/runs?topic={TOPIC}").text


def test_a_receipt_that_does_not_add_up_says_where(client_of: Clients, database: Database) -> None:
    with database.writing() as conn:
        pmid = conn.scalar(select(search_hits.c.pmid).limit(1))
        conn.execute(
            search_hits.update()
            .where(search_hits.c.pmid == pmid)
            .values(state=HitState.FAILED, reason="It is <b>broken</b>.")
        )
    page = client_of(Role.READER).get("/runs/1?state=failed").text
    assert "It does not add up: 1 of the identifiers are not accounted for." in page
    assert "It is &lt;b&gt;broken&lt;/b&gt;." in page


def _sweep_all(database: Database) -> None:
    with database.writing() as conn:
        topic = topics.get_topic(conn, TOPIC)
        for route in ROUTES:
            sweep(conn, topic, route, datetime.now(UTC) - timedelta(hours=1))
