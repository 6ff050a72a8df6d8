"""What programs read and ask for beside deciding: files, re-reads, rates, the flow, conflicts."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from db.engine import Database
from db.screening_protocols import set_protocol
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import ScreeningRules
from tests.fakes.filled_database import NOW, TOPIC
from tests.web.api.programs import program_of

Clients = Callable[[Role | None], TestClient]
OF_TOPIC = f"/api/v1/topics/{TOPIC}"


@pytest.fixture
def program(database: Database, client_of: Clients) -> TestClient:
    return program_of(database, client_of(None), Role.REVIEWER)


def test_two_programs_never_take_the_same_record(
    database: Database, client_of: Clients, program: TestClient
) -> None:
    other = program_of(database, client_of(None), Role.LEAD)
    path = f"{OF_TOPIC}/queue/title_abstract/next"
    taken = [one.post(path, json={}).json()["record"] for one in (program, other)]
    assert taken[0]["record_id"] != taken[1]["record_id"]
    again = program.post(path, json={}).json()["record"]
    assert again == taken[0], "what I have before my eyes"
    onward = program.post(path, json={"after": again["place"]}).json()["record"]
    assert onward["record_id"] not in {one["record_id"] for one in taken}
    assert program.post(path, json={"after": "nowhere"}).status_code == 400


def test_a_search_or_a_list_comes_as_the_file_that_a_page_sends(
    client_of: Clients, program: TestClient
) -> None:
    query = f"topic={TOPIC}&format=ris&list=included"
    answer = program.get(f"/api/v1/export?{query}")
    assert answer.headers["content-type"].startswith("application/x-research-info-systems")
    assert answer.text == client_of(Role.REVIEWER).get(f"/export?{query}").text
    assert answer.text.count("TY  -") == 1
    assert program.get("/api/v1/export?format=doc").status_code == 400
    assert program.get("/api/v1/export?format=ris&colour=red").status_code == 422
    assert program.get("/api/v1/export?format=ris&q=nowheretobefound").status_code == 400


def test_a_table_comes_as_the_file_that_a_page_sends(
    client_of: Clients, program: TestClient
) -> None:
    query = f"topic={TOPIC}&format=json&reverse=yes"
    answer = program.get(f"/api/v1/tables/flow?{query}")
    assert answer.json() == client_of(Role.REVIEWER).get(f"/tables/flow?{query}").json()
    assert answer.headers["content-type"] == "application/json"
    assert program.get("/api/v1/tables/flow?format=ris").status_code == 400
    assert program.get("/api/v1/tables/colours?format=csv").status_code == 404
    assert program.get("/api/v1/tables/flow?format=csv&colour=red").status_code == 422


def test_a_list_comes_in_pages_of_any_order(program: TestClient) -> None:
    path = f"{OF_TOPIC}/lists/all?sort=pmid&limit=20"
    for turned in ("", "&reverse=yes"):
        page = program.get(f"{path}{turned}").json()
        rest = [program.get(f"{path}{turned}&after={page['next']}").json()]
        while rest[-1]["next"]:
            rest.append(program.get(f"{path}{turned}&after={rest[-1]['next']}").json())
        items = [*page["items"], *(one for each in rest for one in each["items"])]
        pmids = [one["record"]["pmid"] for one in items if one["record"]["pmid"]]
        assert pmids == sorted(set(pmids), reverse=bool(turned))
        assert len(items) == page["n_records"]
    (excluded,) = program.get(f"{OF_TOPIC}/lists/excluded").json()["items"]
    assert excluded["decisions"][0]["decision"] == "exclude"
    assert program.get(f"{OF_TOPIC}/lists/odd").status_code == 422


def test_runs_and_my_decisions_come_in_the_order_asked_for(program: TestClient) -> None:
    for sort in ("started_at", "n_reported", "topic"):
        page = program.get(f"/api/v1/runs?sort={sort}&reverse=true").json()
        assert (len(page["items"]), page["next"]) == (1, None)
    mine = program.get(f"{OF_TOPIC}/decisions?sort=title&reverse=true").json()
    assert mine == {"items": [], "next": None, "order_reason": None}


def test_a_reading_is_asked_for_and_taken_back(program: TestClient) -> None:
    path = "/api/v1/records/12/rereads"
    before = program.get(path).json()
    assert (before["items"], "biogpt" in before["models"]) == ([], True)
    wish = {"kind": "abstract", "model": "biogpt", "reason": "a number is wrong"}
    (asked,) = program.post(path, json=wish).json()["items"]
    assert (asked["model"], asked["requested_by"]) == ("biogpt", "Rob Reviewer")
    assert program.post(path, json=wish | {"model": "nobody"}).status_code == 400
    withdraw = f"/api/v1/rereads/{asked['request_id']}/withdraw"
    assert program.post(withdraw, json={}).json()["items"] == []
    assert program.post(withdraw, json={}).status_code == 404


def test_error_rates_count_what_people_judged(program: TestClient) -> None:
    judged = {"judgement": "wrong", "fault": "not_in_source", "expected_id": None}
    assert program.post("/api/v1/findings/1/judgements", json=judged).status_code == 200
    rates = program.get(f"/api/v1/error-rates?topic={TOPIC}").json()["items"]
    assert [one["judged"]["n_wrong"] for one in rates if one["judged"]["rate"]] == [1]
    assert program.get("/api/v1/error-rates?topic=nope").status_code == 404


def test_the_flow_adds_up(program: TestClient) -> None:
    flow = program.get(f"{OF_TOPIC}/flow").json()
    screened = flow["screened"]
    assert flow["n_to_screen"] == flow["n_unscreened"] + sum(screened.values())
    assert (screened["n_included"], screened["n_conflicts"]) == (1, 1)


def test_a_reviewer_is_shown_their_own_conflicts_a_lead_all(
    database: Database, client_of: Clients, program: TestClient
) -> None:
    with database.writing() as conn:
        rules = ScreeningRules(n_reviewers=2)
        set_protocol(conn, TOPIC, rules, author="L", reason="two", now=NOW)
    path = f"{OF_TOPIC}/conflicts/title_abstract"
    assert program.get(path).json() == {"items": [], "next": None}
    lead = program_of(database, client_of(None), Role.LEAD)
    (conflict,) = lead.get(path).json()["items"]
    said = {one["reviewer"]: one["decision"] for one in conflict["decisions"]}
    assert said == {"Ada Fiction": "include", "Ben Invented": "exclude"}
