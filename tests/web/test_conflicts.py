"""Conflicts: who sees them, who settles them, what two tabs do; and how far people agree."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from db.decisions import list_decisions
from db.engine import Database
from db.screening import decide
from db.screening_protocols import set_protocol
from db.tables import screening_decisions
from litsweep.domain.agreement_words import describe_kappa
from litsweep.domain.decisions import Decision, NewDecision, Stage
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import ScreeningRules
from tests.fakes.filled_database import NOW, TOPIC
from tests.web.conftest import PEOPLE

Clients = Callable[[Role | None], TestClient]
PAGE = f"/topics/{TOPIC}/conflicts/title_abstract"
SETTLE = f"/topics/{TOPIC}/adjudications"


def field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None, name
    return found[1]


def form_of(text: str, **changed: str) -> dict[str, str]:
    names = ("record_id", "record_version", "stage", "expected_id")
    return {name: field(text, name) for name in names} | {"decision": "include"} | changed


def show(client: TestClient, address: str = PAGE) -> str:
    reply = client.get(address)
    assert reply.status_code == 200, reply.text
    return reply.text


def test_a_lead_sees_both_sides_beside_the_abstract(client_of: Clients) -> None:
    found = show(client_of(Role.LEAD))
    for words in ("Ada Fiction", "Ben Invented", "wrong population", "was not shown", "1 open."):
        assert words in found
    assert 'class="reading"' in found
    assert 'value="include"' in found


def test_who_is_no_party_sees_no_conflict_unless_they_lead(
    client_of: Clients, database: Database
) -> None:
    assert "Ada Fiction" not in show(client_of(Role.REVIEWER))
    assert client_of(Role.READER).get(PAGE).status_code == 403
    with database.writing() as conn:
        number = conn.scalar(
            select(screening_decisions.c.record_id).where(
                screening_decisions.c.exclusion_reason == "wrong population"
            )
        )
        new = NewDecision(
            record_id=number or 0,
            stage=Stage.TITLE_ABSTRACT,
            decision=Decision.INCLUDE,
            reviewer=PEOPLE[Role.REVIEWER],
            decided_at=NOW,
        )
        decide(conn, TOPIC, new, expected_id=None, tool_version="t")
    found = show(client_of(Role.REVIEWER))
    assert "Ada Fiction" in found
    assert 'value="include"' not in found


def test_one_decision_settles_it_and_can_be_taken_back(
    client_of: Clients, database: Database
) -> None:
    client = client_of(Role.LEAD)
    form = form_of(show(client), decision="exclude", reason="wrong population", note="as Ben")
    reply = client.post(SETTLE, data=form)
    assert reply.status_code == 303
    after = show(client, reply.headers["location"])
    assert "No conflict is open" in after
    assert "Settled by you" in after
    with database.reading() as conn:
        stored = [one for one in list_decisions(conn, topic=TOPIC) if one.is_adjudication]
    assert [(one.reviewer, one.decision, one.note) for one in stored] == [
        (PEOPLE[Role.LEAD], Decision.EXCLUDE, "as Ben")
    ]
    assert stored[0].record_version == 1
    back = after.partition("Settled by you")[2]
    form = {name: field(back, name) for name in ("record_id", "stage", "decision", "expected_id")}
    assert client.post(SETTLE, data=form).status_code == 303
    assert "1 open." in show(client)


def test_a_stale_tab_stores_nothing_and_says_what_stands(
    client_of: Clients, database: Database
) -> None:
    client = client_of(Role.LEAD)
    form = form_of(show(client), decision="exclude", reason="r", note="typed in vain")
    assert client.post(SETTLE, data=form).status_code == 303
    reply = client.post(SETTLE, data=form | {"decision": "include", "reason": ""})
    assert reply.status_code == 409
    assert "was not stored" in reply.text
    with database.reading() as conn:
        n = conn.scalar(
            select(func.count())
            .select_from(screening_decisions)
            .where(screening_decisions.c.is_adjudication)
        )
    assert n == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"decision": "unsure"}, "settled by include or exclude"),
        ({"decision": "odd"}, "settled by include or exclude"),
        ({"record_id": ""}, "settled by include or exclude"),
        ({"record_id": "999999"}, "There is no conflict"),
        ({"stage": "odd"}, "There is no stage"),
        ({"stage": "full_text"}, "There is no conflict"),
    ],
    ids=["unsure", "odd", "no record", "unknown record", "stage", "other stage"],
)
def test_what_settles_nothing_is_refused(
    client_of: Clients, changed: dict[str, str], words: str
) -> None:
    client = client_of(Role.LEAD)
    reply = client.post(SETTLE, data=form_of(show(client), **changed))
    assert reply.status_code in (400, 404)
    assert words in reply.text


def test_a_reason_that_is_not_on_the_list_is_said_beside_the_record(
    client_of: Clients, database: Database
) -> None:
    with database.writing() as conn:
        rules = ScreeningRules(exclusion_reasons=("wrong population", "no control group"))
        set_protocol(conn, TOPIC, rules, author="Lea", reason="list", now=NOW)
    client = client_of(Role.LEAD)
    form = form_of(show(client), decision="exclude", reason="because", note="<b>mine</b>")
    reply = client.post(SETTLE, data=form)
    assert reply.status_code == 400
    assert "none of the topic" in reply.text
    assert "&lt;b&gt;mine&lt;/b&gt;</textarea>" in reply.text


def test_agreement_is_shown_with_its_table_and_its_limits(
    client_of: Clients, database: Database
) -> None:
    found = show(client_of(Role.READER), f"/topics/{TOPIC}/agreement")
    for words in ("Ada Fiction", "Ben Invented", "50.0 %", "kappa", "arbitrary"):
        assert words in found
    assert "blinded" not in found
    with database.writing() as conn:
        rules = ScreeningRules(n_reviewers=2, is_blinded=True)
        set_protocol(conn, TOPIC, rules, author="Lea", reason="blinded", now=NOW)
    assert "this topic is blinded" in show(client_of(Role.READER), f"/topics/{TOPIC}/agreement")


@pytest.mark.parametrize(
    ("kappa", "word"),
    [
        (-0.1, "poor"),
        (0.0, "slight"),
        (0.2, "slight"),
        (0.21, "fair"),
        (0.5, "moderate"),
        (0.61, "substantial"),
        (0.8, "substantial"),
        (0.81, "almost perfect"),
    ],
)
def test_words_for_a_kappa_are_those_of_landis_and_koch(kappa: float, word: str) -> None:
    assert describe_kappa(kappa) == word
