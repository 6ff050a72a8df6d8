"""Reading again what was read in an older way, and what this machine cannot read."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from db import topics
from db.asked_readings import ask_for_reading
from db.engine import Database
from flows.nightly import nightly
from flows.read_documents import read_documents
from litsweep.domain.documents import DocumentKind
from litsweep.domain.models import ModelChoice
from litsweep.models.choosing import choose_model
from litsweep.reading import keys
from tasks import ways
from tests.fakes.engine import ScriptedEngine
from tests.fakes.pubmed_files import write_readable_record
from tests.flows.conftest import Serve
from tests.flows.nights import SINCE, count, query

N_READ = 3
"""Two abstracts and a full text."""


@pytest.fixture
def night(tmp_path: Path, database: Database, serve: Serve, recorded: str) -> Serve:
    """A night after which two records are stored and read, one of them with its full text."""
    folder = tmp_path / "ncbi"
    write_readable_record(folder, 11, pmcid="PMC9011")
    write_readable_record(folder, 12)
    with serve(folder):
        assert nightly(since=SINCE, return_state=True).is_completed()
    assert count(database, "readings") == N_READ
    return serve


@pytest.mark.usefixtures("night")
def test_newer_rules_have_everything_read_again_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = keys.READING_VERSION
    monkeypatch.setattr(keys, "READING_VERSION", version + 1)
    with monkeypatch.context() as refused:
        refused.setenv("LITSWEEP_REREAD_ON_CHANGE", "false")
        assert read_documents(return_state=True).result() == 0
    assert count(database, "reread_requests") == 0
    only_full_texts = read_documents(kinds=[DocumentKind.FULL_TEXT], return_state=True)
    assert only_full_texts.result() == 1
    assert read_documents(return_state=True).result() == 2
    assert read_documents(return_state=True).result() == 0
    assert count(database, "readings") == 2 * N_READ
    superseded = query(database, "SELECT count(*) FROM readings WHERE superseded_by_id > 0")
    assert superseded == [(N_READ,)]
    reasons = query(database, "SELECT DISTINCT reason FROM reread_requests")
    assert reasons == [(f"Changed: the rules of reading ({version} before, {version + 1} now).",)]
    assert query(database, "SELECT count(*) FROM reread_requests WHERE fulfilled_by_id > 0") == [
        (N_READ,)
    ]
    runs = query(
        database,
        "SELECT kind, n_documents, n_failed, finished_at > started_at FROM reading_runs "
        "ORDER BY reading_run_id",
    )
    first_night, again = [("abstract", 2, 0, 1), ("full_text", 1, 0, 1)], ("abstract", 2, 0, 1)
    assert runs == [*first_night, ("full_text", 1, 0, 1), again]


@pytest.mark.usefixtures("night")
def test_a_model_that_is_not_here_is_named_and_the_rest_is_read(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(keys, "READING_VERSION", keys.READING_VERSION + 1)
    monkeypatch.setenv("LITSWEEP_MODELS_DIR", str(tmp_path))
    with database.writing() as conn:
        topics.set_models(conn, "everything", {DocumentKind.ABSTRACT: "biogpt"})
    state = read_documents(return_state=True)
    assert state.is_failed()
    assert "biogpt" in str(state.message)
    assert count(database, "readings") == N_READ + 1
    assert count(database, "reading_leases") == 0


@pytest.mark.usefixtures("night")
def test_a_text_is_read_with_the_model_that_people_ask_for(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LITSWEEP_MODELS_DIR", str(tmp_path))
    ((record_id,),) = query(database, "SELECT record_id FROM records WHERE pmid = 12")
    with database.writing() as conn:
        topics.set_models(conn, "everything", {DocumentKind.ABSTRACT: "none"})
        ask_for_reading(
            conn,
            record_id,
            DocumentKind.ABSTRACT,
            model="biogpt",
            reason="it left the harms out",
            requested_by="Ada",
            now=datetime.now(UTC),
        )
    waits = read_documents(return_state=True)
    assert waits.is_completed(), "a night does not fail for one person's wish"
    assert "A person's request names 'biogpt'" in str(waits.message)
    assert count(database, "reread_requests WHERE fulfilled_by_id IS NULL") == 1
    engine = ScriptedEngine(lambda _: "Tremor is common in older adults.")

    def choose_asked(*args: Any, **kwargs: Any) -> ModelChoice:
        if kwargs["asked_choice"] == "biogpt":
            return ModelChoice(model=engine.spec, reason="It is here now.")
        return choose_model(*args, **kwargs)

    monkeypatch.setattr(ways, "choose_model", choose_asked)
    monkeypatch.setattr(ways, "load_engine", lambda *_: engine)
    for _ in range(2):  # the second night leaves it as it is
        assert read_documents(return_state=True).is_completed()
        assert count(database, "readings") == N_READ + 1
        shown = "readings WHERE superseded_by_id IS NULL AND reading_id = "
        answer = "(SELECT fulfilled_by_id FROM reread_requests WHERE model = 'biogpt')"
        assert count(database, shown + answer) == 1
    assert len(engine.batches) == 1
