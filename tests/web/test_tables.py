"""Tables as files, and in the order of a column: the same rows as the page, for the same person."""

import csv
import io
import json
import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from db.decisions import add_decision
from db.engine import Database
from db.screening_protocols import set_protocol
from db.tables import records, topics
from litsweep.domain.decisions import Decision, DecisionOrigin, NewDecision, Stage
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import ScreeningRules
from litsweep.exports.tables import TABLE_FORMATS
from tests.fakes.filled_database import NOW, TOPIC
from tests.web.conftest import PEOPLE

Clients = Callable[[Role | None], TestClient]
PAGES = {
    f"/topics/{TOPIC}/agreement": ("agreement", "progress"),
    f"/topics/{TOPIC}/flow": ("flow",),
    f"/topics/{TOPIC}": ("weeks",),
    "/runs": ("runs",),
    "/runs/1": ("identifiers",),
    f"/topics/{TOPIC}/decisions": ("decisions",),
}
"""The pages with a table, and the files that they lead to."""
START = {"csv": b"", "xlsx": b"PK", "json": b"["}


def decide(database: Database, record_id: int, decision: Decision, note: str | None = None) -> None:
    new = NewDecision(
        record_id=record_id,
        stage=Stage.TITLE_ABSTRACT,
        decision=decision,
        reviewer=PEOPLE[Role.LEAD],
        decided_at=NOW,
        note=note,
    )
    with database.writing() as conn:
        add_decision(conn, TOPIC, new, origin=DecisionOrigin.DESK, tool_version="t")


def rows_of(client: TestClient, address: str) -> list[dict[str, str]]:
    reply = client.get(address)
    assert reply.status_code == 200, reply.text
    return list(csv.DictReader(io.StringIO(reply.text, newline="")))


def test_each_page_leads_to_files_of_its_tables_in_every_format(
    client_of: Clients, database: Database
) -> None:
    decide(database, 30, Decision.INCLUDE)
    client = client_of(Role.LEAD)
    for page, names in PAGES.items():
        text = client.get(page).text
        links = [unescape(one) for one in re.findall(r'href="(/tables/[^"]+)"', text)]
        assert len(links) == len(names) * len(TABLE_FORMATS), page
        for link in links:
            reply = client.get(link)
            name, file_format = link.split("?")[0].rsplit("/", 1)[1], link.split("format=")[1]
            file_format = file_format.split("&")[0]
            assert name in names
            assert reply.status_code == 200, link
            assert reply.content.startswith(START[file_format])
            assert f"-{name}-" in reply.headers["content-disposition"]
    assert json.loads(client.get("/tables/error-rates?format=json").content) == []
    assert len(rows_of(client, "/tables/checks?format=csv")) == 4


def test_the_numbers_of_a_file_are_those_of_its_page(client_of: Clients) -> None:
    client = client_of(Role.READER)
    flow = rows_of(client, f"/tables/flow?topic={TOPIC}&format=csv")
    page = client.get(f"/topics/{TOPIC}/flow").text
    table = page[page.index("Numbers of the flow diagram") :]
    assert [int(row["n"]) for row in flow] == [
        int(n) for n in re.findall(r'<td class="num">(\d+)</td>', table)
    ]
    (pair,) = rows_of(client, f"/tables/agreement?topic={TOPIC}&format=csv")
    assert (pair["first"], pair["second"]) == ("Ada Fiction", "Ben Invented")
    (run,) = rows_of(client, "/tables/runs?format=csv")
    states = rows_of(client, "/tables/identifiers?run=1&state=new&format=csv")
    assert len(states) == int(run["n_new"]) > 30
    assert {row["state"] for row in states} == {"new"}


@pytest.mark.parametrize(
    ("page", "name", "cells"),
    [
        (f"/topics/{TOPIC}/agreement", "reviewer", r'<th scope="row"><bdi>(.*?)</bdi>'),
        ("/people", "name", r'<th scope="row"><bdi>(.*?)</bdi>'),
    ],
    ids=["agreement", "people"],
)
def test_a_heading_turns_the_order_round_without_a_script(
    client_of: Clients, page: str, name: str, cells: str
) -> None:
    client = client_of(Role.LEAD)
    text = client.get(page).text
    assert 'aria-sort="ascending"' in text
    found = re.findall(cells, text)
    heading = re.search(r'aria-sort="ascending">\s*<a href="([^"]+)"', text)
    assert heading is not None
    turned = client.get(unescape(heading[1])).text
    assert 'aria-sort="descending"' in turned
    n_rows = len(set(found))
    assert re.findall(cells, turned)[:n_rows] == found[:n_rows][::-1]
    assert client.get(f"{page}?sort=colour").status_code == 400


def test_my_history_goes_as_a_table_and_as_records_in_every_format(
    client_of: Clients, database: Database
) -> None:
    decide(database, 30, Decision.INCLUDE)
    decide(database, 31, Decision.EXCLUDE, note="=cmd()")
    decide(database, 30, Decision.UNSURE)
    client = client_of(Role.LEAD)
    rows = rows_of(client, f"/tables/decisions?topic={TOPIC}&format=csv")
    assert [(row["record_id"], row["decision"]) for row in rows] == [
        ("30", "unsure"),
        ("31", "exclude"),
        ("30", "include"),
    ]
    assert rows[1]["note"] == "'=cmd()"
    assert {row["reviewer"] for row in rows} == {PEOPLE[Role.LEAD]}
    by_decision = f"/tables/decisions?topic={TOPIC}&sort=decision&format=csv"
    assert [row["decision"] for row in rows_of(client, by_decision)] == [
        *("exclude", "include", "unsure"),
    ]
    page = client.get(f"/topics/{TOPIC}/decisions?sort=decision&reverse=yes").text
    assert re.findall(r'class="decision (\w+)"', page) == ["unsure", "include", "exclude"]
    for name in ("ris", "bibtex", "xlsx"):
        address = f"/export?view=history&topic={TOPIC}&format={name}"
        assert client.get(address).status_code == 200, name
    exported = rows_of(client, f"/export?view=history&topic={TOPIC}&format=csv")
    assert [row["record_id"] for row in exported] == ["30", "31"]
    # Who decided nothing has nothing.
    assert rows_of(client_of(Role.READER), f"/tables/decisions?topic={TOPIC}&format=csv") == []


def test_accounts_go_to_leads_only_and_without_what_lets_in(client_of: Clients) -> None:
    rows = rows_of(client_of(Role.LEAD), "/people/table?format=csv&sort=role")
    assert [row["role"] for row in rows] == ["lead", "reader", "reviewer"]
    assert not {"password_hash", "secret"} & rows[0].keys()
    assert client_of(Role.REVIEWER).get("/people/table?format=csv").status_code == 403


def test_formulas_in_any_table_are_text(client_of: Clients, database: Database) -> None:
    hostile = "=HYPERLINK(1)"
    with database.writing() as conn:
        conn.execute(update(records).values(title=hostile))
        conn.execute(update(topics).where(topics.c.name == TOPIC).values(name=hostile))
    client = client_of(Role.LEAD)
    assert rows_of(client, "/tables/runs?format=csv")[0]["topic"] == f"'{hostile}"
    titles = {row["title"] for row in rows_of(client, "/tables/identifiers?run=1&format=csv")}
    assert titles == {f"'{hostile}"}


def test_a_blinded_topic_is_counted_by_what_one_may_see(
    client_of: Clients, database: Database
) -> None:
    address = f"/tables/progress?topic={TOPIC}&format=csv"
    client = client_of(Role.LEAD)
    before = sum(int(row["n_decided"]) for row in rows_of(client, address))
    with database.writing() as conn:
        rules = ScreeningRules(n_reviewers=3, is_blinded=True)
        set_protocol(conn, TOPIC, rules, author="Lea", reason="blinded", now=NOW)
    after = sum(int(row["n_decided"]) for row in rows_of(client, address))
    assert after < before


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/tables/colours?format=csv", 404, "There is no table"),
        ("/tables/runs", 400, "there are csv, xlsx, json"),
        ("/tables/runs?format=ris", 400, "there are csv, xlsx, json"),
        ("/tables/flow?format=csv", 400, "name it"),
        ("/tables/flow?format=csv&topic=nope", 404, "There is no topic"),
        ("/tables/runs?format=csv&topic=nope", 404, "There is no topic"),
        ("/tables/identifiers?format=csv", 400, "give its number"),
        ("/tables/identifiers?format=csv&run=99", 404, "no search run 99"),
        ("/tables/identifiers?format=csv&run=1&state=odd", 400, "none of"),
        ("/tables/runs?format=csv&sort=n_new", 400, "none of"),
        ("/tables/checks?format=csv&sort=colour", 400, "none of"),
        ("/export?view=odd&format=csv", 400, "none of"),
        ("/export?view=history&format=csv", 400, "name it"),
        ("/export?view=alerts&format=csv", 400, "nothing to write"),
    ],
)
def test_what_cannot_be_sent_is_a_page(
    client_of: Clients, address: str, status: int, words: str
) -> None:
    reply = client_of(Role.READER).get(address)
    assert (reply.status_code, words in unescape(reply.text)) == (status, True), reply.text
    assert "content-disposition" not in reply.headers
