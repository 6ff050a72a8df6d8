"""Where the words of a topic and of MeSH stand in a text, and the text in pieces to be marked.

Pure: texts in, spans and pieces out; a template escapes each piece by itself. Which words a
record is found by is not asked here: ``litsweep.searching`` finds them, endings and spellings
included.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Final

from litsweep.domain.documents import Span
from litsweep.errors import UsageError
from litsweep.searching.highlights import find_hits
from litsweep.searching.query import EVERYWHERE, AnyOf, Field, Phrase, Query, iter_phrases
from litsweep.searching.typed import read_query

MOST_TERMS: Final = 400
"""Terms of a query that are looked for; the longest filters of reviewers have some hundred."""

# PubMed's fields whose words stand in titles and abstracts; a term without a field may, too.
_IN_TEXT: Final = frozenset({"tiab", "title/abstract", "ti", "title", "ab", "abstract", "tw"})
_ANYWHERE: Final = frozenset({"text word", "all", "all fields", "ot", "other term"})
_TOKEN: Final = re.compile(
    r"""(?P<open>\()|(?P<close>\))|[“"](?P<quoted>[^“”"]*)[”"](?P<star>\*?)
    |\[(?P<tag>[^\]]*)\]|(?P<word>[^\s()\[\]“”"]+)""",
    re.VERBOSE,
)
_OPERATORS: Final = frozenset({"AND", "OR", "NOT"})
# Words that PubMed does not search by themselves, as far as they are in queries and headings.
_STOPWORDS: Final = frozenset(
    re.findall(
        r"\w+",
        "about and been can did does due during each either for from had has have into its than "
        "that the their then there these they this those was were what when which while with "
        "within without other topic topics",
    )
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text that is marked in one way throughout."""

    text: str
    is_term: bool = False
    is_mesh: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Pieces one after another that are a source of the same things, or of nothing.

    ``sources`` are the numbers of these: sentences of a summary, data items of an analysis. For
    those of ``first_of`` it is the first run in its text, at which a link arrives.
    """

    pieces: tuple[Piece, ...]
    sources: tuple[int, ...] = ()
    first_of: tuple[int, ...] = ()


def read_terms(query: str) -> tuple[str, ...]:
    """Return the phrases and words of a PubMed query that may stand in a title or an abstract.

    What is excluded by NOT, what is a MeSH heading or of another field, operators and tags are
    left out. A row of words before a tag is one phrase; one without a tag is so many words.
    """
    return tuple(dict.fromkeys(_Terms(query).read()))[:MOST_TERMS]


def find_terms(text: str, terms: Iterable[str]) -> tuple[Span, ...]:
    """Return where terms stand in a text, in order, none over another."""
    query = _build_query(tuple(terms))
    return () if query is None else find_hits(query, Field.ABSTRACT, text)


def list_mesh_terms(headings: Iterable[str]) -> tuple[str, ...]:
    """Return what is looked for of MeSH headings: each as it is, and its words one by one.

    A heading with its comma is turned round: "Neoplasms, Lung" is "Lung Neoplasms", too.
    """
    terms: dict[str, None] = {}
    for heading in headings:
        parts = [part.strip() for part in heading.split(",")]
        words = [word for word in re.split(r"[\s,/()]+", heading) if _is_telling(word)]
        terms |= dict.fromkeys([heading, " ".join(reversed(parts)), *words])
    return tuple(terms)


def cut_runs(
    text: str,
    within: Span,
    *,
    terms: Sequence[Span] = (),
    mesh: Sequence[Span] = (),
    sources: Sequence[tuple[int, Span]] = (),
) -> list[Run]:
    """Cut a part of a text wherever a mark or a source begins or ends; together they are that part.

    All spans count in ``text``; ``sources`` are numbered, and may lie over one another.
    """
    cuts = _list_cuts(within, [span for _, span in sources])
    return [
        Run(
            pieces=tuple(_cut_pieces(text, span, terms, mesh)),
            sources=tuple(number for number, source in sources if _covers(source, span)),
        )
        for span in cuts
    ]


def anchor(paragraphs: Iterable[Sequence[Run]]) -> list[tuple[Run, ...]]:
    """Say for each source at which run of a text it begins; a text has each anchor once."""
    seen: set[int] = set()
    anchored = []
    for runs in paragraphs:
        row = []
        for run in runs:
            first = tuple(one for one in run.sources if one not in seen)
            seen.update(first)
            row.append(replace(run, first_of=first))
        anchored.append(tuple(row))
    return anchored


def _cut_pieces(
    text: str, within: Span, terms: Sequence[Span], mesh: Sequence[Span]
) -> Iterator[Piece]:
    for span in _list_cuts(within, [*terms, *mesh]):
        yield Piece(
            text=text[span.start : span.end],
            is_term=any(_covers(one, span) for one in terms),
            is_mesh=any(_covers(one, span) for one in mesh),
        )


def _list_cuts(within: Span, spans: Iterable[Span]) -> list[Span]:
    """Cut a range wherever one of ``spans`` begins or ends in it."""
    inside = [one for one in spans if one.start < within.end and within.start < one.end]
    edges = {within.start, within.end}
    edges |= {max(one.start, within.start) for one in inside}
    edges |= {min(one.end, within.end) for one in inside}
    return [Span(start, end) for start, end in pairwise(sorted(edges)) if start < end]


def _covers(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


@lru_cache(maxsize=256)
def _build_query(terms: tuple[str, ...]) -> Query | None:
    phrases = tuple(dict.fromkeys(phrase for term in terms for phrase in _read_phrase(term)))
    if not phrases:
        return None
    return phrases[0] if len(phrases) == 1 else AnyOf(phrases)


def _read_phrase(term: str) -> Iterator[Phrase]:
    words = term.replace('"', " ").strip()
    is_cut = words.endswith("*")
    try:
        query = read_query(f'"{words.rstrip("*")}"' + ("*" if is_cut else ""))
    except UsageError:  # a star inside, or no letter at all: nothing that could be marked
        return
    yield from (Phrase(one.patterns, EVERYWHERE) for one in iter_phrases(query))


def _is_telling(word: str) -> bool:
    return len(word) > 2 and word.lower().rstrip("*") not in _STOPWORDS


class _Terms:
    """Reads a query from the left; what stands behind NOT is passed over."""

    def __init__(self, query: str) -> None:
        self._tokens = list(_TOKEN.finditer(query))
        self._depth = 0
        self._excluded_at: int | None = None  # the depth of the parentheses that NOT opened
        self._is_after_not = False
        self._row: list[str] = []
        self._quoted: str | None = None

    def read(self) -> Iterator[str]:
        for token in self._tokens:
            kind = token.lastgroup
            if kind == "tag":
                yield from self._end_row(token["tag"])
            elif kind in {"quoted", "star"}:
                yield from self._end_row(None)
                self._quoted = token["quoted"] + (token["star"] or "")
            elif kind == "word" and token["word"] not in _OPERATORS:
                if self._quoted is not None:
                    yield from self._end_row(None)
                self._row.append(token["word"])
            else:
                yield from self._end_row(None)
                self._note(kind or "", token[0])
        yield from self._end_row(None)

    def _note(self, kind: str, text: str) -> None:
        """Follow the parentheses, and what NOT excludes."""
        if kind == "open":
            self._depth += 1
            if self._is_after_not and self._excluded_at is None:
                self._excluded_at = self._depth
            self._is_after_not = False
        elif kind == "close":
            if self._excluded_at == self._depth:
                self._excluded_at = None
            self._depth = max(0, self._depth - 1)
        else:
            self._is_after_not = text == "NOT"

    def _end_row(self, tag: str | None) -> Iterator[str]:
        """Give out the words before a tag, an operator or the end."""
        row, quoted = self._row, self._quoted
        self._row, self._quoted = [], None
        if not row and quoted is None:
            return
        is_excluded = self._is_after_not or self._excluded_at is not None
        self._is_after_not = False
        name = "" if tag is None else tag.lower().partition(":")[0].strip()
        if is_excluded or (name and name not in _IN_TEXT | _ANYWHERE):
            return
        if quoted is not None:
            yield quoted
        elif name:
            yield " ".join(row)
        else:
            yield from (word for word in row if _is_telling(word))
