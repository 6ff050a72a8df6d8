"""A sweep's books: everything stored once, everything else listed, nothing lost to a failure."""

import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db import runs, topics
from db.engine import Database
from db.hits import list_hits
from db.windows import DueSearch
from flows import fetch_records
from litsweep.domain.records import RecordFailure, RecordSet
from litsweep.domain.strategies import DateField, DateWindow, HitState, RunStatus, SearchRoute
from litsweep.errors import SweepBusy
from litsweep.parsing.pubmed import parse_record_set
from tasks.policies import is_alive, this_process
from tests.fakes.meddled_ncbi import Question
from tests.fakes.pubmed_files import write_readable_record, write_records
from tests.flows.conftest import Serve
from tests.flows.nights import SINCE, count, last_run, query, stored_pmids, sweep_all

pytestmark = pytest.mark.usefixtures("recorded")

PMIDS = range(1001, 1026)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twenty-five records, fetched ten at a time."""
    monkeypatch.setattr(fetch_records, "FETCH_BATCH", 10)
    write_records(tmp_path / "ncbi", PMIDS)
    return tmp_path / "ncbi"


def test_everything_is_stored_and_the_receipt_adds_up(
    database: Database, data: Path, serve: Serve
) -> None:
    with serve(data):
        state = sweep_all()
    run = last_run(database)
    assert state.is_completed()
    assert state.result() == [run.search_run_id]
    assert run.status is RunStatus.COMPLETE
    assert run.adds_up
    assert (run.n_reported, run.n_ids, run.n_fetched, run.n_new) == (25, 25, 25, 25)
    assert (run.n_changed, run.n_absent, run.n_failed) == (0, 0, 0)
    assert stored_pmids(database) == list(PMIDS)


def test_second_sweep_adds_and_changes_nothing(
    database: Database, data: Path, serve: Serve
) -> None:
    with serve(data):
        sweep_all()
        before = query(database, "SELECT * FROM records ORDER BY record_id")
        state = sweep_all()
    run = last_run(database)
    assert state.is_completed()
    assert (run.n_fetched, run.n_new, run.n_changed) == (25, 0, 0)
    assert query(database, "SELECT * FROM records ORDER BY record_id") == before
    assert count(database, "record_versions") == count(database, "documents") == 25


def test_a_record_that_changed_gets_a_second_version(
    database: Database, data: Path, serve: Serve
) -> None:
    with serve(data):
        sweep_all()
    write_records(data, range(1001, 1025))
    write_records(data, [1025], title="Corrected: lorvexine")
    write_records(data, [2001])
    with serve(data):
        sweep_all()
    run = last_run(database)
    assert run.status is RunStatus.COMPLETE
    assert (run.n_fetched, run.n_new, run.n_changed) == (26, 1, 1)
    versions = query(
        database,
        "SELECT pmid, max(record_versions.version) FROM records JOIN record_versions "
        "USING (record_id) GROUP BY pmid HAVING max(record_versions.version) > 1",
    )
    assert versions == [(1025, 2)]
    assert query(database, "SELECT title FROM records WHERE pmid = 1025") == [
        ("Corrected: lorvexine 1025",)
    ]


def test_an_identifier_that_is_never_delivered_is_listed_as_absent(
    database: Database, data: Path, serve: Serve
) -> None:
    with serve(data, meddle=lambda question: _without(question, 1007)):
        state = sweep_all()
    run = last_run(database)
    assert state.is_completed()
    assert run.status is RunStatus.COMPLETE
    assert (run.n_ids, run.n_fetched, run.n_absent) == (25, 24, 1)
    with database.reading() as conn:
        assert list_hits(conn, run.search_run_id, HitState.ABSENT) == [1007]


def test_an_identifier_that_is_dropped_once_is_asked_for_again(
    database: Database, data: Path, serve: Serve
) -> None:
    fetches = itertools.count(1)

    def drop_once(question: Question) -> Question:
        is_first = question.tool == "efetch" and next(fetches) == 1
        return _without(question, 1007) if is_first else question

    with serve(data, meddle=drop_once):
        state = sweep_all()
    run = last_run(database)
    assert state.is_completed()
    assert (run.n_fetched, run.n_absent) == (25, 0)
    assert 1007 in stored_pmids(database)


def _without(question: Question, pmid: int) -> Question:
    return question.without(pmid) if question.tool == "efetch" else question


def test_an_outage_fails_the_run_and_the_next_sweep_goes_on(
    database: Database, data: Path, serve: Serve
) -> None:
    fetches = itertools.count(1)

    def fail_at_second(question: Question) -> Question | int:
        return 503 if question.tool == "efetch" and next(fetches) >= 2 else question

    with serve(data, meddle=fail_at_second):
        state = sweep_all()
    run = last_run(database)
    assert state.is_failed()
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert "efetch" in run.error
    assert "next sweep goes on" in run.error
    assert "somebody@example.org" not in run.error
    # What came before the outage is stored whole, the rest not at all.
    assert stored_pmids(database) == list(range(1001, 1011))
    assert count(database, "record_versions") == count(database, "documents") == 10
    with database.reading() as conn:
        assert list_hits(conn, run.search_run_id, HitState.PENDING) == list(range(1011, 1026))

    with serve(data):
        assert sweep_all().is_completed()
    again = last_run(database)
    assert again.status is RunStatus.COMPLETE
    assert (again.n_fetched, again.n_new, again.n_changed) == (25, 15, 0)
    assert stored_pmids(database) == list(PMIDS)


def test_no_answer_at_all_is_a_failure_and_not_an_empty_night(
    database: Database, data: Path, serve: Serve
) -> None:
    with serve(data):
        pass  # the address stays in the settings, and nobody answers there any more
    state = sweep_all()
    run = last_run(database)
    assert state.is_failed()
    assert run.status is RunStatus.FAILED
    assert run.n_reported is None
    assert run.error is not None
    assert "no connection" in run.error


def test_a_record_that_cannot_be_read_keeps_the_run_from_being_complete(
    database: Database, data: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(xml: bytes) -> RecordSet:
        parsed = parse_record_set(xml)
        kept = tuple(each for each in parsed.records if each.record.pmid != 1003)
        lost = RecordFailure(pmid=1003, reason="illegible", raw_xml=b"<PubmedArticle/>")
        is_here = len(kept) < len(parsed.records)
        return RecordSet(records=kept, failures=(lost,) if is_here else (), deleted_pmids=())

    monkeypatch.setattr("tasks.identify.parse_record_set", spoil)
    with serve(data):
        state = sweep_all()
    run = last_run(database)
    assert state.is_failed()
    assert "does not add up" in str(state.message)
    assert run.status is RunStatus.INCOMPLETE
    assert (run.n_ids, run.n_fetched, run.n_failed) == (25, 24, 1)


def test_a_topic_that_a_living_process_sweeps_is_busy(
    database: Database, data: Path, serve: Serve
) -> None:
    window = DateWindow(date_field=DateField.CRDT, first_day=SINCE, last_day=SINCE)
    with database.writing() as conn:
        going_on = runs.open_run(
            conn,
            topics.get_topic(conn, "everything").strategy,
            DueSearch(route=SearchRoute.CREATED, window=window),
            owner=this_process(),
            is_owner_alive=is_alive,
            tool_version="test",
            flow_run_id=None,
            now=datetime.now(UTC),
        )
    with serve(data):
        state = sweep_all()
    assert state.is_failed()
    with pytest.raises(SweepBusy, match=f"search run {going_on}"):
        state.result()
    run = last_run(database)
    assert (run.search_run_id, run.status) == (going_on, RunStatus.RUNNING)


def test_full_texts_come_with_the_sweep(database: Database, tmp_path: Path, serve: Serve) -> None:
    write_readable_record(tmp_path / "ncbi", 1, pmcid="PMC9001")
    write_readable_record(tmp_path / "ncbi", 2)
    with serve(tmp_path / "ncbi"):
        assert sweep_all(retrieve_reports=True).is_completed()
    assert query(database, "SELECT pmcid, licence_code FROM reports") == [("PMC9001", "CC BY")]
    assert count(database, "retrievals") == 1
