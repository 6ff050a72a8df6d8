"""The page of error rates, its file, and the random audit."""

import csv
import io
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from db.engine import Database
from db.judgements import list_finding_judgements, list_sentence_judgements
from litsweep.domain.reviewers import Role
from tests.web.test_judging import SENTENCE, csrf_of, field_of

Clients = Callable[[Role | None], TestClient]


def test_nothing_judged_says_what_to_do(client_of: Clients) -> None:
    page = client_of(Role.READER).get("/error-rates").text
    assert "Nobody has judged" in page and "looks suspicious" in page
    assert client_of(Role.READER).get("/error-rates?topic=nope").status_code == 404


@pytest.mark.parametrize("lot", ["sentences", "findings"])
def test_what_chance_draws_counts_apart(client_of: Clients, database: Database, lot: str) -> None:
    client = client_of(Role.REVIEWER)
    here = f"/error-rates/audit?of={lot}&topic=everything"
    page = client.get(here).text
    again = client.get(here).text
    assert field_of(page, "csrf") != field_of(again, "csrf"), "masked anew in each page"
    assert field_of(page, "seal") == field_of(again, "seal"), "loading it again draws nothing else"
    form = {name: field_of(page, name) for name in ("csrf", "seal")} | {"judgement": "right"}
    action = page.partition('hx-post="')[2].partition('"')[0]
    done = client.post(action, data=form, headers={"referer": f"http://127.0.0.1:8765{here}"})
    assert done.headers["location"].startswith(here), "the next one"
    (row,) = read_table(client)
    assert (row["judged_n"], row["audited_n"], row["audited_rate"]) == ("1", "1", "0.0")
    numbers = list(range(1, 1000))
    with database.reading() as conn:
        stored = (
            list_finding_judgements(conn, numbers)
            if lot == "findings"
            else list_sentence_judgements(conn, numbers)
        )
    assert [one.is_audit for one in stored] == [True]
    assert "You have judged 1 so far" in client.get(here).text
    assert client.get(here).text.count(action) == 0


def test_a_seal_for_another_sentence_counts_for_nothing(client_of: Clients) -> None:
    client = client_of(Role.REVIEWER)
    page = client.get("/error-rates/audit").text
    drawn = page.partition('hx-post="')[2].partition('"')[0]
    other = SENTENCE if drawn != f"{SENTENCE}/judgements" else "/sentences/2/0"
    form = {name: field_of(page, name) for name in ("csrf", "seal")} | {"judgement": "right"}
    client.post(f"{other}/judgements", data=form)
    (row,) = read_table(client)
    assert (row["judged_n"], row["audited_n"]) == ("1", "0")


def test_an_audit_with_nothing_to_draw_says_so(client_of: Clients) -> None:
    client = client_of(Role.REVIEWER)
    assert "Nothing is left to draw" in client.get("/error-rates/audit?of=written_findings").text
    assert client.get("/error-rates/audit?of=everything").status_code == 400
    assert client.get("/error-rates/audit?passed=-1").status_code == 400
    assert client_of(Role.READER).get("/error-rates/audit").status_code == 403


def test_the_table_names_model_and_interval_without_inline_styles(client_of: Clients) -> None:
    client = client_of(Role.REVIEWER)
    form = {"csrf": csrf_of(client, SENTENCE), "judgement": "wrong", "fault": "reversed"}
    client.post(f"{SENTENCE}/judgements", data=form)
    page = client.get("/error-rates?topic=everything&model=lexical").text
    assert "100 %" in page and "21 % to 100 %" in page and "1 reversed" in page
    assert (
        "<svg" in page
        and "style=" not in page
        and "<script" not in page.replace('<script type="module" src', "")
    )
    assert "Nobody has judged" in client.get("/error-rates?model=other").text


def read_table(client: TestClient) -> list[dict[str, str]]:
    table = client.get("/tables/error-rates?topic=everything&format=csv")
    return list(csv.DictReader(io.StringIO(table.text)))
