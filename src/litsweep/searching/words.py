"""The words that a text is searched by: one rule for what is stored and for what is typed.

Both databases index exactly these words, so that both give the same answers; whoever changes the
rule adds a migration that builds the index anew. Which texts are searched, and how a query
combines words, is not known here.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate, chain
from typing import Final

# A run of letters, digits and accents, without the genitive's s: Crohn's and Crohn are one word.
_RUN: Final = re.compile(r"[^\W_ʼ]+(?:[\u0300-\u036f]+[^\W_ʼ]*)*(?:['’‘ʼ][sS](?![^\W_]))?")
_CHUNK: Final = re.compile(r"\S+")
_GENITIVE: Final = re.compile(r"['’‘ʼ][sS]$")
# Hyphens are already gaps; names of genes and diseases are written with and without one, so that
# letters, digits and Greek letters are words apart: IL6, IL-6 and IL 6 are the same two words
# (Jiang and Zhai 2007, doi 10.1007/s10791-007-9027-7, found this best for biomedical text).
_PART: Final = re.compile(r"[\u0370-\u03ff]|\d+|[^\W\d_\u0370-\u03ff]+")
_GREEK: Final = re.compile(r"GREEK (?:SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)|GREEK (\w+) SYMBOL")
# Letters of their own to Unicode, and plain ones to those who type.
_PLAIN: Final = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ı": "i", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th"}
)
# Analysis and analyses, metastasis and metastases; doses, diseases and glucoses are others.
_SIS: Final = re.compile(r"(?:ly|ta|no|the|are|bo|ro|ho)s[ie]s$")

# What no word of a language has; PostgreSQL takes 2,046 bytes.
_LONGEST: Final = 100


def list_words(text: str) -> list[str]:
    """Return the words of ``text``, in its order."""
    return list(chain.from_iterable(map(_words_of, text.split())))


def join_words(text: str) -> str:
    """Return the words of ``text`` with blanks between them, for an index; the quickest way."""
    return " ".join(filter(None, map(_joined, text.split())))


class PlacedWords:
    """The words of a text, with where each of them stands in it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._by_chunk = list(map(_words_of, text.split()))
        self.words = list(chain.from_iterable(self._by_chunk))

    def place(self, numbers: Iterable[int]) -> dict[int, tuple[int, int]]:
        """Return where words stand, by their number in ``words``.

        A half-open range of what the word was made from: all of "IL6" for both of its words.
        """
        ends = list(accumulate(map(len, self._by_chunk)))
        chunks = list(_CHUNK.finditer(self._text))
        found = {}
        for number in numbers:
            place = bisect_right(ends, number)
            in_chunk = number - (ends[place - 1] if place else 0)
            start, end = _list_places(chunks[place].group())[in_chunk]
            found[number] = (chunks[place].start() + start, chunks[place].start() + end)
        return found


def list_parts(text: str) -> list[str]:
    """Return the words of ``text`` with the endings that they have, before `fold_ending`."""
    return [part for run in _RUN.findall(text) for part in _parts_of(run)]


def fold_ending(word: str) -> str:
    """Return the word without the ending of a plural (Harman's S stemmer, 1991).

    No other ending is cut, since Porter's rules make one word of "universal" and "university";
    but Greek plurals are, since reviewers look for metastases and mean metastasis too.
    """
    if len(word) < 4:
        return word
    if len(word) > 6 and _SIS.search(word):
        return word[:-2]
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return f"{word[:-3]}y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word


# By what stands between blanks, which is quicker to find than words are; of these few are new.
@lru_cache(maxsize=50_000)
def _joined(chunk: str) -> str:
    return " ".join(_words_of(chunk))


@lru_cache(maxsize=50_000)
def _words_of(chunk: str) -> tuple[str, ...]:
    return tuple(map(fold_ending, list_parts(chunk)))


def _list_places(chunk: str) -> list[tuple[int, int]]:
    return [run.span() for run in _RUN.finditer(chunk) for _ in _parts_of(run.group())]


def _parts_of(run: str) -> tuple[str, ...]:
    # Twice: what NFKD takes apart (ℙ) may have a capital letter, and what casefold makes an accent.
    folded = unicodedata.normalize("NFKD", _GENITIVE.sub("", run)).casefold()
    decomposed = unicodedata.normalize("NFKD", folded)
    plain = "".join(one for one in decomposed if not unicodedata.combining(one))
    return tuple(_name(part)[:_LONGEST] for part in _PART.findall(plain.translate(_PLAIN)))


def _name(part: str) -> str:
    if "\u0370" <= part <= "\u03ff":
        found = _GREEK.match(unicodedata.name(part, ""))
        return (found[1] or found[2]).lower() if found else part
    return part
