"""Other publications that a record names: corrections and comments, and the works it cites."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from lxml import etree

from litsweep.domain.identifiers import find_doi, parse_pmid
from litsweep.domain.records import Correction, Reference
from litsweep.errors import InvalidIdentifier
from litsweep.parsing.elements import (
    child_texts,
    children_of,
    count_if_unknown,
    each_child,
)
from litsweep.parsing.quick_nouns import quick
from litsweep.parsing.regular_lists import TEXT, RegularList
from litsweep.parsing.text import element_text

Link = Correction | Reference
_new_reference: Final = quick(Reference)
_new_correction: Final = quick(Correction)

_DOI: Final = re.compile(r"\b10\.[0-9]{4,9}/\S+")
_PMCID: Final = re.compile(r"(?:PMC)?([1-9][0-9]{0,11})(?:\.[0-9]+)?", re.IGNORECASE)


def split_links(links: tuple[Link, ...]) -> tuple[tuple[Correction, ...], tuple[Reference, ...]]:
    """Tell corrections and comments from the works cited that records before 2019 have there."""
    corrections = [link for link in links if isinstance(link, Correction)]
    cites = [link for link in links if isinstance(link, Reference)]
    return tuple(corrections), tuple(cites)


def _read_links(lists: Iterable[etree._Element], unknown: Counter[str]) -> Iterator[Link]:
    for link in each_child(lists, "CommentsCorrections", unknown):
        texts = child_texts(link, unknown)
        source, pmid = texts.get("RefSource", ""), texts.get("PMID", "")
        yield _build_link(link.get("RefType", ""), source, pmid, texts.get("Note"))


def _build_link(kind: str, source: str, pmid: str | None, note: str | None) -> Link:
    """Build a link from the groups of ``LINKS``."""
    number = _pmid_or_none(pmid) if pmid else None
    doi = _find_doi_in(source)
    if kind == "Cites":
        return _new_reference(citation=source, pmid=number, doi=doi, pmcid=None)
    return _new_correction(
        ref_type=kind, ref_source=source or None, pmid=number, note=note or None, doi=doi
    )


def _read_references(lists: Iterable[etree._Element], unknown: Counter[str]) -> Iterator[Reference]:
    for references in lists:
        for child in children_of(references):
            if child.tag == "Reference":
                yield _read_reference(child, unknown)
            elif child.tag == "ReferenceList":
                yield from _read_references((child,), unknown)
            else:
                count_if_unknown(child, references, unknown)


def _read_reference(element: etree._Element, unknown: Counter[str]) -> Reference:
    citation = ""
    ids: dict[str, str] = {}
    for part in children_of(element):
        if part.tag == "Citation":
            citation = element_text(part)
        elif part.tag == "ArticleIdList":
            for one in children_of(part):
                ids[one.get("IdType", "pubmed")] = element_text(one)
        else:
            count_if_unknown(part, element, unknown)
    if not ids:
        return _new_reference(citation=citation, pmid=None, doi=None, pmcid=None)
    pmcid = _PMCID.fullmatch(ids.get("pmc") or ids.get("pmcid") or "")
    return _new_reference(
        citation=citation,
        pmid=_pmid_or_none(ids["pubmed"]) if "pubmed" in ids else None,
        doi=find_doi(ids["doi"]) if "doi" in ids else None,
        pmcid=f"PMC{pmcid[1]}" if pmcid else None,
    )


def _find_doi_in(source: str) -> str | None:
    """Return the DOI in a citation such as ``Lancet. 2020;395:1. doi: 10.1016/X.``."""
    found = _DOI.search(source) if "10." in source else None
    return find_doi(found[0].rstrip(".,;)")) if found else None


def _pmid_or_none(text: str) -> int | None:
    try:
        return parse_pmid(text)
    except InvalidIdentifier:
        return None


def _build_reference(
    citation: str, pmid: str | None, doi: str | None, pmcid: str | None
) -> Reference:
    """Build a reference from the groups of ``REFERENCES``."""
    return _new_reference(
        citation=citation,
        pmid=int(pmid) if pmid else None,
        doi=doi.lower() if doi else None,
        pmcid=f"PMC{pmcid}" if pmcid else None,
    )


REFERENCES: Final = RegularList(
    name="ReferenceList",
    entry=re.compile(
        rf"""<Reference>\s*+<Citation>({TEXT})</Citation>\s*+
        (?:<ArticleIdList>\s*+
            (?:<ArticleId\ IdType="(?:
                pubmed">\s*+([1-9][0-9]{{0,9}})
                |doi">\s*+(10\.[0-9]{{4,9}}/[!-%'-;=?-~]++)
                |pmc">\s*+PMC([1-9][0-9]{{0,11}})
                |(?:pii|mid)">[^<&\x00-\x1f]*+
            )\s*+</ArticleId>\s*+)++
        </ArticleIdList>\s*+)?+
        </Reference>\s*+""",
        re.VERBOSE,
    ),
    texts=(1,),
    build=_build_reference,
    read=_read_references,
)
"""The works that an article cites."""

LINKS: Final = RegularList(
    name="CommentsCorrectionsList",
    entry=re.compile(
        rf"""<CommentsCorrections\ RefType="(\w++)">\s*+
        <RefSource>({TEXT})</RefSource>\s*+
        (?:<PMID(?:\ Version="[0-9]++")?+>({TEXT})</PMID>\s*+)?+
        (?:<Note>({TEXT})</Note>\s*+)?+
        </CommentsCorrections>\s*+""",
        re.VERBOSE,
    ),
    texts=(2, 3, 4),
    build=_build_link,
    read=_read_links,
)
"""The publications that a record is linked to."""
