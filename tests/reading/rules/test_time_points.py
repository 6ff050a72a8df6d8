import pytest

from litsweep.reading.rules.time_points import find_time_points


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the change in score at week 12", ["week 12"]),
        ("pain at 3, 6 and 12 months", ["3, 6 and 12 months"]),
        ("assessed at baseline, 3, 6, 9, and 12 months", ["3, 6, 9, and 12 months"]),
        ("30-day mortality and 5-year survival", ["30-day", "5-year"]),
        ("stroke within 24 h and bleeding after six months", ["24 h", "six months"]),
        ("on day 28 and at 1 year", ["day 28", "1 year"]),
        ("weeks 4, 8 and 12", ["weeks 4, 8 and 12"]),
        ("patients aged 18 years took it for 12 weeks", []),
        ("a 12-week course for 18-year-old men at 20 mg", []),
        ("between 2010 and 2012 at two hospitals", []),
    ],
)
def test_time_points_are_taken_as_printed(text: str, expected: list[str]) -> None:
    assert list(find_time_points(text)) == expected
