"""Readings as they were stored, whole: the value that ``db.readings`` was given comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Integer, Row, Select, Table, bindparam, select

from db.documents import load_documents
from db.readings import select_current
from db.tables import (
    analyses,
    checks,
    documents,
    findings,
    generations,
    readings,
    records,
    routes,
    summaries,
    summary_sentences,
)
from litsweep.domain.documents import DocumentKind, Span
from litsweep.domain.generations import Generation, SamplingParams
from litsweep.domain.readings import (
    Analysis,
    Check,
    Finding,
    LeftOut,
    Reading,
    Route,
    Summary,
    SupportedSentence,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReading:
    """A reading with its number, when it was made, and by what.

    ``is_current`` tells whether the document that was read is still the record's newest;
    ``superseded_by_id`` is the newer reading, made another way, that is shown instead.
    """

    reading_id: int
    document_id: int
    is_current: bool
    fingerprint: str
    read_at: datetime
    tool_version: str
    superseded_by_id: int | None
    reading: Reading


def list_latest_readings(conn: Connection, record_id: int) -> list[StoredReading]:
    """Return the reading to show for each kind of document that the record has.

    A successful one goes before a failed one, one of the current document before one of an
    older document, one that is not superseded before one that is, then the newer before the
    older. All others stay in the table.
    """
    latest = (find_latest(conn, record_id, kind) for kind in DocumentKind)
    return [load_reading(conn, reading_id) for reading_id in latest if reading_id is not None]


def load_reading(conn: Connection, reading_id: int) -> StoredReading:
    """Return one reading as it was stored."""
    row = conn.execute(_READING, {"number": reading_id}).one()
    made_by = _load_generations(conn, reading_id)
    reading = Reading(
        document=load_documents(conn, [row.document_id])[0][1],
        route=Route(
            model_name=row.model_name,
            reason=row.reason,
            is_readable=row.is_readable,
            n_tokens=row.n_tokens,
            n_windows=row.n_windows,
        ),
        summaries=_load_summaries(conn, reading_id, made_by),
        analysis=_load_analysis(conn, reading_id, made_by),
        failure=row.failure,
    )
    return StoredReading(
        reading_id=reading_id,
        document_id=row.document_id,
        is_current=row.document_id == _find_current(conn, row.record_id, row.kind),
        fingerprint=row.fingerprint,
        read_at=row.read_at,
        tool_version=row.tool_version,
        superseded_by_id=row.superseded_by_id,
        reading=reading,
    )


def find_latest(conn: Connection, record_id: int, kind: DocumentKind) -> int | None:
    """Return the number of the reading to show of a kind of document, or None."""
    current = _find_current(conn, record_id, kind)
    found: int | None = conn.scalar(
        _LATEST, {"number": record_id, "kind": kind, "current": current or 0}
    )
    return found


def _find_current(conn: Connection, record_id: int, kind: DocumentKind) -> int | None:
    found: int | None = conn.scalar(_select_current(kind), {"number": record_id})
    return found


@cache
def _select_current(kind: DocumentKind) -> Select[Any]:
    return select_current(kind).where(records.c.record_id == _NUMBER)


def _load_generations(conn: Connection, reading_id: int) -> dict[int, Generation]:
    rows = conn.execute(_GENERATIONS, {"number": reading_id})
    return {row.generation_id: _build_generation(row) for row in rows}


def _load_summaries(
    conn: Connection, reading_id: int, made_by: Mapping[int, Generation]
) -> tuple[Summary, ...]:
    return tuple(
        Summary(
            method=row.method,
            sentences=_load_sentences(conn, row.summary_id),
            checks=_load_checks(conn, _CHECKS_OF_SUMMARY, row.summary_id),
            ranked_by=row.ranked_by,
            generation=made_by.get(row.generation_id),
        )
        for row in conn.execute(_SUMMARIES, {"number": reading_id}).all()
    )


def _load_sentences(conn: Connection, summary_id: int) -> tuple[SupportedSentence, ...]:
    return tuple(
        SupportedSentence(text=row.text, source=_span(row), support=row.support)
        for row in conn.execute(_SENTENCES, {"number": summary_id})
    )


def _load_analysis(
    conn: Connection, reading_id: int, made_by: Mapping[int, Generation]
) -> Analysis | None:
    row = conn.execute(_ANALYSIS, {"number": reading_id}).first()
    if row is None:
        return None
    rows = conn.execute(_FINDINGS, {"number": row.analysis_id}).all()
    found = tuple(_build_finding(conn, each, made_by) for each in rows)
    return Analysis(
        findings=found,
        n_sentences=row.n_sentences,
        n_sentences_read=row.n_sentences_read,
        ranked_by=row.ranked_by,
        n_windows=row.n_windows,
        left_out=tuple(
            LeftOut(span=Span(part["start"], part["end"]), reason=part["reason"])
            for part in row.left_out
        ),
        other_generations=_others(made_by, found),
    )


def _others(made_by: Mapping[int, Generation], found: Sequence[Finding]) -> tuple[Generation, ...]:
    # Only analyses have them: a generation of a summary is always that summary's.
    shown = {finding.generation for finding in found}
    return tuple(one for one in made_by.values() if one not in shown)


def _build_finding(conn: Connection, row: Row[Any], made_by: Mapping[int, Generation]) -> Finding:
    return Finding(
        data_item=row.data_item,
        state=row.state,
        quote=row.quote,
        source=_span(row),
        support=row.support,
        section=row.section,
        section_title=row.section_title,
        value=row.value,
        value_method=row.value_method,
        structured=row.structured,
        generation=made_by.get(row.generation_id),
        checks=_load_checks(conn, _CHECKS_OF_FINDING, row.finding_id),
    )


def _load_checks(conn: Connection, statement: Select[Any], number: int) -> tuple[Check, ...]:
    return tuple(
        Check(
            name=row.name,
            verdict=row.verdict,
            detail=row.detail,
            sentence_position=row.sentence_position,
        )
        for row in conn.execute(statement, {"number": number})
    )


def _build_generation(row: Row[Any]) -> Generation:
    return Generation(
        task=row.task,
        model_id=row.model_id,
        model_revision=row.model_revision,
        weights_sha256=row.weights_sha256,
        engine=row.engine,
        is_demonstration=row.is_demonstration,
        prompt_name=row.prompt_name,
        prompt_version=row.prompt_version,
        prompt_sha256=row.prompt_sha256,
        sampling=SamplingParams(**row.sampling),
        source=Span(row.source_start, row.source_end),
        input_sha256=row.input_sha256,
        output_text=row.output_text,
        n_input_tokens=row.n_input_tokens,
        n_output_tokens=row.n_output_tokens,
        stop_reason=row.stop_reason,
        duration_s=row.duration_s,
    )


def _span(row: Row[Any]) -> Span | None:
    return None if row.source_start is None else Span(row.source_start, row.source_end)


# Built once: a card asks all of them, and building them took longer than asking.
_NUMBER: Final = bindparam("number", type_=Integer)
_READING: Final = (
    select(readings, routes, documents.c.record_id, documents.c.kind)
    .join(routes, routes.c.reading_id == readings.c.reading_id)
    .join(documents, documents.c.document_id == readings.c.document_id)
    .where(readings.c.reading_id == _NUMBER)
)
_LATEST: Final = (
    select(readings.c.reading_id)
    .join(documents, documents.c.document_id == readings.c.document_id)
    .where(
        documents.c.record_id == _NUMBER,
        documents.c.kind == bindparam("kind", type_=documents.c.kind.type),
    )
    .order_by(
        readings.c.failure.is_not(None),
        readings.c.document_id != bindparam("current", type_=Integer),
        readings.c.superseded_by_id.is_not(None),
        readings.c.reading_id.desc(),
    )
    .limit(1)
)


def _select_parts(table: Table, owner: str, *, in_order: bool = True) -> Select[Any]:
    found = select(table).where(table.c[owner] == _NUMBER)
    return found.order_by(table.c.position) if in_order else found


_GENERATIONS: Final = _select_parts(generations, "reading_id")
_SUMMARIES: Final = _select_parts(summaries, "reading_id")
_SENTENCES: Final = _select_parts(summary_sentences, "summary_id")
_ANALYSIS: Final = _select_parts(analyses, "reading_id", in_order=False)
_FINDINGS: Final = _select_parts(findings, "analysis_id")
_CHECKS_OF_SUMMARY: Final = _select_parts(checks, "summary_id")
_CHECKS_OF_FINDING: Final = _select_parts(checks, "finding_id")
