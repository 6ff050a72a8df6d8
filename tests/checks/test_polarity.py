import pytest

from litsweep.checks.polarity import check_polarity
from litsweep.domain.documents import Sentence, Span
from litsweep.domain.readings import SupportedSentence, Verdict


def flags(text: str, source: str) -> list[str]:
    given = Sentence(text=source, span=Span(0, len(source)))
    said = SupportedSentence(text=text, source=given.span, support=0.9)
    checks = check_polarity([said], [given])
    assert {check.name for check in checks} == {"negation", "direction"}
    return [check.name for check in checks if check.verdict is Verdict.FLAG]


@pytest.mark.parametrize(
    ("text", "source", "expected"),
    [
        ("Lorvexine did not reduce tremor.", "Lorvexine reduced tremor.", ["negation"]),
        ("Sleep improved.", "Sleep did not improve with lorvexine.", ["negation"]),
        ("Difference was found in sleep.", "No difference was found in sleep.", ["negation"]),
        ("There wasn't an effect.", "There was an effect.", ["negation"]),
        ("Tremor increased.", "Tremor decreased.", ["direction"]),
        ("Scores were higher after tea.", "Scores were lower after tea.", ["direction"]),
        ("It was inferior.", "It was superior.", ["direction"]),
        ("Sleep did not improve.", "Sleep did not improve with lorvexine.", []),
        ("Tremor fell.", "Tremor fell, but no adverse event was seen in sheep.", []),
        ("Tremor decreased.", "Tremor was reduced while sleep increased.", []),
        ("There was no effect on sleep.", "Sleep was not affected.", []),
    ],
)
def test_what_is_turned_round_is_flagged(text: str, source: str, expected: list[str]) -> None:
    assert flags(text, source) == expected


def test_what_another_sentence_of_the_source_denies_may_be_denied() -> None:
    near = Sentence(text="We asked whether tea prevents headache in nurses.", span=Span(0, 49))
    far = Sentence(text="Tea did not prevent headache.", span=Span(50, 79))
    said = SupportedSentence(
        text="Tea did not prevent headache in nurses.", source=near.span, support=0.9
    )
    assert all(one.verdict is Verdict.PASS for one in check_polarity([said], [near, far]))
    assert any(one.verdict is Verdict.FLAG for one in check_polarity([said], [near]))


def test_a_sentence_without_support_is_not_compared() -> None:
    said = SupportedSentence(text="It did not work.", source=None, support=0.0)
    assert all(check.verdict is Verdict.PASS for check in check_polarity([said], []))
