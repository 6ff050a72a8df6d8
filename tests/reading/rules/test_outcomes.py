import pytest

from litsweep.reading.rules.outcomes import find_outcomes


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "The primary outcome was the change in tremor score at week 12.",
            [("primary", "change in tremor score at week 12", ("week 12",))],
        ),
        (
            "Secondary outcomes included pain at 3, 6 and 12 months and 30-day mortality.",
            [
                (
                    "secondary",
                    "pain at 3, 6 and 12 months and 30-day mortality",
                    ("3, 6 and 12 months", "30-day"),
                )
            ],
        ),
        (
            "The primary end point was death; secondary end points were stroke and bleeding.",
            [("primary", "death", ()), ("secondary", "stroke and bleeding", ())],
        ),
        (
            "Depression at 3 months (PHQ-9) was the primary outcome.",
            [("primary", "Depression at 3 months (PHQ-9)", ("3 months",))],
        ),
        (
            "Outcome measures: visual acuity at one year.",
            [("", "visual acuity at one year", ("one year",))],
        ),
        ("The co-primary endpoints were pain and sleep.", [("primary", "pain and sleep", ())]),
        ("The primary outcome was assessed by blinded raters.", []),
        ("The primary outcome was similar in both groups.", []),
        ("Outcomes were better with lorvexine.", []),
        ("These findings may change patient outcomes.", []),
    ],
)
def test_an_outcome_is_taken_as_worded(
    sentence: str, expected: list[tuple[str, str, tuple[str, ...]]]
) -> None:
    found = find_outcomes(sentence)
    assert [(one.role, sentence[one.start : one.end], one.time_points) for one in found] == expected
