"""Which words say the opposite of each other. It looks at words alone, never at sentences."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Final

from litsweep.checks.words import stem

# One pair of sides a line; "*" stands for any ending. A word may be in several lines.
_FILE: Final = "opposites.txt"
_CHANGED_PREFIXES: Final = (
    ("hyper", "hypo"),
    ("over", "under"),
    ("up", "down"),
    ("pre", "post"),
    ("intra", "extra"),
    ("intra", "inter"),
    ("pro", "anti"),
    ("pro", "retro"),
    ("micro", "macro"),
    ("mono", "poly"),
    ("homo", "hetero"),
    ("endo", "exo"),
    ("uni", "bi"),
    ("uni", "multi"),
    ("eu", "dys"),
    ("in", "out"),
    ("in", "ex"),
    ("in", "de"),
    ("ac", "de"),
    ("as", "des"),
    ("syn", "anta"),
    ("ag", "antag"),
    ("afe", "effe"),
    ("tachy", "brady"),
    ("im", "ex"),
    ("max", "min"),
)
_DENIALS: Final = (
    "un",
    "in",
    "im",
    "ir",
    "il",
    "non",
    "dis",
    "mis",
    "de",
    "a",
    "an",
    "anti",
    "dys",
)
_SHORTEST_REST: Final = 4


def are_opposites(one: str, other: str) -> bool:
    """Tell whether two words, in lower case, say opposite things; ``increased``, ``fell``."""
    if one == other:
        return False
    sides, others = _sides(one), _sides(other)
    if any((line, side) in others for line, side in sides):
        return False  # "more" and "higher" are on one side of one line, whatever of another
    return any((line, 1 - side) in others for line, side in sides) or _is_denial(one, other)


@cache
def _is_denial(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= _SHORTEST_REST and any(
        _is_rest(longer.removeprefix(prefix), shorter)
        for prefix in _DENIALS
        if longer.startswith(prefix)
    ):
        return True
    return any(
        _is_rest(first.removeprefix(a), second.removeprefix(b))
        for a, b in _CHANGED_PREFIXES
        for first, second in ((one, other), (other, one))
        if first.startswith(a) and second.startswith(b)
    )


def _is_rest(one: str, other: str) -> bool:
    """Tell whether two words are one but for the ending."""
    return min(len(one), len(other)) >= _SHORTEST_REST and stem(one) == stem(other)


@cache
def _sides(word: str) -> frozenset[tuple[int, int]]:
    return frozenset((line, side) for line, side, pattern in _patterns() if pattern.fullmatch(word))


@cache
def _patterns() -> tuple[tuple[int, int, re.Pattern[str]], ...]:
    return tuple(_read())


def _read() -> Iterator[tuple[int, int, re.Pattern[str]]]:
    text = resources.files("litsweep.checks").joinpath(_FILE).read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for number, line in enumerate(lines):
        for side, words in enumerate(line.split(" | ")):
            pattern = "|".join(word.replace("*", r"\w*") for word in words.split())
            yield number, side, re.compile(pattern)
