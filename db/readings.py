"""Readings: which documents wait to be read, and everything that came of reading one.

Append-only: a newer reading stands beside the older one and never replaces it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, exists, func, or_, select

from db.duplicates import KEPT, is_shown
from db.records import in_topic
from db.tables import (
    analyses,
    checks,
    documents,
    findings,
    generations,
    readings,
    record_versions,
    records,
    reports,
    routes,
    summaries,
    summary_sentences,
)
from db.writing import add_missing, add_row
from litsweep.domain.documents import DocumentKind, Span
from litsweep.domain.generations import Generation, ReadingTask
from litsweep.domain.readings import Analysis, Check, Finding, Reading, Summary

_TASK_OF: Final = {
    DocumentKind.ABSTRACT: ReadingTask.SUMMARY,
    DocumentKind.FULL_TEXT: ReadingTask.ANALYSIS,
}


def list_unread(
    conn: Connection, *, topic: str | None, kind: DocumentKind, limit: int | None = None
) -> list[int]:
    """Return the numbers of the documents of ``kind`` that were never read, the oldest first.

    Only the current one of each record counts. A reading that failed is no reading. Of a
    duplicate none is read, unless the kept record lacks what it has.

    Raises:
        UnknownTopic: no topic has this name.
    """
    read = select(readings.c.reading_id).where(
        readings.c.document_id == documents.c.document_id, readings.c.failure.is_(None)
    )
    statement = (
        select_current(kind)
        .where(
            in_topic(conn, topic),
            is_shown(conn, topic, _stands_for(kind)),
            ~read.correlate(documents).exists(),
        )
        .order_by(documents.c.document_id)
        .limit(limit)
    )
    return list(conn.scalars(statement))


def select_current(kind: DocumentKind) -> Select[int]:
    """Return the query for the current document of ``kind`` of each record, joined to it."""
    if kind is DocumentKind.ABSTRACT:
        is_current = (record_versions.c.record_id == records.c.record_id) & (
            record_versions.c.version == records.c.version
        )
        source = records.join(record_versions, is_current)
        document_id = record_versions.c.document_id
    else:
        newest = (
            select(func.max(reports.c.report_id))
            .where(reports.c.record_id == records.c.record_id)
            .correlate(records)
            .scalar_subquery()
        )
        source = records.join(reports, reports.c.report_id == newest)
        document_id = reports.c.document_id
    return select(documents.c.document_id).select_from(
        source.join(documents, documents.c.document_id == document_id)
    )


def _stands_for(kind: DocumentKind) -> ColumnElement[bool]:
    """Return the condition that a kept record has what its duplicate has to be read."""
    if kind is DocumentKind.ABSTRACT:
        return or_(KEPT.c.abstract != "", records.c.abstract == "")
    return exists().where(reports.c.record_id == KEPT.c.record_id).correlate(KEPT)


def save_reading(
    conn: Connection,
    document_id: int,
    reading: Reading,
    *,
    fingerprint: str,
    flow_run_id: str | None,
    tool_version: str,
    now: datetime,
) -> int:
    """Store a reading with all that came of it, and return its number.

    ``fingerprint`` names what read it (models, prompts, settings). A document that was read
    successfully under the same one keeps that reading, whose number is returned.
    """
    same = select(readings.c.reading_id).where(
        readings.c.document_id == document_id,
        readings.c.fingerprint == fingerprint,
        readings.c.failure.is_(None),
    )
    earlier: int | None = conn.scalar(same)
    if earlier is not None:
        return earlier
    reading_id = add_row(
        conn,
        readings,
        document_id=document_id,
        task=_TASK_OF[reading.document.kind],
        fingerprint=fingerprint,
        failure=reading.failure,
        read_at=now,
        flow_run_id=flow_run_id,
        tool_version=tool_version,
    )
    add_row(
        conn,
        routes,
        reading_id=reading_id,
        model_name=reading.route.model_name,
        reason=reading.route.reason,
        is_readable=reading.route.is_readable,
    )
    numbers = _add_generations(conn, reading_id, reading)
    for position, summary in enumerate(reading.summaries):
        _add_summary(conn, reading_id, position, summary, numbers)
    if reading.analysis is not None:
        _add_analysis(conn, reading_id, reading.analysis, numbers)
    return reading_id


def _add_generations(conn: Connection, reading_id: int, reading: Reading) -> dict[Generation, int]:
    # One model call may have given several findings: it is one row.
    in_order = dict.fromkeys(_generations_of(reading))
    return {
        generation: _add_generation(conn, reading_id, position, generation)
        for position, generation in enumerate(in_order)
    }


def _generations_of(reading: Reading) -> Iterator[Generation]:
    found = reading.analysis.findings if reading.analysis else ()
    texts: tuple[Summary | Finding, ...] = (*reading.summaries, *found)
    return (text.generation for text in texts if text.generation is not None)


def _add_generation(
    conn: Connection, reading_id: int, position: int, generation: Generation
) -> int:
    return add_row(
        conn,
        generations,
        reading_id=reading_id,
        position=position,
        task=generation.task,
        model_id=generation.model_id,
        model_revision=generation.model_revision,
        weights_sha256=generation.weights_sha256,
        is_demonstration=generation.is_demonstration,
        prompt_name=generation.prompt_name,
        prompt_version=generation.prompt_version,
        prompt_sha256=generation.prompt_sha256,
        sampling=generation.sampling.as_json(),
        sampling_sha256=generation.sampling.sha256,
        source_start=generation.source.start,
        source_end=generation.source.end,
        input_sha256=generation.input_sha256,
        output_text=generation.output_text,
        n_input_tokens=generation.n_input_tokens,
        n_output_tokens=generation.n_output_tokens,
        stop_reason=generation.stop_reason,
        duration_s=generation.duration_s,
    )


def _add_summary(
    conn: Connection,
    reading_id: int,
    position: int,
    summary: Summary,
    numbers: Mapping[Generation, int],
) -> None:
    summary_id = add_row(
        conn,
        summaries,
        reading_id=reading_id,
        position=position,
        method=summary.method,
        ranked_by=summary.ranked_by,
        generation_id=_number(summary.generation, numbers),
        text=summary.text,
        is_flagged=summary.is_flagged,
    )
    rows = [
        {
            "summary_id": summary_id,
            "position": place,
            "text": sentence.text,
            "support": sentence.support,
        }
        | _source(sentence.source)
        for place, sentence in enumerate(summary.sentences)
    ]
    add_missing(conn, summary_sentences, rows)
    _add_checks(conn, summary.checks, summary_id=summary_id, finding_id=None)


def _add_analysis(
    conn: Connection, reading_id: int, analysis: Analysis, numbers: Mapping[Generation, int]
) -> None:
    analysis_id = add_row(
        conn,
        analyses,
        reading_id=reading_id,
        n_sentences=analysis.n_sentences,
        n_sentences_read=analysis.n_sentences_read,
        ranked_by=analysis.ranked_by,
    )
    for position, finding in enumerate(analysis.findings):
        _add_finding(conn, analysis_id, position, finding, numbers)


def _add_finding(
    conn: Connection,
    analysis_id: int,
    position: int,
    finding: Finding,
    numbers: Mapping[Generation, int],
) -> None:
    finding_id = add_row(
        conn,
        findings,
        analysis_id=analysis_id,
        position=position,
        data_item=finding.data_item,
        state=finding.state,
        quote=finding.quote,
        support=finding.support,
        value=finding.value,
        generation_id=_number(finding.generation, numbers),
        is_flagged=finding.is_flagged,
        **_source(finding.source),
    )
    _add_checks(conn, finding.checks, summary_id=None, finding_id=finding_id)


def _add_checks(
    conn: Connection, tests: Sequence[Check], *, summary_id: int | None, finding_id: int | None
) -> None:
    rows = [
        {
            "summary_id": summary_id,
            "finding_id": finding_id,
            "position": position,
            "name": check.name,
            "verdict": check.verdict,
            "detail": check.detail,
            "sentence_position": check.sentence_position,
        }
        for position, check in enumerate(tests)
    ]
    add_missing(conn, checks, rows)


def _source(span: Span | None) -> dict[str, Any]:
    return {
        "source_start": span.start if span else None,
        "source_end": span.end if span else None,
    }


def _number(generation: Generation | None, numbers: Mapping[Generation, int]) -> int | None:
    return None if generation is None else numbers[generation]
