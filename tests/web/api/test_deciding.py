"""Deciding by programs: the same rules as at the desk, nothing twice, nothing over another's."""

from collections.abc import Callable
from typing import Any

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


def _next(program: TestClient) -> int:
    found = program.get(f"{OF_TOPIC}/queue/title_abstract").json()
    number: int = found["items"][0]["record_id"]
    return number


def _decide(program: TestClient, record_id: int, decision: str, **more: Any) -> Any:
    given = {"record_id": record_id, "stage": "title_abstract", "decision": decision}
    return program.post(f"{OF_TOPIC}/decisions", json={"expected_id": None, **given, **more})


@pytest.fixture
def program(database: Database, client_of: Clients) -> TestClient:
    return program_of(database, client_of(None), Role.REVIEWER)


def test_a_decision_is_stored_once_however_often_it_is_sent(program: TestClient) -> None:
    record_id = _next(program)
    first = _decide(program, record_id, "include", note="good", labels=["mine"]).json()
    again = _decide(program, record_id, "include", note="good", labels=["mine"]).json()
    assert first == again
    assert (first["reviewer"], first["origin"]) == ("Rob Reviewer", "desk")
    assert _next(program) != record_id
    mine = program.get(f"{OF_TOPIC}/decisions").json()["items"]
    assert [one["screening_decision_id"] for one in mine] == [first["screening_decision_id"]]


def test_a_stale_program_is_told_what_stands(program: TestClient) -> None:
    record_id = _next(program)
    first = _decide(program, record_id, "include").json()
    reply = _decide(program, record_id, "exclude")
    assert reply.status_code == 409
    assert reply.json()["standing"] == first
    number = first["screening_decision_id"]
    assert _decide(program, record_id, "exclude", expected_id=number).status_code == 200


def test_what_is_undone_waits_again(program: TestClient) -> None:
    record_id = _next(program)
    number = _decide(program, record_id, "exclude").json()["screening_decision_id"]
    undone = program.post(f"/api/v1/decisions/{number}/undo").json()
    assert (undone["decision"], undone["supersedes_id"]) == ("withdrawn", number)
    assert program.post("/api/v1/decisions/999999/undo").status_code == 404


def test_the_topic_s_rules_hold(program: TestClient) -> None:
    reply = _decide(program, _next(program), "exclude", stage="full_text")
    assert (reply.status_code, "reason" in reply.json()["error"]) == (400, True)


def test_machine_text_waits_where_the_topic_is_judged_first(
    database: Database, program: TestClient
) -> None:
    with database.writing() as conn:
        rules = ScreeningRules(is_judge_first=True)
        set_protocol(conn, TOPIC, rules, author="L", reason="r", now=NOW)
    record_id = _next(program)
    card = program.get(f"/api/v1/records/{record_id}").json()
    assert (card["is_machine_text_hidden"], card["readings"]) == (True, [])
    _decide(program, record_id, "include")
    card = program.get(f"/api/v1/records/{record_id}").json()
    assert not card["is_machine_text_hidden"]
    for summary in card["readings"][0]["summaries"]:
        assert all(one["source_text"] for one in summary["sentences"])


def test_a_browser_s_session_reads_and_changes_nothing(client_of: Clients) -> None:
    browser = client_of(Role.LEAD)
    assert browser.get("/api/v1/me").json()["role"] == "lead"
    browser.headers.pop("x-csrf-token", None)
    assert _decide(browser, 1, "include").status_code == 403


def test_nobody_comes_in_without_a_token(client_of: Clients) -> None:
    reply = client_of(None).get("/api/v1/me")
    assert (reply.status_code, reply.json()["status"]) == (401, 401)
