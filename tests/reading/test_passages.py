"""A passage is found word for word, white space aside, or not at all."""

import pytest

from litsweep.domain.documents import Span
from litsweep.reading.passages import find_passage

TEXT = "A trial (n = 12).\nDeath\u00a0was rare.  It was rare (p < .05)?"


@pytest.mark.parametrize(
    ("passage", "found"),
    [
        ("(n = 12). Death was", "(n = 12).\nDeath\u00a0was"),
        (" rare (p\n<  .05)? ", "rare (p < .05)?"),
        ("It was rarer", None),
        ("death was rare", None),
        ("  \n", None),
        ("", None),
    ],
)
def test_a_passage_has_a_place_only_where_it_stands(passage: str, found: str | None) -> None:
    span = find_passage(TEXT, passage)
    assert (TEXT[span.start : span.end] if span else None) == found


def test_the_first_place_counts() -> None:
    assert find_passage("rare, rare", "rare") == Span(0, 4)
