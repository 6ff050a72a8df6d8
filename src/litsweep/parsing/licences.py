"""The licence of a report, from whatever part of ``permissions`` states it.

That a report is free to read (``free_to_read``) is no licence.
"""

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from litsweep.domain.documents import Licence
from litsweep.domain.licence_codes import CC0, PUBLIC_DOMAIN, build_code, strictness
from litsweep.parsing.text import collapse, element_text

_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_ADDRESS: Final = re.compile(
    r"creativecommons\.org/(?:licen[cs]es?|publicdomain)/(zero|mark|by(?:-n[cd]|-sa)*)",
    re.IGNORECASE,
)
_WHOLE_ADDRESS: Final = re.compile(r"(?:https?://)?(?:www\.)?creativecommons\.org/[\w./-]*[\w/]")
_ABBREVIATED: Final = re.compile(r"\bCC[ -]?(0|BY(?:[ -](?:NC|ND|SA))*)\b", re.IGNORECASE)
_WORDED: Final = re.compile(
    r"creative commons,?[\s(]+(?:CC\s+)?"
    r"(?:attribution((?:[\s,/–-]*(?:non[\s-]?commercial|no[\s-]?deriv\w*|share[\s-]?alike))*)"
    r"|(?:CC0|zero)|public domain dedication(?! waiver))",
    re.IGNORECASE,
)
_CONDITIONS: Final = (("NC", "commercial"), ("SA", "alike"), ("ND", "deriv"))
# 17 U.S.C. 105: works of the United States Government have no copyright there.
_PUBLIC_DOMAIN: Final = re.compile(
    r"\b(?:is|are|be|in|into) (?:in )?the public domain\b|public domain mark"
    r"|works? of the (?:U\.?\s?S\.?|United States) Government"
    r"|U\.?\s?S\.? Government works?\b|free of all copyright"
    r"|not (?:subject to|protected by) (?:U\.?\s?S\.? )?copyright",
    re.IGNORECASE,
)


def read_licence(article_meta: etree._Element) -> Licence:
    """Read the report's licence: its own address, else the first in its wording, and the words.

    Where these disagree, the strictest holds: nothing is passed on because of a slip. ``text``
    is the wording, or the copyright statement where there is no licence.
    """
    licences = [*article_meta.iterfind("permissions/license"), *article_meta.iterfind("license")]
    text = " ".join(filter(None, map(element_text, licences)))
    types = " ".join(licence.get("license-type", "") for licence in licences)
    own = list(_own_addresses(article_meta, licences))
    linked = list(_linked_addresses(licences, text))
    coded = _strictest(own) or _first(linked)
    code, url = coded or (None, next(iter((*own, *linked)), None))
    wording = text or _copyright(article_meta)
    codes = [one for one in (code, _code_of_words(f"{types} {text}")) if one]
    return Licence(
        code=max(codes, key=strictness, default=None) or _public_domain(wording),
        url=url,
        text=wording,
    )


def _own_addresses(article_meta: etree._Element, licences: list[etree._Element]) -> Iterator[str]:
    for licence in licences:
        if href := licence.get(_HREF):
            yield href.strip()
    for reference in article_meta.iterfind("permissions//license_ref"):
        if address := element_text(reference):
            yield address


def _linked_addresses(licences: list[etree._Element], text: str) -> Iterator[str]:
    """Yield the addresses to which the wording links, then those that it only writes."""
    for licence in licences:
        for link in licence.iter("ext-link", "uri"):
            yield (link.get(_HREF) or element_text(link)).strip()
    yield from _WHOLE_ADDRESS.findall(text)


def _coded(addresses: list[str]) -> Iterator[tuple[str, str]]:
    for address in addresses:
        if match := _ADDRESS.search(address):
            yield _code(match[1]), address


def _first(addresses: list[str]) -> tuple[str, str] | None:
    """Return code and address of the first: later ones may be about the data or the images."""
    return next(_coded(addresses), None)


def _strictest(addresses: list[str]) -> tuple[str, str] | None:
    return max(_coded(addresses), key=lambda coded: strictness(coded[0]), default=None)


def _code_of_words(text: str) -> str | None:
    """Read ``CC BY-NC``, else ``Creative Commons Attribution Non-Commercial``."""
    abbreviated = _ABBREVIATED.search(text)
    if abbreviated:
        return _code(abbreviated[1])
    worded = _WORDED.search(text)
    if worded is None:
        return None
    if worded[1] is None:
        return CC0
    conditions = worded[1].lower()
    return build_code("-".join(short for short, word in _CONDITIONS if word in conditions))


def _code(terms: str) -> str:
    """Write ``by-nd-nc`` or ``BY NC`` as Creative Commons does: ``CC BY-NC-ND``."""
    if terms.lower() in ("zero", "0"):
        return CC0
    return PUBLIC_DOMAIN if terms.lower() == "mark" else build_code(terms)


def _public_domain(wording: str | None) -> str | None:
    return PUBLIC_DOMAIN if wording and _PUBLIC_DOMAIN.search(wording) else None


def _copyright(article_meta: etree._Element) -> str | None:
    statements = article_meta.iter("copyright-statement")
    return collapse(" ".join(map(element_text, statements))) or None
