"""Does a machine sentence name a drug, disease or gene that its source lacks, or puts elsewhere?

There is no lexicon at hand and none is complete, so the question is turned round: every word that
is not ordinary English must stand in the source, and at its place there. Plurals, hyphens,
endings (``diabetic``, ``diabetes``) and initials of the source's own words do not count. Names
with digits are compared by `litsweep.checks.numbers`, too.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from itertools import pairwise
from typing import Final

from litsweep.checks.ordinary import is_ordinary
from litsweep.checks.slots import Beside, Comparison, Token, tokenize
from litsweep.checks.units import UNITS
from litsweep.checks.words import stem

MARGIN: Final = 0.75
"""How much better the surroundings of another name must agree for a name to be flagged."""
# Letters that statistics use as words.
_SYMBOLS: Final = frozenset("pntfr") | {"ci", "sd", "vs", "et", "al"}
_ENDINGS: Final = frozenset(
    [
        "s",
        "es",
        "ed",
        "ing",
        "e",
        "y",
        "ies",
        "ied",
        "ic",
        "ics",
        "ical",
        "ically",
        "al",
        "ally",
        "ar",
        "ary",
        "ous",
        "ously",
        "ive",
        "ively",
        "ion",
        "ions",
        "ism",
        "ist",
        "ists",
        "ity",
        "ities",
        "ized",
        "ised",
        "ize",
        "ise",
        "isation",
        "ization",
        "ation",
        "ations",
        "ate",
        "ated",
        "ating",
        "ant",
        "ent",
        "ance",
        "ence",
        "ment",
        "ments",
        "er",
        "ers",
        "or",
        "ors",
        "a",
        "ae",
        "um",
        "us",
        "i",
        "is",
        "ia",
        "ias",
        "ian",
        "ly",
        "tic",
        "tics",
        "sis",
        "ses",
        "tive",
        "tion",
        "oid",
        "ual",
        "uals",
    ]
) | {""}
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST_ROOT: Final = 4
# What may be said for any name.
_GENERAL: Final = frozenset(
    stem(word)
    for word in [
        "drug",
        "agent",
        "compound",
        "medication",
        "treatment",
        "therapy",
        "intervention",
        "disease",
        "disorder",
        "illness",
        "condition",
        "syndrome",
        "group",
        "patient",
        "participant",
        "subject",
        "person",
        "people",
        "author",
        "study",
        "trial",
        "investigation",
        "finding",
        "result",
        "effect",
        "outcome",
        "method",
        "approach",
        "other",
        "former",
        "latter",
        "gene",
        "protein",
        "level",
        "one",
        "both",
    ]
)


class Known:
    """The words of a source, for looking up in whatever form a machine text has them."""

    def __init__(self, source: Sequence[str]) -> None:
        sentences = [tokenize(sentence) for sentence in source]
        self.keys = {token.key for tokens in sentences for token in tokens}
        self._joined = {
            _fold(one) + _fold(other) for tokens in sentences for one, other in pairwise(tokens)
        }
        self._folded = {_fold(token) for tokens in sentences for token in tokens}
        # "interleukin 6" is "IL-6", too.
        self._initialled = {
            one.key[0] + other.key
            for tokens in sentences
            for one, other in pairwise(tokens)
            if other.is_number
        }
        self._by_root: dict[str, list[str]] = {}
        for word in self._folded:
            self._by_root.setdefault(word[:_SHORTEST_ROOT], []).append(word)
        self._initials = "".join(
            " " if token is None else _fold(token)[:1]
            for tokens in sentences
            for token in (*tokens, None)
        )

    def has(self, said: Sequence[Token], place: int) -> bool:
        """Tell whether the source has ``said[place]``, by itself or joined with a neighbour."""
        token = said[place]
        word = _fold(token)
        return (
            token.key in self.keys
            or word in self._folded
            or word in self._joined
            or (word[-1].isdigit() and word[0] + word.lstrip(_LETTERS) in self._initialled)
            or self._has_relative(word)
            or self._is_joined(said, place)
            or (token.text.isupper() and len(word) > 1 and word in self._initials)
        )

    def _is_joined(self, said: Sequence[Token], place: int) -> bool:
        pairs = pairwise(said[max(0, place - 1) : place + 2])
        return any(_fold(one) + _fold(other) in self._folded for one, other in pairs)

    def _has_relative(self, word: str) -> bool:
        return any(
            _are_relatives(word, other) for other in self._by_root.get(word[:_SHORTEST_ROOT], ())
        )


def strange_names(comparison: Comparison, known: Known) -> Iterator[Token]:
    """Yield the words that are neither ordinary English nor in the source."""
    for place, token in enumerate(comparison.said):
        if is_name(token) and not known.has(comparison.said, place):
            yield token


def exchanged_names(comparison: Comparison, known: Known) -> Iterator[tuple[Token, Token]]:
    """Yield each word that stands where the source has a name that is not said."""
    folded = [_fold(token) for token in comparison.said]
    said = {*folded, *(one + other for one, other in pairwise(folded)), *comparison.counts}
    given = sum((pair.counts for pair in comparison.pairs), Counter[str]())
    rarer = {key for key, n in given.items() if 0 < comparison.counts[key] < n}
    for here, token in enumerate(comparison.said):
        if not token.is_word or token.key in _GENERAL:
            continue
        rival = comparison.best(here, partial(_is_unsaid, said, rarer))
        if rival.token is None or not rival.n_neighbours:
            continue
        own = comparison.own(here)
        if is_name(token) and not known.has(comparison.said, here):
            continue  # it is strange already
        n_needed = max(own.n_neighbours, 1 if is_name(token) else 2)
        if rival.n_neighbours >= n_needed and rival.agreement > own.agreement + MARGIN:
            yield token, rival.token


def _is_unsaid(said: set[str], rarer: set[str], _: Beside, other: Token) -> bool:
    """Whether a name of the source is not said, or (``rarer``) less often than it stands there."""
    is_missing = other.key not in said and _fold(other) not in said
    return (is_missing or other.key in rarer) and is_name(other)


def is_name(token: Token) -> bool:
    """Tell whether a token may be a name: a word that is no ordinary English."""
    folded = _fold(token)
    is_symbol = folded in _SYMBOLS or folded in UNITS
    return token.is_word and not is_symbol and not _is_ordinary(token.text)


@lru_cache(maxsize=65536)
def _is_ordinary(word: str) -> bool:
    # An acronym may look like a word: "AIDS", "ACT", "SAME".
    is_acronym = word.isupper() and len(word) > 1
    return is_ordinary(word) and not is_acronym


def _fold(token: Token) -> str:
    return token.text.casefold().replace("’", "'").replace("-", "")


def _are_relatives(one: str, other: str) -> bool:
    root = 0
    while root < min(len(one), len(other)) and one[root] == other[root]:
        root += 1
    # "oedema" and "oedematous" part at "oedema", "diabetes" and "diabetic" at "diabet".
    return any(
        one[cut:] in _ENDINGS and other[cut:] in _ENDINGS
        for cut in range(max(_SHORTEST_ROOT, root - 2), root + 1)
    )
