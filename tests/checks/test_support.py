import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsweep.checks.support import check_support, find_support, is_within
from litsweep.domain.documents import Sentence, Span
from litsweep.domain.readings import Verdict

TEXTS = (
    "Tremor is common in older adults.",
    "The tremor score fell by 4.2 points with lorvexine.",
    "Nausea occurred in 31% of the lorvexine group.",
)
SOURCE = tuple(
    Sentence(text=text, span=Span(100 * i, 100 * i + 50)) for i, text in enumerate(TEXTS)
)


def test_word_for_word_is_full_support_whatever_the_spacing() -> None:
    for text in ("Nausea occurred in 31 % of the lorvexine group .", "the tremor score fell"):
        (found,) = find_support([text], SOURCE, None)
        assert found.support == 1.0
    assert find_support([TEXTS[2]], SOURCE, None)[0].source == Span(200, 250)


def test_a_paraphrase_is_supported_by_the_nearest_sentence() -> None:
    (found,) = find_support(["Lorvexine lowered the tremor scores by 4.2 points."], SOURCE, None)
    assert found.source == SOURCE[1].span
    assert 0.5 < found.support < 1.0


def test_an_encoder_counts_for_half() -> None:
    text = "Shaking got better."
    (without,) = find_support([text], SOURCE, None)
    (with_encoder,) = find_support([text], SOURCE, [[0.1, 0.9, -0.5]])
    assert (without.source, without.support) == (None, 0.0)
    assert (with_encoder.source, with_encoder.support) == (SOURCE[1].span, 0.45)


def test_an_unsupported_sentence_is_flagged_by_its_position() -> None:
    sentences = find_support([TEXTS[0], "Aspirin cured every patient in 2022."], SOURCE, None)
    (flag,) = check_support(sentences)
    assert (flag.verdict, flag.sentence_position) == (Verdict.FLAG, 1)
    assert "No sentence of the source supports this" in flag.detail


def test_supported_sentences_pass_once() -> None:
    (passed,) = check_support(find_support(TEXTS, SOURCE, None))
    assert passed.verdict is Verdict.PASS
    assert check_support(()) == ()


@pytest.mark.parametrize(
    ("text", "source", "expected"),
    [("a b", "x a b y", True), ("a c", "a b c", False), ("", "a", False), ("ab", "ab c", True)],
)
def test_is_within_compares_whole_words(text: str, source: str, expected: bool) -> None:
    assert is_within(text, source) is expected


@given(st.text(max_size=80), st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_support_stays_between_0_and_1(text: str, cosines: list[float]) -> None:
    (found,) = find_support([text], SOURCE, [cosines])
    assert 0.0 <= found.support <= 1.0
    assert (found.source is None) == (found.support == 0.0)
