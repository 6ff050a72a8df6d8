"""Nobody learns what another decided before enough people did: not on a page, not by a program.

Every address of the desk is asked in copies of one database that differ in nothing but what one
person decided about two records: whatever differs in an answer is a leak.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from starlette.testclient import TestClient

from db.decisions import add_decision
from db.engine import Connection, Database, open_database
from db.list_choices import OF_DECISIONS
from db.screening_protocols import set_protocol
from litsweep.domain.decisions import Decision, DecisionOrigin, NewDecision, Stage
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import ScreeningRules
from litsweep.exports.formats import FORMATS
from litsweep.settings import Settings
from litsweep_app.web.application import build_application
from litsweep_app.web.export_choices import RecordView
from litsweep_app.web.security.cookies import COOKIE
from litsweep_app.web.tables import TABLES
from tests.fakes.desk_addresses import list_all
from tests.fakes.filled_database import NOW, TOPIC
from tests.fakes.twin_desks import first_difference, read_constant
from tests.web.conftest import PEOPLE, sign_in

MARK: Final = "xyzzy"
OTHER: Final = "Ada Fiction"
ASKED_ABOUT: Final = {Stage.TITLE_ABSTRACT: 30, Stage.FULL_TEXT: 31}
"""The records that only one person decides about, of three who are asked for."""
MINE_TOO: Final = 29
"""A record that who looks decided about, too; the third person is waited for."""
ANSWERS: Final = (Decision.INCLUDE, Decision.EXCLUDE, Decision.UNSURE)
RULES: Final = ScreeningRules(n_reviewers=3, is_blinded=True)


@pytest.fixture(scope="module")
def desks(
    filled_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Decision, Database]]:
    """Three desks, on each of which one person decided otherwise."""
    folder = tmp_path_factory.mktemp("blinded")
    made = {}
    for answer in ANSWERS:
        made[answer] = _copy(filled_file, folder / f"{answer}.db", answer)
    yield made
    for database in made.values():
        database.close()


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.LEAD])
def test_no_answer_tells_what_another_decided(desks: dict[Decision, Database], role: Role) -> None:
    """A lead is asked less: files are written by the same lines for every role."""
    is_lead = role is Role.LEAD
    clients = [_open(desks[one], role) for one in (ANSWERS[:2] if is_lead else ANSWERS)]
    leaks = []
    for address in list_addresses():
        if is_lead and "format=" in address:
            continue
        found = [read_constant(client, address) for client in clients]
        if MARK.encode() in b"".join(found):
            leaks.append(f"{address}: the other's own words")
        elif len(set(found)) > 1:
            leaks.append(f"{address}: {first_difference(*found)}")
    assert leaks == []


def test_the_marks_are_seen_by_everybody_once_enough_people_decided(
    filled_file: Path, tmp_path: Path
) -> None:
    """The test above looks at what would show them."""
    opened = _copy(filled_file, tmp_path / "open.db", Decision.EXCLUDE)
    with opened.writing() as conn:
        set_protocol(conn, TOPIC, ScreeningRules(), author="L", reason="open", now=NOW)
    client = _open(opened, Role.REVIEWER)
    record = ASKED_ABOUT[Stage.TITLE_ABSTRACT]
    for address in (
        f"/api/v1/records/{record}",
        f"/records/{record}?topic={TOPIC}&stage=title_abstract",
        f"/topics/{TOPIC}/lists/excluded",
        f"/export?topic={TOPIC}&format=csv",
        f"/api/v1/topics/{TOPIC}/lists/excluded",
    ):
        assert MARK.encode() in read_constant(client, address), address
    opened.close()


def list_addresses() -> Iterator[str]:
    """Yield every address, and those with the filters that could tell decisions apart."""
    numbers = tuple(map(str, (*ASKED_ABOUT.values(), MINE_TOO)))
    yield from list_all({"record_id": numbers})
    for stage, record in ASKED_ABOUT.items():
        here = f"topic={TOPIC}&stage={stage}"
        yield f"/records/{record}?{here}"
        yield f"/topics/{TOPIC}/queue/{stage}?record={record}"
        yield f"/api/v1/topics/{TOPIC}/queue/{stage}?limit=200"
        for decided in (*ANSWERS, "undecided"):
            yield f"/search?{here}&decision={decided}"
            yield f"/export?{here}&decision={decided}&format=ris"
            yield f"/api/v1/search?q=the&{here}&decision={decided}"
        for kind in OF_DECISIONS:
            yield f"/topics/{TOPIC}/lists/{kind}?stage={stage}"
            yield f"/export?{here}&list={kind}&format=csv"
    yield "/alerts?all=yes"
    yield from list_files()
    for name, one in FORMATS.items():
        if one.is_text:
            yield f"/export?topic={TOPIC}&format={name}"
    yield f"/api/v1/export?topic={TOPIC}&format=csv"


def list_files() -> Iterator[str]:
    """Yield the addresses of tables, histories and alerts as files."""
    for name in TABLES:
        for file_format in ("csv", "json"):
            query = f"topic={TOPIC}&run=1&all=yes&format={file_format}"
            yield f"/tables/{name}?{query}"
        yield f"/api/v1/tables/{name}?topic={TOPIC}&run=1&format=json"
    for view in RecordView:
        yield f"/export?view={view}&topic={TOPIC}&all=yes&format=csv"
    for kind in OF_DECISIONS:
        yield f"/api/v1/topics/{TOPIC}/lists/{kind}?sort=title&reverse=yes"


def _copy(filled_file: Path, path: Path, answer: Decision) -> Database:
    shutil.copy(filled_file, path)
    opened = open_database(f"sqlite:///{path}")
    with opened.writing() as conn:
        _prepare(conn)
        for stage, record_id in (*ASKED_ABOUT.items(), (Stage.TITLE_ABSTRACT, MINE_TOO)):
            _decide(conn, record_id, stage, OTHER, answer)
    return opened


def _prepare(conn: Connection) -> None:
    set_protocol(conn, TOPIC, RULES, author="L", reason="blinded", now=NOW)
    for name in ("Ben Invented", "Cleo Made", "Dan Unreal"):
        _decide(conn, ASKED_ABOUT[Stage.FULL_TEXT], Stage.TITLE_ABSTRACT, name, Decision.INCLUDE)
    _decide(conn, MINE_TOO, Stage.TITLE_ABSTRACT, PEOPLE[Role.REVIEWER], Decision.INCLUDE)


def _decide(conn: Connection, record_id: int, stage: Stage, who: str, decision: Decision) -> None:
    is_marked = who == OTHER
    new = NewDecision(
        record_id=record_id,
        stage=stage,
        decision=decision,
        reviewer=who,
        decided_at=NOW,
        exclusion_reason=f"{MARK} reason" if decision is Decision.EXCLUDE else None,
        note=f"{MARK} note" if is_marked else None,
        labels=(f"{MARK} label",) if is_marked else (),
    )
    add_decision(
        conn, TOPIC, new, origin=DecisionOrigin.DESK, tool_version="litsweep 0", expected_id=None
    )


def _open(database: Database, role: Role) -> TestClient:
    app = build_application(database, Settings())
    client = TestClient(app, base_url="http://127.0.0.1:8765", follow_redirects=True)
    client.cookies.set(COOKIE, sign_in(database, role))
    return client
