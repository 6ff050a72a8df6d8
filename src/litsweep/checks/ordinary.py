"""Which words are ordinary English: a machine text may use them although its source does not.

The list holds no names of drugs, diseases, genes, substances, species, body parts or groups of
people; a word that is not ordinary is not therefore a name, but nobody can tell without the source.
"""

from functools import cache
from importlib import resources
from typing import Final

from litsweep.checks.words import stem

_FILE: Final = "ordinary_words.txt"
# What makes an adverb, a noun or an adjective of the same family. The longest come first.
_ENDINGS: Final = (
    ("isation", "ise"),
    ("ization", "ize"),
    ("ically", "ic"),
    ("ations", ""),
    ("ation", ""),
    ("ation", "ate"),
    ("ments", ""),
    ("ment", ""),
    ("ility", "le"),
    ("ness", ""),
    ("able", ""),
    ("ably", ""),
    ("ible", ""),
    ("tion", "t"),
    ("tion", "te"),
    ("sion", "d"),
    ("sion", "de"),
    ("ally", "al"),
    ("ally", ""),
    ("ance", ""),
    ("ence", ""),
    ("ency", "ent"),
    ("ical", "ic"),
    ("iest", "y"),
    ("ied", "y"),
    ("ies", "y"),
    ("ier", "y"),
    ("ily", "y"),
    ("ive", "e"),
    ("ive", ""),
    ("ity", ""),
    ("ity", "e"),
    ("ate", ""),
    ("est", ""),
    ("ful", ""),
    ("al", ""),
    ("ly", ""),
    ("ly", "le"),
    ("er", ""),
    ("er", "e"),
    ("or", ""),
    ("or", "e"),
    ("th", ""),
)
_PREFIXES: Final = ("un", "re", "non", "pre", "over", "under", "inter", "sub", "self", "well", "co")
_SHORTEST: Final = 4


def is_ordinary(word: str) -> bool:
    """Tell whether ``word``, in any case, or its family is on the list of ordinary words."""
    folded = word.casefold()
    if _is_listed(folded):
        return True
    return any(
        folded.startswith(prefix)
        and len(folded) - len(prefix) >= _SHORTEST
        and _is_listed(folded.removeprefix(prefix))
        for prefix in _PREFIXES
    )


@cache
def _is_listed(word: str) -> bool:
    stems = _stems()
    plain = stem(word)
    singular = word.removesuffix("s")
    return (
        plain in stems
        or word in stems
        or any(
            form.endswith(ending)
            and len(form) - len(ending) >= _SHORTEST
            and stem(form.removesuffix(ending) + instead) in stems
            for form in {word, singular, plain}
            for ending, instead in _ENDINGS
        )
    )


@cache
def _stems() -> frozenset[str]:
    text = resources.files("litsweep.checks").joinpath(_FILE).read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    words = {part for line in lines for word in line.split() for part in word.split("-")}
    return frozenset(words | {stem(word) for word in words})
