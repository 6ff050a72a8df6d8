"""Marks are places in the text as it is stored, whole phrases, in the field that was asked."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsweep.domain.documents import Span
from litsweep.errors import UsageError
from litsweep.searching.highlights import cut_fragment, find_hits, iter_pieces
from litsweep.searching.query import Field
from litsweep.searching.typed import read_query


def marked(typed: str, text: str, field: Field = Field.ABSTRACT) -> list[str]:
    hits = find_hits(read_query(typed), field, text)
    return [piece for piece, is_hit in iter_pieces(text, hits) if is_hit]


@pytest.mark.parametrize(
    ("typed", "text", "hits"),
    [
        ("fracture hip", "Hip fractures of the HIP.", ["Hip", "fractures", "HIP"]),
        ('"hip fracture"', "Fracture of the hip, a hip fracture.", ["hip fracture"]),
        ("non-small", "Non-small and non small, not small.", ["Non-small", "non small"]),
        ("TNF-α", "TNFα, TNF-alpha and TNF.", ["TNFα", "TNF-alpha"]),
        ("crohn", "Crohn’s disease", ["Crohn’s"]),
        ("tumour*", "Tumours and tumoural tissue; tumors.", ["Tumours", "tumoural", "tumors"]),
        ('"hip fract*"', "A hip fracturing, a hip bone.", ["hip fracturing"]),
        ("ti:asthma pain", "Asthma and pain.", ["pain"]),
        ("asthma -pain", "Asthma and pain.", ["Asthma"]),
        ('"a b c" "b c d"', "a b c d e", ["a b c d"]),
        ("zürich", "In Zürich; Zu\u0308rich.", ["Zürich", "Zu\u0308rich"]),
        ("IL", "IL6 and PILOT", ["IL6"]),
    ],
)
def test_what_is_marked(typed: str, text: str, hits: list[str]) -> None:
    assert marked(typed, text) == hits


def test_a_field_has_its_own_marks() -> None:
    assert marked("ti:asthma", "Asthma", Field.TITLE) == ["Asthma"]
    assert marked("ab:asthma", "Asthma", Field.TITLE) == []


def test_pieces_are_escaped_one_by_one() -> None:
    text = "<script>alert(1)</script> & asthma"
    hits = find_hits(read_query("alert asthma"), Field.TITLE, text)
    page = "".join(
        f"<mark>{html.escape(piece)}</mark>" if is_hit else html.escape(piece)
        for piece, is_hit in iter_pieces(text, hits)
    )
    assert page == ("&lt;script&gt;<mark>alert</mark>(1)&lt;/script&gt; &amp; <mark>asthma</mark>")


def test_a_fragment_is_cut_where_most_words_are_met() -> None:
    text = f"{'word ' * 100}asthma {'word ' * 100}asthma and pain {'word ' * 100}"
    fragment = cut_fragment(text, find_hits(read_query("asthma pain"), Field.ABSTRACT, text))
    assert [fragment.text[hit.start : hit.end] for hit in fragment.hits] == ["asthma", "pain"]
    assert (fragment.starts_inside, fragment.ends_inside) == (True, True)
    assert fragment.text.startswith("word")
    assert fragment.text.endswith("word")
    assert len(fragment.text) <= 240


def test_without_a_hit_a_fragment_is_the_beginning() -> None:
    assert cut_fragment("Short.", ()).text == "Short."
    fragment = cut_fragment("word " * 100, ())
    assert (fragment.starts_inside, fragment.ends_inside, fragment.hits) == (False, True, ())


@given(st.text(max_size=120), st.integers(1, 60))
def test_pieces_and_fragments_are_the_text_itself(text: str, length: int) -> None:
    try:
        hits = find_hits(read_query(" OR ".join(text.split()[:3])), Field.TITLE, text)
    except UsageError:
        hits = (Span(0, min(1, len(text))),) if text else ()
    assert "".join(piece for piece, _ in iter_pieces(text, hits)) == text
    fragment = cut_fragment(text, hits, length=length)
    assert fragment.text in text
    assert all(0 <= hit.start <= hit.end <= len(fragment.text) for hit in fragment.hits)
