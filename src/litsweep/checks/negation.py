"""Does a machine sentence deny what its source says, or say what its source denies?

A denial is a word such as "not" with the next few meaningful words of its clause. It must stand
in the source about the same words and at the same place; elsewhere in the source "did not
reduce" may be said of something else.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from litsweep.checks.slots import Comparison, Token, tokenize

_CUE: Final = re.compile(
    r"\b(?:not(?!\s+only\b)|no(?!\.\s?\d)|never|without|neither|nor|none|cannot|hardly|lack(?:s|ed|ing)?"
    r"|absen(?:t|ce)|fail(?:s|ed|ure|ing)?\s+to|unable|rather\s+than|instead\s+of|non-?significant\w*"
    r"|insignificant\w*|\w+n['’]\s?t)\b",
    re.IGNORECASE,
)
_CLAUSE_END: Final = re.compile(
    r"[;:]|\.\s|\b(?:but|whereas|although)\b|, (?:and|which|while|is|was|are|were|has|had)\b"
)
# "with or without citrate, is": what has no verb ends at a comma.
_PHRASE_END: Final = re.compile(r"[,;:]|\.\s|\bbut\b")
_PHRASE_CUE: Final = re.compile(r"without|lack|absen", re.IGNORECASE)
_REACH: Final = 4
"""How many meaningful words after a denial it may be about."""
_SCOPE: Final = 4
# With this share of those words in common, two denials deny the same.
_SAME: Final = 0.5
_N_TARGETS: Final = 2
"""The words next to a denial, which it is about in any case."""
MARGIN: Final = 0.3
"""How much better the surroundings of an undenied word must agree for a denial to be flagged."""
# "There was no difference" may be told of "the groups were similar".
_SAMENESS: Final = re.compile(
    r"\b(?:similar\w*|same|unchanged|comparable|equal\w*|equivalen\w*|constant|stable|unaffected"
    r"|unaltered|identical|independent\w*|only|little|few|low|negative|fail\w*|negligible|unlikely"
    r"|unknown|unclear|insufficient|un\w+ed)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Denial:
    """A denying word, and the meaningful tokens after it, the nearest first."""

    text: str
    about: tuple[Token, ...]

    @property
    def keys(self) -> list[str]:
        return [token.key for token in self.about[:_SCOPE]]


def denied_wrongly(comparison: Comparison, source: Sequence[str]) -> Iterator[str]:
    """Yield, in words, each denial that the source does not have, and each that was lost."""
    denials = _denials(comparison.text)
    places = {id_of(token): place for place, token in enumerate(comparison.said)}
    for denial in denials:
        if not _is_in_source(denial, comparison, places, source):
            yield f'"{denial.text}" has no counterpart in the source.'
    for text in (*_lost(comparison, denials), *_cut_out(comparison, source)):
        yield f'The source sentence says "{text}", and this one does not.'


def id_of(token: Token) -> int:
    """Return what tells a token from others of its sentence: where it begins."""
    return token.start


def _is_in_source(
    denial: _Denial, comparison: Comparison, places: dict[int, int], source: Sequence[str]
) -> bool:
    denied_starts = _denied_starts(comparison.text)
    for token in denial.about[:_N_TARGETS]:
        place = places.get(id_of(token))
        if place is None:
            continue
        denied, undenied = _agreements(comparison, place, denied_starts[id_of(token)])
        if denied or undenied:
            return denied + MARGIN >= undenied
    return _is_denied_anywhere(denial, source) or _is_sameness(comparison)


def _is_denied_anywhere(denial: _Denial, source: Sequence[str]) -> bool:
    return any(
        _is_same(denial.keys, other.keys) for sentence in source for other in _denials(sentence)
    )


def _is_sameness(comparison: Comparison) -> bool:
    texts = (" ".join(token.text for token in pair.given) for pair in comparison.pairs)
    return any(_SAMENESS.search(text) or _CUE.search(text) for text in texts)


def _agreements(comparison: Comparison, here: int, n_times: int = 1) -> tuple[float, float]:
    """Return how well a word's place agrees with the best denied and the best undenied one.

    Denied is what is denied ``n_times``: "no drug was not tested" denies twice.
    """
    key = comparison.said[here].key
    best = {True: 0.0, False: 0.0}
    for pair in comparison.pairs:
        denied = _denied_starts(pair.text)
        for there, token in enumerate(pair.given):
            if token.key == key:
                is_denied = denied[id_of(token)] >= n_times
                best[is_denied] = max(best[is_denied], pair.agreement(here, there))
    return best[True], best[False]


def _lost(comparison: Comparison, denials: Sequence[_Denial]) -> Iterator[str]:
    kept = set(comparison.counts)
    denied_starts = _denied_starts(comparison.text)
    denied = {token.key for denial in denials for token in denial.about[:_N_TARGETS]}
    for pair in comparison.pairs:
        for denial in _denials(pair.text):
            target = next((one.key for one in denial.about[:_N_TARGETS] if one.key in kept), None)
            if target is None or target in denied or not _is_same(denial.keys, kept):
                continue
            for here, token in enumerate(comparison.said):
                if token.key == target and id_of(token) not in denied_starts:
                    with_denial, without = _agreements(comparison, here)
                    if with_denial > without + MARGIN:
                        yield denial.text
                        break


def _cut_out(comparison: Comparison, source: Sequence[str]) -> Iterator[str]:
    """Yield each denial whose neighbours are said side by side, as nowhere in the source."""
    said = _adjacent(comparison.said)
    for pair in comparison.pairs:
        for cue in _CUE.finditer(pair.text):
            before = next((one for one in reversed(pair.given) if one.end <= cue.start()), None)
            after = next((one for one in pair.given if one.start >= cue.end()), None)
            neighbours = (before.key if before else "", after.key if after else "")
            if neighbours in said and not any(
                neighbours in _adjacent(tokenize(text)) for text in source
            ):
                yield cue[0]


@lru_cache(maxsize=1024)
def _adjacent(tokens: Sequence[Token]) -> frozenset[tuple[str, str]]:
    """Return the neighbouring keys, "" at the end; an article does not part two words."""
    keys = [*(token.key for token in tokens), ""]
    bare = [key for key in keys if key not in ("a", "an", "the")]
    return frozenset((*pairwise(keys), *pairwise(bare)))


@lru_cache(maxsize=1024)
def _denials(text: str) -> tuple[_Denial, ...]:
    tokens = [token for token in tokenize(text) if token.weight == 1.0]
    found = []
    for cue in _CUE.finditer(text):
        ending = _PHRASE_END if _PHRASE_CUE.match(cue[0]) else _CLAUSE_END
        border = ending.search(text, cue.end())
        end = border.start() if border else len(text)
        about = [token for token in tokens if cue.end() <= token.start < end][:_REACH]
        found.append(_Denial(cue[0], tuple(about)))
    return tuple(found)


@lru_cache(maxsize=1024)
def _denied_starts(text: str) -> Counter[int]:
    """Return how often each token, by its start, is denied."""
    return Counter(id_of(token) for denial in _denials(text) for token in denial.about)


def _is_same(words: Sequence[str], others: Sequence[str] | set[str]) -> bool:
    return bool(words) and len(set(words) & set(others)) >= _SAME * len(set(words))
