"""The night: one topic's failure costs the others nothing, and all that is new is read."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from db.engine import Database
from flows.nightly import nightly
from flows.read_documents import read_documents
from flows.reading_place import ReadingPlace
from litsweep.domain.documents import Document, DocumentKind
from litsweep.domain.readings import Reading
from litsweep.domain.strategies import RunStatus
from litsweep.reading.summarize import summarize_abstracts
from tasks import progress, read
from tests.fakes.pubmed_files import write_readable_record, write_records
from tests.flows.conftest import Serve
from tests.flows.nights import SINCE, add_topic, count, last_run, query, stored_pmids

pytestmark = pytest.mark.usefixtures("recorded")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three records to be read, one of them with a full text."""
    folder = tmp_path / "ncbi"
    write_readable_record(folder, 11, pmcid="PMC9011")
    write_readable_record(folder, 12)
    write_readable_record(folder, 13)
    return folder


def test_one_topic_that_fails_does_not_stop_the_others(
    database: Database, data: Path, serve: Serve
) -> None:
    add_topic(database, "a broken one", "tremor AND (")
    with serve(data):
        state = nightly(since=SINCE, reading=ReadingPlace.NOWHERE, return_state=True)
    assert state.is_failed()
    assert "'tremor AND ('" in str(state.message)
    assert not str(state.message).startswith("Flow run encountered")
    assert last_run(database, "a broken one").status is RunStatus.FAILED
    assert last_run(database, "everything").status is RunStatus.COMPLETE
    assert stored_pmids(database) == [11, 12, 13]


def test_a_night_reads_all_that_is_new_once(database: Database, data: Path, serve: Serve) -> None:
    with serve(data):
        first = nightly(since=SINCE, return_state=True)
        after_first = count(database, "readings")
        second = nightly(since=SINCE, return_state=True)
    assert first.is_completed()
    assert second.is_completed()
    assert after_first == count(database, "readings") == 4
    kinds = query(
        database,
        "SELECT documents.kind, count(*) FROM readings JOIN documents USING (document_id) "
        "WHERE failure IS NULL GROUP BY 1 ORDER BY 1",
    )
    assert kinds == [("abstract", 3), ("full_text", 1)]
    assert query(database, "SELECT DISTINCT method FROM summaries") == [("extractive",)]
    assert count(database, "summaries") == 3
    assert count(database, "analyses") == 1


def test_only_the_topics_that_are_named_are_swept(
    database: Database, data: Path, serve: Serve
) -> None:
    add_topic(database, "another", "13[uid]")
    with serve(data):
        assert nightly(
            ["another"], since=SINCE, reading=ReadingPlace.NOWHERE, return_state=True
        ).is_completed()
    assert stored_pmids(database) == [13]
    assert count(database, "search_runs") == 1


def test_a_reading_that_failed_is_reported_and_tried_again(
    database: Database, data: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(documents: Sequence[Document], **options: Any) -> list[Reading]:
        first, *others = summarize_abstracts(documents, **options)
        return [replace(first, summaries=(), failure="out of memory"), *others]

    with serve(data), monkeypatch.context() as broken:
        broken.setitem(read._READ_BY, DocumentKind.ABSTRACT, stumble)
        state = nightly(since=SINCE, return_state=True)
    assert state.is_failed()
    assert "1 of 4 documents could not be read" in str(state.message)
    assert last_run(database).status is RunStatus.COMPLETE
    assert query(database, "SELECT failure FROM readings WHERE failure IS NOT NULL") == [
        ("out of memory",)
    ]
    with serve(data):
        assert read_documents("everything", return_state=True).is_completed()
    assert count(database, "summaries") == 3
    assert count(database, "readings") == 5


def test_progress_is_told_from_nothing_to_all(database: Database, data: Path, serve: Serve) -> None:
    told: list[tuple[str, int, int]] = []
    with (
        serve(data),
        progress.listening(lambda counted, more, total: told.append((counted, more, total))),
    ):
        nightly(since=SINCE, return_state=True)
    assert told[:2] == [("records fetched", 0, 3), ("records fetched", 3, 3)]
    assert {counted for counted, _, _ in told} == {
        "records fetched",
        "full texts sought",
        "abstracts read",
        "abstracts compared",
        "full texts read",
    }


def test_a_night_without_anything_new_completes(
    database: Database, tmp_path: Path, serve: Serve
) -> None:
    write_records(tmp_path / "ncbi", [11])
    add_topic(database, "nothing", "999999[uid]")
    with serve(tmp_path / "ncbi"):
        assert nightly(["nothing"], since=SINCE, return_state=True).is_completed()
    run = last_run(database)
    assert (run.status, run.n_reported, run.n_ids) == (RunStatus.COMPLETE, 0, 0)
