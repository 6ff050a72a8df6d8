"""What comparing a property of two records can say, and the folding that comparisons share."""

import html
import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")
_GREEK: Final = re.compile(r"GREEK (?:SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)|GREEK (\w+) SYMBOL")
# Letters with a stroke are letters of their own to Unicode, and plain ones to most databases.
_STROKES: Final = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ı": "i", "ð": "d"})


class Likeness(StrEnum):
    """The outcome of comparing a property of two records."""

    ALIKE = "alike"
    """Both give it, and it is the same."""
    DIFFERENT = "different"
    """Both give it, and it is not the same."""
    UNKNOWN = "unknown"
    """One of them does not give it, or not in a form that can be compared."""


def fold(text: str) -> list[str]:
    """Return the words of ``text`` without case, accents, markup, entities and punctuation.

    Greek letters become their names, ligatures and subscripts plain letters and digits.
    """
    plain = _TAG.sub("", html.unescape(text)).replace("&", " and ")
    decomposed = unicodedata.normalize("NFKD", plain.casefold())
    letters = [_fold_letter(letter) for letter in decomposed if not unicodedata.combining(letter)]
    # An apostrophe stands inside a word: Alzheimer's, and in some databases Alzheimers.
    return _WORD.findall("".join(letters).replace("'", "").replace("’", "").translate(_STROKES))


def is_one_edit(one: str, other: str) -> bool:
    """Tell whether a single letter, more, less or another, makes one word of the other."""
    shorter, longer = sorted((one, other), key=len)
    if len(longer) - len(shorter) > 1:
        return False
    start = 0
    while start < len(shorter) and shorter[start] == longer[start]:
        start += 1
    # Whatever follows the first difference must be the same.
    skip = start + 1 if len(shorter) == len(longer) else start
    return shorter[skip:] == longer[start + 1 :]


@lru_cache(maxsize=4096)
def _fold_letter(letter: str) -> str:
    if not "\u0370" <= letter <= "\u03ff":
        return letter
    found = _GREEK.match(unicodedata.name(letter, ""))
    return (found[1] or found[2]).lower() if found else letter
