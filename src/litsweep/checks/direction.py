"""Does a machine sentence say "higher" where its source says "lower"?

A word is compared with what stands at its place in the source, so that a sentence may have both
words. What the source does not say in such words (a difference in figures) is not judged.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from litsweep.checks.opposites import are_opposites
from litsweep.checks.slots import Comparison, Token

MARGIN: Final = 0.3
"""How much better the surroundings of an opposite must agree for a word to be flagged."""


def turned_round(comparison: Comparison) -> Iterator[tuple[Token, Token]]:
    """Yield each word with its opposite that stands at its place in the source."""
    for here, token in enumerate(comparison.said):
        if token.is_number or not token.text[0].isalpha():
            continue
        word = token.text.lower()
        rival, given = comparison.best(
            here, lambda other, word=word: are_opposites(word, other.text.lower())
        )
        if given is None:
            continue
        same, _ = comparison.best(here, lambda other, key=token.key: other.key == key)
        if rival > same + MARGIN:
            yield token, given
