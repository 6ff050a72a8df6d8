"""What speaks for which sentence of a report: rules, wording, and nearness, window by window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from litsweep.domain.generations import SentenceEncoder
from litsweep.domain.readings import Reading
from litsweep.reading.candidates import Candidate
from litsweep.reading.embedding import LEXICAL, Vectors, embed
from litsweep.reading.items import DATA_ITEMS, ITEMS
from litsweep.reading.quoting import (
    LEXICAL_THRESHOLD,
    SUPPORT_THRESHOLD,
    Quote,
    appraise,
    find_quote,
)
from litsweep.reading.ruling import rule_candidates
from litsweep.reading.sectioned import SectionedSentences
from litsweep.reading.windows import Cut

# A sentence on randomisation or an outcome that no rule can read answers nothing.
_RULES_ONLY: Final = frozenset({"n_randomised", "n_analysed", "effect_estimates", "outcomes"})
_SECOND_BEST: Final = 0.2
"""A passage of another window may have this much less support than the best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A full text on its way: its windows, what rules found, and each item's likely sentences.

    ``merits`` has, for each item that is to be quoted, what speaks for each sentence by position.
    """

    reading: Reading
    text: SectionedSentences
    cut: Cut
    ruled: Mapping[str, Sequence[Candidate]]
    merits: Mapping[str, Mapping[int, float]]
    threshold: float
    ranked_by: str

    def quotes(self, item: str, most: int = 1) -> list[tuple[Quote, range]]:
        """Return the best sentences for an item, each with its window, at most one a window."""
        merits = self.merits.get(item, {})
        found = [
            (quote, window)
            for window in self.cut.windows
            if (quote := find_quote(merits, window, self.threshold)) is not None
        ]
        found.sort(key=lambda one: -merits[one[0].position])
        once = {quote.position: (quote, window) for quote, window in reversed(found)}
        least = max((quote.support for quote, _ in found), default=0.0) - _SECOND_BEST
        kept = [one for one in reversed(once.values()) if one[0].support >= least]
        return kept[:most]


def appraise_reports(
    readings: Sequence[Reading],
    texts: Sequence[SectionedSentences],
    cuts: Sequence[Cut],
    encoder: SentenceEncoder | None,
) -> list[Report]:
    """Return the reports with all that speaks for their sentences, in order.

    Only sentences that can be quoted for an item that no rule answered go through the encoder,
    those of all reports in one call.
    """
    ruled = [rule_candidates(text, cut.positions) for text, cut in zip(texts, cuts, strict=True)]
    bids = [_bid(*one) for one in zip(texts, cuts, ruled, strict=True)]
    places = [sorted({place for bid in own.values() for place in bid}) for own in bids]
    answers = [item.answer for item in DATA_ITEMS]
    embedding = embed(
        [
            [*answers, *(text.sentences[place].text for place in own)]
            for text, own in zip(texts, places, strict=True)
        ],
        encoder,
    )
    is_lexical = embedding.embedded_by == LEXICAL
    return [
        Report(
            reading=replace(reading, failure=embedding.failure),
            text=text,
            cut=cut,
            ruled=facts,
            merits=_add_nearness(bid, own, vectors),
            threshold=LEXICAL_THRESHOLD if is_lexical else SUPPORT_THRESHOLD,
            ranked_by=embedding.embedded_by,
        )
        for reading, text, cut, facts, bid, own, vectors in zip(
            readings, texts, cuts, ruled, bids, places, embedding.groups, strict=True
        )
    ]


def _bid(
    text: SectionedSentences, cut: Cut, ruled: Mapping[str, Sequence[Candidate]]
) -> dict[str, dict[int, float]]:
    """Return what speaks for the sentences, for each item that is still to be quoted."""
    return {
        item.name: appraise(item, text, cut.positions)
        for item in DATA_ITEMS
        if item.name not in _RULES_ONLY and not ruled.get(item.name)
    }


def _add_nearness(
    bids: Mapping[str, Mapping[int, float]], places: Sequence[int], vectors: Vectors
) -> dict[str, dict[int, float]]:
    """``vectors`` are those of the items' answers and then of the sentences at ``places``."""
    cosines = (vectors[: len(DATA_ITEMS)] @ vectors[len(DATA_ITEMS) :].T).tolist()
    column = {place: number for number, place in enumerate(places)}
    row = {name: number for number, name in enumerate(ITEMS)}
    return {
        name: {
            place: merit + max(0.0, cosines[row[name]][column[place]])
            for place, merit in bid.items()
        }
        for name, bid in bids.items()
    }
