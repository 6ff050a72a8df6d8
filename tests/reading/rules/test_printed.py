import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsweep.reading.rules.printed import COUNT, level, read_count


@given(st.text())
def test_a_levelled_text_has_the_offsets_of_the_text(text: str) -> None:
    assert len(level(text)) == len(text)


@pytest.mark.parametrize(
    ("printed", "n"),
    [
        ("214", 214),
        ("1,234", 1234),
        ("98 942", 98942),
        ("twelve", 12),
        ("Seventy-five", 75),
        ("one hundred and twenty", 120),
        ("two thousand three hundred", 2300),
        ("a hundred", 100),
    ],
)
def test_a_count_is_read_in_figures_and_in_words(printed: str, n: int) -> None:
    assert re.fullmatch(COUNT, printed)
    assert read_count(printed) == n


def test_a_decimal_number_is_no_count() -> None:
    assert re.fullmatch(COUNT, "1.5") is None
