"""A search as it is asked of an index: words in a row, joined by and, or, and not.

Plain nouns; what a person types is read by ``litsweep.searching.typed``, and how an index is
asked is ``db.search``'s.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final


class Field(StrEnum):
    """What of a record is searched; the names of the index's columns, in their order."""

    TITLE = "title"
    """The title."""
    ABSTRACT = "abstract"
    """The abstract, the labels of its parts included."""
    MESH = "mesh"
    """The names of the MeSH headings, without qualifiers."""
    KEYWORDS = "keywords"
    """The keywords of authors and others."""


EVERYWHERE: Final = tuple(Field)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a word of the index may be: one of ``words``, or begin with one of ``beginnings``."""

    words: tuple[str, ...]
    beginnings: tuple[str, ...] = ()

    def matches(self, word: str) -> bool:
        """Tell whether a word of the index is meant."""
        return word in self.words or word.startswith(self.beginnings)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand one after another in one of ``fields``; a single word is a row of one."""

    patterns: tuple[Pattern, ...]
    fields: tuple[Field, ...] = EVERYWHERE

    def iter_spellings(self) -> Iterator[tuple[tuple[str, ...], bool]]:
        """Iterate over the rows of words that are meant, each with whether its last is cut off."""
        *before, last = self.patterns
        heads = [pattern.words for pattern in before]
        for is_cut, tails in ((False, last.words), (True, last.beginnings)):
            yield from ((row, is_cut) for row in product(*heads, tails))


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of ``parts`` (one at least), and none of ``without``."""

    parts: tuple["Query", ...]
    without: tuple["Query", ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of ``parts`` at least; they are two or more."""

    parts: tuple["Query", ...]


Query = Phrase | AllOf | AnyOf


def iter_phrases(query: Query) -> Iterator[Phrase]:
    """Iterate over the phrases that are looked for, not those that are excluded."""
    if isinstance(query, Phrase):
        yield query
        return
    for part in query.parts:
        yield from iter_phrases(part)
