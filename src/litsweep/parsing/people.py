"""Authors, investigators and collectives of a PubMed record."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from lxml import etree

from litsweep.domain.records import Author
from litsweep.parsing.text import element_text, optional_text

_ORCID: Final = re.compile(
    r"(?:.*orcid\.org/)?([0-9]{4})[-–]?([0-9]{4})[-–]?([0-9]{4})[-–]?([0-9]{3}[0-9X])/?",
    re.IGNORECASE,
)


def read_people(lists: Iterable[etree._Element]) -> tuple[Author, ...]:
    """Read the people of author or investigator lists, in their order.

    Entries with ``ValidYN="N"`` are spellings that NLM has superseded: left out. So are
    entries without any name.
    """
    return tuple(
        person
        for people in lists
        for element in people
        if element.tag in ("Author", "Investigator") and element.get("ValidYN") != "N"
        for person in _named(_person(element))
    )


def find_orcid(text: str) -> str | None:
    """Return ``text`` as ``0000-0002-1825-0097``, or None where it is no ORCID.

    Bare, hyphenless, and ``http`` and ``https`` addresses occur. The last character is a
    check digit (ISO 7064, MOD 11-2); an identifier that fails it belongs to nobody.
    """
    match = _ORCID.fullmatch("".join(text.split()))
    if match is None:
        return None
    digits = "".join(match.groups()).upper()
    total = 0
    for digit in digits[:15]:
        total = (total + int(digit)) * 2
    if "0123456789X"[(12 - total % 11) % 11] != digits[15]:
        return None
    return "-".join(match.groups()).upper()


def _person(element: etree._Element) -> Author:
    """Read one entry; ``FirstName`` and a direct ``Affiliation`` are forms before 2015."""
    parts = {str(child.tag): child for child in element}
    return Author(
        last_name=optional_text(parts.get("LastName")),
        fore_name=optional_text(parts.get("ForeName", parts.get("FirstName"))),
        initials=optional_text(parts.get("Initials")),
        suffix=optional_text(parts.get("Suffix")),
        collective_name=optional_text(parts.get("CollectiveName")),
        orcid=_orcid(element) if "Identifier" in parts else None,
        affiliations=tuple(_affiliations(element)),
    )


def _named(author: Author) -> tuple[Author, ...]:
    is_named = author.last_name or author.collective_name or author.fore_name or author.initials
    return (author,) if is_named else ()


def _orcid(element: etree._Element) -> str | None:
    found = (
        find_orcid(identifier.text or "")
        for identifier in element.iterchildren("Identifier")
        if identifier.get("Source", "").upper() == "ORCID"
    )
    return next((orcid for orcid in found if orcid), None)


def _affiliations(element: etree._Element) -> Iterator[str]:
    for affiliation in element.iter("Affiliation"):
        text = element_text(affiliation)
        if text:
            yield text
