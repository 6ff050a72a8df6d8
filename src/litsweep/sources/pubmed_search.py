"""A whole PubMed search, however large: every identifier that PubMed counted, or an error.

PubMed gives the first 9,999 identifiers of a search and no way to the rest, history server
included (ncbi.md 1.6). A larger search is cut into ranges of PMIDs, halved until each fits, as
NCBI's own EDirect does it; ranges tile exactly, so that the parts must sum to the whole.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from litsweep.domain.strategies import Slice
from litsweep.errors import MalformedReply, QueryRefused
from litsweep.sources.control_replies import read_control_reply
from litsweep.sources.query_language import limit_to_pmids, match_nothing_for

MOST_IDS: Final = 9_999

# PMIDs had passed 41 million by the end of 2025 and grow by less than two million a year; where
# they have grown past this, it is doubled until it holds the whole search.
_FIRST_UPPER_PMID: Final = 2**26
_LAST_UPPER_PMID: Final = 2**34
_N_ATTEMPTS: Final = 2

_SENTENCES: Final[tuple[tuple[str, str, str], ...]] = (
    (
        "ErrorList",
        "PhraseNotFound",
        "PubMed has no record with “{}”: it was searched as something that matches nothing.",
    ),
    ("WarningList", "PhraseIgnored", "PubMed ignored “{}”."),
    (
        "WarningList",
        "QuotedPhraseNotFound",
        "PubMed found the quoted phrase “{}” nowhere word for word, and may have searched for "
        "its words instead.",
    ),
    ("WarningList", "OutputMessage", "PubMed remarks: {}"),
)
# Zero hits are no warning, and the clamp to 9,999 is what the slicing is for.
_UNREMARKABLE: Final = ("No items found", "Restrictions achieved")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """One eSearch reply: PubMed's count, at most 9,999 identifiers, and what it searched."""

    count: int
    pmids: tuple[int, ...]
    query_translation: str
    translations: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    unknown_phrases: tuple[str, ...] = ()
    unknown_fields: tuple[str, ...] = ()


def read_search_page(body: bytes) -> SearchPage:
    """Read an eSearch reply in XML.

    Raises:
        MalformedReply: it is none, or its count or identifiers are no numbers.
    """
    reply = read_control_reply(body, "eSearchResult")
    try:
        return SearchPage(
            count=int(reply["Count"]),
            pmids=tuple(int(pmid) for pmid in reply.get("IdList", ())),
            query_translation=str(reply.get("QueryTranslation", "")),
            translations=tuple(
                (str(one.get("From", "")), str(one.get("To", "")))
                for one in reply.get("TranslationSet", ())
            ),
            warnings=tuple(_sentences(reply)),
            unknown_phrases=_texts(reply, "ErrorList", "PhraseNotFound"),
            unknown_fields=_texts(reply, "ErrorList", "FieldNotFound"),
        )
    except (KeyError, ValueError) as error:
        raise MalformedReply("The reply to a search lacks a readable count or list.") from error


def _sentences(reply: Mapping[str, Any]) -> Iterator[str]:
    for group, kind, sentence in _SENTENCES:
        for text in _texts(reply, group, kind):
            if not text.startswith(_UNREMARKABLE):
                yield sentence.format(text)


def _texts(reply: Mapping[str, Any], group: str, kind: str) -> tuple[str, ...]:
    return tuple(str(text) for text in reply.get(group, {}).get(kind, ()))


def search_as_written(term: str, ask: Callable[[str], SearchPage]) -> tuple[str, SearchPage]:
    """Return the term that means what ``term`` says, and the first page of its search.

    PubMed leaves out a phrase that no record has and searches for the rest: one misspelt word
    joined by AND, or a window around it, and everything matches. Such a phrase is therefore
    searched as something that matches nothing, which is what it does.

    Raises:
        QueryRefused: a search field is unknown, or a phrase that was left out is not in the term.
    """
    page = ask(term)
    if page.unknown_fields:
        raise QueryRefused(
            f"It has a search field that PubMed does not know: {', '.join(page.unknown_fields)}. "
            "Correct the query."
        )
    if not page.unknown_phrases:
        return term, page
    for phrase in page.unknown_phrases:
        term = match_nothing_for(term, phrase)
    again = ask(term)
    if again.unknown_phrases:
        raise QueryRefused(
            f"PubMed leaves out “{again.unknown_phrases[0]}”, which would search for more than "
            "is meant. Correct the query."
        )
    return term, replace(again, warnings=(*page.warnings, *again.warnings))


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
    while ask(limit_to_pmids(term, 1, upper)).count < count and upper < _LAST_UPPER_PMID:
        upper *= 2
    return list(_slice(term, 1, upper, ask))


def _slice(term: str, first: int, last: int, ask: Callable[[str], SearchPage]) -> Iterator[_Part]:
    page = ask(limit_to_pmids(term, first, last))
    if page.count <= MOST_IDS:
        yield _Part(first, last, page)
    elif last - first < MOST_IDS:
        raise MalformedReply(
            f"PubMed counts {page.count:,} records among {last - first + 1:,} PMIDs "
            f"({first} to {last}) for {term!r}: the range is not being searched as asked."
        )
    else:
        middle = (first + last) // 2
        yield from _slice(term, first, middle, ask)
        yield from _slice(term, middle + 1, last, ask)
