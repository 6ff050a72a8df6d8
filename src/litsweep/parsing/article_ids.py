"""A record's own identifiers and pages, never those of the works it cites."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from litsweep.domain.identifiers import find_doi, parse_pmid
from litsweep.parsing.text import element_text

_PMCID: Final = re.compile(r"(?:\bPMC|^)([1-9][0-9]{0,11})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleIds:
    """DOI and PMCID as litsweep writes them; all other ids as ``(type, text)``."""

    doi: str | None
    pmcid: str | None
    other_ids: tuple[tuple[str, str], ...]


def read_pmid(*parents: etree._Element | None) -> tuple[int, int]:
    """Return a record's PMID and its version.

    The first of ``parents`` holds ``PMID``; where that is missing or empty, the ``ArticleIdList``
    of any of them is asked.

    Raises:
        InvalidIdentifier: there is none, and without it a record cannot be kept.
    """
    element = None if parents[0] is None else parents[0].find("PMID")
    version = "" if element is None else element.get("Version", "")
    listed = (text for kind, text in _ids(parents) if kind == "pubmed")
    pmid = parse_pmid(element_text(element) or next(listed, ""))
    return pmid, int(version) if version.isdecimal() else 1


def read_pages(pagination: etree._Element | None) -> str | None:
    """Return the pages as ``MedlinePgn`` gives them, else as first and last page."""
    if pagination is None:
        return None
    ends = [element_text(pagination.find(name)) for name in ("StartPage", "EndPage")]
    return element_text(pagination.find("MedlinePgn")) or "-".join(filter(None, ends)) or None


def read_article_ids(*parents: etree._Element | None) -> ArticleIds:
    """Read ``ArticleIdList/ArticleId`` and ``ELocationID``, direct children of ``parents`` only.

    Descendants would be wrong: ``ReferenceList`` holds ``ArticleId`` too, of cited works. An id
    that is marked invalid is left out; a DOI or PMCID that is none stays with the other ids.
    """
    dois: dict[str, None] = {}
    pmcids: dict[str, None] = {}
    others: dict[tuple[str, str], None] = {}
    for kind, text in _ids(parents):
        if kind == "doi" and (doi := find_doi(text)):
            dois[doi] = None
        elif kind in ("pmc", "pmcid") and (match := _PMCID.search(text)):
            pmcids[f"PMC{match[1]}"] = None
        elif kind != "pubmed" and text:
            others[kind, text] = None
    others.update({("doi", doi): None for doi in list(dois)[1:]})
    return ArticleIds(
        doi=next(iter(dois), None), pmcid=next(iter(pmcids), None), other_ids=tuple(others)
    )


def _ids(parents: tuple[etree._Element | None, ...]) -> Iterator[tuple[str, str]]:
    for parent in parents:
        if parent is None:
            continue
        for element in parent.iterfind("ArticleIdList/ArticleId"):
            yield element.get("IdType", "pubmed").lower(), element_text(element)
        for element in parent.iterchildren("ELocationID"):
            if element.get("ValidYN") != "N":
                yield element.get("EIdType", "").lower(), element_text(element)
