"""A record's own identifiers and pages, never those of the works it cites."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from litsweep.domain.identifiers import find_doi, parse_pmid
from litsweep.parsing.elements import Children, child_texts, each_child, first_of
from litsweep.parsing.text import element_text

Ids = list[tuple[str, str]]
"""Identifiers as ``(type, text)``."""

_VERSION: Final = re.compile(r"[1-9][0-9]{0,5}")
_PMCID: Final = re.compile(r"(?:\bPMC|^)([1-9][0-9]{0,11})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleIds:
    """DOI and PMCID as litsweep writes them; all other ids as ``(type, text)``."""

    doi: str | None
    pmcid: str | None
    other_ids: tuple[tuple[str, str], ...]


def read_pmid(record: Children, ids: Ids) -> tuple[int, int]:
    """Return a record's PMID and its version, from ``PMID``, else from its ``ids``.

    Raises:
        InvalidIdentifier: there is none, and without it a record cannot be kept.
    """
    element = first_of(record, "PMID")
    version = "" if element is None else element.get("Version", "")
    listed = (text for kind, text in ids if kind == "pubmed")
    pmid = parse_pmid(element_text(element) or next(listed, ""))
    return pmid, int(version) if _VERSION.fullmatch(version) else 1


def read_pages(parent: Children, unknown: Counter[str]) -> str | None:
    """Return the pages as ``MedlinePgn`` gives them, else as first and last page."""
    if "Pagination" not in parent:
        return None
    texts = child_texts(parent["Pagination"][0], unknown)
    ends = (texts.get("StartPage"), texts.get("EndPage"))
    return texts.get("MedlinePgn") or "-".join(filter(None, ends)) or None


def list_ids(*parents: Children, unknown: Counter[str]) -> Ids:
    """Read ``ArticleIdList/ArticleId`` and ``ELocationID``, children of ``parents`` only.

    Descendants would be wrong: ``ReferenceList`` holds ``ArticleId`` too, of cited works. An id
    that is marked invalid is left out. Types are in lower case.
    """
    ids = []
    for parent in parents:
        for element in each_child(parent.get("ArticleIdList", ()), "ArticleId", unknown):
            ids.append((element.get("IdType", "pubmed").lower(), element_text(element)))
        for element in parent.get("ELocationID", ()):
            if element.get("ValidYN") != "N":
                ids.append((element.get("EIdType", "").lower(), element_text(element)))
    return ids


def sort_ids(ids: Ids) -> ArticleIds:
    """Tell DOI and PMCID from the other ids; one that is written wrongly stays with these."""
    dois: dict[str, None] = {}
    pmcids: dict[str, None] = {}
    others: dict[tuple[str, str], None] = {}
    for kind, text in ids:
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
