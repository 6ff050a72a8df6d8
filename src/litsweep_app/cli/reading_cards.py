"""A reading as a person sees it in a terminal: machine text beside its source, and its gaps."""

from itertools import groupby
from textwrap import wrap
from typing import Any, Final

from db.stored_readings import StoredReading
from litsweep.domain.documents import Document
from litsweep.domain.generations import Generation
from litsweep.domain.readings import (
    Analysis,
    Check,
    Finding,
    FindingState,
    LeftOut,
    Reading,
    Summary,
    ValueMethod,
    Verdict,
)
from litsweep.models.registry import list_models
from litsweep.settings import load_settings
from litsweep_app.cli.console import show

_MADE_BY: Final = {
    ValueMethod.RULE: "taken from it by a rule",
    ValueMethod.RANKING: "the likeliest of a list of labels, unverified",
    ValueMethod.MODEL: "in a model's words",
}
_N_LEFT_OUT: Final = 3
_EXCERPT_CHARACTERS: Final = 60
_WIDTH: Final = 100


def show_reading(stored: StoredReading) -> None:
    """Print one reading with all that came of it."""
    reading = stored.reading
    show(f"\n— Reading {stored.reading_id}, {stored.read_at:%Y-%m-%d %H:%M} UTC{_marks(stored)}")
    show(f"  {reading.route.reason}")
    _show_terms(reading.route.model_name)
    if reading.failure:
        show(f"  Failed: {reading.failure}")
    for summary in reading.summaries:
        _show_summary(summary, reading)
    if reading.analysis is not None:
        _show_analysis(reading.document, reading.analysis)


def _show_terms(model_name: str | None) -> None:
    """Print what the model's licence is and what it is meant for, so far as it is still known."""
    for spec in list_models(load_settings()):
        if spec.name == model_name:
            about = f"{spec.name}: licence {spec.licence}. {spec.intended_use}"
            for line in wrap(about, _WIDTH):
                show(f"  {line}")


def _marks(stored: StoredReading) -> str:
    marks = "" if stored.is_current else " — of an older version of the text"
    if stored.superseded_by_id is not None:
        marks += f" — superseded by reading {stored.superseded_by_id}"
    return marks


def _show_summary(summary: Summary, reading: Reading) -> None:
    made_by = (
        _made_by(summary.generation) or f"sentences of the source, chosen by {summary.ranked_by}"
    )
    shown = " (shown)" if summary is reading.shown_summary and len(reading.summaries) > 1 else ""
    show(f"\n  {summary.method.value.capitalize()} summary{shown}: {made_by}")
    for sentence in summary.sentences:
        show(f"    {sentence.text}")
        if summary.generation is not None:
            source = sentence.source
            quote = reading.document.text[source.start : source.end] if source else None
            show(f"      source ({sentence.support:.2f}): {quote or 'nothing near it'}")
    _show_flags(summary.checks, "    ")


def _show_analysis(document: Document, analysis: Analysis) -> None:
    windows = "1 window" if analysis.n_windows == 1 else f"{analysis.n_windows} windows"
    show(
        f"\n  Analysis: {analysis.n_sentences_read} of {analysis.n_sentences} sentences read "
        f"({_percent(analysis)}), in {windows}; quotations chosen by {analysis.ranked_by}"
    )
    _show_left_out(document, analysis.left_out)
    for data_item, found in groupby(analysis.findings, key=lambda finding: finding.data_item):
        _show_findings(data_item.replace("_", " "), list(found))


def _percent(analysis: Analysis) -> str:
    # 99.96 % of the sentences is not all of them.
    if analysis.n_sentences_read == analysis.n_sentences:
        return "100 %"
    return f"{min(analysis.coverage, 99.9):.1f} %"


def _show_left_out(document: Document, left_out: tuple[LeftOut, ...]) -> None:
    for part in left_out[:_N_LEFT_OUT]:
        text = " ".join(document.text[part.span.start : part.span.end].split())
        cut = f"{text[:_EXCERPT_CHARACTERS]}…" if len(text) > _EXCERPT_CHARACTERS else text
        show(f"    left out: “{cut}” — {part.reason}")
    if len(left_out) > _N_LEFT_OUT:
        show(f"    left out: {len(left_out) - _N_LEFT_OUT} more parts, listed by `--json`")


def _show_findings(name: str, found: list[Finding]) -> None:
    if len(found) > 1:
        differ = any(_disagrees(finding) for finding in found)
        show(f"    {name}: {len(found)} passages{', which differ' if differ else ''}")
    for finding in found:
        _show_finding(name if len(found) == 1 else "–", finding)


def _disagrees(finding: Finding) -> bool:
    return any(one.name == "agreement" and one.verdict is Verdict.FLAG for one in finding.checks)


def _show_finding(name: str, finding: Finding) -> None:
    if finding.state is not FindingState.FOUND or finding.source is None:
        show(f"    {name}: {finding.state.value.replace('_', ' ')}")
        return
    place = f"{_section(finding)}characters {finding.source.start}–{finding.source.end}"
    show(f"    {name}: “{finding.quote}” ({place}, {finding.support:.2f})")
    if finding.value is not None:
        show(f"      value: {finding.value} [{_value_made_by(finding)}]")
    if finding.structured:
        show(f"      as data: {_in_words(finding.structured)}")
    _show_flags(finding.checks, "      ")


def _section(finding: Finding) -> str:
    if finding.section is None:
        return ""
    kind = finding.section.value.replace("_", " ")
    title = finding.section_title
    return f"{kind}, “{title}”, " if title and title.casefold() != kind else f"{kind}, "


def _value_made_by(finding: Finding) -> str:
    how = _MADE_BY[finding.value_method] if finding.value_method else ""
    return ": ".join(part for part in (how, _made_by(finding.generation)) if part) or "unknown"


def _in_words(structured: Any) -> str:
    # Nested data (an interval) is printed flat; what is null was not reported.
    parts = []
    for name, value in structured.items():
        if isinstance(value, dict):
            value = f"({_in_words(value)})"
        elif isinstance(value, list | tuple):
            value = " to ".join(map(str, value))
        if value not in (None, ""):
            parts.append(f"{name.replace('_', ' ')} {value}")
    return ", ".join(parts)


def _show_flags(checks: tuple[Check, ...], indent: str) -> None:
    for check in checks:
        if check.verdict is Verdict.FLAG:
            show(f"{indent}! {check.detail}")


def _made_by(generation: Generation | None) -> str | None:
    if generation is None:
        return None
    warning = ", a demonstration model that is often wrong" if generation.is_demonstration else ""
    engine = f", run by {generation.engine}" if generation.engine else ""
    return (
        f"machine-generated, unverified: {generation.model_id} {_revision(generation)}"
        f"{warning}, prompt {generation.prompt_name} v{generation.prompt_version}{engine}"
    )


def _revision(generation: Generation) -> str:
    # A commit's hash is told by its beginning; the revision of a package is a name and a version.
    revision = generation.model_revision
    return revision if " " in revision else revision[:12]
