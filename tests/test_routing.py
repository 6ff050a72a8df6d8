from dataclasses import replace

import pytest

from litsweep.domain.documents import SectionKind
from litsweep.routing import is_english, route
from tests.fakes.documents import LORVEXINE, REPORT, abstract, full_text
from tests.fakes.engine import fake_spec

SUMMARY = replace(fake_spec(), name="small")
ANALYSIS = replace(fake_spec(), name="large", is_demonstration=True)


def test_abstracts_go_to_the_summary_model() -> None:
    chosen = route(LORVEXINE, summary_model=SUMMARY, analysis_model=ANALYSIS)
    assert (chosen.model_name, chosen.is_readable) == ("small", True)
    assert chosen.reason == "small reads abstracts."


def test_full_texts_go_to_the_analysis_model_and_a_demonstration_model_is_called_so() -> None:
    chosen = route(REPORT, summary_model=SUMMARY, analysis_model=ANALYSIS)
    assert chosen.model_name == "large"
    assert "demonstration" in chosen.reason


def test_without_a_model_a_document_is_read_extractively() -> None:
    for document, texts in ((LORVEXINE, "abstracts"), (REPORT, "full texts")):
        chosen = route(document, summary_model=None, analysis_model=None)
        assert (chosen.model_name, chosen.is_readable) == (None, True)
        assert f"No model is set or available for {texts}" in chosen.reason


def test_a_record_without_an_abstract_is_not_readable() -> None:
    for document in (abstract("A title alone"), abstract("A title and labels", "  ", "RESULTS: ")):
        chosen = route(document, summary_model=SUMMARY, analysis_model=ANALYSIS)
        assert (chosen.model_name, chosen.is_readable) == (None, False)
        assert chosen.reason == "The record has no abstract."


def test_a_report_without_a_body_is_not_readable() -> None:
    front = replace(REPORT, has_body=False)
    assert not route(front, summary_model=SUMMARY, analysis_model=ANALYSIS).is_readable
    empty = full_text((SectionKind.OTHER, "", " "))
    assert "empty" in route(empty, summary_model=SUMMARY, analysis_model=ANALYSIS).reason


@pytest.mark.parametrize("language", ["en", "EN", "eng", "und", "mul", None])
def test_english_and_unknown_languages_go_to_the_model(language: str | None) -> None:
    document = replace(abstract("Titel", "Kurzer Text ohne Verben."), language=language)
    assert route(document, summary_model=SUMMARY, analysis_model=None).model_name == "small"


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
    document = abstract("Lorvexine", text, language=language)
    chosen = route(document, summary_model=SUMMARY, analysis_model=None)
    assert (chosen.model_name, chosen.is_readable) == (None, True)
    assert f"given as {language}" in chosen.reason


def test_an_english_abstract_of_a_report_in_another_language_is_english() -> None:
    assert is_english(replace(LORVEXINE, language="fre"))
