from dataclasses import replace

import pytest

from litsweep.domain.documents import SectionKind
from litsweep.domain.models import ModelChoice
from litsweep.routing import is_english, route
from tests.fakes.documents import LORVEXINE, REPORT, abstract, full_text
from tests.fakes.engine import fake_spec

SMALL = ModelChoice(model=replace(fake_spec(), name="small"), reason="It is the usual one.")
NONE = ModelChoice(model=None, reason="No model is set or available.")


def test_a_document_goes_to_the_chosen_model() -> None:
    chosen = route(LORVEXINE, SMALL)
    assert (chosen.model_name, chosen.is_readable) == ("small", True)
    assert chosen.reason == "small reads abstracts. It is the usual one."
    assert route(REPORT, SMALL).reason == "small reads full texts. It is the usual one."


def test_a_demonstration_model_is_called_so() -> None:
    model = replace(fake_spec(), is_demonstration=True)
    assert "demonstration" in route(REPORT, ModelChoice(model=model, reason="")).reason


def test_without_a_model_a_document_is_read_extractively() -> None:
    for document, instead in ((LORVEXINE, "selected word for word"), (REPORT, "quoted only")):
        chosen = route(document, NONE)
        assert (chosen.model_name, chosen.is_readable) == (None, True)
        assert chosen.reason.startswith("No model is set or available. So ")
        assert instead in chosen.reason


def test_a_record_without_an_abstract_is_not_readable() -> None:
    for document in (abstract("A title alone"), abstract("A title and labels", "  ", "RESULTS: ")):
        chosen = route(document, SMALL)
        assert (chosen.model_name, chosen.is_readable) == (None, False)
        assert chosen.reason == "The record has no abstract."


def test_a_report_without_a_body_is_not_readable() -> None:
    assert not route(replace(REPORT, has_body=False), SMALL).is_readable
    empty = full_text((SectionKind.OTHER, "", " "))
    assert "empty" in route(empty, SMALL).reason


@pytest.mark.parametrize(
    "kind", ["retraction", "Correction", "addendum", "expression-of-concern", "partial-retraction"]
)
def test_a_notice_is_not_analysed_as_if_it_were_the_study(kind: str) -> None:
    chosen = route(replace(REPORT, article_type=kind), SMALL)
    assert (chosen.model_name, chosen.is_readable) == (None, False)
    assert f"({kind.lower().replace('-', ' ')})" in chosen.reason
    # The sentences of its abstract are quoted, as they are: they may say why.
    of_record = route(replace(LORVEXINE, article_type=kind), SMALL)
    assert (of_record.model_name, of_record.is_readable) == (None, True)


@pytest.mark.parametrize("kind", ["editorial", "book-review", "news", "article-commentary"])
def test_what_is_no_research_goes_to_no_model(kind: str) -> None:
    chosen = route(replace(REPORT, article_type=kind), SMALL)
    assert (chosen.model_name, chosen.is_readable) == (None, True)
    assert "no research" in chosen.reason


@pytest.mark.parametrize("kind", ["research-article", "review-article", "letter", "other", None])
def test_research_reviews_and_letters_go_to_the_model(kind: str | None) -> None:
    assert route(replace(REPORT, article_type=kind), SMALL).model_name == "small"


def test_the_length_is_told_under_the_models_own_tokens() -> None:
    chosen = route(REPORT, SMALL, n_tokens=6210, n_windows=8)
    assert (chosen.n_tokens, chosen.n_windows) == (6210, 8)
    assert "6,210 of its tokens" in chosen.reason
    assert "holds 1,024: 8 windows." in chosen.reason
    assert "too long" not in route(LORVEXINE, SMALL, n_tokens=300).reason
    assert "too long to be read whole" in route(LORVEXINE, SMALL, n_tokens=1025).reason


@pytest.mark.parametrize("language", ["en", "EN", "eng", "und", "mul", None])
def test_english_and_unknown_languages_go_to_the_model(language: str | None) -> None:
    document = replace(abstract("Titel", "Kurzer Text ohne Verben."), language=language)
    assert route(document, SMALL).model_name == "small"


FOREIGN = [
    ("ger", "Die Behandlung war in der Gruppe mit Lorvexin besser, und der Tremor nahm ab."),
    ("fre", "Le traitement par lorvexine a réduit le tremblement chez les adultes de la cohorte."),
    ("spa", "El tratamiento con lorvexina redujo el temblor en los adultos de la cohorte."),
    ("ita", "Il trattamento con lorvexina ha ridotto il tremore negli adulti della coorte."),
    ("por", "O tratamento com lorvexina reduziu o tremor nos adultos do estudo."),
    ("dut", "De behandeling met lorvexine was beter dan placebo, en de tremor is afgenomen."),
    ("chi", "洛维辛治疗可减轻成人震颤。"),
]


@pytest.mark.parametrize(("language", "text"), FOREIGN)
def test_another_language_is_read_extractively(language: str, text: str) -> None:
    chosen = route(abstract("Lorvexine", text, language=language), SMALL)
    assert (chosen.model_name, chosen.is_readable) == (None, True)
    assert f"given as {language}" in chosen.reason


def test_an_english_abstract_of_a_report_in_another_language_is_english() -> None:
    assert is_english(replace(LORVEXINE, language="fre"))
