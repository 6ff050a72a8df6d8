"""Judging at the desk: forms without scripts, fragments with them, and what is refused."""

import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from db.engine import Database
from db.judgements import list_finding_judgements, list_sentence_judgements
from db.preferences import set_preferences
from litsweep.domain.judgements import Fault, Judgement
from litsweep.domain.readings import FindingState
from litsweep.domain.reviewers import Role

Clients = Callable[[Role | None], TestClient]
SENTENCE, FINDING = "/sentences/1/0", "/findings/1"
HOME = "http://127.0.0.1:8765"
SCRIPTED = {"hx-request": "true"}


def csrf_of(client: TestClient, path: str) -> str:
    return field_of(client.get(path).text, "csrf")


def field_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def test_a_sentence_is_judged_without_scripts_and_the_page_is_found_again(
    client_of: Clients, database: Database
) -> None:
    client = client_of(Role.REVIEWER)
    form = {"csrf": csrf_of(client, SENTENCE), "judgement": "wrong", "fault": "reversed"}
    came_from = {"referer": f"{HOME}/records/3?topic=a%2Fb"}
    done = client.post(f"{SENTENCE}/judgements", data=form, headers=came_from)
    assert (done.status_code, done.headers["location"]) == (
        303,
        "/records/3?topic=a%2Fb#judging-s1-0",
    )
    with database.reading() as conn:
        (said,) = list_sentence_judgements(conn, [1])
    assert (said.judgement, said.fault, said.is_audit) == (Judgement.WRONG, Fault.REVERSED, False)
    page = client.get(SENTENCE).text
    assert "the contrary is said, you" in page
    assert field_of(page, "expected") == str(said.number)


@pytest.mark.parametrize(
    "referer",
    ["https://elsewhere.example//evil.example/", f"{HOME}{SENTENCE}/judgements", "http://["],
)
def test_the_way_back_is_a_page_of_the_desk(client_of: Clients, referer: str) -> None:
    client = client_of(Role.REVIEWER)
    form = {"csrf": csrf_of(client, SENTENCE), "judgement": "right"}
    done = client.post(f"{SENTENCE}/judgements", data=form, headers={"referer": referer})
    # The guard may refuse a foreign page outright; nobody is sent there.
    assert done.status_code == 403 or done.headers["location"] == "/records/3#judging-s1-0"


def test_a_script_gets_the_part_that_it_asked_for(client_of: Clients) -> None:
    client = client_of(Role.REVIEWER)
    form = {"csrf": csrf_of(client, SENTENCE), "judgement": "right"}
    done = client.post(f"{SENTENCE}/judgements", data=form, headers=SCRIPTED)
    assert done.status_code == 200
    assert done.text.strip().startswith('<div class="judging" id="judging-s1-0">')
    assert 'aria-pressed="true"' in done.text


def test_a_stale_form_is_refused_and_shows_what_stands_and_what_was_typed(
    client_of: Clients, database: Database
) -> None:
    client = client_of(Role.REVIEWER)
    form = {"csrf": csrf_of(client, SENTENCE), "expected": ""}
    client.post(f"{SENTENCE}/judgements", data=form | {"judgement": "right"})
    stale = form | {"judgement": "wrong", "fault": "overstated", "note": "only in women"}
    for headers in ({}, SCRIPTED):
        done = client.post(f"{SENTENCE}/judgements", data=stale, headers=headers)
        assert done.status_code == 409
        assert "meanwhile another of yours was: right" in done.text
        assert 'value="only in women"' in done.text
    with database.reading() as conn:
        assert [one.judgement for one in list_sentence_judgements(conn, [1])] == ["right"]


def test_a_correction_stands_beside_the_machines_answer_which_is_struck_through(
    client_of: Clients, database: Database
) -> None:
    client = client_of(Role.REVIEWER)
    form = {
        "csrf": csrf_of(client, FINDING),
        "judgement": "wrong",
        "fault": "not_in_source",
        "value": "<b>612</b>",
        "quote": "612 patients were\nrandomised (306 to each group)",
    }
    client.post(f"{FINDING}/judgements", data=form)
    page = client.get(FINDING).text
    assert "<del>" in page and "&lt;b&gt;612&lt;/b&gt;" in page and "corrected by" in page
    with database.reading() as conn:
        (said,) = list_finding_judgements(conn, [1])
    assert (said.corrected_state, said.corrected_quote) == (
        FindingState.FOUND,
        "612 patients were randomised (306 to each group)",
    )


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"judgement": "wrong"}, "choose a fault"),
        ({"judgement": "perhaps"}, "right or wrong"),
        ({"judgement": "wrong", "fault": "ugly"}, "not in the list"),
        ({"judgement": "wrong", "fault": "missed", "quote": "Never written."}, "not in the text"),
        ({"judgement": "wrong", "fault": "missed", "value": "3"}, "needs a note"),
        ({"judgement": "withdrawn"}, "could be withdrawn"),
        ({"judgement": "wrong", "fault": "missed", "note": "x" * 6000}, "at most 5000"),
    ],
    ids=["no fault", "no judgement", "bad fault", "invented", "free value", "nothing", "long"],
)
def test_what_cannot_be_stored_is_told_beside_the_form(
    client_of: Clients, fields: dict[str, str], told: str
) -> None:
    client = client_of(Role.REVIEWER)
    form = {"csrf": csrf_of(client, FINDING), **fields}
    done = client.post(f"{FINDING}/judgements", data=form)
    assert (done.status_code, told in done.text) == (400, True)
    assert 'role="alert"' in done.text and "<h1>Data item" in done.text


def test_a_reader_sees_no_form_and_may_send_none(client_of: Clients) -> None:
    client = client_of(Role.READER)
    page = client.get(SENTENCE).text
    assert "Mark it wrong" not in page
    form = {"csrf": field_of(page, "csrf"), "judgement": "right"}
    assert client.post(f"{SENTENCE}/judgements", data=form).status_code == 403


def test_what_is_not_there_is_404(client_of: Clients) -> None:
    client = client_of(Role.REVIEWER)
    csrf = csrf_of(client, SENTENCE)
    for path in ("/sentences/1/99", "/findings/999999", "/records/999999/readings"):
        assert client.get(path).status_code == 404
    form = {"csrf": csrf, "judgement": "right"}
    assert client.post("/sentences/1/99/judgements", data=form).status_code == 404
    assert client.post("/rereads/99/withdraw", data={"csrf": csrf}).status_code == 404


def test_a_reading_is_asked_for_seen_and_taken_back(client_of: Clients) -> None:
    client = client_of(Role.REVIEWER)
    path = "/records/12/readings"
    form = {"csrf": csrf_of(client, path), "kind": "abstract", "reason": "it is <i>wrong</i>"}
    done = client.post("/records/12/rereads", data=form | {"model": "pubmedgpt"})
    assert (done.status_code, done.headers["location"]) == (303, "/records/12#rereading")
    page = client.get(path).text
    assert "with biomedlm: " in page and "it is &lt;i&gt;wrong" in page, "by its own name"
    part = client.post("/records/12/rereads", data=form | {"model": "none"}, headers=SCRIPTED)
    assert "without a model" in part.text and "<html" not in part.text
    (withdraw,) = re.findall(r'action="(/rereads/\d+/withdraw)"', part.text)
    assert client.post(withdraw, data=form).status_code == 303
    assert "waits to be read again" not in client.get(path).text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"model": "gpt-99"}, "no model named"),
        ({"model": "minilm"}, "cannot write"),
        ({"model": "biogpt", "kind": "title"}, "the abstract or the full text"),
        ({"model": "biogpt", "reason": " "}, "Say why"),
    ],
    ids=["unknown", "encoder", "kind", "reason"],
)
def test_a_reading_that_cannot_be_is_not_asked_for(
    client_of: Clients, fields: dict[str, str], told: str
) -> None:
    client = client_of(Role.REVIEWER)
    form = {"csrf": csrf_of(client, SENTENCE), "kind": "abstract", "reason": "r"} | fields
    done = client.post("/records/3/rereads", data=form)
    assert (done.status_code, told in done.text) == (400, True)


def test_readings_stand_side_by_side_with_what_differs(client_of: Clients) -> None:
    page = client_of(Role.READER).get("/records/12/readings").text
    assert page.count("on the card") == 2, "the abstract's and the full text's"
    assert "machine text, unverified" in page and '<th scope="row"><bdi>objective' in page


def test_who_judges_first_sees_no_reading_before(client_of: Clients, database: Database) -> None:
    with database.writing() as conn:
        set_preferences(conn, 2, {"judge_first": True})
    page = client_of(Role.REVIEWER).get("/records/12/readings").text
    assert "hidden until you have decided" in page and "machine text, unverified" not in page
