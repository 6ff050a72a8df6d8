from collections.abc import Callable, Sequence

import pytest

from litsweep.domain.documents import Document
from litsweep.domain.generations import EntailmentModel, ReadingTask, SentenceEncoder, StopReason
from litsweep.domain.models import ModelKind
from litsweep.domain.readings import Check, Reading, Summary, SummaryMethod, Verdict
from litsweep.errors import ModelError
from litsweep.prompts import load_prompt
from litsweep.reading.summarize import summarize_abstracts
from tests.fakes.classifier import ScriptedClassifier
from tests.fakes.documents import LORVEXINE, QUILLMOSS, REPORT, abstract
from tests.fakes.encoder import BrokenEncoder, HashingEncoder
from tests.fakes.engine import ScriptedEngine, options_for

FAITHFUL = "Lorvexine reduced tremor in adults over 12 weeks."


def summarize(
    *documents: Document,
    engine: ScriptedEngine | None = None,
    encoder: SentenceEncoder | None = None,
    max_new_tokens: int = 40,
    nli: EntailmentModel | None = None,
) -> list[Reading]:
    return summarize_abstracts(
        documents,
        engine=engine,
        encoder=encoder,
        options=options_for(engine, max_new_tokens=max_new_tokens),
        nli=nli,
    )


def always(answer: str) -> Callable[[str], str | ModelError]:
    return lambda prompt: answer


def generated(reading: Reading) -> Summary:
    (summary,) = (one for one in reading.summaries if one.method is SummaryMethod.GENERATED)
    return summary


def flagged(summary: Summary) -> set[str]:
    return {check.name for check in summary.checks if check.verdict is Verdict.FLAG}


def details(checks: Sequence[Check]) -> str:
    return " ".join(check.detail for check in checks if check.verdict is Verdict.FLAG)


@pytest.mark.parametrize("encoder", [None, HashingEncoder()])
def test_without_a_model_every_abstract_is_quoted_word_for_word(
    encoder: SentenceEncoder | None,
) -> None:
    for document, reading in zip(
        (LORVEXINE, QUILLMOSS), summarize(LORVEXINE, QUILLMOSS, encoder=encoder), strict=True
    ):
        assert reading.document is document
        assert (reading.failure, reading.route.model_name) == (None, None)
        (summary,) = reading.summaries
        assert summary.method is SummaryMethod.EXTRACTIVE
        assert summary.ranked_by == (encoder.spec.model_id if encoder else "lexical")
        assert len(summary.sentences) == 2
        assert not summary.is_flagged
        assert {check.name for check in summary.checks} >= {"numbers", "support"}
        for sentence in summary.sentences:
            assert sentence.source is not None
            quoted = document.text[sentence.source.start : sentence.source.end]
            assert (quoted, sentence.support) == (sentence.text, 1.0)


def test_the_results_of_a_trial_are_quoted_without_their_label() -> None:
    (reading,) = summarize(LORVEXINE, encoder=HashingEncoder())
    assert FAITHFUL in reading.summaries[0].text
    assert "CONCLUSIONS:" not in reading.summaries[0].text


def test_many_abstracts_go_through_the_encoder_and_the_engine_in_one_call() -> None:
    encoder, engine = HashingEncoder(), ScriptedEngine(always(FAITHFUL))
    summarize(LORVEXINE, QUILLMOSS, engine=engine, encoder=encoder)
    assert [len(batch) for batch in engine.batches] == [2]
    assert len(encoder.calls) == 2  # the sources to rank, then the answers to support
    assert FAITHFUL in encoder.calls[0]


def test_a_generated_summary_stands_beside_the_extractive_one_with_its_provenance() -> None:
    engine = ScriptedEngine(always(FAITHFUL))
    (reading,) = summarize(LORVEXINE, engine=engine)
    assert [one.method for one in reading.summaries] == ["extractive", "generated"]
    assert reading.route.model_name == "fakegpt"
    summary = generated(reading)
    assert not summary.is_flagged
    (sentence,) = summary.sentences
    assert sentence.source is not None
    assert LORVEXINE.text[sentence.source.start : sentence.source.end] == FAITHFUL
    made = summary.generation
    assert made is not None
    template = load_prompt("abstract-summary", ModelKind.INSTRUCT)
    assert (made.task, made.output_text) == (ReadingTask.SUMMARY, FAITHFUL)
    assert (made.model_id, made.weights_sha256) == ("example/fakegpt", "f" * 64)
    assert (made.prompt_sha256, made.prompt_version) == (template.sha256, template.version)
    assert (made.sampling.do_sample, made.sampling.max_new_tokens) == (False, 40)
    assert LORVEXINE.text[made.source.start : made.source.end] == LORVEXINE.text
    assert len(made.input_sha256) == 64


PLANTED = [
    ("The tremor score fell by 4.7 points with lorvexine.", {"numbers"}, "4.7"),
    ("Lorvexine did not reduce tremor in adults over 12 weeks.", {"negation"}, "not"),
    ("Sleep quality did improve with lorvexine.", {"negation"}, "not"),
    ("Sleep duration was shorter after the tea by 18 minutes.", {"direction"}, "shorter"),
    ("Aspirin cures the common cold in children.", {"support"}, "No sentence"),
    ("Nausea occurred in 14 patients of the placebo group.", {"numbers"}, "plain number"),
    (f"{FAITHFUL} {FAITHFUL} {FAITHFUL}", {"looping"}, "repeats itself"),
    (f"{FAITHFUL} < / FREETEXT >", {"leakage"}, "FREETEXT"),
    ("", {"empty"}, "no whole sentence"),
]


@pytest.mark.parametrize(("answer", "expected", "detail"), PLANTED)
@pytest.mark.parametrize("encoder", [None, HashingEncoder()])
def test_planted_errors_are_flagged(
    answer: str, expected: set[str], detail: str, encoder: SentenceEncoder | None
) -> None:
    document = QUILLMOSS if "tea" in answer else LORVEXINE
    (reading,) = summarize(document, engine=ScriptedEngine(always(answer)), encoder=encoder)
    summary = generated(reading)
    assert expected <= flagged(summary)
    assert detail in details(summary.checks)
    assert not reading.summaries[0].is_flagged


def test_a_cut_answer_loses_its_last_sentence_and_says_so() -> None:
    engine = ScriptedEngine(
        always(f"{FAITHFUL} The tremor score fell by 4."), stop_reason=StopReason.LENGTH
    )
    (reading,) = summarize(LORVEXINE, engine=engine)
    summary = generated(reading)
    assert summary.text == FAITHFUL
    assert not summary.is_flagged
    assert any("sentence was left out" in check.detail for check in summary.checks)
    assert summary.generation is not None
    assert summary.generation.output_text.endswith("fell by 4.")


def test_an_answer_ends_at_the_prompts_stop_string() -> None:
    engine = ScriptedEngine(
        always(f"{FAITHFUL}\n\nAnother abstract follows"), stop_reason=StopReason.LENGTH
    )
    (reading,) = summarize(LORVEXINE, engine=engine)
    assert generated(reading).text == FAITHFUL
    assert not generated(reading).is_flagged


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("the tremor fell.", "The tremor fell."),
        ("mTOR fell.", "mTOR fell."),
        ("p53 fell.", "p53 fell."),
    ],
)
def test_a_continuation_gets_its_capital_unless_it_is_a_name(answer: str, shown: str) -> None:
    engine = ScriptedEngine(always(f" {answer}"), kind=ModelKind.CAUSAL)
    (reading,) = summarize(LORVEXINE, engine=engine)
    assert generated(reading).text == shown
    assert engine.batches[0][0].endswith("over 12 weeks. In conclusion,")
    assert "\n" not in engine.batches[0][0]


def test_of_an_abstract_that_is_too_long_the_results_are_given_and_the_rest_is_named() -> None:
    document = abstract(
        "A long one",
        "BACKGROUND: " + " ".join(f"Sentence {n} is here." for n in range(1, 101)),
        "CONCLUSIONS: " + " ".join(f"Sentence {n} is there." for n in range(101, 121)),
    )
    engine = ScriptedEngine(always("Sentence 103 is there."), context_window=165)
    (reading,) = summarize(document, engine=engine)
    summary = generated(reading)
    assert summary.generation is not None
    (prompt,) = engine.batches[0]
    assert len(prompt.split()) <= 125
    assert "A long one." in prompt
    assert "Sentence 96 is here. Sentence 97" in prompt
    assert "Sentence 95 " not in prompt
    assert "Sentence 101 is there." in prompt
    source = summary.generation.source
    assert document.text[source.start : source.end].startswith("A long one")
    assert document.text[source.start : source.end].endswith("Sentence 120 is there.")
    assert flagged(summary) == {"length"}
    assert "The prompt held 25 of 120 sentences." in details(summary.checks)
    assert "left out: 1, 2, 3" in details(summary.checks)
    assert reading.shown_summary is reading.summaries[0]


def test_an_engine_is_asked_for_two_sentences_and_no_more_are_shown() -> None:
    answer = f"{FAITHFUL} Sleep quality did not improve with lorvexine. Aspirin cures gout."
    engine = ScriptedEngine(always(answer), kind=ModelKind.CAUSAL)
    (reading,) = summarize(LORVEXINE, engine=engine)
    summary = generated(reading)
    assert summary.text == f"{FAITHFUL} Sleep quality did not improve with lorvexine."
    assert not summary.is_flagged
    assert summary.generation is not None
    assert (summary.generation.sampling.n_sentences, summary.generation.output_text) == (2, answer)
    assert summary.generation.sampling.stop_strings == ("\n",)


def test_a_summary_that_is_the_title_is_not_shown() -> None:
    (reading,) = summarize(LORVEXINE, engine=ScriptedEngine(always(f"{LORVEXINE.title}.")))
    assert flagged(generated(reading)) == {"copying"}
    assert reading.shown_summary is reading.summaries[0]


def test_the_route_tells_how_long_the_abstract_is() -> None:
    engine = ScriptedEngine(always(FAITHFUL))
    (reading,) = summarize(LORVEXINE, engine=engine)
    assert reading.route.n_tokens == len(LORVEXINE.text.split())
    (without,) = summarize(LORVEXINE)
    assert without.route.n_tokens is None


def test_a_model_of_entailment_may_flag_what_the_rules_let_pass() -> None:
    engine = ScriptedEngine(always(FAITHFUL))
    (reading,) = summarize(LORVEXINE, engine=engine, nli=ScriptedClassifier((0.1, 0.1, 0.8)))
    assert flagged(generated(reading)) == {"entailment"}
    assert not reading.summaries[0].is_flagged


def test_an_abstract_of_which_nothing_fits_keeps_its_extractive_summary() -> None:
    engine = ScriptedEngine(always(FAITHFUL), context_window=50)
    (reading,) = summarize(LORVEXINE, engine=engine)
    assert [one.method for one in reading.summaries] == ["extractive"]
    assert reading.failure is not None
    assert "tokens of fakegpt" in reading.failure


def test_a_prompt_that_fails_costs_only_its_own_abstract() -> None:
    engine = ScriptedEngine(
        lambda prompt: ModelError("out of memory") if "Quillmoss" in prompt else FAITHFUL
    )
    readings = summarize(LORVEXINE, QUILLMOSS, LORVEXINE, LORVEXINE, engine=engine)
    assert [len(one.summaries) for one in readings] == [2, 1, 2, 2]
    assert readings[1].failure == "No summary was generated: out of memory"
    assert [one.failure for one in readings if one is not readings[1]] == [None] * 3


def test_an_encoder_that_fails_is_replaced_by_words_and_that_is_told() -> None:
    (reading,) = summarize(LORVEXINE, encoder=BrokenEncoder())
    assert reading.summaries[0].ranked_by == "lexical"
    assert reading.failure is not None
    assert "out of memory" in reading.failure


def test_what_cannot_be_read_stays_in_its_place_with_the_reason() -> None:
    silent = abstract("A title alone")
    french = abstract("Titre", "Le tremblement a diminué chez les adultes.", language="fre")
    engine = ScriptedEngine(always(FAITHFUL))
    readings = summarize(silent, LORVEXINE, REPORT, french, engine=engine)
    assert [one.document for one in readings] == [silent, LORVEXINE, REPORT, french]
    assert [len(one.summaries) for one in readings] == [0, 2, 0, 1]
    assert readings[0].route.reason == "The record has no abstract."
    assert readings[2].failure == "This is a full text: it is analysed, not summarised."
    assert summarize() == []
