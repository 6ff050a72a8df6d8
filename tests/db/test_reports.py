from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from db.documents import load_documents
from db.engine import Database
from db.records import get_record, save_records
from db.reports import list_reports_sought, save_not_retrieved, save_report
from db.runs import close_run
from db.tables import documents, reports, retrievals
from litsweep.domain.documents import (
    Document,
    DocumentKind,
    FetchedReport,
    FullTextSource,
    Licence,
    NotRetrieved,
    Section,
    SectionKind,
    Span,
)
from litsweep.domain.records import FetchedRecord, RecordSet
from litsweep.errors import UnknownTopic, UsageError

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
CC_BY = Licence(code="CC BY", url="https://creativecommons.org/licenses/by/4.0/", text="Free.")
FETCHED = FetchedReport(
    pmcid="PMC1",
    version=2,
    source=FullTextSource.PMC_CLOUD,
    url="https://example.org/PMC1.2/PMC1.2.xml",
    raw_xml="<article>α</article>".encode(),
    licence=CC_BY,
    retrieved_at=NOW,
)
DOCUMENT = Document(
    kind=DocumentKind.FULL_TEXT,
    title="A report",
    text="Methods\nWe asked 😀 nine.\nResults\nThey answered.",
    sections=(
        Section(kind=SectionKind.METHODS, title="Methods", depth=0, span=Span(8, 25)),
        Section(kind=SectionKind.RESULTS, title="Results", depth=0, span=Span(34, 48)),
    ),
    language="en",
    article_type="research-article",
    pmid=1,
    pmcid="PMC1",
    doi=None,
    licence=CC_BY,
    has_body=True,
)


@pytest.fixture
def record_ids(
    database: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
    make_set: Callable[..., RecordSet],
) -> dict[int, int]:
    """Numbers of three records of topic asthma by PMID; the third has no PMCID."""
    run_id = start_run(database, (1, 2, 3))
    reply = make_set(
        make_record(1, pmcid="PMC1"), make_record(2, pmcid="PMC2"), make_record(3, pmcid=None)
    )
    with database.writing() as conn:
        save_records(conn, run_id, reply, requested=(1, 2, 3), now=NOW, tool_version="0")
        close_run(conn, run_id, now=NOW)
        return {pmid: get_record(conn, pmid).record_id for pmid in (1, 2, 3)}


def sought(
    database: Database, topic: str | None = "asthma", limit: int = 9, now: datetime = NOW
) -> list[int]:
    with database.reading() as conn:
        found = list_reports_sought(conn, topic=topic, now=now, limit=limit)
    return [each.pmid for each in found]


def refuse(database: Database, record_id: int, pmcid: str, hours: int, is_final: bool) -> None:
    refusal = NotRetrieved(
        pmcid=pmcid,
        reason="not open access",
        is_final=is_final,
        attempted_at=NOW + timedelta(hours=hours),
    )
    for _ in range(2):  # a repeated task adds nothing
        with database.writing() as conn:
            save_not_retrieved(conn, record_id, refusal)


def test_reports_are_sought_for_records_with_a_pmcid(
    database: Database, record_ids: dict[int, int], start_run: Callable[..., int]
) -> None:
    assert sought(database) == sought(database, None) == [1, 2]
    assert sought(database, limit=1) == [1]
    start_run(database, (), topic="copd")
    assert sought(database, "copd") == []
    with pytest.raises(UnknownTopic):
        sought(database, "gout")


def test_a_report_is_stored_as_fetched_and_as_text(
    database: Database, record_ids: dict[int, int]
) -> None:
    with database.writing() as conn:
        first = save_report(conn, record_ids[1], FETCHED, DOCUMENT, NOW)
    with database.writing() as conn:
        assert save_report(conn, record_ids[1], FETCHED, DOCUMENT, NOW) == first
    with database.reading() as conn:
        (report,) = conn.execute(select(reports)).all()
        (attempt,) = conn.execute(select(retrievals)).all()
        assert load_documents(conn, [report.document_id]) == [(report.document_id, DOCUMENT)]
    assert (report.raw_xml, report.raw_sha256) == (FETCHED.raw_xml, FETCHED.raw_sha256)
    assert (report.source, report.pmc_version) == (FullTextSource.PMC_CLOUD, 2)
    assert (report.licence_code, report.licence_url) == (CC_BY.code, CC_BY.url)
    assert (attempt.report_id, attempt.reason) == (report.report_id, None)
    assert sought(database) == [2]


def test_new_bytes_of_the_same_text_are_a_new_report_of_one_document(
    database: Database, record_ids: dict[int, int]
) -> None:
    later = replace(FETCHED, raw_xml=b"<article/>", retrieved_at=NOW + timedelta(days=1))
    with database.writing() as conn:
        first = save_report(conn, record_ids[1], FETCHED, DOCUMENT, NOW)
        second = save_report(conn, record_ids[1], later, DOCUMENT, NOW)
        assert first != second
        of_report = conn.execute(select(reports.c.document_id)).scalars().all()
        kinds = conn.execute(select(documents.c.kind)).scalars().all()
    assert len(set(of_report)) == 1
    assert kinds.count(DocumentKind.FULL_TEXT) == 1


def test_a_final_refusal_ends_the_search_and_another_does_not(
    database: Database, record_ids: dict[int, int]
) -> None:
    refuse(database, record_ids[1], "PMC1", 0, is_final=False)
    assert sought(database) == [2, 1]  # the one never sought first
    refuse(database, record_ids[2], "PMC2", 1, is_final=False)
    refuse(database, record_ids[1], "PMC1", 2, is_final=False)
    assert sought(database) == [2, 1]
    refuse(database, record_ids[2], "PMC2", 3, is_final=True)
    assert sought(database) == [1]
    with database.reading() as conn:
        rows = conn.execute(select(retrievals.c.reason)).scalars().all()
    assert rows == ["not open access"] * 4


def test_a_refusal_of_another_pmcid_does_not_count(
    database: Database, record_ids: dict[int, int]
) -> None:
    refuse(database, record_ids[1], "PMC999", 0, is_final=True)
    assert sought(database) == [1, 2]


def test_an_unknown_document_is_named(database: Database) -> None:
    with database.reading() as conn:
        assert load_documents(conn, []) == []
        with pytest.raises(UsageError, match="no document 7, 8"):
            load_documents(conn, [7, 8])


def test_a_final_refusal_is_asked_again_after_a_month(
    database: Database, record_ids: dict[int, int]
) -> None:
    refuse(database, record_ids[1], "PMC1", hours=0, is_final=True)
    assert sought(database, now=NOW + timedelta(days=29)) == [2]
    assert sought(database, now=NOW + timedelta(days=31)) == [2, 1]
