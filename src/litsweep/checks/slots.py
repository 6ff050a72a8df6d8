"""Where in the source a word of a machine sentence has its place: what stands there instead?

Two sentences are laid beside each other by their common words, in order. A pair of places, one
in each, is the likelier to be the same the more words agree before and behind it. It judges
nothing: checks compare what stands at the two places.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from litsweep.checks.words import is_stop_word, stem

_TOKEN: Final = re.compile(
    # A name with digits (CD4, p53, IL-6), a number, a word, or a sign that is as good as a word.
    r"(?<![^\W_])(?:[^\W\d_]+\d|[^\W\d_]*[A-Z][^\W\d_]*-\d)[^\W_]*|\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?|\.\d+"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)?|[%‰<>=≤≥±°]"
)
DASH: Final = re.compile(r"[\u2010-\u2015\u2212\ufe63\uff0d]")
# A "the" that agrees says a little, a "tremor" a lot.
_FUNCTION_WEIGHT: Final = 0.25
# What the two nearest neighbours say, each.
_NEIGHBOUR_WEIGHT: Final = 0.5
# How many words on each side of a place are looked at in order.
_NEAR: Final = 10
# How many words on each side may lend support when clauses were moved.
_REACH: Final = 4
_MOVED_WEIGHT: Final = 0.5
_N_SENTENCES: Final = 3
"""How many source sentences are laid beside a machine sentence."""
_LONGEST: Final = 120
"""Tokens; of a longer sentence only the beginning is compared, or the time would be its square."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sign as written; ``key`` is what is compared, ``weight`` what it says.

    ``is_attached`` tells that letters and a hyphen stand right before it, as in a name.
    """

    text: str
    key: str
    weight: float
    start: int
    end: int
    is_attached: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it is a number in figures, be it one of a name (the 6 of IL-6)."""
        return self.text[0].isdecimal() or self.text[0] == "."

    @property
    def is_word(self) -> bool:
        """Whether it is a word that carries meaning, and neither a number nor a sign."""
        return self.weight == 1.0 and not self.is_number


@lru_cache(maxsize=4096)
def tokenize(text: str) -> tuple[Token, ...]:
    """Return the tokens of ``text`` in order; hyphens and slashes part words, as spaces do."""
    return tuple(_tokens(DASH.sub("-", text)))


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        folded = match[0].casefold().replace("’", "'")
        is_light = is_stop_word(folded) or not (folded[0].isalnum() or folded[0] == ".")
        weight = _FUNCTION_WEIGHT if is_light else 1.0
        key = folded.replace(",", "") if folded[0].isdecimal() else stem(folded)
        is_attached = text[max(0, match.start() - 2) : match.start()][-1:] == "-" and (
            text[match.start() - 2].isalpha()
        )
        yield Token(match[0], key, weight, match.start(), match.end(), is_attached)


@dataclass(frozen=True)
class Beside:
    """A machine sentence and one source sentence, as tokens, laid beside each other.

    ``text`` is the source sentence as it stands there.
    """

    said: tuple[Token, ...]
    given: tuple[Token, ...]
    text: str

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each key stands in the source sentence."""
        return Counter(token.key for token in self.given)

    @cached_property
    def _before(self) -> list[list[float]]:
        return _common(self.said, self.given)

    @cached_property
    def _behind(self) -> list[list[float]]:
        return [row[::-1] for row in _common(self.said[::-1], self.given[::-1])][::-1]

    @property
    def overlap(self) -> float:
        """The weight of the words that agree in order, as a share of the machine sentence's."""
        return self._before[-1][-1] / max(sum(token.weight for token in self.said), 1e-9)

    def agreement(self, here: int, there: int) -> float:
        """Return how well the surroundings of ``said[here]`` and ``given[there]`` agree.

        Of the machine sentence only the near surroundings count: it may go on from another one.
        """
        before, behind = self._before, self._behind
        last = len(self.said)
        in_order = before[here][there] - before[max(0, here - _NEAR)][there]
        in_order += behind[here + 1][there + 1] - behind[min(last, here + 1 + _NEAR)][there + 1]
        moved = _MOVED_WEIGHT * self._near(here, there)
        return in_order + _NEIGHBOUR_WEIGHT * self.n_neighbours(here, there) + moved

    def n_neighbours(self, here: int, there: int) -> int:
        """Return how many of the two words next to each place agree.

        That both are first, or both last, counts where the word on the other side agrees.
        """
        sides = [
            (_key_at(self.said, here + step), _key_at(self.given, there + step)) for step in (-1, 1)
        ]
        n_words = sum(said is not None and said == given for said, given in sides)
        return n_words + sides.count((None, None)) if n_words else 0

    def _near(self, here: int, there: int) -> float:
        nearby = {token.key for token in _window(self.given, there)}
        return sum(token.weight for token in _window(self.said, here) if token.key in nearby)


def _key_at(tokens: Sequence[Token], place: int) -> str | None:
    return tokens[place].key if 0 <= place < len(tokens) else None


def _window(tokens: Sequence[Token], place: int) -> Sequence[Token]:
    return (*tokens[max(0, place - _REACH) : place], *tokens[place + 1 : place + 1 + _REACH])


def _common(said: Sequence[Token], given: Sequence[Token]) -> list[list[float]]:
    """Return for each pair of beginnings the weight of their longest common subsequence."""
    row = [0.0] * (len(given) + 1)
    table = [row]
    keys = [token.key for token in given]
    for token in said:
        above, row, left = row, [0.0], 0.0
        key, weight = token.key, token.weight
        for place, other in enumerate(keys):
            best = above[place] + weight if key == other else above[place + 1]
            left = best if best > left else left
            row.append(left)
        table.append(row)
    return table


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the source: how well its surroundings agree, and what stands there."""

    agreement: float
    n_neighbours: int
    token: Token | None
    pair: Beside | None = None
    there: int = 0

    def following(self, n: int) -> Token | None:
        """Return the ``n``-th token behind the place, if there is one."""
        tokens = self.pair.given if self.pair else ()
        return tokens[self.there + n] if self.there + n < len(tokens) else None


NOWHERE: Final = Place(0.0, 0, None)
"""The place of what the source does not have."""


class Comparison:
    """A machine sentence beside the few source sentences that have most in common with it."""

    def __init__(self, text: str, source: Sequence[str]) -> None:
        self.text = text
        self.said = tokenize(text)[:_LONGEST]
        self.counts = Counter(token.key for token in self.said)
        self.pairs = [Beside(self.said, *given) for given in self._nearest(source)]

    def _nearest(self, source: Sequence[str]) -> Iterator[tuple[tuple[Token, ...], str]]:
        """Yield the sentences that share most words, each for words the others do not share."""
        wanted = {token.key for token in self.said if token.weight == 1.0}
        left = {text: tokenize(text)[:_LONGEST] for text in source}
        shared = {text: wanted & {one.key for one in tokens} for text, tokens in left.items()}
        missing = set(wanted)
        for _ in range(min(_N_SENTENCES, len(left))):
            text = max(left, key=lambda text: (len(shared[text] & missing), len(shared[text])))
            if not shared[text]:
                return
            missing -= shared[text]
            yield left.pop(text), text

    def best(self, here: int, suits: Callable[[Beside, Token], bool]) -> Place:
        """Return the likeliest place for ``said[here]`` among the source words that suit."""
        places = (
            Place(pair.agreement(here, there), pair.n_neighbours(here, there), token, pair, there)
            for pair in self.pairs
            for there, token in enumerate(pair.given)
            if suits(pair, token)
        )
        return max(places, key=lambda place: place.agreement, default=NOWHERE)

    def own(self, here: int) -> Place:
        """Return the likeliest place of the same word as ``said[here]``."""
        key = self.said[here].key
        return self.best(here, lambda _, other: other.key == key)
