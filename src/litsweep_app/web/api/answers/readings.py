"""What machines wrote of a record, as the API tells it: each text beside where it comes from.

Whatever is generated is unverified; `generation` says by which model, revision and prompt, and
could be repeated.
"""

from datetime import datetime
from typing import Any

from db.card_texts import CardFinding, CardReading, CardSentence, CardSummary
from litsweep.domain.documents import Document, DocumentKind, SectionKind, Span
from litsweep.domain.generations import ReadingTask, StopReason
from litsweep.domain.readings import FindingState, SummaryMethod, ValueMethod
from litsweep_app.web.api.values import Answer


class SpanAnswer(Answer):
    """A place in a text: characters from `start` up to, not with, `end`."""

    start: int
    end: int


class GenerationAnswer(Answer):
    """One call of a model; `source` is the part of the text that it was given."""

    task: ReadingTask
    model_id: str
    model_revision: str
    weights_sha256: str
    engine: str
    is_demonstration: bool
    prompt_name: str
    prompt_version: int
    prompt_sha256: str
    sampling: dict[str, Any]
    source: SpanAnswer
    input_sha256: str
    output_text: str
    n_input_tokens: int
    n_output_tokens: int
    stop_reason: StopReason
    duration_s: float


class SentenceAnswer(Answer):
    """A machine sentence beside its source sentence; `flags` are the checks' objections."""

    position: int
    text: str
    source: SpanAnswer | None
    source_text: str | None
    support: float
    flags: list[str]


class SummaryAnswer(Answer):
    """A summary; of those of a reading one `is_shown`, others are withheld from people."""

    summary_id: int
    method: SummaryMethod
    is_shown: bool
    is_flagged: bool
    flags: list[str]
    ranked_by: str | None
    sentences: list[SentenceAnswer]
    generation: GenerationAnswer | None


class FindingAnswer(Answer):
    """A data item of a full text, with the passage that says so."""

    finding_id: int
    data_item: str
    state: FindingState
    quote: str | None
    source: SpanAnswer | None
    support: float
    section: SectionKind | None
    section_title: str
    value: str | None
    value_method: ValueMethod | None
    structured: dict[str, Any]
    flags: list[str]
    generation: GenerationAnswer | None


class RouteAnswer(Answer):
    """Which model read the text, and why."""

    model_name: str | None
    reason: str
    is_readable: bool
    n_tokens: int | None
    n_windows: int | None


class LeftOutAnswer(Answer):
    """A part of the text that was not read, and why."""

    span: SpanAnswer
    reason: str


class CoverageAnswer(Answer):
    """How much of a full text was read."""

    n_sentences: int
    n_sentences_read: int
    n_windows: int
    ranked_by: str
    left_out: list[LeftOutAnswer]


class ReadingAnswer(Answer):
    """One reading of one text; `stale_since` tells since when the record has a newer text."""

    reading_id: int
    document_id: int
    kind: DocumentKind
    is_current: bool
    stale_since: datetime | None
    superseded_by_id: int | None
    read_at: datetime
    tool_version: str
    route: RouteAnswer
    failure: str | None
    summaries: list[SummaryAnswer]
    findings: list[FindingAnswer]
    coverage: CoverageAnswer | None


def build_reading(card: CardReading) -> ReadingAnswer:
    """Return a reading as the API tells it."""
    stored, reading = card.stored, card.stored.reading
    return ReadingAnswer(
        reading_id=stored.reading_id,
        document_id=stored.document_id,
        kind=reading.document.kind,
        is_current=stored.is_current,
        stale_since=card.stale_since,
        superseded_by_id=stored.superseded_by_id,
        read_at=stored.read_at,
        tool_version=stored.tool_version,
        route=RouteAnswer.model_validate(reading.route),
        failure=reading.failure,
        summaries=[_build_summary(one, reading.document) for one in card.summaries],
        findings=[_build_finding(one) for one in card.findings],
        coverage=CoverageAnswer.model_validate(reading.analysis) if reading.analysis else None,
    )


def _build_summary(card: CardSummary, document: Document) -> SummaryAnswer:
    return SummaryAnswer(
        summary_id=card.summary_id,
        method=card.summary.method,
        is_shown=card.is_shown,
        is_flagged=card.summary.is_flagged,
        flags=list(card.flags),
        ranked_by=card.summary.ranked_by,
        sentences=[_build_sentence(one, document) for one in card.sentences],
        generation=_build_generation(card.summary.generation),
    )


def _build_sentence(card: CardSentence, document: Document) -> SentenceAnswer:
    span = card.source
    return SentenceAnswer(
        position=card.position,
        text=card.text,
        source=_build_span(span),
        source_text=document.text[span.start : span.end] if span else None,
        support=card.support,
        flags=list(card.flags),
    )


def _build_finding(card: CardFinding) -> FindingAnswer:
    one = card.finding
    return FindingAnswer(
        finding_id=card.finding_id,
        data_item=one.data_item,
        state=one.state,
        quote=one.quote,
        source=_build_span(one.source),
        support=one.support,
        section=one.section,
        section_title=one.section_title,
        value=one.value,
        value_method=one.value_method,
        structured=dict(one.structured),
        flags=list(card.flags),
        generation=_build_generation(one.generation),
    )


def _build_span(span: Span | None) -> SpanAnswer | None:
    return None if span is None else SpanAnswer.model_validate(span)


def _build_generation(generation: Any) -> GenerationAnswer | None:
    if generation is None:
        return None
    fields = {name: getattr(generation, name) for name in GenerationAnswer.model_fields}
    fields["sampling"] = generation.sampling.as_json()
    return GenerationAnswer.model_validate(fields)
