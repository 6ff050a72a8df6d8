"""The queries behind ``db.frames``: which columns of which rows, in which order.

A summary or finding that holds now is one of the reading that `list_latest_readings` shows: of
the record's newest document, successful, and not superseded while another one is there.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Subquery, case, func, select

from db.tables import (
    analyses,
    documents,
    finding_judgements,
    findings,
    generations,
    readings,
    record_versions,
    records,
    reports,
    screening_decisions,
    summaries,
    topics,
)
from db.views.expressions import flag
from litsweep.domain.documents import DocumentKind

_RECORD_COLUMNS: Final = (
    "record_id",
    "pmid",
    "doi",
    "pmcid",
    "title",
    "abstract",
    "journal",
    "publication_date",
    "publication_date_precision",
    "publication_date_text",
    "language",
    "publication_status",
    "duplicate_of_id",
    "is_book",
    "created_on",
    "revised_on",
    "version",
    "first_seen_at",
    "updated_at",
)

_GENERATION_COLUMNS: Final = (
    generations.c.model_id,
    generations.c.model_revision,
    generations.c.prompt_name,
    generations.c.prompt_version,
    generations.c.is_demonstration,
)


def select_records() -> Select[Any]:
    """Select the columns of ``records`` that tell something to an analyst, oldest first."""
    columns = (records.c[name] for name in _RECORD_COLUMNS)
    return select(*columns).order_by(records.c.record_id)


def select_summaries(*, all_versions: bool) -> Select[Any]:
    """Select the summaries with what made them, in the order of their numbers."""
    current = select(record_versions.c.document_id, records.c.record_id).join(
        records,
        (record_versions.c.record_id == records.c.record_id)
        & (record_versions.c.version == records.c.version),
    )
    read = _select_readings(DocumentKind.ABSTRACT, current.subquery("current_abstracts"))
    statement = (
        select(
            summaries.c.summary_id,
            records.c.record_id,
            records.c.pmid,
            read.c.reading_id,
            summaries.c.position,
            summaries.c.method,
            summaries.c.text,
            summaries.c.is_flagged,
            summaries.c.is_shown,
            read.c.is_current,
            read.c.superseded_by_id,
            summaries.c.ranked_by,
            *_GENERATION_COLUMNS,
            read.c.read_at,
            read.c.tool_version,
        )
        .join(read, read.c.reading_id == summaries.c.reading_id)
        .join(records, records.c.record_id == read.c.record_id)
        .outerjoin(generations, generations.c.generation_id == summaries.c.generation_id)
        .order_by(summaries.c.summary_id)
    )
    return statement if all_versions else statement.where(_holds(read), summaries.c.is_shown)


def select_findings(*, all_versions: bool) -> Select[Any]:
    """Select the findings with their report's licence and what made them, by their numbers."""
    newest = select(func.max(reports.c.report_id)).group_by(reports.c.record_id)
    current = select(reports.c.document_id, reports.c.record_id).where(
        reports.c.report_id.in_(newest)
    )
    read = _select_readings(DocumentKind.FULL_TEXT, current.subquery("current_full_texts"))
    # Reports whose XML differs and whose text does not share a document: the newest speaks.
    of_document = (
        select(func.max(reports.c.report_id).label("report_id"), reports.c.document_id)
        .group_by(reports.c.document_id)
        .subquery("of_document")
    )
    judged = finding_judgements.c
    corrected = (
        select(judged.finding_id, func.max(judged.finding_judgement_id).label("newest"))
        .where(flag(finding_judgements, "is_standing"), judged.corrected_state.is_not(None))
        .group_by(judged.finding_id)
        .subquery("corrected")
    )
    statement = (
        select(
            findings.c.finding_id,
            records.c.record_id,
            records.c.pmid,
            reports.c.report_id,
            reports.c.pmcid,
            read.c.reading_id,
            findings.c.position,
            findings.c.data_item,
            findings.c.state,
            findings.c.value,
            findings.c.value_method,
            findings.c.structured,
            findings.c.quote,
            findings.c.section,
            findings.c.section_title,
            findings.c.support,
            findings.c.is_flagged,
            reports.c.licence_code,
            reports.c.may_export,
            read.c.is_current,
            read.c.superseded_by_id,
            *_GENERATION_COLUMNS,
            read.c.read_at,
            read.c.tool_version,
            finding_judgements.c.corrected_state,
            finding_judgements.c.corrected_value,
            finding_judgements.c.corrected_quote,
            finding_judgements.c.reviewer.label("corrected_by"),
            finding_judgements.c.judged_at.label("corrected_at"),
        )
        .join(analyses, analyses.c.analysis_id == findings.c.analysis_id)
        .join(read, read.c.reading_id == analyses.c.reading_id)
        .join(records, records.c.record_id == read.c.record_id)
        .outerjoin(of_document, of_document.c.document_id == read.c.document_id)
        .outerjoin(reports, reports.c.report_id == of_document.c.report_id)
        .outerjoin(generations, generations.c.generation_id == findings.c.generation_id)
        .outerjoin(corrected, corrected.c.finding_id == findings.c.finding_id)
        .outerjoin(
            finding_judgements, finding_judgements.c.finding_judgement_id == corrected.c.newest
        )
        .order_by(findings.c.finding_id)
    )
    return statement if all_versions else statement.where(_holds(read))


def select_decisions(*, all_versions: bool) -> Select[Any]:
    """Select the screening decisions in the order in which they were stored."""
    ours = screening_decisions.c
    statement = (
        select(
            ours.screening_decision_id,
            topics.c.name.label("topic"),
            records.c.record_id,
            records.c.pmid,
            ours.stage,
            ours.decision,
            ours.exclusion_reason,
            ours.note,
            ours.labels,
            ours.reviewer,
            ours.decided_at,
            ours.origin,
            ours.decision_import_id,
            ours.has_seen_machine_text,
            ours.reading_id,
            ours.supersedes_id,
            ours.is_standing,
        )
        .join(topics, topics.c.topic_id == ours.topic_id)
        .join(records, records.c.record_id == ours.record_id)
        .order_by(ours.screening_decision_id)
    )
    return statement if all_versions else statement.where(ours.is_standing)


def _select_readings(kind: DocumentKind, current: Subquery) -> Subquery:
    """Select the readings of documents of ``kind``; ``place`` is 1 for the one to be shown."""
    is_current = current.c.document_id.is_not(None)
    place = func.row_number().over(
        partition_by=documents.c.record_id,
        order_by=(
            _last_where(readings.c.failure.is_not(None)),
            _last_where(~is_current),
            _last_where(readings.c.superseded_by_id.is_not(None)),
            readings.c.reading_id.desc(),
        ),
    )
    return (
        select(
            readings,
            documents.c.record_id,
            is_current.label("is_current"),
            place.label("place"),
        )
        .join(documents, documents.c.document_id == readings.c.document_id)
        .outerjoin(
            current,
            (current.c.document_id == documents.c.document_id)
            & (current.c.record_id == documents.c.record_id),
        )
        .where(documents.c.kind == kind)
        .subquery("read")
    )


def _last_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _holds(read: Subquery) -> ColumnElement[bool]:
    return (read.c.place == 1) & read.c.is_current & read.c.failure.is_(None)
