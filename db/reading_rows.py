"""The rows of one reading's texts: generations, summaries, analyses, findings, checks.

Written once, with the reading (``db.readings``), and read back by ``db.stored_readings``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from db.tables import analyses, checks, findings, generations, summaries, summary_sentences
from db.writing import add_missing, add_row
from litsweep.domain.documents import Span
from litsweep.domain.generations import Generation
from litsweep.domain.readings import Analysis, Check, Finding, LeftOut, Reading, Summary


def add_texts(conn: Connection, reading_id: int, reading: Reading) -> None:
    """Store all texts of a reading, each with the generation that wrote it."""
    numbers = _add_generations(conn, reading_id, reading)
    for position, summary in enumerate(reading.summaries):
        is_shown = summary is reading.shown_summary
        _add_summary(conn, reading_id, position, summary, numbers, is_shown=is_shown)
    if reading.analysis is not None:
        _add_analysis(conn, reading_id, reading.analysis, numbers)


def generations_of(reading: Reading) -> list[Generation]:
    """Return the reading's model calls, each once: one may have given several findings."""
    found = reading.analysis.findings if reading.analysis else ()
    texts: tuple[Summary | Finding, ...] = (*reading.summaries, *found)
    others = reading.analysis.other_generations if reading.analysis else ()
    made = [text.generation for text in texts if text.generation is not None]
    return list(dict.fromkeys([*made, *others]))


def _add_generations(conn: Connection, reading_id: int, reading: Reading) -> dict[Generation, int]:
    return {
        generation: _add_generation(conn, reading_id, position, generation)
        for position, generation in enumerate(generations_of(reading))
    }


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
        engine=generation.engine,
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
    *,
    is_shown: bool,
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
        is_shown=is_shown,
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
        n_windows=analysis.n_windows,
        left_out=[_left_out_json(part) for part in analysis.left_out],
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
        section=finding.section,
        section_title=finding.section_title,
        support=finding.support,
        value=finding.value,
        value_method=finding.value_method,
        structured=dict(finding.structured),
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


def _left_out_json(part: LeftOut) -> dict[str, Any]:
    return {"start": part.span.start, "end": part.span.end, "reason": part.reason}


def _source(span: Span | None) -> dict[str, Any]:
    return {
        "source_start": span.start if span else None,
        "source_end": span.end if span else None,
    }


def _number(generation: Generation | None, numbers: Mapping[Generation, int]) -> int | None:
    return None if generation is None else numbers[generation]
