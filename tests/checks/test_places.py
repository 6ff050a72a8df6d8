"""What is in the source, but not there: numbers, units, names; and words turned round."""

import pytest

from litsweep.checks.faithfulness import check_faithfulness
from litsweep.checks.support import find_support
from litsweep.domain.documents import Sentence, Span
from litsweep.domain.readings import Verdict

SOURCE = (
    "Nausea occurred in 12 of 40 patients (30%) on lorvexine and in 5 of 38 patients on quillmoss.",
    "Lorvexine 20 mg daily reduced tremor after 12 weeks, and 5 and 10 mg did not.",
    "Interleukin 6 (IL6) was higher in adults with asthma than in adults with gout.",
    "Sleep did not improve with lorvexine, and no difference was found in weight.",
    "The two groups were similar in age.",
)


def flags(text: str, *source: str) -> dict[str, str]:
    sentences, start = [], 0
    for given in source or SOURCE:
        sentences.append(Sentence(text=given, span=Span(start, start + len(given))))
        start += len(given) + 1
    checks = check_faithfulness(find_support([text], sentences, None), sentences)
    assert [check.name for check in checks] == [
        *("numbers", "support", "units", "places", "names", "negation", "direction"),
    ]
    return {check.name: check.detail for check in checks if check.verdict is Verdict.FLAG}


@pytest.mark.parametrize(
    ("text", "name", "detail"),
    [
        ("Nausea occurred in 40 of 12 patients on lorvexine.", "places", '"40" is here'),
        ("Nausea occurred in 5 of 40 patients (30%) on lorvexine.", "places", 'has "12"'),
        ("Lorvexine 20 mg daily reduced tremor after 5 weeks.", "places", 'has "12"'),
        ("Lorvexine 20 g daily reduced tremor after 12 weeks.", "units", '"20 g"'),
        ("Lorvexine 20 mg daily reduced tremor after twelve months.", "units", "weeks"),
        ("Nausea occurred in 30 on lorvexine.", "numbers", "30"),
        ("Quillmoss 20 mg daily reduced tremor after 12 weeks.", "names", 'has "Lorvexine"'),
        ("Morphine 20 mg daily reduced tremor after 12 weeks.", "names", "Morphine"),
        ("IL6 was higher in adults with stroke.", "names", "stroke"),
        ("IL8 was higher in adults with asthma.", "names", "IL8"),
        ("IL6 was higher in children with asthma.", "names", "children"),
        ("Lorvexine 20 mg daily did not reduce tremor.", "negation", '"not"'),
        ("Sleep did improve with lorvexine.", "negation", '"not"'),
        ("A difference was found in weight.", "negation", '"no"'),
        ("IL6 was lower in adults with asthma than in adults with gout.", "direction", "higher"),
        ("Lorvexine 20 mg daily increased tremor.", "direction", "reduced"),
        ("Lorvexine 20 mg daily reduced tremor before 12 weeks.", "direction", "after"),
        ("The two groups were different in age.", "direction", "similar"),
    ],
)
def test_what_stands_at_another_ones_place_is_flagged(text: str, name: str, detail: str) -> None:
    found = flags(text)
    assert detail in found[name]


@pytest.mark.parametrize(
    "text",
    [
        *SOURCE,
        "Nausea occurred in 12 patients (30 %) on lorvexine.",
        "On lorvexine, nausea occurred in 12 of 40 patients (30%).",
        "The authors conclude that lorvexine reduced tremor after 12 weeks.",
        "Tremor was reduced by lorvexine, and IL-6 was higher in asthmatic adults.",
        "Lorvexine reduced tremor after 12 weeks; sleep did not improve with lorvexine.",
        "There was no difference in age between the two groups.",
        "Participants with asthma had higher interleukin-6 than those with gout.",
    ],
)
def test_what_the_source_says_passes_in_other_words(text: str) -> None:
    assert flags(text) == {}


def test_both_words_may_be_said_where_the_source_says_both() -> None:
    source = "Scores were higher on tea and lower on water."
    assert flags("Scores were lower on water and higher on tea.", source) == {}
    assert "direction" in flags("Scores were lower on tea and lower on water.", source)


def test_two_denials_are_not_one() -> None:
    source = "No adverse event was seen in the tea group."
    assert flags("No adverse event was not seen in the tea group.", source).keys() == {"negation"}


def test_a_text_without_sentences_has_no_checks() -> None:
    assert check_faithfulness((), ()) == ()


def test_one_of_two_mentions_of_a_name_may_be_exchanged() -> None:
    source = "Lorvexine and quillmoss reduced tremor, and lorvexine reduced pain in adults."
    assert flags(source, source) == {}
    said = source.replace("lorvexine reduced pain", "quillmoss reduced pain")
    assert 'has "lorvexine"' in flags(said, source)["names"]
