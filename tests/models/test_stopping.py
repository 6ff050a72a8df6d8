import pytest

from litsweep.domain.generations import StopReason
from litsweep.models.stopping import StopRule, cut_at_stop, find_sentence_end


def test_text_is_cut_before_the_first_stop_string() -> None:
    assert cut_at_stop("one two three", ("three", "two")) == "one "
    assert cut_at_stop("one", ("two",)) is None
    assert cut_at_stop("one", ()) is None


@pytest.mark.parametrize(
    ("text", "n_sentences", "whole"),
    [
        ("It helped. It did", 1, "It helped."),
        ("It helped (so they said.) 14 died", 1, "It helped (so they said.)"),
        ("It helped! Did it? We", 2, "It helped! Did it?"),
        ("It fell by 0.5 mg. The", 1, "It fell by 0.5 mg."),
        ("Drug A vs. B (Fig. 2) helped. It", 1, "Drug A vs. B (Fig. 2) helped."),
        ("Smith et al. 2003 found it. So", 1, "Smith et al. 2003 found it."),
        ("In E. coli, e.g. K-12, it grew. We", 1, "In E. coli, e.g. K-12, it grew."),
    ],
)
def test_sentences_are_whole_once_the_next_has_begun(
    text: str, n_sentences: int, whole: str
) -> None:
    end = find_sentence_end(text, n_sentences)
    assert end is not None
    assert text[:end] == whole


@pytest.mark.parametrize(
    "text", ["", "It helped", "It helped.", "It helped. ", "It helped. and", "a vs. B"]
)
def test_nothing_is_whole_before(text: str) -> None:
    assert find_sentence_end(text, 1) is None
    assert find_sentence_end(text, 0) is None


def test_what_comes_first_ends_the_text() -> None:
    rule = StopRule(stop_strings=("STOP",), n_sentences=1)
    assert rule.cut("One. Two STOP") == ("One.", StopReason.SENTENCES)
    assert rule.cut("One STOP. Two") == ("One ", StopReason.STOP_STRING)
    assert rule.cut("One") == ("One", None)
    assert not rule.is_empty
    assert StopRule().is_empty
    assert StopRule().cut("One. Two. STOP") == ("One. Two. STOP", None)


def test_tail_gives_cause_to_look_at_the_whole() -> None:
    rule = StopRule(stop_strings=("STOP",), n_sentences=2)
    assert rule.may_end_in("and STOP")
    assert rule.may_end_in("end. And")
    assert not rule.may_end_in("and so on.")
    assert not StopRule(stop_strings=("STOP",)).may_end_in("end. And")
