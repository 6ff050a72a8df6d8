"""``provenance``: from any machine sentence back to its source, its model, its prompt, its run."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Label,
    ScalarSelect,
    Select,
    Text,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)

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
    summaries,
    summary_sentences,
)
from db.views.expressions import holds, joined, words
from db.views.view import View, ViewColumn, column, same
from litsweep.domain.documents import DocumentKind
from litsweep.domain.readings import FindingState


def _brought_by(name: str) -> ScalarSelect[Any]:
    """Return the run, or the file, that first brought what was read.

    An abstract comes with a version of its record; a full text is sought for the record.
    """
    return (
        select(record_versions.c[name])
        .where(
            record_versions.c.record_id == documents.c.record_id,
            or_(
                record_versions.c.document_id == documents.c.document_id,
                documents.c.kind == DocumentKind.FULL_TEXT,
            ),
        )
        .order_by(record_versions.c.version)
        .limit(1)
        .correlate(documents)
        .scalar_subquery()
    )


def _report_url() -> ScalarSelect[str]:
    return (
        select(func.min(reports.c.url))
        .where(reports.c.document_id == documents.c.document_id)
        .correlate(documents)
        .scalar_subquery()
    )


def _source_text(part: Any) -> ColumnElement[str]:
    # Offsets are half-open and count from 0, substr from 1; both count code points.
    length = part.c.source_end - part.c.source_start
    return func.substr(documents.c.text, part.c.source_start + 1, length, type_=Text())


def _verdicts(is_about: ColumnElement[bool], *correlated: Any) -> ScalarSelect[str]:
    verdict = checks.c.name + ": " + words(checks.c.verdict)
    lines = (
        select(verdict + func.coalesce(" (" + func.nullif(checks.c.detail, "") + ")", ""))
        .where(is_about)
        .order_by(checks.c.position)
        .correlate(*correlated)
    )
    return joined(lines, "; ")


def _trace() -> tuple[ViewColumn, ...]:
    return (
        same(records.c.record_id),
        same(records.c.pmid),
        same(documents.c.document_id),
        column("document_kind", documents.c.kind, "Abstract or full text."),
        same(readings.c.reading_id),
        same(readings.c.read_at),
        column(
            "is_superseded",
            holds(readings.c.superseded_by_id.is_not(None)),
            "Whether a newer reading, made another way, is shown instead.",
        ),
        same(readings.c.fingerprint),
        same(readings.c.reading_run_id),
        column(
            "search_run_id",
            _brought_by("search_run_id"),
            "The search run that first brought the text; of a full text: its record; or null.",
        ),
        column(
            "load_file_id", _brought_by("load_file_id"), "The file that did so instead; or null."
        ),
        column("report_url", _report_url(), "Where the full text was fetched; null: an abstract."),
        same(generations.c.generation_id),
        same(generations.c.model_id),
        same(generations.c.model_revision),
        same(generations.c.weights_sha256),
        same(generations.c.engine),
        same(generations.c.prompt_name),
        same(generations.c.prompt_version),
        same(generations.c.prompt_sha256),
        same(generations.c.sampling),
        same(readings.c.tool_version),
    )


def _sentence_columns() -> tuple[ViewColumn, ...]:
    sentences = summary_sentences
    is_about = (checks.c.summary_id == summaries.c.summary_id) & or_(
        checks.c.sentence_position.is_(None), checks.c.sentence_position == sentences.c.position
    )
    return (
        column("part", literal("summary"), "`summary`: a sentence of one; `finding`: an answer."),
        column("summary_id", summaries.c.summary_id, "Number of the summary, or null."),
        column("finding_id", cast(null(), BigInteger), "Number of the finding, or null."),
        column("position", sentences.c.position, "Place in the summary or analysis, 0 the first."),
        column("data_item", cast(null(), Text), "What was looked for in the full text, or null."),
        column("text", sentences.c.text, "The machine's sentence, or the value of the finding."),
        column(
            "method",
            words(summaries.c.method),
            "How it was made: extractive or generated; rule, ranking, model, or quote.",
        ),
        column("ranked_by", summaries.c.ranked_by, "What chose the passage, where it is quoted."),
        column("is_shown", summaries.c.is_shown, "Whether it is the one of its reading to show."),
        column("is_flagged", summaries.c.is_flagged, "Whether a check of the whole objects."),
        column("checks", _verdicts(is_about, summaries, sentences), "The checks' verdicts."),
        same(sentences.c.source_start),
        same(sentences.c.source_end),
        column(
            "source_text", _source_text(sentences), "The source itself, word for word; or null."
        ),
        same(sentences.c.support),
    )


def _finding_columns() -> tuple[ColumnElement[Any], ...]:
    is_about = checks.c.finding_id == findings.c.finding_id
    return (
        literal("finding"),
        cast(null(), BigInteger),
        findings.c.finding_id,
        findings.c.position,
        findings.c.data_item,
        func.coalesce(findings.c.value, findings.c.quote),
        func.coalesce(words(findings.c.value_method), "quote"),
        analyses.c.ranked_by,
        true(),
        findings.c.is_flagged,
        _verdicts(is_about, findings),
        findings.c.source_start,
        findings.c.source_end,
        _source_text(findings),
        findings.c.support,
    )


def _from_readings(columns: tuple[Label[Any], ...], texts: Any, generation_id: Any) -> Select[Any]:
    return select(*columns).select_from(
        texts.join(documents, documents.c.document_id == readings.c.document_id)
        .join(records, records.c.record_id == documents.c.record_id)
        .outerjoin(generations, generations.c.generation_id == generation_id)
    )


def _build(own: tuple[ViewColumn, ...], trace: tuple[ViewColumn, ...]) -> CompoundSelect[Any]:
    names = [one.name for one in own]
    found = [one.label(name) for name, one in zip(names, _finding_columns(), strict=True)]
    traced = [one.labelled for one in trace]
    summarised = readings.join(summaries, summaries.c.reading_id == readings.c.reading_id).join(
        summary_sentences, summary_sentences.c.summary_id == summaries.c.summary_id
    )
    analysed = readings.join(analyses, analyses.c.reading_id == readings.c.reading_id).join(
        findings, findings.c.analysis_id == analyses.c.analysis_id
    )
    return union_all(
        _from_readings(
            (*(one.labelled for one in own), *traced), summarised, summaries.c.generation_id
        ),
        _from_readings((*found, *traced), analysed, findings.c.generation_id).where(
            findings.c.state == FindingState.FOUND
        ),
    )


_OWN = _sentence_columns()
_TRACE = _trace()

PROVENANCE = View(
    name="provenance",
    comment="One row a machine sentence of a summary, or an answer found in a full text, "
    "superseded ones too: from it back to its source, its checks, its model, prompt and runs.",
    columns=(*_OWN, *_TRACE),
    query=_build(_OWN, _TRACE),
)
"""One row a machine sentence, or an answer."""
