"""The licence of a report, from whatever part of ``permissions`` states it."""

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from litsweep.domain.documents import Licence
from litsweep.parsing.text import collapse, element_text

_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_ADDRESS: Final = re.compile(
    r"creativecommons\.org/(?:licen[cs]es?|publicdomain)/(zero|by(?:-n[cd]|-sa)*)", re.IGNORECASE
)
_ABBREVIATED: Final = re.compile(r"\bCC[ -]?(0|BY(?:[ -](?:NC|ND|SA))*)\b", re.IGNORECASE)
_WORDED: Final = re.compile(
    r"creative commons,?[\s(]+(?:CC\s+)?"
    r"(?:attribution((?:[\s,/–-]*(?:non[\s-]?commercial|no[\s-]?deriv\w*|share[\s-]?alike))*)"
    r"|(?:CC0|zero|public domain))",
    re.IGNORECASE,
)
_CONDITIONS: Final = (("NC", "commercial"), ("SA", "alike"), ("ND", "deriv"))


def read_licence(article_meta: etree._Element) -> Licence:
    """Read the report's licence; addresses count before abbreviations, those before prose.

    ``text`` is the wording, or the copyright statement where there is no licence.
    """
    licences = [*article_meta.iterfind("permissions/license"), *article_meta.iterfind("license")]
    addresses = list(_addresses(article_meta, licences))
    text = " ".join(filter(None, map(element_text, licences)))
    types = " ".join(licence.get("license-type", "") for licence in licences)
    coded = next(((code, url) for url in addresses if (code := _code_of_address(url))), None)
    code, url = coded or (None, addresses[0] if addresses else None)
    return Licence(
        code=code or _code_of_address(text) or _code_of_words(f"{types} {text}"),
        url=url,
        text=text or _copyright(article_meta),
    )


def _addresses(article_meta: etree._Element, licences: list[etree._Element]) -> Iterator[str]:
    """Yield addresses: of the licence itself, then those that its text links to."""
    for licence in licences:
        if href := licence.get(_HREF):
            yield href.strip()
    for reference in article_meta.iterfind("permissions//license_ref"):
        if address := element_text(reference):
            yield address
    for licence in licences:
        for link in licence.iter("ext-link", "uri"):
            yield (link.get(_HREF) or element_text(link)).strip()


def _code_of_address(text: str) -> str | None:
    match = _ADDRESS.search(text)
    return _code(match[1]) if match else None


def _code_of_words(text: str) -> str | None:
    """Read ``CC BY-NC``, else ``Creative Commons Attribution Non-Commercial``."""
    abbreviated = _ABBREVIATED.search(text)
    if abbreviated:
        return _code(abbreviated[1])
    worded = _WORDED.search(text)
    if worded is None:
        return None
    if worded[1] is None:
        return "CC0"
    conditions = worded[1].lower()
    return _code("-".join(["BY", *(short for short, word in _CONDITIONS if word in conditions)]))


def _code(terms: str) -> str:
    """Write ``by-nd-nc`` or ``BY NC`` as Creative Commons does: ``CC BY-NC-ND``."""
    parts = set(re.split(r"[ -]", terms.upper()))
    if parts & {"ZERO", "0"}:
        return "CC0"
    return "CC " + "-".join(part for part in ("BY", "NC", "SA", "ND") if part in parts)


def _copyright(article_meta: etree._Element) -> str | None:
    statements = article_meta.iter("copyright-statement")
    return collapse(" ".join(map(element_text, statements))) or None
