"""The search page: every filter in the address, answers with their hits, and honest silence."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from db.desk_sessions import start_session
from db.embeddings import save_vectors
from db.engine import Database, open_database
from db.reviewers import add_reviewer
from db.screening_protocols import set_protocol
from db.tables import document_embeddings, documents, records
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import ScreeningRules
from litsweep.settings import Settings
from litsweep_app.web.application import build_application
from litsweep_app.web.security.guard import COOKIE
from tests.fakes.filled_database import NOW, TOPIC

Clients = Callable[[Role | None], TestClient]
ENCODER = "fictitious@1, title and abstract, 1, weights 0"


def page(client: TestClient, address: str, status: int = 200) -> str:
    reply = client.get(address)
    assert reply.status_code == status, reply.text
    return reply.text


def test_an_address_with_empty_fields_is_led_to_its_short_one(client_of: Clients) -> None:
    client = client_of(Role.READER)
    reply = client.get("/search?q=cells&topic=&since=&status=&by=words&order=newest&odd=1")
    assert (reply.status_code, reply.headers["location"]) == (303, "/search?q=cells")
    assert client.get("/search?type=Review%3B+Letter&q=x").headers["location"] == (
        "/search?q=x&type=Review&type=Letter"
    )
    assert client.get("/search?q=cells").status_code == 200


def test_answers_stand_with_their_hits_marked(client_of: Clients) -> None:
    found = page(client_of(Role.READER), "/search?q=cells")
    assert '<mark class="hit">' in found
    assert "/records/" in found
    by_relevance = page(client_of(Role.READER), "/search?q=cells&order=relevance")
    assert by_relevance.count("<h2>") == found.count("<h2>")


def test_pages_go_on_where_the_one_before_ended(client_of: Clients) -> None:
    client = client_of(Role.READER)
    titles: list[str] = []
    address: str | None = f"/search?topic={TOPIC}"
    while address:
        found = page(client, address)
        titles += [part.split('">')[0] for part in found.split('<h2><a href="')[1:]]
        before, _, _ = found.partition('" rel="next">')
        address = before.rpartition('href="')[2].replace("&amp;", "&") if _ else None
    assert len(titles) == len(set(titles)) > 25


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("q=-rats", "only says what to leave out"),
        ("q=%22", "no word"),
        ("q=cells&topic=nope", "There is no topic"),
        ("q=cells&since=yesterday", "is no day"),
        ("similar=999999", "no record r999999"),
        ("q=" + "(" * 40 + "x", "within each other"),
    ],
    ids=["only without", "no word", "topic", "day", "record", "parentheses"],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    client_of: Clients, query: str, words: str
) -> None:
    found = page(client_of(Role.READER), f"/search?{query}", status=400)
    assert words in found
    assert 'role="alert"' in found
    if query.startswith("q=cells"):
        assert 'value="cells"' in found


def test_where_nothing_answers_it_is_said_what_was_asked(client_of: Clients) -> None:
    found = page(client_of(Role.READER), "/search?q=zebrafish+unicorn&status=retracted")
    assert "none answers what was asked" in found
    assert "zebrafish unicorn" in found
    assert "without the filters" in found


def test_a_database_without_records_says_that_nothing_was_swept(
    empty_client: TestClient,
) -> None:
    assert "nothing was swept or loaded" in page(empty_client, "/search")
    assert "no sweep has run to its end" in page(empty_client, "/search?q=cells")


@pytest.mark.parametrize(
    "hostile",
    [
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
        "%E2%80%AEevil",
        "%00%00x",
        "%ED%A0%80x",
        "'%20OR%20'1'%3D'1",
        "record_words%20MATCH%20NEAR(a%20b)",
        "x" * 4_990,
    ],
    ids=["script", "attribute", "bidi", "nul", "surrogate", "sql", "fts5", "long"],
)
def test_hostile_words_are_only_words(client_of: Clients, hostile: str) -> None:
    client = client_of(Role.READER)
    for query in (f"q={hostile}", f"q=cells&type={hostile[:150]}", f"q=cells&topic={hostile[:150]}"):
        reply = client.get(f"/search?{query}", follow_redirects=True)
        assert reply.status_code in (200, 400), reply.text
        assert "<script>alert" not in reply.text
        assert "<img" not in reply.text
        assert "\u202e" not in re.sub(r'value="[^"]*"', "", reply.text)


def test_blinded_people_cannot_search_by_what_others_decided(
    client_of: Clients, database: Database
) -> None:
    address = f"/search?topic={TOPIC}&decision=exclude&stage=title_abstract"
    client = client_of(Role.READER)
    assert "<h2><a" in page(client, address)
    with database.writing() as conn:
        rules = ScreeningRules(n_reviewers=3, is_blinded=True)
        set_protocol(conn, TOPIC, rules, author="Lea", reason="blinded", now=NOW)
    assert "<h2><a" not in page(client, address)
    undecided = page(client, f"/search?topic={TOPIC}&decision=undecided&stage=title_abstract")
    assert "<h2><a" in undecided


# --- meaning ------------------------------------------------------------------------------


@pytest.fixture
def embedded(database: Database) -> Database:
    """The filled database with a made vector of each abstract."""
    chance = np.random.default_rng(7)
    with database.writing() as conn:
        kind = documents.c.kind == "abstract"
        numbers = conn.scalars(select(documents.c.document_id).where(kind)).all()
        vectors = chance.normal(size=(len(numbers), 8)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        made = dict(zip(numbers, vectors, strict=True))
        save_vectors(conn, ENCODER, made, now=datetime.now(UTC))
    return database


def test_similar_records_need_stored_vectors_only(client_of: Clients, embedded: Database) -> None:
    client = client_of(Role.READER)
    with embedded.reading() as conn:
        number = conn.scalar(select(records.c.record_id).limit(1))
    found = page(client, f"/search?similar={number}&topic={TOPIC}")
    assert "nearness" in found
    assert f'"/records/{number}?topic=' not in found
    assert page(client, f"/search?similar={number}&status=retracted").count("<h2>") < (
        found.count("<h2>")
    )


def test_meaning_is_that_of_the_best_answers_by_words(
    client_of: Clients, embedded: Database
) -> None:
    client = client_of(Role.READER)
    found = page(client, "/search?q=cells&by=meaning")
    assert "the desk itself loads no model" in found
    assert found.count("<h2>") > page(client, "/search?q=cells").count("<h2>")
    assert "No record has these words" in page(client, "/search?q=zzzz&by=meaning", status=400)


def test_without_vectors_meaning_says_how_they_are_made(client_of: Clients) -> None:
    client = client_of(Role.READER)
    assert "litsweep embed" in page(client, "/search?q=cells&by=meaning", status=400)
    assert "litsweep embed" in page(client, "/search?similar=1", status=400)


@pytest.fixture
def empty_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A reader at a desk whose database has no record."""
    opened = open_database(f"sqlite:///{tmp_path / 'empty.db'}", create=True)
    with opened.writing() as conn:
        now = datetime.now(UTC)
        person = add_reviewer(conn, name="Rea", role=Role.READER, created_by="test", now=now)
        secret = start_session(conn, person.reviewer_id, now)
    client = TestClient(
        build_application(opened, Settings()),
        base_url="http://127.0.0.1:8765",
        follow_redirects=False,
    )
    client.cookies.set(COOKIE, secret)
    yield client
    opened.close()
