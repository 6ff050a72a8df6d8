"""What a person sees of a reading: what was read, where each passage stands, what to doubt."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from db.stored_readings import StoredReading
from litsweep.domain.documents import SectionKind, Span
from litsweep.domain.readings import (
    Analysis,
    Check,
    Finding,
    FindingState,
    LeftOut,
    Reading,
    Route,
    Summary,
    SummaryMethod,
    SupportedSentence,
    ValueMethod,
    Verdict,
)
from litsweep_app.cli.reading_cards import show_reading
from tests.db.test_readings import GENERATION
from tests.fakes.documents import full_text

DOCUMENT = full_text(
    (SectionKind.RESULTS, "Main results", "The hazard ratio was 0.74. It was 0.91."),
    (SectionKind.DISCUSSION, "", "Long words follow here. " * 8),
)
RATIO = Finding(
    data_item="effect_estimates",
    state=FindingState.FOUND,
    quote="The hazard ratio was 0.74.",
    source=Span(0, 26),
    support=0.9,
    section=SectionKind.RESULTS,
    section_title="Main results",
    value="HR 0.74",
    value_method=ValueMethod.RULE,
    structured={"measure": "HR", "interval": {"low": "0.6", "high": "0.9"}, "p_value": None},
    checks=(Check(name="agreement", verdict=Verdict.FLAG, detail="0.74 and 0.91 differ"),),
)
SILENT = Finding(
    data_item="funding", state=FindingState.NOT_REPORTED, quote=None, source=None, support=0.0
)
ANALYSIS = Analysis(
    findings=(RATIO, replace(RATIO, quote="It was 0.91.", source=Span(27, 39), checks=()), SILENT),
    n_sentences=2000,
    n_sentences_read=1999,
    ranked_by="lexical",
    n_windows=7,
    left_out=tuple(LeftOut(span=Span(40, 230), reason="too many windows") for _ in range(5)),
)


def card(capsys: pytest.CaptureFixture[str], reading: Reading, **stored: int) -> str:
    show_reading(
        StoredReading(
            reading_id=4,
            document_id=1,
            is_current=True,
            fingerprint="f",
            read_at=datetime(2026, 11, 22, tzinfo=UTC),
            tool_version="0",
            superseded_by_id=stored.get("superseded_by_id"),
            reading=reading,
        )
    )
    return capsys.readouterr().out


def test_an_analysis_says_what_was_read_and_where_it_stands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    route = Route(model_name="biomedlm", reason="biomedlm reads full texts.", n_tokens=9000)
    shown = card(
        capsys, Reading(document=DOCUMENT, route=route, analysis=ANALYSIS), superseded_by_id=9
    )
    for line in (
        "superseded by reading 9",
        "biomedlm reads full texts.",
        "biomedlm: licence bigscience-bloom-rail-1.0. Continues biomedical text",
        "1999 of 2000 sentences read (99.9 %), in 7 windows",
        "— too many windows",
        "left out: 2 more parts",
        "effect estimates: 2 passages, which differ",
        "(results, “Main results”, characters 0–26, 0.90)",
        "value: HR 0.74 [taken from it by a rule]",
        "as data: measure HR, interval (low 0.6, high 0.9)",
        "! 0.74 and 0.91 differ",
        "funding: not reported",
    ):
        assert line in shown
    assert "p value" not in shown
    assert len(max(shown.splitlines(), key=len)) < 200


def test_a_written_summary_is_marked_shown_unless_it_is_flagged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sentence = SupportedSentence(text="It was 0.91.", source=Span(27, 39), support=1.0)
    quoted = Summary(
        method=SummaryMethod.EXTRACTIVE, sentences=(sentence,), checks=(), ranked_by="minilm"
    )
    written = Summary(
        method=SummaryMethod.GENERATED, sentences=(sentence,), checks=(), generation=GENERATION
    )
    route = Route(model_name="biogpt", reason="r")
    good = card(capsys, Reading(document=DOCUMENT, route=route, summaries=(quoted, written)))
    assert "Generated summary (shown): machine-generated, unverified: microsoft/biogpt" in good
    assert "run by transformers 5.0, cuda:0, bfloat16" in good
    flagged = replace(written, checks=RATIO.checks)
    doubtful = card(capsys, Reading(document=DOCUMENT, route=route, summaries=(quoted, flagged)))
    assert "Extractive summary (shown)" in doubtful
    assert "Generated summary: " in doubtful
