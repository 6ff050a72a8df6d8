"""Choosing the sentences of an abstract that tell its result, word for word.

A sentence's score is half its nearness to the middle of the abstract, half its nearness to the
title, and a bonus where it announces a result or a conclusion; each further sentence loses
what it has in common with those chosen already (maximal marginal relevance).
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from litsweep.domain.documents import Document, Section, SectionKind, Sentence, Span
from litsweep.parsing.sentences import split_sentences
from litsweep.reading.embedding import Vectors

N_SENTENCES: Final = 2
"""How many sentences a summary has."""
_CENTROID_WEIGHT: Final = 0.5
_TITLE_WEIGHT: Final = 0.5
_CUE_BONUS: Final = 0.15
_REDUNDANCY: Final = 0.3
_CUE: Final = re.compile(
    r"\b(?:conclu\w+|in summary|we (?:found|show|report|demonstrate)\w*|results? (?:show|suggest|"
    r"indicat|demonstrat)\w*|findings? (?:suggest|indicat|support|show)\w*|these (?:data|findings|"
    r"results)|significant\w*|associated with|suggest\w*)",
    re.IGNORECASE,
)
_RESULT_HEADING: Final = re.compile(r"conclu|result|finding|interpretation", re.IGNORECASE)
# "Design:" or "(Funded by X.)" say nothing by themselves: chosen only where there is no other.
_FEWEST_WORDS: Final = 4
_FRAGMENT_MALUS: Final = -2.0


def abstract_sentences(document: Document) -> tuple[Sentence, ...]:
    """Return the sentences of the abstract's parts, in the order of the text, without labels."""
    return tuple(
        sentence
        for part in document.sections_of(SectionKind.ABSTRACT)
        for sentence in split_sentences(document.text, _without_label(document, part))
    )


def by_importance(document: Document, sentences: Sequence[Sentence]) -> tuple[int, ...]:
    """Return the places of ``sentences``, those that tell results and conclusions first.

    Within these, and within the others, what is later in an abstract tells more of its outcome.
    """
    is_result = [_bonus(document, sentence) > 0 for sentence in sentences]
    places = range(len(sentences))
    return tuple(sorted(places, key=lambda place: (is_result[place], place), reverse=True))


def _without_label(document: Document, part: Section) -> Span:
    """Return the part's span after "RESULTS: ": a label is no word of its first sentence."""
    label = f"{part.title}: "
    is_labelled = document.section_text(part).startswith(label)
    return Span(part.span.start + len(label), part.span.end) if is_labelled else part.span


def select_sentences(
    document: Document, sentences: Sequence[Sentence], title: Vectors, vectors: Vectors
) -> tuple[Sentence, ...]:
    """Return the sentences to quote, in the order of the text.

    ``title`` is the title's vector (a blank title's is zero); ``vectors`` those of ``sentences``.
    """
    scores = _scores(document, sentences, title, vectors)
    likeness = vectors @ vectors.T
    chosen: list[int] = []
    while len(chosen) < min(N_SENTENCES, len(sentences)):
        redundancy = likeness[:, chosen].max(axis=1) if chosen else 0.0
        gain = scores - _REDUNDANCY * redundancy
        gain[chosen] = -np.inf
        chosen.append(int(np.argmax(gain)))
    return tuple(sentences[position] for position in sorted(chosen))


def _scores(
    document: Document, sentences: Sequence[Sentence], title: Vectors, vectors: Vectors
) -> Vectors:
    centre = vectors.mean(axis=0)
    centre = centre / max(float(np.linalg.norm(centre)), 1e-9)
    bonus = [_bonus(document, sentence) for sentence in sentences]
    nearness = _CENTROID_WEIGHT * (vectors @ centre) + _TITLE_WEIGHT * (vectors @ title)
    scores: Vectors = nearness + np.asarray(bonus, dtype=np.float32)
    return scores


def _bonus(document: Document, sentence: Sentence) -> float:
    if len(sentence.text.split()) < _FEWEST_WORDS:
        return _FRAGMENT_MALUS
    is_result = _RESULT_HEADING.search(_section(document, sentence).title)
    return _CUE_BONUS if is_result or _CUE.search(sentence.text) else 0.0


def _section(document: Document, sentence: Sentence) -> Section:
    return next(
        section
        for section in document.sections
        if section.span.start <= sentence.span.start < section.span.end
    )
