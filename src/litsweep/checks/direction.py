"""Does a machine sentence say "higher" where its source says "lower"?

A word is compared with what stands at its place in the source, so that a sentence may have both
words. What the source does not say in such words (a difference in figures) is not judged.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from litsweep.checks.opposites import are_opposites
from litsweep.checks.slots import Beside, Comparison, Token

MARGIN: Final = 0.3
"""How much better the surroundings of an opposite must agree for a word to be flagged."""


def turned_round(comparison: Comparison) -> Iterator[tuple[Token, Token]]:
    """Yield each word with its opposite that stands at its place in the source."""
    for here, token in enumerate(comparison.said):
        if token.is_number or not token.text[0].isalpha():
            continue
        rival = comparison.best(here, _opposed(token, comparison.counts))
        if rival.token is None or not rival.n_neighbours:
            continue
        own = comparison.own(here)
        if rival.agreement > own.agreement + MARGIN and rival.n_neighbours >= own.n_neighbours:
            yield token, rival.token


def _opposed(token: Token, counts: Mapping[str, int]) -> Callable[[Beside, Token], bool]:
    """Return what tells the opposites of a word that are said less often than given."""
    word = token.text.lower()
    return lambda pair, other: (
        counts[other.key] < pair.counts[other.key] and are_opposites(word, other.text.lower())
    )
