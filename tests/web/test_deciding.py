"""Deciding by forms: what is stored, what is refused, what is taken back, without a script."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from db.decisions import find_standing
from db.engine import Database
from db.histories import AskedHistory, iter_history
from db.screening_protocols import set_protocol
from litsweep.domain.decisions import Decision, ScreeningDecision, Stage
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import ScreeningRules
from litsweep_app.web.visit import path_to
from tests.fakes.filled_database import TOPIC
from tests.web.conftest import PEOPLE

Clients = Callable[[Role | None], TestClient]
ROB = PEOPLE[Role.REVIEWER]
QUEUE = path_to("topics", TOPIC, "queue", "title_abstract")
FULL_TEXTS = path_to("topics", TOPIC, "queue", "full_text")
DECISIONS = path_to("topics", TOPIC, "decisions")


def set_rules(database: Database, **rules: Any) -> None:
    """Make these the rules of the topic."""
    with database.writing() as conn:
        set_protocol(
            conn,
            TOPIC,
            ScreeningRules(**rules),
            author="Lea Lead",
            reason="test",
            now=datetime.now(UTC),
        )


def open_card(client: TestClient, path: str = QUEUE) -> tuple[str, dict[str, str]]:
    """Follow the way to a card; return its page and the hidden fields of its form."""
    page = client.get(path, follow_redirects=True)
    assert page.status_code == 200, page.text
    return page.text, read_fields(page.text)


def read_fields(page: str) -> dict[str, str]:
    """Return the hidden fields of the form that decides."""
    form = page[page.index('class="deciding"') :]
    form = form[: form.index("</form>")]
    return {
        name: unescape(value)
        for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    }


def standing_of(database: Database, record_id: str, stage: Stage) -> ScreeningDecision | None:
    """Return what stands of the reviewer's about a record."""
    with database.reading() as conn:
        return find_standing(conn, TOPIC, int(record_id), stage, ROB)


def history_of(database: Database) -> list[ScreeningDecision]:
    """Return all that the reviewer decided, the newest first."""
    with database.reading() as conn:
        return list(iter_history(conn, AskedHistory(reviewer=ROB, topic=TOPIC)))


def test_a_form_decides_and_leads_to_the_next_card(client_of: Clients, database: Database) -> None:
    set_rules(database, labels=("key paper",))
    client = client_of(Role.REVIEWER)
    _, fields = open_card(client)
    said = {"decision": "include", "note": " good ", "labels": ["key paper"]}
    answer = client.post(DECISIONS, data={**fields, **said})
    assert answer.status_code == 303
    assert f"record={fields['record_id']}" not in answer.headers["location"]
    stored = standing_of(database, fields["record_id"], Stage.TITLE_ABSTRACT)
    assert stored is not None
    assert (stored.decision, stored.note, stored.labels) == (
        Decision.INCLUDE,
        "good",
        ("key paper",),
    )
    assert (stored.has_seen_machine_text, stored.record_version) == (True, 1)
    assert stored.reading_id is not None
    again, _ = open_card(client, f"{QUEUE}?record={fields['record_id']}")
    assert "Your decision:" in again


def test_what_is_sent_twice_is_stored_once(client_of: Clients, database: Database) -> None:
    client = client_of(Role.REVIEWER)
    _, fields = open_card(client)
    script = {"hx-request": "true"}
    answers = [
        client.post(DECISIONS, data={**fields, "decision": "unsure"}, headers=script).json()
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert len(history_of(database)) == 1


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        pytest.param({"decision": "maybe"}, 400, id="no-decision"),
        pytest.param({"record_id": "x"}, 400, id="no-record"),
        pytest.param({"record_id": "99999"}, 404, id="unknown-record"),
        pytest.param({"exclude_for": "bad style"}, 400, id="a-reason-of-no-list"),
        pytest.param({"person": "999"}, 403, id="somebody-else-signed-in"),
        pytest.param({"stage": "print"}, 400, id="no-stage"),
    ],
)
def test_what_cannot_be_stored_is_refused(
    client_of: Clients, database: Database, changed: dict[str, str], status: int
) -> None:
    set_rules(database, exclusion_reasons=("wrong population",))
    client = client_of(Role.REVIEWER)
    _, fields = open_card(client)
    answer = client.post(DECISIONS, data={**fields, "decision": "include", **changed})
    assert answer.status_code == status
    assert history_of(database) == []


def test_the_full_text_asks_for_a_reason_of_the_list(
    client_of: Clients, database: Database
) -> None:
    set_rules(database, exclusion_reasons=("wrong population", "<b>odd</b> & reason"))
    client = client_of(Role.REVIEWER)
    page, fields = open_card(client, FULL_TEXTS)
    assert 'name="decision" value="exclude"' not in page
    assert client.post(DECISIONS, data={**fields, "decision": "exclude"}).status_code == 400
    answer = client.post(DECISIONS, data={**fields, "exclude_for": "<b>odd</b> & reason"})
    assert answer.status_code == 303
    stored = standing_of(database, fields["record_id"], Stage.FULL_TEXT)
    assert stored is not None
    assert stored.exclusion_reason == "<b>odd</b> & reason"


def test_a_stale_page_gets_both_decisions_and_the_choice(
    client_of: Clients, database: Database
) -> None:
    client = client_of(Role.REVIEWER)
    _, fields = open_card(client)
    client.post(DECISIONS, data={**fields, "decision": "include"})
    answer = client.post(DECISIONS, data={**fields, "decision": "exclude", "note": "mine"})
    assert answer.status_code == 409
    assert "What stands" in answer.text
    assert "What you wanted" in answer.text
    stored = standing_of(database, fields["record_id"], Stage.TITLE_ABSTRACT)
    assert stored is not None
    assert stored.decision is Decision.INCLUDE
    offered = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    assert offered["expected_id"] == str(stored.screening_decision_id)
    assert client.post(DECISIONS, data=offered).status_code == 303
    changed = standing_of(database, fields["record_id"], Stage.TITLE_ABSTRACT)
    assert changed is not None
    assert (changed.decision, changed.note) == (Decision.EXCLUDE, "mine")


def test_undoing_walks_back_to_the_beginning(client_of: Clients, database: Database) -> None:
    client = client_of(Role.REVIEWER)
    decided = []
    for decision in ("include", "exclude", "unsure"):
        page, fields = open_card(client)
        client.post(DECISIONS, data={**fields, "decision": decision})
        decided.append(fields["record_id"])
    for record_id in reversed(decided):
        page = client.get(QUEUE, follow_redirects=True).text
        action = re.search(r'action="(/decisions/\d+/undo)"', page)
        assert action is not None
        answer = client.post(action[1], data={"csrf": fields["csrf"]})
        assert answer.headers["location"].endswith(f"record={record_id}")
        standing = standing_of(database, record_id, Stage.TITLE_ABSTRACT)
        assert standing is not None
        assert standing.decision is Decision.WITHDRAWN
    page = client.get(QUEUE, follow_redirects=True).text
    assert re.search(r'action="/decisions/\d+/undo"', page) is None
    assert len(history_of(database)) == 6


def test_undoing_sent_twice_takes_one_decision_back(client_of: Clients, database: Database) -> None:
    client = client_of(Role.REVIEWER)
    script = {"hx-request": "true"}
    _, fields = open_card(client)
    first = client.post(DECISIONS, data={**fields, "decision": "include"}, headers=script).json()
    second = client.post(
        DECISIONS,
        data={**fields, "decision": "unsure", "expected_id": first["decision_id"]},
        headers=script,
    ).json()
    path = path_to("decisions", second["decision_id"], "undo")
    answers = [client.post(path, data=fields, headers=script).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["next"]["decision_id"] == first["decision_id"]
    standing = standing_of(database, fields["record_id"], Stage.TITLE_ABSTRACT)
    assert standing is not None
    assert standing.decision is Decision.INCLUDE


def test_nobody_takes_back_what_another_decided(client_of: Clients, database: Database) -> None:
    with database.reading() as conn:
        others = list(iter_history(conn, AskedHistory(reviewer="Ada Fiction", topic=TOPIC)))
    path = path_to("decisions", others[0].screening_decision_id, "undo")
    nobodys = path_to("decisions", 999_999, "undo")
    for role in (Role.LEAD, Role.REVIEWER):
        answers = [client_of(role).post(one) for one in (path, nobodys)]
        assert [one.status_code for one in answers] == [404, 404]
        assert "Ada" not in answers[0].text
    with database.reading() as conn:
        assert list(iter_history(conn, AskedHistory(reviewer="Ada Fiction", topic=TOPIC))) == others


def test_the_history_tells_what_stands_and_undoes_it(
    client_of: Clients, database: Database
) -> None:
    client = client_of(Role.REVIEWER)
    _, fields = open_card(client)
    client.post(DECISIONS, data={**fields, "decision": "exclude", "note": "<i>why</i>"})
    page = client.get(DECISIONS).text
    assert "&lt;i&gt;why&lt;/i&gt;" in page
    action = re.search(r'action="(/decisions/\d+/undo)"', page)
    assert action is not None
    answer = client.post(action[1], data={"csrf": fields["csrf"], "to": "history"})
    assert answer.headers["location"].startswith(DECISIONS)
    assert "taken back" in client.get(DECISIONS).text
    assert [one.decision for one in history_of(database)] == [Decision.WITHDRAWN, Decision.EXCLUDE]


def test_a_seal_that_was_tampered_with_says_nothing(client_of: Clients, database: Database) -> None:
    client = client_of(Role.REVIEWER)
    _, fields = open_card(client)
    assert fields["seal"].startswith("1.")
    forged = "0" + fields["seal"][1:]
    client.post(DECISIONS, data={**fields, "decision": "include", "seal": forged})
    stored = standing_of(database, fields["record_id"], Stage.TITLE_ABSTRACT)
    assert stored is not None
    assert (stored.has_seen_machine_text, stored.reading_id) == (None, None)


def test_a_seal_holds_after_signing_in_again(client_of: Clients, database: Database) -> None:
    _, fields = open_card(client_of(Role.REVIEWER))
    again = client_of(Role.REVIEWER)
    _, later = open_card(again)
    sent = {**fields, "csrf": later["csrf"], "decision": "include"}
    assert again.post(DECISIONS, data=sent).status_code == 303
    stored = standing_of(database, fields["record_id"], Stage.TITLE_ABSTRACT)
    assert stored is not None
    assert stored.has_seen_machine_text is True
