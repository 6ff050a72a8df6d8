import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsweep.checks.numbers import check_numbers
from litsweep.domain.readings import Verdict

SOURCE = (
    "Twelve patients (12 345 screened; 1,234 kept; mean 0.50, P<0.05) had 40–50% or 31 vs 14% "
    "events; −2.3 kg; COX-2, CD4; week-12; 10⁶ cells; One hundred and twenty nurses; 0·7; seventy; "
    "interleukin 6; 4 mg/kg."
)


def strange(text: str, source: str = SOURCE) -> str:
    return "; ".join(
        check.detail for check in check_numbers([text], source) if check.verdict is Verdict.FLAG
    )


@pytest.mark.parametrize(
    "text",
    [
        "12 of 12,345 and of 1234 were in",
        "twelve patients",
        "mean .5 (p < 0.05)",
        "a mean of 0.5",
        "40 to 50 %",
        "between 40 and 50 percent",
        "31% and 14 per cent",
        "2.3 kg or -2.3 kg",
        "COX-2, cox2 and CD4+ at week 12",
        "10⁶ cells in 120 nurses",
        "0.7 and 70",
        "IL-6",
        "4 mg / kg",
        "one of two groups",
        "No number at all.",
    ],
)
def test_numbers_of_the_source_pass_however_they_are_written(text: str) -> None:
    assert strange(text) == ""


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("13 patients", "13"),
        ("1,235 were kept", "1,235"),
        ("mean 0.51", "0.51"),
        ("45%", "45%"),
        ("p < 0.005", "0.005"),
        ("COX-1", "COX-1"),
        ("CD8", "CD8"),
        ("five trials", "five"),
        ("106 cells", "106"),
        ("in 2022", "2022"),
        ("14 patients", "14 (as a plain number)"),
        ("12% of them", "12% (as a percentage)"),
        ("3.5 kg and 4.5 kg", "3.5, 4.5"),
    ],
)
def test_a_strange_number_is_named(text: str, named: str) -> None:
    assert strange(text) == f"Not in the source: {named}."


def test_the_percent_sign_of_a_confidence_interval_is_not_the_estimates() -> None:
    source = "risk ratio 2.2, 95% CI 1.8 to 2.7"
    assert strange("a risk ratio of 2.2 (1.8 to 2.7)", source) == ""


def test_each_sentence_is_flagged_by_its_position_and_clean_text_passes_once() -> None:
    checks = check_numbers(["Twelve patients.", "13 patients.", "14 kg."], "Twelve patients.")
    assert [check.sentence_position for check in checks] == [1, 2]
    (passed,) = check_numbers(["Twelve patients.", "More."], "Twelve patients.")
    assert (passed.verdict, passed.sentence_position) == (Verdict.PASS, None)


@given(st.text(max_size=200))
def test_every_text_stands_in_itself(text: str) -> None:
    assert strange(text, source=text) == ""


@given(st.integers(min_value=0, max_value=10**7), st.integers(min_value=0, max_value=10**7))
def test_numbers_are_compared_by_value(given_number: int, said: int) -> None:
    is_strange = bool(strange(f"There were {said:,} of them.", f"There were {given_number}."))
    assert is_strange == (given_number != said)
