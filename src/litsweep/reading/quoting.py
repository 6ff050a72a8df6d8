"""Finding the sentence of a full text that answers a data item best. It writes no words.

A sentence's support is its nearness to the item's invented answer, plus what speaks for it: the
item's usual wording, the section in which reports answer it, and that section's title.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from litsweep.domain.documents import Document, Section, SectionKind, Sentence
from litsweep.parsing.sentences import document_sentences
from litsweep.reading.items import DataItem

SUPPORT_THRESHOLD: Final = 0.5
"""A best sentence below this is not quoted: the item is then not found."""
LEXICAL_THRESHOLD: Final = 0.35
"""The same without an encoder: words of an invented and a real answer seldom meet, so the item's
usual wording in a section where reports answer it is enough."""
_CUE_BONUS: Final = 0.25
_SECTION_BONUS: Final = 0.15
_HEADING_BONUS: Final = 0.15
# Rows of a table and captions share words with every question and answer few in a sentence.
_APART: Final = frozenset({SectionKind.TABLE, SectionKind.FIGURE, SectionKind.SUPPLEMENT})
_APART_MALUS: Final = 0.2
_PROOF_BONUS: Final = 2.0
# A line without a mark at its end is mostly a heading, as is "Conclusions."; "None declared." is
# an answer.
_END_MARKS: Final = (".", "!", "?", ")", '"', "”")
_NO_MARK_MALUS: Final = 0.25
_HEADING_MALUS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The best sentence for an item: its position among the document's, and its support."""

    position: int
    support: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionedSentences:
    """A document's sentences, each with the section that holds it."""

    sentences: tuple[Sentence, ...]
    sections: tuple[Section, ...]

    def neighbourhood(self, position: int) -> tuple[int, int]:
        """Return the range of the sentence and its neighbours in the same section."""
        start = end = position
        if position > 0 and self.sections[position - 1] is self.sections[position]:
            start -= 1
        if end + 1 < len(self.sentences) and self.sections[end + 1] is self.sections[end]:
            end += 1
        return start, end + 1


def sectioned_sentences(document: Document) -> SectionedSentences:
    """Return every sentence of the document with its section."""
    in_order = sorted(document.sections, key=lambda section: section.span)
    sentences = document_sentences(document)
    sections = []
    current = 0
    for sentence in sentences:
        while in_order[current].span.end <= sentence.span.start:
            current += 1
        sections.append(in_order[current])
    return SectionedSentences(sentences=sentences, sections=tuple(sections))


def find_quote(
    item: DataItem,
    text: SectionedSentences,
    similarities: Sequence[float],
    threshold: float = SUPPORT_THRESHOLD,
) -> Quote | None:
    """Return the best sentence for ``item``, or None where none comes near enough.

    ``similarities`` holds the cosine of the item's answer with each sentence.
    """
    merits = [
        _merit(item, sentence.text, section, similarity)
        for sentence, section, similarity in zip(
            text.sentences, text.sections, similarities, strict=True
        )
    ]
    best = max(range(len(merits)), key=merits.__getitem__, default=None)
    if best is None or merits[best] < threshold:
        return None
    return Quote(position=best, support=round(min(merits[best], 1.0), 3))


def _merit(item: DataItem, text: str, section: Section, similarity: float) -> float:
    """Return what speaks for a sentence; a proof alone is worth more than all the rest."""
    is_worded_so = item.cue.search(text) is not None
    is_headed_so = item.headings is not None and item.headings.search(section.title) is not None
    proof = _PROOF_BONUS if item.proof and item.proof.search(text) else 0.0
    if not (is_worded_so or is_headed_so or proof):
        return 0.0
    return (
        max(0.0, similarity)
        + proof
        + _CUE_BONUS * is_worded_so
        + _HEADING_BONUS * is_headed_so
        + _SECTION_BONUS * (section.kind in item.kinds)
        - _APART_MALUS * (section.kind in _APART)
        - _form_malus(text)
    )


def _form_malus(text: str) -> float:
    has_mark = text.endswith(_END_MARKS)
    if len(text.split()) < (2 if has_mark else 4):
        return _HEADING_MALUS
    return 0.0 if has_mark else _NO_MARK_MALUS
