from hypothesis import given
from hypothesis import strategies as st

from litsweep.checks.number_places import value_of
from litsweep.checks.slots import NOWHERE, Comparison, tokenize

SOURCE = (
    "Nausea occurred in 12 of 40 patients on lorvexine.",
    "Sleep lasted 18 minutes longer on tea.",
)


def test_words_numbers_names_and_signs_are_tokens() -> None:
    texts = [token.text for token in tokenize("IL-6 rose to 1,234 mg/kg (p<.05) in CD4 cells")]
    assert texts == [
        *("IL-6", "rose", "to", "1,234", "mg", "kg", "p", "<", ".05", "in", "CD4", "cells"),
    ]


def test_a_number_of_a_name_is_attached_and_a_number_of_a_text_is_not() -> None:
    attached = {token.text: token.is_attached for token in tokenize("beta-2 and 3 and 4-5")}
    assert (attached["2"], attached["3"], attached["4"], attached["5"]) == (
        *(True, False, False, False),
    )


def test_the_place_of_a_word_is_where_its_surroundings_agree() -> None:
    comparison = Comparison("Nausea occurred in 30 of 40 patients.", SOURCE)
    place = comparison.best(3, lambda _, other: other.is_number)
    assert place.token is not None
    assert place.token.text == "12"
    assert place.n_neighbours == 2
    following = place.following(2)
    assert following is not None
    assert following.text == "40"


def test_what_the_source_does_not_have_is_nowhere() -> None:
    comparison = Comparison("Nausea occurred in 30 of 40 patients.", SOURCE)
    assert comparison.own(3) is NOWHERE
    assert Comparison("Quillmoss?", SOURCE).own(0) is NOWHERE
    assert Comparison("", SOURCE).pairs == []


def test_a_sentence_joined_of_two_is_laid_beside_both() -> None:
    comparison = Comparison("Nausea occurred in 12 of 40 and sleep lasted 18 minutes.", SOURCE)
    assert {pair.text for pair in comparison.pairs} == set(SOURCE)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_can_be_compared(text: str, source: str) -> None:
    comparison = Comparison(text, [source])
    for here in range(len(comparison.said)):
        assert comparison.own(here).agreement >= 0.0
    assert all(
        value_of(token) is not None or not token.is_number or token.is_attached
        for token in comparison.said
    )
