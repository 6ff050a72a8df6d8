"""Sentence borders: the hard cases of the field, and what holds for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsweep.domain.documents import (
    Document,
    DocumentKind,
    Licence,
    Section,
    SectionKind,
    Span,
)
from litsweep.parsing.sentences import document_sentences, split_sentences


@pytest.mark.parametrize(
    "marked",
    [
        "Aspirin (e.g. 75 mg) was given, i.e. daily.| It helped.",
        "Nemo et al. reported p < 0.05.| The mean was 3.5.| E. coli and S. aureus grew.",
        "Nemo et al. (2010) and Nobody et al. [3] agree.| We do not.",
        "See Fig. 2 and Figs. 3, 4.| Drug vs. Placebo was approx. 5.",
        "Dr. J. R. Nemo of St. Nowhere came.| So did Prof. Nobody.",
        "p53 rose.| mRNA fell.| siRNA did not.| but this is odd.".replace(".| but", ". but"),
        "Shown in mice.12,13 |The rest was seen.[4, 5] |Then it ended.",
        "A case (see Fig. 2 for more. Really.) ended.| (This is whole.)| Next.",
        "1. Introduction is a heading.| 2 patients died.",
        "Candida sp. nov. was found.| Also Candida sp.| The rest was not.",
        "Take vitamin D.| Patients with hepatitis C.| Others.",
        "The answer was no.| It was.| No. 5 was not.",
        "In the U.S. Army it rained.| In the U.S.| However, not here.",
        "It lasted 120 ms.| The CV.| Units matter.",
        "Was it?| Yes!| “It was.”| He said so...| Done.",
        "95% CI 1.2-3.4; n = 12.| 14 died.| OBJECTIVE: To see.",
        "https://example.org/a.b?c=1. End.".replace(". End", ".| End"),
        "これは文です。|次の文です。",
        "A line\n|ends. |Always\n|so",
        "+/- 3 (n = 4).| α-Synuclein rose.| β-Catenin too.",
    ],
)
def test_borders(marked: str) -> None:
    expected = [part.strip() for part in marked.split("|")]
    assert [sentence.text for sentence in split_sentences(marked.replace("|", ""))] == expected


@pytest.mark.parametrize(("text", "n_sentences"), [("", 0), (" \n ", 0), ("...", 1), ("a", 1)])
def test_little_text(text: str, n_sentences: int) -> None:
    assert len(split_sentences(text)) == n_sentences


def test_a_long_bracket_holds_sentences() -> None:
    text = f"({'Many words stand here in it. ' * 20}) End."
    assert len(split_sentences(text)) > 10


TEXTS = st.text(alphabet=st.sampled_from("ab Z.?!…()[]{}\"'1,5\n\u00a0\u2009éβ。-")) | st.text()


@given(text=TEXTS, start=st.integers(0, 40), length=st.integers(0, 200))
def test_every_character_belongs_to_exactly_one_sentence(
    text: str, start: int, length: int
) -> None:
    first = min(start, len(text))
    span = Span(first, min(first + length, len(text)))
    sentences = split_sentences(text, span)
    n_owners = [0] * len(text)
    for sentence in sentences:
        assert sentence.text == text[sentence.span.start : sentence.span.end]
        assert sentence.text == sentence.text.strip() != ""
        assert "\n" not in sentence.text
        for offset in range(sentence.span.start, sentence.span.end):
            n_owners[offset] += 1
    for offset, character in enumerate(text):
        if span.start <= offset < span.end and not character.isspace():
            assert n_owners[offset] == 1
        elif not span.start <= offset < span.end:
            assert n_owners[offset] == 0
    assert sentences == split_sentences(text, span)


def test_sentences_of_a_document_stay_inside_their_sections() -> None:
    text = "A title\nAIM: To see. Then more"
    kinds = (SectionKind.TITLE, SectionKind.ABSTRACT)
    spans = (Span(0, 7), Span(8, len(text)))
    document = Document(
        kind=DocumentKind.ABSTRACT,
        title="A title",
        text=text,
        sections=tuple(
            Section(kind=kind, title="", depth=0, span=span)
            for kind, span in zip(kinds, spans, strict=True)
        ),
        language=None,
        article_type=None,
        pmid=1,
        pmcid=None,
        doi=None,
        licence=Licence(code=None, url=None, text=None),
        has_body=True,
    )
    sentences = [sentence.text for sentence in document_sentences(document)]
    assert sentences == ["A title", "AIM: To see.", "Then more"]
