"""One PubMed record as the sandbox keeps it: its bytes, packed, and what finds it again."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from lxml import etree

from litsweep.domain.identifiers import parse_pmcid, parse_pmid
from litsweep.errors import InvalidIdentifier
from litsweep_app.sandbox.cutting import Piece, PieceKind
from litsweep_app.sandbox.dates import first_usable, read_date, read_publication_date, today
from litsweep_app.sandbox.markup import BrokenPiece, read_piece

BOOK_KINDS: Final = frozenset({PieceKind.PUBMED_BOOK_ARTICLE, PieceKind.BOOK_DOCUMENT})
_WRAPPERS: Final = {
    PieceKind.MEDLINE_CITATION: b"PubmedArticle",
    PieceKind.BOOK_DOCUMENT: b"PubmedBookArticle",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedRecord:
    """A record; ``dates`` are by field name (CRDT, EDAT, MDAT, MHDA, CDAT, PDAT)."""

    pmid: int
    version: int
    revised_on: date
    is_book: bool
    pmcid: str | None
    dates: Mapping[str, tuple[date, ...]]
    packed: bytes

    @property
    def xml(self) -> bytes:
        """The record's exact bytes in UTF-8, a PubmedArticle or a PubmedBookArticle."""
        return zlib.decompress(self.packed)

    @property
    def tree(self) -> etree._Element:
        """The record, parsed anew."""
        return read_piece(self.xml, {})[0]

    def outranks(self, other: "IndexedRecord") -> bool:
        """Tell whether this record, met later than ``other``, takes its place."""
        return (self.version, self.revised_on) >= (other.version, other.revised_on)


def read_record(piece: Piece, prefixes: Mapping[bytes, bytes]) -> IndexedRecord:
    """Read a record's identity and dates.

    Raises:
        BrokenPiece: it is not well-formed, or has no PMID.
    """
    tree, content = read_piece(piece.content or b"", prefixes)
    wrapper = _WRAPPERS.get(piece.kind)
    if wrapper:
        content = b"<%b>%b</%b>" % (wrapper, content, wrapper)
    citation = find_citation(tree)
    pmid = citation.find("PMID") if citation is not None else None
    if citation is None or pmid is None:
        raise BrokenPiece("no PMID")
    try:
        number = parse_pmid(pmid.text or "")
    except InvalidIdentifier:
        raise BrokenPiece("no usable PMID") from None
    version = pmid.get("Version", "1").strip()
    return IndexedRecord(
        pmid=number,
        version=int(version) if version.isdecimal() else 1,
        revised_on=read_date(citation.find("DateRevised")) or date.min,
        is_book=piece.kind in BOOK_KINDS,
        pmcid=_find_pmcid(tree),
        dates=_read_dates(tree, citation),
        packed=zlib.compress(content, level=1),
    )


def find_citation(tree: etree._Element) -> etree._Element | None:
    """Return the MedlineCitation or BookDocument of a record."""
    for name in ("MedlineCitation", "BookDocument"):
        if tree.tag == name:
            return tree
        found = tree.find(name)
        if found is not None:
            return found
    return None


def find_article_ids(tree: etree._Element) -> list[tuple[str, str]]:
    """Return the record's own identifiers as (type, value), never those of its references."""
    paths = (
        "PubmedData/ArticleIdList",
        "BookDocument/ArticleIdList",
        "PubmedBookData/ArticleIdList",
    )
    lists = [found for path in paths if (found := tree.find(path)) is not None]
    if tree.tag == "BookDocument":
        lists += tree.findall("ArticleIdList")
    pairs = [
        (element.get("IdType", "pubmed"), (element.text or "").strip())
        for id_list in lists
        for element in id_list.findall("ArticleId")
    ]
    return list(dict.fromkeys(pairs))


def _find_pmcid(tree: etree._Element) -> str | None:
    for kind, value in find_article_ids(tree):
        if kind in {"pmc", "pmcid"}:
            # The old form is "pmc-id: PMC123;", with an embargo date after it.
            words = value.removeprefix("pmc-id:").replace(";", " ").split()
            try:
                return parse_pmcid(words[0] if words else "")
            except InvalidIdentifier:
                continue
    return None


def find_history(tree: etree._Element) -> list[tuple[str, etree._Element]]:
    """Return the record's history as (status, date element)."""
    elements = [
        *tree.findall("PubmedData/History/PubMedPubDate"),
        *tree.findall("PubmedBookData/History/PubMedPubDate"),
    ]
    return [(element.get("PubStatus", ""), element) for element in elements]


def _read_dates(tree: etree._Element, citation: etree._Element) -> Mapping[str, tuple[date, ...]]:
    history: dict[str, date] = {}
    for status, element in find_history(tree):
        day = read_date(element)
        if day:
            history.setdefault(status, day)
    entrez, pubmed = history.get("entrez"), history.get("pubmed")
    names = ("DateCreated", "DateCompleted", "DateRevised", "ContributionDate")
    stated = {name: read_date(citation.find(name)) for name in names}
    published = find_publication_dates(citation)
    rest = (*stated.values(), *published)
    created = first_usable((entrez, pubmed, *rest))
    completed = first_usable((stated["DateCompleted"], created))
    return {
        "CRDT": (created,),
        "EDAT": (first_usable((pubmed, entrez, *rest)),),
        "MDAT": (first_usable((stated["DateRevised"], created)),),
        "MHDA": (first_usable((history.get("medline"), created)),),
        "CDAT": (completed,),
        "PDAT": _searchable(published) or (created,),
    }


def find_publication_dates(citation: etree._Element) -> tuple[date, ...]:
    """Return the printed and the electronic publication dates, printed first."""
    paths = ("Article/Journal/JournalIssue/PubDate", "Book/PubDate", "Article/ArticleDate")
    found = [read_publication_date(element) for path in paths for element in citation.findall(path)]
    return tuple(dict.fromkeys(day for day in found if day))


def _searchable(published: tuple[date, ...]) -> tuple[date, ...]:
    # An issue may be dated ahead; today is added so that a search up to today misses nothing.
    if published and min(published) > today():
        return (*published, today())
    return published
