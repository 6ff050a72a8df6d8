"""A whole PubMed search, however large: every identifier that PubMed counted, or an error.

PubMed gives the first 9,999 identifiers of a search and no way to the rest, history server
included (ncbi.md 1.6). A larger search is cut into ranges of PMIDs, halved until each fits, as
NCBI's own EDirect does it; ranges tile exactly, so that the parts must sum to the whole.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from litsweep.domain.strategies import Slice
from litsweep.errors import MalformedReply, QueryRefused
from litsweep.sources.query_guards import check_page
from litsweep.sources.query_language import limit_to_pmids, match_nothing_for
from litsweep.sources.search_pages import SearchPage

MOST_IDS: Final = 9_999

# PMIDs had passed 41 million by the end of 2025 and grow by less than two million a year; where
# they have grown past this, it is doubled until it holds the whole search.
_FIRST_UPPER_PMID: Final = 2**26
_LAST_UPPER_PMID: Final = 2**34
_N_ATTEMPTS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedTerm:
    """A term that means what was written, the first page of its search, sentences about it."""

    term: str
    page: SearchPage
    warnings: tuple[str, ...]


def search_as_written(term: str, ask: Callable[[str], SearchPage]) -> SearchedTerm:
    """Search for what ``term`` says, and for nothing else.

    PubMed leaves out a phrase that no record has and searches for the rest: one misspelt word
    joined by AND, or a window around it, and everything matches. Such a phrase is therefore
    searched as something that matches nothing, which is what it does.

    Raises:
        QueryRefused: PubMed searched for something else, or a phrase that it left out is not in
            the term.
    """
    page = ask(term)
    warnings = check_page(page)
    if not page.unknown_phrases:
        return SearchedTerm(term=term, page=page, warnings=warnings)
    for phrase in page.unknown_phrases:
        term = match_nothing_for(term, phrase)
    again = ask(term)
    if again.unknown_phrases:
        raise QueryRefused(
            f"PubMed leaves out “{again.unknown_phrases[0]}”, which would search for more than "
            "is meant. Correct the query."
        )
    warnings = tuple(dict.fromkeys((*warnings, *check_page(again))))
    return SearchedTerm(term=term, page=again, warnings=warnings)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeSearch:
    """All of a search: its first page, its PMIDs ascending, and the parts in which they came."""

    page: SearchPage
    pmids: tuple[int, ...]
    slices: tuple[Slice, ...]


def search_whole(term: str, first: SearchPage, ask: Callable[[str], SearchPage]) -> WholeSearch:
    """Return a search whole: as many PMIDs as PubMed counts, however many.

    ``first`` is its first page as it came; it is asked for again when the counts do not add up.
    ``ask`` runs one eSearch for at most `MOST_IDS` identifiers.

    Raises:
        MalformedReply: counts and identifiers did not add up, and not at a second attempt either.
    """
    page = first
    for attempt in range(_N_ATTEMPTS):
        page = ask(term) if attempt else first
        parts = [_Part(1, _LAST_UPPER_PMID, page)]
        if page.count > MOST_IDS:
            parts = _search_slices(term, page.count, ask)
        pmids = [pmid for part in parts for pmid in part.page.pmids]
        if len(set(pmids)) == len(pmids) == page.count and all(part.adds_up for part in parts):
            slices = tuple(part.slice for part in parts)
            return WholeSearch(page=page, pmids=tuple(sorted(pmids)), slices=slices)
    raise MalformedReply(
        f"PubMed counts {page.count:,} records for {term!r}, but gave {len(set(pmids)):,} "
        "different identifiers, twice. Nothing of this search was used; the next sweep searches "
        "again."
    )


@dataclass(frozen=True, slots=True)
class _Part:
    first_pmid: int
    last_pmid: int
    page: SearchPage

    @property
    def adds_up(self) -> bool:
        return self.page.count == len(self.page.pmids)

    @property
    def slice(self) -> Slice:
        return Slice(first_pmid=self.first_pmid, last_pmid=self.last_pmid, count=self.page.count)


def _search_slices(term: str, count: int, ask: Callable[[str], SearchPage]) -> list[_Part]:
    upper = _FIRST_UPPER_PMID
    page = ask(limit_to_pmids(term, 1, upper))
    while page.count < count and upper < _LAST_UPPER_PMID:
        upper *= 2
        page = ask(limit_to_pmids(term, 1, upper))
    return list(_slice(term, _Part(1, upper, page), ask))


def _slice(term: str, part: _Part, ask: Callable[[str], SearchPage]) -> Iterator[_Part]:
    """Yield the part, or its halves' halves where it is too large to come whole."""
    first, last, count = part.first_pmid, part.last_pmid, part.page.count
    if count <= MOST_IDS:
        yield part
        return
    if last - first < MOST_IDS:
        raise MalformedReply(
            f"PubMed counts {count:,} records among {last - first + 1:,} PMIDs "
            f"({first} to {last}) for {term!r}: the range is not being searched as asked."
        )
    middle = (first + last) // 2
    for low, high in ((first, middle), (middle + 1, last)):
        page = ask(limit_to_pmids(term, low, high))
        yield from _slice(term, _Part(low, high, page), ask)
