"""Reports: which full texts are to be sought, and what came of seeking them.

Every attempt leaves a row, the refused ones with their reason (PRISMA 2020: "reports not
retrieved"). A text may leave the house only where `exportable` holds.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, or_, select

from db.documents import save_documents
from db.duplicates import KEPT, is_shown
from db.records import in_topic
from db.staleness import mark_stale
from db.tables import records, reports, retrievals
from db.writing import add_missing, add_row
from litsweep.domain.documents import (
    Document,
    DocumentKind,
    FetchedReport,
    NotRetrieved,
    stricter_licence,
)

_REFUSAL_HOLDS: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSought:
    """A record of which the full text is to be sought, and under which PMCID."""

    record_id: int
    pmid: int
    pmcid: str


def list_reports_sought(
    conn: Connection, *, topic: str | None, now: datetime, limit: int | None = None
) -> list[ReportSought]:
    """Return the records with a PMCID whose report was neither obtained nor finally refused.

    A final refusal holds for 30 days: what is refused may be under embargo, and PMC gives no
    other answer for that.
    Those never sought come first, then those whose last attempt is the longest ago. A
    duplicate's report is not sought where that of the kept record is.

    Raises:
        UnknownTopic: no topic has this name.
    """
    last_attempt = func.max(retrievals.c.attempted_at)
    is_refused = retrievals.c.is_final & (retrievals.c.attempted_at > now - _REFUSAL_HOLDS)
    is_settled = or_(retrievals.c.report_id.is_not(None), is_refused)
    settled = select(retrievals.c.retrieval_id).where(
        retrievals.c.record_id == records.c.record_id,
        retrievals.c.pmcid == records.c.pmcid,
        is_settled,
    )
    statement = (
        select(records.c.record_id, records.c.pmid, records.c.pmcid)
        .outerjoin(
            retrievals,
            (retrievals.c.record_id == records.c.record_id)
            & (retrievals.c.pmcid == records.c.pmcid),
        )
        .where(
            records.c.pmcid.is_not(None),
            in_topic(conn, topic),
            is_shown(conn, topic, KEPT.c.pmcid.is_not(None)),
            ~settled.correlate(records).exists(),
        )
        .group_by(records.c.record_id, records.c.pmid, records.c.pmcid)
        .order_by(last_attempt.asc().nulls_first(), records.c.record_id)
        .limit(limit)
    )
    return [
        ReportSought(record_id=row.record_id, pmid=row.pmid, pmcid=row.pmcid)
        for row in conn.execute(statement)
    ]


def exportable() -> ColumnElement[bool]:
    """Return the condition, on a row of ``reports``, that its text may be part of an export.

    Every query that selects full texts, or what was quoted from them, for people outside must
    carry it. It holds where the stricter of the licences, the source's and the report's own, is
    known to permit it.
    """
    return reports.c.may_export.is_(True)


def save_report(
    conn: Connection, record_id: int, fetched: FetchedReport, document: Document, now: datetime
) -> int:
    """Store a full text with its bytes and its text; return the report's number.

    The same bytes again add nothing. Neither do bytes that were retrieved before the newest
    report was, and are stored after it: the number is then that report's.
    """
    of_record = reports.c.record_id == record_id
    later = of_record & (reports.c.retrieved_at > fetched.retrieved_at)
    newest = conn.scalar(
        select(reports.c.report_id).where(later).order_by(reports.c.report_id.desc()).limit(1)
    )
    if newest is not None:
        return int(newest)
    same = of_record & (reports.c.raw_sha256 == fetched.raw_sha256)
    report_id = conn.scalar(select(reports.c.report_id).where(same))
    if report_id is None:
        report_id = _add_report(conn, record_id, fetched, document, now)
    attempt = {
        "record_id": record_id,
        "pmcid": fetched.pmcid,
        "report_id": report_id,
        "reason": None,
        "is_final": True,
        "attempted_at": fetched.retrieved_at,
    }
    add_missing(conn, retrievals, [attempt])
    return report_id


def save_not_retrieved(conn: Connection, record_id: int, refusal: NotRetrieved) -> None:
    """Store that a full text was sought and not obtained, with the reason."""
    attempt = {
        "record_id": record_id,
        "pmcid": refusal.pmcid,
        "report_id": None,
        "reason": refusal.reason,
        "is_final": refusal.is_final,
        "attempted_at": refusal.attempted_at,
    }
    add_missing(conn, retrievals, [attempt])


def _add_report(
    conn: Connection, record_id: int, fetched: FetchedReport, document: Document, now: datetime
) -> int:
    document_ids = save_documents(conn, {record_id: document}, now=now)
    mark_stale(conn, document_ids, now, kind=DocumentKind.FULL_TEXT)
    return add_row(
        conn,
        reports,
        record_id=record_id,
        pmcid=fetched.pmcid,
        pmc_version=fetched.version,
        source=fetched.source,
        url=fetched.url,
        raw_xml=fetched.raw_xml,
        raw_sha256=fetched.raw_sha256,
        document_id=document_ids[record_id],
        licence_code=fetched.licence.code,
        licence_url=fetched.licence.url,
        licence_text=fetched.licence.text,
        may_export=stricter_licence(fetched.licence, document.licence).may_export,
        retrieved_at=fetched.retrieved_at,
    )
