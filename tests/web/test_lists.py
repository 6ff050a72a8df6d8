"""Lists of a topic and alerts: what is on each, in which order, page by page."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from db import record_lists, walking
from db.engine import Connection, Database
from db.list_choices import RecordList
from db.record_lists import AskedList, Sort, list_all, list_records
from db.screening_protocols import set_protocol
from db.tables import alerts, publication_status_changes, records, topic_records
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import ScreeningRules
from litsweep_app.web.list_filters import NAMES
from tests.fakes.filled_database import NOW, TOPIC

Clients = Callable[[Role | None], TestClient]


def page(client: TestClient, address: str, status: int = 200) -> str:
    reply = client.get(address)
    assert reply.status_code == status, reply.text
    return reply.text


def linked(text: str) -> list[int]:
    return [int(one) for one in re.findall(r'<th scope="row"><a href="/records/(\d+)', text)]


@pytest.mark.parametrize("kind", RecordList, ids=str)
def test_every_list_has_its_page_and_its_name(client_of: Clients, kind: RecordList) -> None:
    found = page(client_of(Role.READER), f"/topics/{TOPIC}/lists/{kind}")
    assert f"<h1>{NAMES[kind]}</h1>" in found
    assert 'aria-current="page">' + NAMES[kind] in found


def test_lists_hold_what_they_say(client_of: Clients, database: Database) -> None:
    client = client_of(Role.READER)
    with database.writing() as conn:
        first, second, third, fourth, *_ = conn.scalars(select(records.c.record_id)).all()
        set_all(conn, version=1, publication_status=PublicationStatus.AS_PUBLISHED, abstract="x")
        _set(conn, first, version=2)
        _set(conn, second, publication_status=PublicationStatus.RETRACTED)
        _set(conn, third, publication_status=PublicationStatus.CORRECTED)
        _set(conn, fourth, abstract="")
        conn.execute(
            update(topic_records)
            .where(topic_records.c.record_id == first)
            .values(is_late=True, lag_days=3)
        )
    for kind, numbers in (
        ("changed", [first]),
        ("retracted", [second]),
        ("without_abstract", [fourth]),
        ("late", [first]),
    ):
        assert linked(page(client, f"/topics/{TOPIC}/lists/{kind}")) == numbers, kind
    assert "3 days late" in page(client, f"/topics/{TOPIC}/lists/late")


def test_lists_of_decisions_follow_what_people_decided(client_of: Clients) -> None:
    client = client_of(Role.READER)
    excluded = page(client, f"/topics/{TOPIC}/lists/excluded")
    assert len(linked(excluded)) == 1
    assert "no control group" in excluded
    assert linked(page(client, f"/topics/{TOPIC}/lists/excluded?reason=other")) == []
    assert len(linked(page(client, f"/topics/{TOPIC}/lists/included"))) == 1
    assert len(linked(page(client, f"/topics/{TOPIC}/lists/unsure"))) == 1
    assert linked(page(client, f"/topics/{TOPIC}/lists/included?stage=full_text")) == []
    assert linked(page(client, f"/topics/{TOPIC}/lists/mine")) == []


def test_blinded_lists_hide_what_others_decided(client_of: Clients, database: Database) -> None:
    with database.writing() as conn:
        rules = ScreeningRules(n_reviewers=2, is_blinded=True)
        set_protocol(conn, TOPIC, rules, author="Lea", reason="blinded", now=NOW)
    client = client_of(Role.LEAD)
    excluded = page(client, f"/topics/{TOPIC}/lists/excluded")
    assert linked(excluded) == []
    assert "no control group" not in excluded
    assert len(linked(page(client, f"/topics/{TOPIC}/lists/included"))) == 1


@pytest.mark.parametrize("sort", Sort, ids=str)
def test_pages_of_any_order_hold_each_record_once(
    client_of: Clients, monkeypatch: pytest.MonkeyPatch, sort: Sort
) -> None:
    monkeypatch.setattr("litsweep_app.web.lists.PAGE", 7)
    client = client_of(Role.READER)
    seen: list[int] = []
    address: str | None = f"/topics/{TOPIC}/lists/all?sort={sort}"
    while address:
        found = page(client, address)
        seen += linked(found)
        next_link = re.search(r'<a href="([^"]+)" rel="next">', found)
        address = next_link[1].replace("&amp;", "&") if next_link else None
    assert len(seen) == len(set(seen)) > 30
    assert f"{len(seen)} records." in found


def test_titles_come_by_the_alphabet(database: Database) -> None:
    with database.reading() as conn:
        asked = AskedList(topic=TOPIC, kind=RecordList.ALL, viewer="Rea", sort=Sort.TITLE)
        listed = list_records(conn, asked, limit=100).listed
        numbers = list_all(conn, asked, limit=1000)
    titles = [one.record.title.casefold() for one in listed]
    assert titles == sorted(titles)
    assert [one.record.record_id for one in listed] == list(numbers)


def test_a_list_that_is_too_long_is_walked_and_says_so(
    client_of: Clients, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_lists, "MOST_SORTED", 10)
    monkeypatch.setattr(record_lists, "MOST_LOOKED_AT", 8)
    monkeypatch.setattr(walking, "_FIRST_PIECE", 4)
    client = client_of(Role.READER)
    with database.writing() as conn:
        set_all(conn, version=1)
        rarest = conn.scalar(select(records.c.record_id).order_by(records.c.record_id))
        assert rarest is not None
        _set(conn, rarest, version=2)
    found = page(client, f"/topics/{TOPIC}/lists/changed?sort=title&reverse=yes")
    assert "not put in this order" in found
    assert "Too many records" in found
    seen, n_pages = linked(found), 1
    while next_link := re.search(r'<a href="([^"]+)" rel="next">Look further', found):
        found = page(client, next_link[1].replace("&amp;", "&"))
        seen, n_pages = seen + linked(found), n_pages + 1
        if linked(found):
            assert re.search(r'aria-sort="descending">\s*<a [^>]*>Found', found)
    assert seen == [rarest]
    assert n_pages > 3


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/topics/nope/lists/all", "There is no topic"),
        (f"/topics/{TOPIC}/lists/odd", "There is no list"),
        (f"/topics/{TOPIC}/lists/new?since=today", "is no day"),
        (f"/topics/{TOPIC}/lists/all?sort=colour", "none of: last"),
        (f"/topics/{TOPIC}/lists/all?after=99999999", "is not of this topic"),
        (f"/topics/{TOPIC}/lists/mine?after=1", "decided nothing"),
        (f"/topics/{TOPIC}/lists/excluded?stage=%3Cscript%3E", "is none of"),
    ],
    ids=["topic", "list", "since", "sort", "after", "mine", "stage"],
)
def test_what_is_wrong_in_an_address_is_named(client_of: Clients, address: str, words: str) -> None:
    reply = client_of(Role.READER).get(address)
    assert reply.status_code in (400, 404)
    assert words in reply.text
    assert "<script>" not in reply.text


# --- alerts -------------------------------------------------------------------------------


@pytest.fixture
def alarmed(database: Database) -> Database:
    """Two alerts: of a record that people include, raised first, and of one that nobody does."""
    with database.writing() as conn:
        conn.execute(alerts.delete())
        by_pmid = select(records.c.record_id).order_by(records.c.pmid)
        included, *_, other = conn.scalars(by_pmid).all()
        for number in (included, other):
            _raise(conn, number, "Its title begins with RETRACTED <b>.")
    return database


def test_alerts_of_included_records_come_first(client_of: Clients, alarmed: Database) -> None:
    found = page(client_of(Role.READER), "/alerts")
    assert found.index("Included for") < found.index("Of other records")
    assert "2 open." in found
    assert "&lt;b&gt;" in found
    assert "Take note" not in found


def test_a_reviewer_takes_note_once_and_their_note_stays(
    client_of: Clients, alarmed: Database
) -> None:
    client = client_of(Role.REVIEWER)
    number = re.findall(r'action="/alerts/(\d+)/seen"', page(client, "/alerts"))[0]
    reply = client.post(f"/alerts/{number}/seen", data={"note": "told the authors"})
    assert (reply.status_code, reply.headers["location"]) == (303, f"/alerts?noted={number}")
    after = page(client, reply.headers["location"])
    assert "1 open." in after
    assert f"alert-{number}" not in after
    noted = page(client, "/alerts?all=yes")
    assert "told the authors" in noted
    client.post(f"/alerts/{number}/seen", data={"note": "another"})
    assert "another" not in page(client, "/alerts?all=yes")
    assert client.post("/alerts/999/seen").status_code == 404
    assert client_of(Role.READER).post(f"/alerts/{number}/seen").status_code == 403


def set_all(conn: Connection, **values: object) -> None:
    conn.execute(update(records).values(values))


def _set(conn: Connection, number: int, **values: object) -> None:
    conn.execute(update(records).where(records.c.record_id == number).values(values))


def _raise(conn: Connection, record_id: int, reason: str) -> None:
    run_id = conn.scalar(select(topic_records.c.search_run_id).limit(1))
    change = conn.execute(
        publication_status_changes.insert().values(
            record_id=record_id,
            old_status=PublicationStatus.AS_PUBLISHED,
            new_status=PublicationStatus.RETRACTED,
            reasons=[reason],
            is_first=False,
            search_run_id=run_id,
            changed_at=NOW,
        )
    ).inserted_primary_key
    assert change is not None
    conn.execute(alerts.insert().values(publication_status_change_id=change[0], raised_at=NOW))
