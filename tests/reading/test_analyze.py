import json
from dataclasses import replace

import pytest

from litsweep.domain.documents import Document, SectionKind
from litsweep.domain.generations import ReadingTask, SentenceEncoder
from litsweep.domain.models import ModelKind
from litsweep.domain.readings import Analysis, Finding, FindingState, Reading, ValueMethod, Verdict
from litsweep.errors import ModelError
from litsweep.reading.analyze import analyze_reports
from litsweep.reading.items import DATA_ITEMS
from tests.fakes.documents import LORVEXINE, REPORT, full_text
from tests.fakes.encoder import BrokenEncoder, HashingEncoder
from tests.fakes.engine import ScriptedEngine, options_for

WORDED = {item.name for item in DATA_ITEMS if item.is_worded}


def worded(reading: Reading) -> set[str]:
    """The items that a model put into words."""
    return {
        one.data_item
        for one in analysis_of(reading).findings
        if one.value and one.value_method is ValueMethod.MODEL
    }


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
    names = dict.fromkeys(one.data_item for one in analysis.findings)
    assert list(names) == [item.name for item in DATA_ITEMS]
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
    assert worded(reading) == set()
    assert all(one.generation is None for one in findings_of(reading).values())
    assert reading.route.model_name is None


def test_a_model_words_a_few_items_from_their_passages_in_one_call() -> None:
    engine = ScriptedEngine(lambda prompt: "Lorvexine reduces tremor in adults.")
    readings = analyze(REPORT, REPORT, engine=engine, encoder=HashingEncoder())
    findings = findings_of(readings[0])
    assert worded(readings[0]) == WORDED
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


def test_a_passage_holds_only_neighbours_that_are_in_its_window() -> None:
    engine = ScriptedEngine(lambda prompt: "Lorvexine lowered the score.", context_window=85)
    (reading,) = analyze(REPORT, engine=engine)
    finding = findings_of(reading)["main_result"]
    assert finding.generation is not None
    assert finding.quote is not None
    source = finding.generation.source
    passage = REPORT.text[source.start : source.end]
    assert finding.quote in passage
    assert "A total of 214" not in passage
    assert (reading.route.n_windows or 0) > 3
    assert all(
        engine.count_tokens([prompt])[0] + 30 <= 85 for batch in engine.batches for prompt in batch
    )


def test_words_that_the_passage_does_not_bear_are_flagged() -> None:
    engine = ScriptedEngine(lambda prompt: "Aspirin cured 99 children.")
    (reading,) = analyze(REPORT, engine=engine)
    conclusion = findings_of(reading)["conclusion"]
    flags = {check.name for check in conclusion.checks if check.verdict is Verdict.FLAG}
    assert flags >= {"numbers", "names", "support"}


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
    assert worded(reading) == WORDED - {"limitations"}
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


def test_numbers_are_taken_by_rules_with_their_quotations() -> None:
    (reading,) = analyze(REPORT)
    findings = findings_of(reading)
    assert findings["n_randomised"].structured == {"n": 214}
    assert findings["registration"].structured == {
        "registry": "ClinicalTrials.gov",
        "number": "NCT01234567",
    }
    assert findings["outcomes"].value == "change in tremor score at week 12"
    assert findings["outcomes"].structured == {"role": "primary", "time_points": ["week 12"]}
    assert findings["effect_estimates"].structured == {"p": "<0.001"}
    for name in ("n_randomised", "registration", "outcomes", "effect_estimates"):
        finding = findings[name]
        assert finding.value_method is ValueMethod.RULE
        assert finding.value is not None
        assert finding.quote is not None
        assert finding.value in finding.quote


def test_the_design_is_a_label_with_the_sentence_that_bears_it() -> None:
    (reading,) = analyze(REPORT)
    design = findings_of(reading)["design"]
    assert (design.value, design.value_method) == (
        "randomised controlled trial",
        ValueMethod.RANKING,
    )
    assert design.section is SectionKind.METHODS
    assert design.section_title == "Study design and participants"


WORDY = " ".join(["Tremor is common and its causes are many, as has been said before."] * 6)
UNCLEAR = full_text(
    (SectionKind.TITLE, "", "Tremor in adults"),
    (
        SectionKind.METHODS,
        "Methods",
        "A cohort of adults was seen. Earlier cross-sectional work was repeated.",
    ),
    (SectionKind.RESULTS, "Results", "Tremor was common."),
)


def test_a_model_ranks_the_designs_where_the_wording_does_not_decide() -> None:
    engine = ScriptedEngine(lambda prompt: "case series")
    (reading,) = analyze(UNCLEAR, engine=engine)
    designs = [one for one in analysis_of(reading).findings if one.data_item == "design"]
    assert "case series" in {one.value for one in designs}
    for one in designs:
        assert one.source is not None
        assert one.value_method is ValueMethod.RANKING
    (ranked,) = [one.generation for one in designs if one.generation is not None]
    assert json.loads(ranked.output_text)["case series"] == 0.0
    assert (ranked.n_output_tokens, ranked.source.start) != (0, ranked.source.end)


def test_every_call_of_the_model_is_kept_also_where_two_windows_say_the_same() -> None:
    aims = [
        (SectionKind.INTRODUCTION, f"Part {n}", f"{WORDY} The aim of this study was to see {what}.")
        for n, what in enumerate(("tremor", "tremors"))
    ]
    engine = ScriptedEngine(lambda prompt: "The aim was to see tremor.", context_window=220)
    (reading,) = analyze(full_text(*aims), engine=engine)
    analysis = analysis_of(reading)
    asked = [prompt for batch in engine.batches for prompt in batch]
    shown = [one.generation for one in analysis.findings if one.generation is not None]
    assert analysis.other_generations
    assert len(asked) == len({*shown, *analysis.other_generations})


def test_a_label_of_the_model_that_contradicts_the_wording_stands_beside_it_flagged() -> None:
    document = full_text(
        (SectionKind.METHODS, "Methods", "Cross-sectional data were used. A cohort was seen."),
        (SectionKind.RESULTS, "Results", "Cross-sectional tremor was seen in this survey."),
        (SectionKind.OTHER, "Setting", "The cross-sectional data came from clinics."),
    )
    engine = ScriptedEngine(lambda prompt: "case series")
    (reading,) = analyze(document, engine=engine)
    designs = [one for one in analysis_of(reading).findings if one.data_item == "design"]
    assert {one.value for one in designs} == {"case series", "cross-sectional study"}
    for one in designs:
        agreement = [check for check in one.checks if check.name == "agreement"]
        assert [check.verdict for check in agreement] == [Verdict.FLAG]


def test_a_model_that_cannot_rank_costs_the_label_only() -> None:
    engine = ScriptedEngine(lambda prompt: ModelError("no scores"))
    (reading,) = analyze(UNCLEAR, engine=engine)
    design = findings_of(reading)["design"]
    assert design.quote is not None
    assert any("no scores" in check.detail for check in design.checks)


def test_a_report_is_read_in_windows_that_cover_it() -> None:
    engine = ScriptedEngine(lambda prompt: "Tremor fell.", context_window=110)
    (reading,) = analyze(REPORT, engine=engine)
    analysis = analysis_of(reading)
    assert analysis.coverage == 100.0
    assert analysis.left_out == ()
    assert analysis.n_windows == reading.route.n_windows
    assert analysis.n_windows > 1
    assert reading.route.n_tokens is not None
    assert reading.route.n_tokens >= len(REPORT.text.split())


def test_a_sentence_longer_than_a_window_is_left_out_with_the_reason() -> None:
    long = " ".join(["Tremor", *["tremor"] * 199]) + "."
    document = full_text(
        (SectionKind.METHODS, "Methods", f"The aim of this study was to test tea. {long}"),
        (SectionKind.RESULTS, "Results", "Tremor fell."),
    )
    engine = ScriptedEngine(lambda prompt: "Tremor fell.", context_window=150)
    (reading,) = analyze(document, engine=engine)
    analysis = analysis_of(reading)
    (left_out,) = analysis.left_out
    assert document.text[left_out.span.start : left_out.span.end] == long
    assert "longer than a window" in left_out.reason
    assert (analysis.n_sentences, analysis.n_sentences_read) == (3, 2)
    assert analysis.coverage < 100


def test_only_sentences_that_can_be_quoted_are_embedded() -> None:
    encoder = HashingEncoder()
    idle = full_text((SectionKind.RESULTS, "", "Birds sang. Tea was green. Rain fell."))
    analyze(idle, encoder=encoder)
    (texts,) = encoder.calls
    assert not {"Birds sang.", "Tea was green.", "Rain fell."} & set(texts)


def test_a_statement_is_quoted_whole() -> None:
    statement = (
        "Dr Quill has shares of Tremor Ltd. The other authors declare no competing interests."
    )
    document = full_text(
        (SectionKind.RESULTS, "Results", "Tremor fell."),
        (SectionKind.CONFLICTS, "Competing interests", f"Competing interests\n{statement}"),
        (SectionKind.FUNDING, "Funding", f"Funding\n{'A grant of the Tremor Fund. ' * 80}"),
    )
    (reading,) = analyze(document)
    found = findings_of(reading)
    conflicts = found["conflicts_of_interest"]
    assert conflicts.quote == statement
    assert conflicts.source is not None
    assert document.text[conflicts.source.start : conflicts.source.end] == statement
    assert found["funding"].quote == "A grant of the Tremor Fund.", "a long one is not"


def test_a_sentence_that_only_announces_is_not_the_answer() -> None:
    document = full_text(
        (
            SectionKind.DISCUSSION,
            "Limitations",
            "The trial has limitations. Its sample was small, which limits generalisation.",
        ),
        (
            SectionKind.CONCLUSION,
            "Conclusion",
            "Whether our findings indicate a lasting effect is unknown. "
            "Our findings indicate that tea reduced tremor.",
        ),
    )
    (reading,) = analyze(document)
    found = findings_of(reading)
    assert (found["limitations"].quote or "").startswith("Its sample")
    assert (found["conclusion"].quote or "").startswith("Our findings indicate that tea")
