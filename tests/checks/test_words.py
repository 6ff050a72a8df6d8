import pytest

from litsweep.checks.opposites import are_opposites
from litsweep.checks.ordinary import is_ordinary


@pytest.mark.parametrize(
    "word",
    [
        "patients",
        "significantly",
        "randomization",
        "randomised",
        "evaluating",
        "reliably",
        "identified",
        "increases",
        "Furthermore",
        "uncertain",
        "reassessed",
        "comparability",
        "investigators",
    ],
)
def test_ordinary_words_are_known_in_all_their_forms(word: str) -> None:
    assert is_ordinary(word)


@pytest.mark.parametrize(
    "word",
    [
        "morphine",
        "asthma",
        "stroke",
        "KCNQ2",
        "liver",
        "insulin",
        "children",
        "hepatitis",
        "metformin",
        "cancer",
        "pain",
        "lorvexine",
        "fever",
        "heparin",
        "tumour",
        "women",
        "water",
    ],
)
def test_names_are_not_ordinary(word: str) -> None:
    assert not is_ordinary(word)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("increased", "decreased"),
        ("rose", "fell"),
        ("higher", "fewer"),
        ("improved", "worsened"),
        ("superior", "inferior"),
        ("upregulated", "downregulated"),
        ("hyperglycemia", "hypoglycemia"),
        ("agonist", "antagonist"),
        ("symptomatic", "asymptomatic"),
        ("reversible", "irreversible"),
        ("protective", "risk"),
        ("before", "after"),
        ("longer", "shorter"),
    ],
)
def test_opposites_are_opposites_both_ways(one: str, other: str) -> None:
    assert are_opposites(one, other)
    assert are_opposites(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("increased", "increases"), ("more", "higher"), ("tremor", "sleep"), ("part", "apartment")],
)
def test_other_words_are_none(one: str, other: str) -> None:
    assert not are_opposites(one, other)
