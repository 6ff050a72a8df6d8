"""Does a machine sentence say "higher" where its source says "lower"?

A word is compared with what stands at its place in the source, so that a sentence may have both
words. What the source does not say in such words (a difference in figures) is not judged.
"""

from collections.abc import Iterator
from typing import Final

from litsweep.checks.opposites import are_opposites
from litsweep.checks.slots import Comparison, Token

MARGIN: Final = 0.3
"""How much better the surroundings of an opposite must agree for a word to be flagged."""


def turned_round(comparison: Comparison) -> Iterator[tuple[Token, Token]]:
    """Yield each word with its opposite that stands at its place in the source."""
    counts = comparison.counts
    for here, token in enumerate(comparison.said):
        if token.is_number or not token.text[0].isalpha():
            continue
        word = token.text.lower()
        rival = comparison.best(
            here,
            lambda pair, other, word=word: (
                counts[other.key] < pair.counts[other.key]
                and are_opposites(word, other.text.lower())
            ),
        )
        if rival.token is None or not rival.n_neighbours:
            continue
        own = comparison.own(here)
        if rival.agreement > own.agreement + MARGIN and rival.n_neighbours >= own.n_neighbours:
            yield token, rival.token
