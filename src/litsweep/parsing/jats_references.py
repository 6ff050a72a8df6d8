"""The reference lists of a report: what each entry says, and which work it names.

Lists are taken wherever they stand: at the end, nested, in an appendix, in the body; those of
replies and reviews printed with the report are not its own. A list entry with several works
becomes several references with one label.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from lxml import etree

from litsweep.domain.documents import Reference
from litsweep.domain.identifiers import find_doi, parse_pmcid, parse_pmid
from litsweep.errors import InvalidIdentifier
from litsweep.parsing.jats_citations import CITATIONS, build_citation_text
from litsweep.parsing.text import collapse, element_text

_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_APART: Final = frozenset({"sub-article", "response"})
_LINKS: Final = ("ext-link", "uri", "elocation-id")
_DOI_IN_TEXT: Final = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]{1,300}")
# What ends the sentence around a DOI, and is no part of it.
_AFTER_DOI: Final = ".,;:'\"”’"
_DIGITS: Final = re.compile(r"\d+")

_Id = TypeVar("_Id")


def read_references(article: etree._Element) -> tuple[Reference, ...]:
    """Return the references of ``article``, whose elements carry no namespace, in order."""
    parts = (part for part in article if part.tag not in _APART)
    entries = (entry for part in parts for entry in part.iter("ref"))
    # An entry inside an entry is read with it.
    outer = (entry for entry in entries if next(entry.iterancestors("ref"), None) is None)
    return tuple(reference for entry in outer for reference in _read_entry(entry))


def _read_entry(entry: etree._Element) -> Iterator[Reference]:
    label = element_text(entry.find("label"))
    works = list(_works(entry))
    notes = collapse(" ".join(_notes(entry)))
    if not works:
        if notes:
            yield Reference(text=notes, label=label, doi=_doi(entry, notes))
        return
    for number, work in enumerate(works, start=1):
        text = build_citation_text(work)
        if number == len(works) and notes:
            text = f"{text} {notes}".strip()
        reference = _build_reference(work, text, element_text(work.find("label")) or label)
        if text or reference.doi or reference.pmid:
            yield reference


def _works(entry: etree._Element) -> Iterator[etree._Element]:
    """Yield the citations of an entry that stand in no other citation."""
    for element in entry.iter(*CITATIONS):
        around = element.getparent()
        while around is not None and around is not entry and around.tag not in CITATIONS:
            around = around.getparent()
        if around is entry:
            yield element


def _notes(entry: etree._Element) -> Iterator[str]:
    """Yield what an entry says beside its citations."""
    yield entry.text or ""
    for child in entry:
        has_work = isinstance(child.tag, str) and next(child.iter(*CITATIONS), None) is not None
        if child.tag != "label" and not has_work:
            yield element_text(child)
        yield child.tail or ""


def _build_reference(work: etree._Element, text: str, label: str) -> Reference:
    return Reference(
        text=text,
        label=label,
        pmid=_first(parse_pmid, _numbers(work, "pmid")),
        pmcid=_first(parse_pmcid, _ids(work, "pmcid", "pmc")),
        doi=_doi(work, text),
        year=next((year for part in work.iter("year") if (year := element_text(part))), None),
        publication_type=_publication_type(work),
    )


def _publication_type(work: etree._Element) -> str | None:
    for form in (work, *work.iter(*CITATIONS)):
        if named := form.get("publication-type") or form.get("citation-type"):
            return named
    return None


def _ids(work: etree._Element, *kinds: str) -> Iterator[str]:
    for element in work.iter("pub-id", "object-id", "article-id", "ext-link"):
        kind = element.get("pub-id-type") or element.get("ext-link-type") or ""
        if kind.lower() in kinds:
            yield element_text(element)


def _numbers(work: etree._Element, kind: str) -> Iterator[str]:
    """Yield the digits of identifiers such as ``PMID: 123``."""
    for text in _ids(work, kind):
        if found := _DIGITS.search(text):
            yield found[0]


def _first(parse: Callable[[str], _Id], texts: Iterable[str]) -> _Id | None:
    for text in texts:
        try:
            return parse(text)
        except InvalidIdentifier:
            continue
    return None


def _doi(work: etree._Element, text: str) -> str | None:
    """Return the DOI that is marked as one, else the first in a link, else in ``text``."""
    for marked in _ids(work, "doi"):
        if found := find_doi(marked):
            return found
    for link in work.iter(*_LINKS):
        for address in _addresses(link):
            if found := _doi_in(address):
                return found
    return _doi_in(text)


def _addresses(link: etree._Element) -> Iterator[str]:
    yield link.get(_HREF) or ""
    yield element_text(link)


def _doi_in(text: str) -> str | None:
    match = _DOI_IN_TEXT.search(text)
    if match is None:
        return None
    doi = match[0].rstrip(_AFTER_DOI)
    # A bracket that was opened before the DOI closes behind it.
    if doi.endswith(")") and "(" not in doi:
        doi = doi[:-1].rstrip(_AFTER_DOI)
    return find_doi(doi)
