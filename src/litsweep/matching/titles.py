"""Titles compared: the words that make two titles the same, and those that must not differ.

A wrong merge hides a record, so that likeness is not enough: "… in rats" and "… in mice" are
alike. What differs must be a matter of spelling, and numbers must be the same.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from litsweep.matching.likeness import fold, is_one_edit

KEY_LENGTH: Final = 16

# What databases put around a title and is not part of it.
_AROUND: Final = re.compile(
    r"^\W*RETRACTED(?: ARTICLE)?\s*[:.\]]"
    r"|[\[(]\s*(?:author'?s? transl|review|proceedings|article in \w+)\s*[\])]\W*$",
    re.IGNORECASE,
)
_OPENING: Final = frozenset({"a", "an", "the"})
_SMALL: Final = frozenset({"a", "an", "the", "of", "and", "in", "on", "for", "to", "with", "by"})
_NUMERALS: Final = frozenset({"i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi"})
_LETTERS: Final = frozenset("bcdefghjklmnopqrtuwyz")
_GREEK: Final = frozenset({"alpha", "beta", "gamma", "delta", "epsilon", "kappa", "lambda", "mu"})
# British and American spelling, in this order; what it does to other words it does to both titles.
_SPELLINGS: Final = (("ae", "e"), ("oe", "e"), ("yse", "yze"), ("ise", "ize"), ("isa", "iza"))
_OUR: Final = re.compile(r"our(?=\b|ed|ing|s\b)")

# Shorter titles ("Editorial", "Asthma") are those of many publications.
_LEAST_LETTERS: Final = 25
_LEAST_KEY: Final = 13
_LEAST_WORD: Final = 5


class Wording(StrEnum):
    """How two titles stand to each other."""

    SAME = "same"
    """The same words, but for case, accents, punctuation, markup, British and American spelling."""
    SPELLED = "spelled"
    """The same words, some spelled otherwise: a letter more or less, a Greek letter dropped."""
    BEGINS = "begins"
    """One is the beginning of the other: cut off, or without its subtitle."""
    OTHER = "other"
    """Different words or different numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two titles compare; ``score`` is the share of letters in common, 0 to 1."""

    wording: Wording
    score: float


def fold_title(title: str) -> tuple[str, ...]:
    """Return the words of a title as they are compared."""
    return tuple(_respell(word) for word in fold(_AROUND.sub("", title)))


def is_telling(words: Sequence[str]) -> bool:
    """Tell whether a title is long enough to be the title of one publication alone."""
    return len(words) >= 3 and sum(map(len, words)) >= _LEAST_LETTERS


def title_key(title: str) -> str | None:
    """Return the beginning of a title, folded, by which candidates are looked up.

    None for a title that says too little to find anything by.
    """
    words = list(fold_title(title))
    while words and words[0] in _OPENING:
        del words[0]
    letters = "".join(words)
    return letters[:KEY_LENGTH] if len(letters) >= _LEAST_KEY else None


def compare_titles(one: Sequence[str], other: Sequence[str]) -> Comparison:
    """Compare two folded titles; an empty one is like no other."""
    short, long = sorted(("".join(one), "".join(other)), key=len)
    if not short:
        return Comparison(wording=Wording.OTHER, score=0.0)
    if short == long:
        return Comparison(wording=Wording.SAME, score=1.0)
    score = SequenceMatcher(None, short, long, autojunk=False).ratio()
    if len(short) >= _LEAST_LETTERS and long.startswith(short):
        return Comparison(wording=_judge_beginning(one, other), score=score)
    is_same = _numbers(one) == _numbers(other) and (
        is_one_edit(short, long) or _is_spelling(one, other)
    )
    return Comparison(wording=Wording.SPELLED if is_same else Wording.OTHER, score=score)


def _judge_beginning(one: Sequence[str], other: Sequence[str]) -> Wording:
    """Tell whether the longer title goes on with a subtitle, or with the number of a part."""
    short, long = sorted((one, other), key=lambda words: len("".join(words)))
    n_letters = len("".join(short))
    rest = "".join(long)[n_letters:]
    # Where the cut is inside a word, that word's beginning belongs to it.
    next_words = list(long)
    while next_words and n_letters >= len(next_words[0]):
        n_letters -= len(next_words.pop(0))
    is_part = rest[0].isdigit() or any(
        word.isdigit() or word in _NUMERALS for word in next_words[:2]
    )
    return Wording.OTHER if is_part else Wording.BEGINS


def _respell(word: str) -> str:
    for british, american in _SPELLINGS:
        word = word.replace(british, american)
    return _OUR.sub("or", word)


def _numbers(words: Sequence[str]) -> list[str]:
    digits = re.findall(r"[0-9]+", " ".join(words))
    # "Hepatitis B" and "hepatitis C"; an "a" may be an article, and an "s" a genitive.
    return digits + [word for word in words if word in _NUMERALS or word in _LETTERS]


def _is_spelling(one: Sequence[str], other: Sequence[str]) -> bool:
    differences = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return all(
        operation == "equal" or _are_variants(one[start:end], other[from_:to])
        for operation, start, end, from_, to in differences
    )


def _are_variants(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether two runs of words that stand in the same place are one run, spelled twice."""
    named = [[word for word in words if word in _GREEK] for words in (one, other)]
    if all(named) and named[0] != named[1]:
        return False
    left, right = _core(one), _core(other)
    if "".join(left) == "".join(right):
        return True
    if len(left) != len(right):
        return False
    return all(
        word == match or (min(len(word), len(match)) >= _LEAST_WORD and is_one_edit(word, match))
        for word, match in zip(left, right, strict=True)
    )


def _core(words: Sequence[str]) -> list[str]:
    # Small words come and go; exports drop Greek letters, or write a Latin one.
    kept = [word for word in words if word not in _SMALL and word not in _GREEK]
    return kept if len(words) > len(kept) or kept else list(words)
