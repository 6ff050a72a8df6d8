"""What came of a topic's full texts and of what machines wrote about it, counted for people.

Reading only. What is counted is the newest reading of each record's current documents.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, select

from db.readings import select_current
from db.records import in_topic
from db.tables import (
    analyses,
    checks,
    documents,
    findings,
    readings,
    records,
    reports,
    retrievals,
    summaries,
)
from litsweep.domain.documents import DocumentKind
from litsweep.domain.readings import FindingState, SummaryMethod, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicOutcome:
    """What there is to look at after a night.

    ``not_retrieved`` are pairs of PMCID and reason. ``flags`` are pairs of a check's name and the
    number of generated summaries that it flagged, the largest first.
    """

    not_retrieved: tuple[tuple[str, str], ...]
    n_extracted: int
    n_generated: int
    n_generated_flagged: int
    flags: tuple[tuple[str, int], ...]
    n_found: int
    n_not_found: int
    n_worded: int
    n_worded_flagged: int


def find_outcome(conn: Connection, topic: str | None) -> TopicOutcome:
    """Count what came of a topic, or of all of them.

    Raises:
        UnknownTopic: no topic has this name.
    """
    is_ours = in_topic(conn, topic)
    read = _select_newest_readings(is_ours)
    is_generated = summaries.c.method == SummaryMethod.GENERATED
    return TopicOutcome(
        not_retrieved=_list_not_retrieved(conn, is_ours),
        n_extracted=_count_summaries(conn, read, ~is_generated),
        n_generated=_count_summaries(conn, read, is_generated),
        n_generated_flagged=_count_summaries(conn, read, is_generated, summaries.c.is_flagged),
        flags=_count_flags(conn, read),
        n_found=_count_findings(conn, read, findings.c.state == FindingState.FOUND),
        n_not_found=_count_findings(conn, read, findings.c.state == FindingState.NOT_FOUND),
        n_worded=_count_findings(conn, read, _IS_WORDED),
        n_worded_flagged=_count_findings(conn, read, _IS_WORDED, findings.c.is_flagged),
    )


_IS_WORDED: Final = findings.c.value.is_not(None)


def _select_newest_readings(is_ours: ColumnElement[bool]) -> Select[int]:
    current = select_current(DocumentKind.ABSTRACT).where(is_ours)
    current_full_text = select_current(DocumentKind.FULL_TEXT).where(is_ours)
    return (
        select(func.max(readings.c.reading_id))
        .join(documents, documents.c.document_id == readings.c.document_id)
        .where(
            documents.c.document_id.in_(current) | documents.c.document_id.in_(current_full_text)
        )
        .group_by(readings.c.document_id)
    )


def _list_not_retrieved(
    conn: Connection, is_ours: ColumnElement[bool]
) -> tuple[tuple[str, str], ...]:
    has_report = select(reports.c.report_id).where(reports.c.record_id == records.c.record_id)
    newest = (
        select(func.max(retrievals.c.retrieval_id))
        .where(retrievals.c.record_id == records.c.record_id)
        .correlate(records)
        .scalar_subquery()
    )
    statement = (
        select(retrievals.c.pmcid, retrievals.c.reason)
        .join(records, records.c.record_id == retrievals.c.record_id)
        .where(is_ours, retrievals.c.retrieval_id == newest)
        .where(~has_report.correlate(records).exists())
        .order_by(retrievals.c.pmcid)
    )
    return tuple((pmcid, reason) for pmcid, reason in conn.execute(statement))


def _count_summaries(conn: Connection, read: Select[int], *conditions: ColumnElement[bool]) -> int:
    statement = select(summaries.c.summary_id).where(summaries.c.reading_id.in_(read), *conditions)
    return _count(conn, statement)


def _count_flags(conn: Connection, read: Select[int]) -> tuple[tuple[str, int], ...]:
    n_flagged = func.count(summaries.c.summary_id.distinct())
    statement = (
        select(checks.c.name, n_flagged)
        .join(summaries, summaries.c.summary_id == checks.c.summary_id)
        .where(
            summaries.c.reading_id.in_(read),
            summaries.c.method == SummaryMethod.GENERATED,
            checks.c.verdict == Verdict.FLAG,
        )
        .group_by(checks.c.name)
        .order_by(n_flagged.desc(), checks.c.name)
    )
    return tuple((name, number) for name, number in conn.execute(statement))


def _count_findings(conn: Connection, read: Select[int], *conditions: ColumnElement[bool]) -> int:
    statement = (
        select(findings.c.finding_id)
        .join(analyses, analyses.c.analysis_id == findings.c.analysis_id)
        .where(analyses.c.reading_id.in_(read), *conditions)
    )
    return _count(conn, statement)


def _count(conn: Connection, statement: Select[Any]) -> int:
    return conn.scalar(select(func.count()).select_from(statement.subquery())) or 0
