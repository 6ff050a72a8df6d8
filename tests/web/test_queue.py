"""The queue and its cards: what is shown, what is hidden, what is claimed."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from db import tables
from db.engine import Database
from db.preferences import set_preferences
from db.screening_protocols import set_protocol
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import ScreeningRules
from litsweep_app.web.visit import path_to
from tests.fakes.filled_database import TOPIC

Clients = Callable[[Role | None], TestClient]
QUEUE = path_to("topics", TOPIC, "queue", "title_abstract")
FULL_TEXTS = path_to("topics", TOPIC, "queue", "full_text")
DECISIONS = path_to("topics", TOPIC, "decisions")
PART = {"hx-request": "true"}
MACHINE = ("machine text, unverified", "It helped 12 people", "12 is not in the abstract")
HOSTILE = '<script>alert(1)</script>\u202e<img src=x onerror="x">'


def _set_rules(database: Database, **rules: Any) -> None:
    with database.writing() as conn:
        now = datetime.now(UTC)
        set_protocol(conn, TOPIC, ScreeningRules(**rules), author="L", reason="t", now=now)


def _record_of(page: str) -> int:
    found = re.search(r'data-record="(\d+)"', page)
    assert found is not None
    return int(found[1])


def _record_with_generated_text(database: Database) -> int:
    with database.reading() as conn:
        found = conn.scalar(
            select(tables.documents.c.record_id)
            .join(tables.readings, tables.readings.c.document_id == tables.documents.c.document_id)
            .where(tables.readings.c.fingerprint == "biogpt")
        )
    assert found is not None
    return int(found)


def _fields(page: str) -> dict[str, str]:
    form = page[page.index('class="deciding"') :]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def test_the_address_of_a_card_holds_its_place(client_of: Clients) -> None:
    client = client_of(Role.REVIEWER)
    answer = client.get(QUEUE)
    assert answer.status_code == 303
    page = client.get(answer.headers["location"]).text
    assert answer.headers["location"].endswith(f"record={_record_of(page)}")
    following = client.get(f"{QUEUE}?after=record-{_record_of(page)}", follow_redirects=True).text
    assert _record_of(following) != _record_of(page)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param(f"{QUEUE}?record=99999", 404, id="unknown-record"),
        pytest.param(f"{QUEUE}?record=x", 400, id="no-number"),
        pytest.param(f"{QUEUE}?after=%3Cb%3E", 400, id="no-place"),
        pytest.param(path_to("topics", TOPIC, "queue", "print"), 400, id="no-stage"),
        pytest.param(path_to("topics", "no/topic", "queue", "full_text"), 404, id="no-topic"),
    ],
)
def test_what_is_not_there_is_told(client_of: Clients, path: str, status: int) -> None:
    assert client_of(Role.REVIEWER).get(path).status_code == status


def test_two_people_do_not_get_one_record(client_of: Clients) -> None:
    rob, lea = client_of(Role.REVIEWER), client_of(Role.LEAD)
    shown = _record_of(rob.get(QUEUE, follow_redirects=True).text)
    path, held = f"{QUEUE}?after=record-{shown}", [shown]
    for _ in range(2):  # what a browser holds ready is claimed, too
        part = rob.get(f"{path}&held={','.join(map(str, held))}", headers=PART).text
        assert "<html" not in part
        held.append(_record_of(part))
    assert len(set(held)) == 3
    assert _record_of(lea.get(QUEUE, follow_redirects=True).text) not in held


def test_a_card_shows_sources_flags_and_what_made_the_text(
    client_of: Clients, database: Database
) -> None:
    _set_rules(database, highlighted_terms=("delirium",))
    client = client_of(Role.REVIEWER)
    page = client.get(f"{QUEUE}?record={_record_with_generated_text(database)}").text
    for words in (*MACHINE, "microsoft/biogpt", "eb0d815", "A model wrote one that is not shown"):
        assert words in page
    quoted = client.get(f"{QUEUE}?record=5").text
    assert 'class="to-source" href="#s0"' in quoted
    assert 'id="s0"' in quoted
    assert re.search(r'<mark class="term[^"]*"><bdi>[Dd]elirium', quoted)
    assert 'rel="noreferrer"' in quoted


@pytest.mark.parametrize("by", ["protocol", "preference"])
def test_who_judges_first_gets_no_machine_text_before(
    client_of: Clients, database: Database, by: str
) -> None:
    if by == "protocol":
        _set_rules(database, is_judge_first=True)
    else:
        with database.writing() as conn:
            set_preferences(conn, 2, {"judge_first": True})
    client = client_of(Role.REVIEWER)
    record_id = _record_with_generated_text(database)
    card = f"{QUEUE}?record={record_id}"
    before = [
        client.get(card).text,
        client.get(card, headers=PART).text,
        client.get(path_to("records", record_id)).text,
    ]
    for page in before:
        assert not [words for words in MACHINE if words in page]
        assert "microsoft/biogpt" not in page
    client.post(DECISIONS, data={**_fields(before[0]), "decision": "include"})
    after = client.get(card).text
    assert all(words in after for words in MACHINE)
    client.post(DECISIONS, data={**_fields(after), "decision": "exclude"})
    with database.reading() as conn:
        decided = tables.screening_decisions.c
        seen = conn.execute(
            select(decided.has_seen_machine_text, decided.reading_id)
            .where(decided.record_id == record_id, decided.reviewer == "Rob Reviewer")
            .order_by(decided.screening_decision_id)
        ).all()
    assert [one[0] for one in seen] == [False, True]
    assert seen[0][1] is None
    assert seen[1][1] is not None


@pytest.mark.parametrize("held", ["5,999999", "999999,5"])
def test_what_a_script_says_it_holds_is_believed_of_the_topic_s_records_alone(
    client_of: Clients, database: Database, held: str
) -> None:
    client = client_of(Role.REVIEWER)
    assert client.get(QUEUE, params={"held": held}, headers=PART).status_code in {200, 404}
    claimed = tables.screening_claims.c.record_id
    with database.reading() as conn:
        assert 999999 not in conn.scalars(select(claimed)).all()


def test_the_full_text_is_judged_first_too(client_of: Clients, database: Database) -> None:
    _set_rules(database, is_judge_first=True)
    client = client_of(Role.REVIEWER)
    page = client.get(FULL_TEXTS, follow_redirects=True).text
    assert "data-finding" not in page
    text = client.get(path_to("records", _record_of(page), "text")).text
    assert 'id="part-1"' in text
    assert 'class="src"' not in text


def test_the_full_text_is_a_table_with_passages_and_their_sections(client_of: Clients) -> None:
    client = client_of(Role.REVIEWER)
    page = client.get(FULL_TEXTS, follow_redirects=True).text
    finding = re.search(r'href="(/records/\d+/text)#f(\d+)"', page)
    assert finding is not None
    assert "Read 120 of 120 sentences" in page
    whole = client.get(finding[1]).text
    assert f'id="f{finding[2]}"' in whole
    part = client.get(f"{finding[1]}?finding={finding[2]}", headers=PART).text
    assert part.count("<section") == 1
    assert f'id="f{finding[2]}"' in part


def test_hostile_texts_are_shown_and_do_nothing(client_of: Clients, database: Database) -> None:
    record_id = _record_with_generated_text(database)
    with database.writing() as conn:
        conn.execute(tables.records.update().values(title=HOSTILE, journal=HOSTILE))
        conn.execute(tables.documents.update().values(title=HOSTILE, text=HOSTILE * 400))
        conn.execute(tables.summary_sentences.update().values(text=HOSTILE))
        conn.execute(tables.checks.update().values(detail=HOSTILE, verdict="flag"))
        conn.execute(tables.generations.update().values(model_id=HOSTILE))
        conn.execute(tables.findings.update().values(data_item=HOSTILE))
    client = client_of(Role.REVIEWER)
    for path in (
        f"{QUEUE}?record={record_id}",
        path_to("records", record_id),
        FULL_TEXTS,
        path_to("records", 12, "text"),
    ):
        page = client.get(path, follow_redirects=True).text
        assert "alert(1)" in page
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "\u202e" not in page


def test_an_empty_queue_says_what_is_next_and_that_the_sweep_succeeded(
    client_of: Clients, database: Database
) -> None:
    with database.writing() as conn:
        conn.execute(tables.topic_records.update().values(is_screened=True))
    client = client_of(Role.REVIEWER)
    page = client.get(QUEUE).text
    assert "Nothing waits for you here" in page
    assert "the last sweep succeeded" in page
    assert FULL_TEXTS in page
    assert "<html" not in client.get(QUEUE, headers=PART).text


def test_a_reader_sees_cards_and_no_form(client_of: Clients, database: Database) -> None:
    page = client_of(Role.READER).get(QUEUE, follow_redirects=True).text
    assert 'class="deciding"' not in page
    with database.reading() as conn:
        assert conn.execute(select(tables.screening_claims)).first() is None
