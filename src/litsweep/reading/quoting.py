"""Finding the sentences of a report that answer a data item. It writes no words.

A sentence's support is its nearness to the item's invented answer, plus what speaks for it: the
item's usual wording, the section in which reports answer it, and that section's title. A sentence
without any such wording is never quoted, so only the others need a vector.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from litsweep.domain.documents import Section, SectionKind
from litsweep.reading.data_item import DataItem
from litsweep.reading.sectioned import SectionedSentences

SUPPORT_THRESHOLD: Final = 0.5
"""A best sentence below this is not quoted: the item is then not found."""
LEXICAL_THRESHOLD: Final = 0.35
"""The same without an encoder: words of an invented and a real answer seldom meet, so the item's
usual wording in a section where reports answer it is enough."""
_CUE_BONUS: Final = 0.25
_STRONG_BONUS: Final = 0.3
_AGAINST_MALUS: Final = 0.4
_SECTION_BONUS: Final = 0.15
# A sentence of a section about something else is mostly about others' work.
_ELSEWHERE_MALUS: Final = 0.15
_CITED_MALUS: Final = 0.15
_CITED: Final = re.compile(r"\[\d[\d,;\s–-]*\]|\bet al\b|\([A-Z][\w’'-]+,? (?:19|20)\d\d[a-z]?\)")
# With the two others enough for a quotation by words alone: under "Conclusion" stands the
# conclusion, however it is worded.
_OWN_BONUS: Final = 0.1
_HEADING_BONUS: Final = 0.15
# Rows of a table and captions share words with every question and answer few in a sentence.
_APART: Final = frozenset({SectionKind.TABLE, SectionKind.FIGURE, SectionKind.SUPPLEMENT})
_APART_MALUS: Final = 0.3
# Of these one cannot say that they are about something else.
_ANYTHING: Final = frozenset({SectionKind.OTHER, SectionKind.TITLE, *_APART})
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


def speaks_of(item: DataItem, text: str, section: Section) -> bool:
    """Tell whether a sentence carries any of the item's wording, or stands under its heading."""
    return (
        item.cue.search(text) is not None
        or (item.strong is not None and item.strong.search(text) is not None)
        or (item.headings is not None and item.headings.search(section.title) is not None)
        or (item.proof is not None and item.proof.search(text) is not None)
        or section.kind in item.own_kinds
    )


def appraise(
    item: DataItem, text: SectionedSentences, positions: Iterable[int]
) -> dict[int, float]:
    """Return what speaks for each sentence that speaks of the item, by its position.

    The nearness of the sentence to the item's answer, in [0, 1], is still to be added.
    """
    return {
        position: _merit(item, text.sentences[position].text, text.sections[position])
        for position in positions
        if speaks_of(item, text.sentences[position].text, text.sections[position])
    }


def find_quote(
    merits: Mapping[int, float], window: Sequence[int], threshold: float
) -> Quote | None:
    """Return the best sentence of a window, or None where none comes near enough.

    ``merits`` are what `appraise` found, with the nearness added.
    """
    here = [position for position in window if position in merits]
    best = max(here, key=merits.__getitem__, default=None)
    if best is None or merits[best] < threshold:
        return None
    return Quote(position=best, support=round(min(merits[best], 1.0), 3))


def _merit(item: DataItem, text: str, section: Section) -> float:
    """Return what speaks for a sentence; a proof alone is worth more than all the rest."""
    is_at_home = section.kind in item.kinds | item.own_kinds
    is_elsewhere = not is_at_home and section.kind not in _ANYTHING
    return (
        _PROOF_BONUS * _has(item.proof, text)
        + _CUE_BONUS * _has(item.cue, text)
        + _STRONG_BONUS * _has(item.strong, text)
        - _AGAINST_MALUS * _has(item.against, text)
        + _HEADING_BONUS * (_has(item.headings, section.title) or section.kind in item.own_kinds)
        + _SECTION_BONUS * is_at_home
        + _OWN_BONUS * (section.kind in item.own_kinds)
        - _ELSEWHERE_MALUS * is_elsewhere
        - _CITED_MALUS * (section.kind is SectionKind.INTRODUCTION and _has(_CITED, text))
        - _APART_MALUS * (section.kind in _APART)
        - _form_malus(text)
    )


def _has(pattern: re.Pattern[str] | None, text: str) -> bool:
    return pattern is not None and pattern.search(text) is not None


def _form_malus(text: str) -> float:
    has_mark = text.endswith(_END_MARKS)
    if len(text.split()) < (2 if has_mark else 4):
        return _HEADING_MALUS
    return 0.0 if has_mark else _NO_MARK_MALUS
