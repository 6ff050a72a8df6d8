from dataclasses import replace

import pytest

from litsweep.domain.documents import Document, SectionKind
from litsweep.domain.generations import ReadingTask, SentenceEncoder
from litsweep.domain.models import ModelKind
from litsweep.domain.readings import Analysis, Finding, FindingState, Reading, Verdict
from litsweep.errors import ModelError
from litsweep.reading.analyze import analyze_reports
from litsweep.reading.items import DATA_ITEMS
from tests.fakes.documents import LORVEXINE, REPORT, full_text
from tests.fakes.encoder import BrokenEncoder, HashingEncoder
from tests.fakes.engine import ScriptedEngine, options_for

WORDED = {item.name for item in DATA_ITEMS if item.is_worded}


def analyze(
    *documents: Document,
    engine: ScriptedEngine | None = None,
    encoder: SentenceEncoder | None = None,
) -> list[Reading]:
    return analyze_reports(
        documents, engine=engine, encoder=encoder, options=options_for(engine, max_new_tokens=30)
    )


def analysis_of(reading: Reading) -> Analysis:
    assert reading.analysis is not None
    return reading.analysis


def findings_of(reading: Reading) -> dict[str, Finding]:
    return {finding.data_item: finding for finding in analysis_of(reading).findings}


EXPECTED = {
    "objective": "The aim of this study was to determine",
    "design": "randomised, double-blind",
    "population": "Adults aged 50 years",
    "sample_size": "A total of 214 participants",
    "intervention": "lorvexine 20 mg daily",
    "primary_outcome": "The primary outcome was",
    "main_result": "significantly lower",
    "harms": "Adverse events",
    "limitations": "A limitation of this study",
    "funding": "supported by a grant",
    "conflicts_of_interest": "no competing interests",
    "registration": "NCT01234567",
    "conclusion": "We conclude that",
}


@pytest.mark.parametrize("encoder", [None, HashingEncoder()])
@pytest.mark.parametrize("data_item", sorted(EXPECTED))
def test_each_item_is_quoted_from_the_sentence_that_answers_it(
    data_item: str, encoder: SentenceEncoder | None
) -> None:
    (reading,) = analyze(REPORT, encoder=encoder)
    finding = findings_of(reading)[data_item]
    assert finding.state is FindingState.FOUND
    assert finding.quote is not None
    assert EXPECTED[data_item] in finding.quote


@pytest.mark.parametrize("encoder", [None, HashingEncoder()])
def test_an_analysis_has_every_item_and_every_quotation_is_exact(
    encoder: SentenceEncoder | None,
) -> None:
    (reading,) = analyze(REPORT, encoder=encoder)
    analysis = analysis_of(reading)
    assert [one.data_item for one in analysis.findings] == [item.name for item in DATA_ITEMS]
    assert analysis.n_sentences == analysis.n_sentences_read > 10
    assert analysis.ranked_by == (encoder.spec.model_id if encoder else "lexical")
    for finding in analysis.findings:
        assert 0.0 <= finding.support <= 1.0
        assert (finding.state is FindingState.FOUND) == (finding.source is not None)
        if finding.source is not None:
            quoted = REPORT.text[finding.source.start : finding.source.end]
            assert quoted == finding.quote


def test_what_the_report_does_not_say_is_not_found_rather_than_unreported() -> None:
    parts = [
        (section.kind, section.title, REPORT.section_text(section))
        for section in REPORT.sections
        if section.kind is SectionKind.INTRODUCTION
    ]
    findings = findings_of(analyze(full_text(*parts), encoder=HashingEncoder())[0])
    for name in ("funding", "registration", "harms", "conflicts_of_interest"):
        finding = findings[name]
        assert (finding.state, finding.quote, finding.source) == (
            FindingState.NOT_FOUND,
            None,
            None,
        )


def test_a_heading_or_a_row_of_a_table_is_no_quotation() -> None:
    document = full_text(
        (SectionKind.BACK_MATTER, "Funding", "Funding\nThe work had a grant of the Tremor Fund."),
        (SectionKind.TABLE, "Table 1", "Funding grants supported by fund"),
    )
    finding = findings_of(analyze(document)[0])["funding"]
    assert finding.quote == "The work had a grant of the Tremor Fund."


def test_without_a_model_nothing_is_put_into_words() -> None:
    (reading,) = analyze(REPORT)
    assert all(
        one.value is None and one.generation is None for one in findings_of(reading).values()
    )
    assert reading.route.model_name is None


def test_a_model_words_a_few_items_from_their_passages_in_one_call() -> None:
    engine = ScriptedEngine(lambda prompt: "Lorvexine reduces tremor in adults.")
    readings = analyze(REPORT, REPORT, engine=engine, encoder=HashingEncoder())
    findings = findings_of(readings[0])
    assert {name for name, one in findings.items() if one.value} == WORDED
    assert [len(batch) for batch in engine.batches] == [2 * len(WORDED)]
    conclusion = findings["conclusion"]
    assert conclusion.generation is not None
    assert conclusion.generation.task is ReadingTask.ANALYSIS
    source = conclusion.generation.source
    assert REPORT.text[source.start : source.end] == conclusion.quote
    assert not conclusion.is_flagged
    assert readings[0].route.model_name == "fakegpt"


def test_the_passage_holds_the_neighbours_of_the_quotation_within_its_section() -> None:
    engine = ScriptedEngine(lambda prompt: "Words.")
    (reading,) = analyze(REPORT, engine=engine)
    made = findings_of(reading)["main_result"].generation
    assert made is not None
    passage = REPORT.text[made.source.start : made.source.end]
    assert passage.startswith("A total of 214")
    assert passage.endswith("31% of the lorvexine group.")
    assert any(passage in prompt for prompt in engine.batches[0])


def test_a_passage_that_is_too_long_loses_its_neighbours_and_that_is_flagged() -> None:
    engine = ScriptedEngine(lambda prompt: "Lorvexine lowered the score.", context_window=85)
    (reading,) = analyze(REPORT, engine=engine)
    finding = findings_of(reading)["main_result"]
    assert finding.generation is not None
    assert finding.quote is not None
    source = finding.generation.source
    assert finding.quote in REPORT.text[source.start : source.end]
    assert any("of 3 sentences" in check.detail for check in finding.checks)


def test_words_that_the_passage_does_not_bear_are_flagged() -> None:
    engine = ScriptedEngine(lambda prompt: "Aspirin cured 99 children.")
    (reading,) = analyze(REPORT, engine=engine)
    conclusion = findings_of(reading)["conclusion"]
    flags = {check.name for check in conclusion.checks if check.verdict is Verdict.FLAG}
    assert flags == {"numbers", "support"}


def test_a_base_model_ends_the_sentence_that_the_prompt_begins() -> None:
    engine = ScriptedEngine(lambda prompt: " to reduce tremor.", kind=ModelKind.CAUSAL)
    (reading,) = analyze(REPORT, engine=engine)
    assert findings_of(reading)["objective"].value == "To reduce tremor."
    assert any(prompt.endswith("The aim of this study was") for prompt in engine.batches[0])


def test_a_prompt_that_fails_costs_only_its_own_item() -> None:
    engine = ScriptedEngine(
        lambda prompt: ModelError("out of memory") if "limitations of" in prompt else "Tremor fell."
    )
    (reading,) = analyze(REPORT, engine=engine)
    findings = findings_of(reading)
    assert {name for name, one in findings.items() if one.value} == WORDED - {"limitations"}
    assert findings["limitations"].quote is not None
    assert reading.failure == "The item limitations was not put into words: out of memory"


def test_what_cannot_be_read_stays_in_its_place_with_the_reason() -> None:
    front = replace(REPORT, has_body=False)
    readings = analyze(front, LORVEXINE, REPORT, encoder=BrokenEncoder())
    assert [one.document for one in readings] == [front, LORVEXINE, REPORT]
    assert [one.analysis is None for one in readings] == [True, True, False]
    assert "no body" in readings[0].route.reason
    assert readings[1].failure == "This is an abstract: it is summarised, not analysed."
    assert analysis_of(readings[2]).ranked_by == "lexical"
    assert "out of memory" in (readings[2].failure or "")
    assert analyze() == []
