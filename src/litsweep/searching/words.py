"""The words that a text is searched by: one rule for what is stored and for what is typed.

Both databases index exactly these words, so that both give the same answers; whoever changes the
rule adds a migration that builds the index anew. Which texts are searched, and how a query
combines words, is not known here.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# A run of letters, digits and accents; an apostrophe stands inside a word: Crohn's.
_RUN: Final = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+(?:['’](?:[^\W_]|[\u0300-\u036f])+)*")
# Hyphens are already gaps; names of genes and diseases are written with and without one, so that
# letters, digits and Greek letters are words apart: IL6, IL-6 and IL 6 are the same two words
# (Jiang and Zhai 2007, doi 10.1007/s10791-007-9027-7, found this best for biomedical text).
_PART: Final = re.compile(r"[\u0370-\u03ff]|\d+|[^\W\d_\u0370-\u03ff]+")
_GREEK: Final = re.compile(r"GREEK (?:SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)|GREEK (\w+) SYMBOL")
# Letters with a stroke are letters of their own to Unicode, and plain ones to those who type.
_STROKES: Final = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ı": "i", "ð": "d"})

# What no word of a language has; PostgreSQL takes 2,046 bytes.
_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is indexed, and the half-open place of what it was made from in the text."""

    text: str
    start: int
    end: int


def iter_words(text: str) -> Iterator[Word]:
    """Iterate over the words of ``text``, in its order."""
    for run in _RUN.finditer(text):
        for word in _words_of(run.group()):
            yield Word(word, run.start(), run.end())


def list_words(text: str) -> list[str]:
    """Return the words of ``text`` alone, in its order."""
    return [word for run in _RUN.findall(text) for word in _words_of(run)]


@lru_cache(maxsize=100_000)
def _words_of(run: str) -> tuple[str, ...]:
    decomposed = unicodedata.normalize("NFKD", run.replace("'", "").replace("’", "").casefold())
    plain = "".join(one for one in decomposed if not unicodedata.combining(one))
    return tuple(_fold(part)[:_LONGEST] for part in _PART.findall(plain.translate(_STROKES)))


def _fold(part: str) -> str:
    if "\u0370" <= part <= "\u03ff":
        found = _GREEK.match(unicodedata.name(part, ""))
        return (found[1] or found[2]).lower() if found else part
    return fold_plural(part)


def fold_plural(word: str) -> str:
    """Return the word without the ending of a plural (Harman's S stemmer, 1991).

    No other ending is cut: Porter's rules make one word of "universal" and "university".
    """
    if len(word) < 4:
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return f"{word[:-3]}y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word
