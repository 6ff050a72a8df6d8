"""A whole PubMed search, however large: every identifier that PubMed counted, or an error.

PubMed gives the first 9,999 identifiers of a search and no way to the rest, history server
included (ncbi.md 1.6). A larger search is cut into ranges of PMIDs, halved until each fits, as
NCBI's own EDirect does it; ranges tile exactly, so that the parts must sum to the whole.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from litsweep.errors import MalformedReply
from litsweep.sources.control_replies import read_control_reply
from litsweep.sources.query_language import limit_to_pmids

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
        "PubMed does not know “{}” and left it out: it may have searched for more than was meant.",
    ),
    (
        "ErrorList",
        "FieldNotFound",
        "PubMed does not know the search field “{}” and left it out: it may have searched for "
        "more than was meant.",
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
    warnings: tuple[str, ...]


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
            warnings=tuple(_sentences(reply)),
        )
    except (KeyError, ValueError) as error:
        raise MalformedReply("The reply to a search lacks a readable count or list.") from error


def _sentences(reply: Mapping[str, Any]) -> Iterator[str]:
    for group, kind, sentence in _SENTENCES:
        for text in reply.get(group, {}).get(kind, ()):
            if not str(text).startswith(_UNREMARKABLE):
                yield sentence.format(text)


def search_whole(term: str, ask: Callable[[str], SearchPage]) -> tuple[SearchPage, tuple[int, ...]]:
    """Return the first page of a search and all its PMIDs, ascending, as many as it counts.

    ``ask`` runs one eSearch for at most `MOST_IDS` identifiers.

    Raises:
        MalformedReply: counts and identifiers did not add up, and not at a second attempt either.
    """
    for _ in range(_N_ATTEMPTS):
        page = ask(term)
        pmids = page.pmids if page.count <= MOST_IDS else _search_slices(term, page.count, ask)
        if len(set(pmids)) == len(pmids) == page.count:
            return page, tuple(sorted(pmids))
    raise MalformedReply(
        f"PubMed counts {page.count:,} records for {term!r}, but gave {len(set(pmids)):,} "
        "different identifiers, twice. Nothing of this search was used; the next sweep searches "
        "again."
    )


def _search_slices(term: str, count: int, ask: Callable[[str], SearchPage]) -> tuple[int, ...]:
    upper = _FIRST_UPPER_PMID
    while ask(limit_to_pmids(term, 1, upper)).count < count and upper < _LAST_UPPER_PMID:
        upper *= 2
    return tuple(_slice(term, 1, upper, ask))


def _slice(term: str, first: int, last: int, ask: Callable[[str], SearchPage]) -> Iterator[int]:
    page = ask(limit_to_pmids(term, first, last))
    if page.count <= MOST_IDS:
        # A short list here makes the sum too small, which the caller notices.
        yield from page.pmids
    elif last - first < MOST_IDS:
        raise MalformedReply(
            f"PubMed counts {page.count:,} records among {last - first + 1:,} PMIDs "
            f"({first} to {last}) for {term!r}: the range is not being searched as asked."
        )
    else:
        middle = (first + last) // 2
        yield from _slice(term, first, middle, ask)
        yield from _slice(term, middle + 1, last, ask)
