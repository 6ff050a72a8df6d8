"""What was read, or retrieved, before something newer was stored does not take its place."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from db.documents import load_documents
from db.engine import Database
from db.readings import list_unread, save_reading
from db.records import get_record, save_records
from db.reports import list_reports_sought, save_report
from db.results import get_card
from db.runs import close_run
from db.tables import readings, reports
from litsweep.domain.documents import (
    Document,
    DocumentKind,
    FetchedReport,
    FullTextSource,
    Licence,
)
from litsweep.domain.readings import Reading, Route, Summary, SummaryMethod
from litsweep.domain.records import FetchedRecord, RecordSet

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
_NO_LICENCE = Licence(code=None, url=None, text=None)


def deliver(
    database: Database, start_run: Callable[..., int], fetched: FetchedRecord, day: int
) -> None:
    now = NOW + timedelta(days=day)
    run_id = start_run(database, (1,), now=now)
    delivered = RecordSet(records=(fetched,), failures=(), deleted_pmids=())
    with database.writing() as conn:
        save_records(conn, run_id, delivered, requested=(1,), now=now, tool_version="1")
        close_run(conn, run_id, now=now)


def unread(database: Database) -> int:
    with database.reading() as conn:
        (number,) = list_unread(conn, topic=None, kind=DocumentKind.ABSTRACT)
    return number


def read(database: Database, document_id: int, fingerprint: str) -> int:
    """Store a reading of a document, made by what ``fingerprint`` names."""
    with database.writing() as conn:
        ((_, document),) = load_documents(conn, [document_id])
        summary = Summary(
            method=SummaryMethod.EXTRACTIVE, sentences=(), checks=(), ranked_by="lexical"
        )
        route = Route(model_name=None, reason="short", n_tokens=None, n_windows=None)
        return save_reading(
            conn,
            document_id,
            Reading(document=document, route=route, summaries=(summary,)),
            fingerprint=fingerprint,
            flow_run_id=None,
            tool_version="1",
            now=NOW,
        )


def test_a_reading_of_a_text_that_was_replaced_meanwhile_supersedes_nothing(
    database: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
) -> None:
    deliver(database, start_run, make_record(1, title="As it was"), 0)
    old_text = unread(database)
    deliver(database, start_run, make_record(1, title="Corrected"), 1)
    newer = read(database, unread(database), "new model")
    late = read(database, old_text, "old model")  # by a worker that had it all the while
    with database.reading() as conn:
        rows = conn.execute(select(readings)).all()
        (shown,) = get_card(conn, 1).readings
    assert {row.reading_id: row.superseded_by_id for row in rows} == {newer: None, late: None}
    assert {row.reading_id: row.stale_since for row in rows} == {newer: None, late: NOW}
    assert shown.reading_id == newer


def test_a_full_text_that_was_retrieved_before_the_stored_one_is_left_out(
    database: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
) -> None:
    deliver(database, start_run, make_record(1, pmcid="PMC1"), 0)
    with database.reading() as conn:
        record_id = get_record(conn, 1).record_id

    def retrieve(text: str, minute: int) -> int:
        report = FetchedReport(
            pmcid="PMC1",
            version=None,
            source=FullTextSource.EUROPE_PMC,
            url="https://example.org/",
            raw_xml=text.encode(),
            licence=_NO_LICENCE,
            retrieved_at=NOW + timedelta(minutes=minute),
        )
        document = Document(
            kind=DocumentKind.FULL_TEXT,
            title="",
            text=text,
            sections=(),
            language=None,
            article_type=None,
            pmid=1,
            pmcid="PMC1",
            doi=None,
            licence=_NO_LICENCE,
            has_body=True,
        )
        with database.writing() as conn:
            return save_report(conn, record_id, report, document, NOW)

    first = retrieve("first", 0)
    newest = retrieve("corrected", 10)
    assert retrieve("between them", 5) == newest != first
    assert retrieve("corrected again", 11) != newest
    with database.reading() as conn:
        assert len(conn.scalars(select(reports.c.report_id)).all()) == 3
        assert list_reports_sought(conn, topic=None, now=NOW) == []
