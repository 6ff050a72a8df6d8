"""Where a topic is judged first, no way leads to a machine's words before one's own decision."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Connection, select
from starlette.testclient import TestClient

from db.asked_readings import ask_for_reading
from db.decisions import add_decision
from db.engine import Database, open_database
from db.judgements import judge_finding, judge_sentence
from db.screening_protocols import set_protocol
from db.tables import (
    analyses,
    documents,
    findings,
    generations,
    readings,
    routes,
    screening_decisions,
    search_runs,
    summaries,
    summary_sentences,
    topic_records,
)
from litsweep.domain.decisions import Decision, DecisionOrigin, NewDecision, Stage
from litsweep.domain.documents import DocumentKind
from litsweep.domain.judgements import Fault, Judgement, Opinion
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import ScreeningRules
from litsweep.exports.formats import FORMATS
from litsweep.settings import Settings
from litsweep_app.web.application import build_application
from litsweep_app.web.security.cookies import COOKIE
from litsweep_app.web.security.csrf import make_token
from litsweep_app.web.visit import path_to
from tests.fakes.desk_addresses import list_all
from tests.fakes.filled_database import NOW, TOPIC, open_run_of
from tests.fakes.twin_desks import first_difference, read_constant
from tests.web.conftest import PEOPLE, sign_in

BESIDE: Final = "a topic beside"
IN_SUMMARY: Final = "xyzzy of the abstract"
IN_FINDING: Final = "xyzzy of the full text"


@dataclass(frozen=True)
class Asked:
    """A desk whose topic is judged first, and a record of it that was read in full."""

    database: Database
    record_id: int
    summary_id: int
    finding_id: int

    def list_addresses(self) -> Iterator[str]:
        """Yield every address of the record; the random audit is exempt (``web.machine_text``)."""
        numbers = {
            "record_id": (str(self.record_id),),
            "summary_id": (str(self.summary_id),),
            "finding_id": (str(self.finding_id),),
        }
        found = (one for one in list_all(numbers) if not one.startswith("/error-rates/audit"))
        yield from (one for one in found if "{" not in one)
        for more in ("topic=none", f"topic={TOPIC}&stage=full_text", "stage=full_text"):
            yield f"/records/{self.record_id}?{more}"
            yield f"/records/{self.record_id}/text?{more}"
        for topic, stage in product((TOPIC, BESIDE), Stage):
            yield path_to("topics", topic, "queue", stage, record=self.record_id)
            yield path_to("records", self.record_id, topic=topic, stage=stage)
        for name, one in FORMATS.items():
            if one.is_text:
                yield f"/export?topic={TOPIC}&format={name}"
        yield f"/export?topic={TOPIC}&format=csv&about=yes"
        yield f"/api/v1/export?topic={TOPIC}&format=csv"
        yield "/search?q=xyzzy"
        for flagged in ("yes", "no"):
            yield f"/search?topic={TOPIC}&flagged={flagged}"
            yield f"/export?topic={TOPIC}&format=ris&flagged={flagged}"
            yield f"/api/v1/search?q=the&flagged={flagged}"
        yield f"/export?topic={TOPIC}&format=ris&list=flagged"
        yield "/api/v1/search?q=xyzzy"

    def decide(self, stage: Stage, decision: Decision) -> None:
        """Decide as the reviewer."""
        new = NewDecision(
            record_id=self.record_id,
            stage=stage,
            decision=decision,
            reviewer=PEOPLE[Role.REVIEWER],
            decided_at=NOW,
        )
        with self.database.writing() as conn:
            add_decision(
                conn,
                TOPIC,
                new,
                origin=DecisionOrigin.DESK,
                tool_version="litsweep 0",
                expected_id=None,
            )

    def open(self, role: Role) -> TestClient:
        """Let a browser in."""
        app = build_application(self.database, Settings())
        client = TestClient(app, base_url="http://127.0.0.1:8765", follow_redirects=True)
        secret = sign_in(self.database, role)
        client.cookies.set(COOKIE, secret)
        client.headers["X-CSRF-Token"] = make_token(secret)
        return client


@pytest.fixture
def asked(filled_file: Path, tmp_path: Path) -> Iterator[Asked]:
    path = tmp_path / "first.db"
    shutil.copy(filled_file, path)
    made = _open_asked(path)
    yield made
    made.database.close()


def _open_asked(path: Path) -> Asked:
    database = open_database(f"sqlite:///{path}")
    with database.writing() as conn:
        row = conn.execute(
            select(documents.c.record_id, findings.c.finding_id)
            .join(readings, readings.c.document_id == documents.c.document_id)
            .join(analyses, analyses.c.reading_id == readings.c.reading_id)
            .join(findings, findings.c.analysis_id == analyses.c.analysis_id)
            .where(findings.c.state == "found")
            .order_by(findings.c.finding_id)
        ).first()
        assert row is not None
        summary_id = conn.scalar(
            select(summaries.c.summary_id)
            .join(readings, readings.c.reading_id == summaries.c.reading_id)
            .join(documents, documents.c.document_id == readings.c.document_id)
            .where(
                documents.c.record_id == row.record_id, documents.c.kind == DocumentKind.ABSTRACT
            )
        )
        assert summary_id is not None
        for table in (summaries, summary_sentences):
            conn.execute(table.update().values(text=IN_SUMMARY))
        conn.execute(findings.update().where(findings.c.state == "found").values(value=IN_FINDING))
        rules = ScreeningRules(is_judge_first=True)
        set_protocol(conn, TOPIC, rules, author="L", reason="fresh eyes", now=NOW)
        _let_find(conn, BESIDE)
    return Asked(database, row.record_id, summary_id, row.finding_id)


def _let_find(conn: Connection, topic: str) -> None:
    """Let another topic, whose people do not judge first, have found the records too."""
    run_id = open_run_of(conn, (), topic=topic)
    run = select(search_runs.c.topic_id).where(search_runs.c.search_run_id == run_id)
    found = {"topic_id": conn.scalar(run), "search_run_id": run_id}
    for row in conn.execute(select(topic_records)).mappings().all():
        conn.execute(topic_records.insert().values({**row, **found}))


@pytest.fixture(scope="module")
def unlike(
    filled_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Asked, Asked]]:
    """Two desks that differ in all that machines, and people about it, said of two records."""
    folder = tmp_path_factory.mktemp("unlike")
    made = []
    for place in range(2):
        path = folder / f"{place}.db"
        shutil.copy(filled_file, path)
        made.append(_open_asked(path))
        with made[place].database.writing() as conn:
            _differ(conn, made[place], place)
    yield made[0], made[1]
    for one in made:
        one.database.close()


def _differ(conn: Connection, asked: Asked, place: int) -> None:
    """Let a machine write and a check object otherwise; as many records are flagged on each."""
    flagged = (asked.summary_id, asked.summary_id + 1)[place]
    words = f"xyzzy {place} " * (place + 1)
    conn.execute(summaries.update().values(is_flagged=summaries.c.summary_id == flagged))
    conn.execute(summary_sentences.update().values(text=words, support=0.25 * (place + 1)))
    conn.execute(findings.update().values(is_flagged=False))
    found = findings.update().where(findings.c.finding_id == asked.finding_id)
    conn.execute(found.values(value=words, section_title=words, support=0.25 * (place + 1)))
    conn.execute(generations.update().values(model_id=words, output_text=words))
    conn.execute(routes.update().values(model_name=words.strip(), reason=words))
    told: dict[str, Any] = {"reviewer": "Ada Fiction", "now": NOW, "tool_version": "litsweep 0"}
    opinion = Opinion(judgement=Judgement.WRONG, fault=Fault.WRONG_NUMBER, note=words)
    if place:
        judge_sentence(conn, asked.summary_id, 0, opinion, **told)
        judge_finding(conn, asked.finding_id, opinion, **told)
        for kind in DocumentKind:
            ask_for_reading(
                conn,
                asked.record_id,
                kind,
                model="biogpt",
                reason=words,
                requested_by="Ada Fiction",
                now=NOW,
            )


def test_no_answer_tells_what_a_machine_made(unlike: tuple[Asked, Asked]) -> None:
    clients = [one.open(Role.REVIEWER) for one in unlike]
    leaks = []
    for address in unlike[0].list_addresses():
        if "/error-rates" in address:
            continue  # numbers of all texts together
        found = [read_constant(client, address) for client in clients]
        if found[0] != found[1] or b"xyzzy 0" in found[0]:
            leaks.append(f"{address}: {first_difference(*found)}")
    assert leaks == []


def _list_showing(asked: Asked, role: Role, words: str) -> set[str]:
    client = asked.open(role)
    return {one for one in asked.list_addresses() if words in client.get(one).text}


def test_no_way_leads_to_a_machine_s_words_before_one_s_own_decision(asked: Asked) -> None:
    number = asked.record_id
    for way in (
        f"/records/{number}",
        f"/sentences/{asked.summary_id}/0",
        f"/api/v1/records/{number}",
    ):
        assert IN_SUMMARY not in asked.open(Role.REVIEWER).get(way).text
        assert IN_SUMMARY in asked.open(Role.READER).get(way).text
    about = asked.open(Role.REVIEWER).get(f"/export?topic={TOPIC}&format=csv&about=yes").json()
    assert "decide about first" in about["filters"]["machine_text"]


def test_the_words_are_shown_stage_by_stage_once_one_has_decided(asked: Asked) -> None:
    asked.decide(Stage.TITLE_ABSTRACT, Decision.INCLUDE)
    ways = _list_showing(asked, Role.REVIEWER, IN_SUMMARY)
    number = asked.record_id
    assert {f"/records/{number}", f"/records/{number}/readings"} <= ways
    assert {f"/sentences/{asked.summary_id}/0", f"/api/v1/records/{number}"} <= ways
    assert f"/export?topic={TOPIC}&format=csv" in ways
    assert _list_showing(asked, Role.REVIEWER, IN_FINDING) == set()
    asked.decide(Stage.FULL_TEXT, Decision.INCLUDE)
    ways = _list_showing(asked, Role.REVIEWER, IN_FINDING)
    assert {f"/records/{number}", f"/findings/{asked.finding_id}"} <= ways
    assert f"/api/v1/records/{number}" in ways


def test_what_nobody_may_see_nobody_judges(asked: Asked) -> None:
    client = asked.open(Role.REVIEWER)
    for what in (
        f"/sentences/{asked.summary_id}/0/judgements",
        f"/findings/{asked.finding_id}/judgements",
    ):
        answer = client.post(what, data={"judgement": "right"})
        assert answer.status_code == 403
        assert "Decide about this record first" in answer.text
    for what in ("summaries", "findings"):
        number = asked.summary_id if what == "summaries" else asked.finding_id
        assert client.get(f"/api/v1/{what}/{number}/judgements").json() == {"items": []}


def test_after_a_decision_that_was_taken_back_nobody_knows_what_was_seen(asked: Asked) -> None:
    client = asked.open(Role.REVIEWER)
    card = path_to("topics", TOPIC, "queue", Stage.TITLE_ABSTRACT, record=asked.record_id)
    wanted = {"record_id": str(asked.record_id), "stage": "title_abstract", "decision": "include"}
    for _ in range(2):
        page = client.get(card).text
        assert IN_SUMMARY not in page
        found = re.search('name="seal" value="([^"]+)"', page)
        assert found
        client.post(f"/topics/{TOPIC}/decisions", data={**wanted, "seal": found[1]})
        assert IN_SUMMARY in client.get(card).text
        last = re.search(r"/decisions/(\d+)/undo", client.get(card).text)
        assert last
        client.post(f"/decisions/{last[1]}/undo")
    made = screening_decisions.c
    with asked.database.reading() as conn:
        seen = conn.scalars(
            select(made.has_seen_machine_text)
            .where(made.reviewer == PEOPLE[Role.REVIEWER], made.decision == Decision.INCLUDE)
            .order_by(made.screening_decision_id)
        ).all()
    assert seen == [False, None]
