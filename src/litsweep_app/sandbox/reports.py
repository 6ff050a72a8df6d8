"""One JATS article as the sandbox keeps it: its bytes, packed, its identifiers and licence."""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from lxml import etree

from litsweep.domain.identifiers import find_doi, parse_pmcid, parse_pmid
from litsweep.errors import InvalidIdentifier
from litsweep_app.sandbox.cutting import Piece
from litsweep_app.sandbox.dates import first_usable, read_publication_date
from litsweep_app.sandbox.markup import BrokenPiece, local_name, plain_text, read_piece

_LICENCE_URL: Final = re.compile(
    r"creativecommons\.org/(?:licenses/(by(?:-nc)?(?:-sa|-nd)?)|publicdomain/(zero|mark))", re.I
)
_LICENCE_WORDS: Final = (
    (re.compile(r"\bCC0\b|public domain", re.I), "CC0"),
    (re.compile(r"\bCC[ -](BY(?:-NC)?(?:-SA|-ND)?)\b", re.I), "CC {}"),
    (re.compile(r"Attribution.{0,3}Non.?Commercial.{0,3}No.?Deriv", re.I), "CC BY-NC-ND"),
    (re.compile(r"Attribution.{0,3}Non.?Commercial.{0,3}Share", re.I), "CC BY-NC-SA"),
    (re.compile(r"Attribution.{0,3}Non.?Commercial", re.I), "CC BY-NC"),
    (re.compile(r"Creative Commons Attribution", re.I), "CC BY"),
    # PMC's own name for open articles under terms that are no Creative Commons licence.
    (re.compile(r"open.access", re.I), "NO-CC CODE"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedReport:
    """A full text; ``number`` is the PMCID without its prefix, ``doctype`` may be empty."""

    number: int
    version: int
    pmid: int | None
    doi: str | None
    license_code: str | None
    has_body: bool
    says_retracted: bool
    dates: Mapping[str, tuple[date, ...]]
    doctype: bytes
    packed: bytes

    @property
    def pmcid(self) -> str:
        """The PMCID with its prefix."""
        return f"PMC{self.number}"

    @property
    def xml(self) -> bytes:
        """The article element's exact bytes in UTF-8."""
        return zlib.decompress(self.packed)

    @property
    def file(self) -> bytes:
        """The article as a file of its own, as the PMC Cloud Service and Europe PMC give it."""
        return b'<?xml version="1.0" encoding="UTF-8"?>\n' + self.doctype + self.xml + b"\n"

    @property
    def tree(self) -> etree._Element:
        """The article, parsed anew."""
        return read_piece(self.xml, {})[0]

    @property
    def is_in_cloud(self) -> bool:
        """Whether the Cloud Service has it: a body, and terms that let it be passed on."""
        return self.has_body and self.license_code is not None


def read_report(piece: Piece, prefixes: Mapping[bytes, bytes], doctype: bytes) -> IndexedReport:
    """Read an article's identity, dates and licence.

    Raises:
        BrokenPiece: it is not well-formed, is no JATS article, or has no PMCID.
    """
    tree, content = read_piece(piece.content or b"", prefixes)
    meta = find_meta(tree)
    if meta is None:
        raise BrokenPiece("an <article> without JATS front matter")
    ids = find_report_ids(meta)
    number, version = _find_number(ids)
    published = [
        read_publication_date(element)
        for element in meta
        if isinstance(element.tag, str) and local_name(element) == "pub-date"
    ]
    usable = tuple(day for day in published if day)
    first = first_usable(usable)
    return IndexedReport(
        number=number,
        version=version,
        pmid=_find_pmid(ids),
        doi=next((doi for kind, text in ids if kind == "doi" and (doi := find_doi(text))), None),
        license_code=_find_license(meta),
        has_body=any(plain_text(body) for body in _children(tree, "body")),
        says_retracted=_says_retracted(meta),
        dates={"CRDT": (first,), "EDAT": (first,), "MDAT": (first,), "PDAT": usable or (first,)},
        doctype=doctype,
        packed=zlib.compress(content, level=1),
    )


def _children(element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str) and local_name(child) == name]


def find_meta(tree: etree._Element) -> etree._Element | None:
    """Return the article's own article-meta, not that of a reply inside it."""
    for front in _children(tree, "front"):
        for meta in _children(front, "article-meta"):
            return meta
    return None


def find_report_ids(meta: etree._Element) -> list[tuple[str, str]]:
    """Return the article's identifiers as (type, value)."""
    return [
        (element.get("pub-id-type", ""), plain_text(element))
        for element in _children(meta, "article-id")
    ]


def _find_number(ids: list[tuple[str, str]]) -> tuple[int, int]:
    found = None
    version = 1
    for wanted in ("pmcid", "pmc", "pmcid-ver"):
        for kind, text in ids:
            if kind != wanted:
                continue
            try:
                pmcid = parse_pmcid(text)
            except InvalidIdentifier:
                continue
            found = found or int(pmcid.removeprefix("PMC"))
            version = int(text.rpartition(".")[2]) if "." in text else version
    if found is None:
        raise BrokenPiece("a JATS article without a PMCID")
    return found, max(version, 1)


def _find_pmid(ids: list[tuple[str, str]]) -> int | None:
    for kind, text in ids:
        if kind == "pmid":
            try:
                return parse_pmid(text)
            except InvalidIdentifier:
                continue
    return None


def _find_license(meta: etree._Element) -> str | None:
    """Return PMC's code of the article's licence, None where none allows passing it on."""
    for permissions in _children(meta, "permissions"):
        text = plain_text(permissions)
        addresses = " ".join(
            str(value) for element in permissions.iter("*") for value in element.attrib.values()
        )
        by_address = _LICENCE_URL.search(f"{addresses} {text}")
        if by_address:
            return f"CC {by_address[1].upper()}" if by_address[1] else "CC0"
        for pattern, code in _LICENCE_WORDS:
            match = pattern.search(f"{text} {addresses}")
            if match:
                return code.format(*(group.upper() for group in match.groups()))
    return None


def _says_retracted(meta: etree._Element) -> bool:
    kinds = {link.get("related-article-type") for link in _children(meta, "related-article")}
    titles = [plain_text(group) for group in _children(meta, "title-group")]
    return "retraction-forward" in kinds or any(
        title.upper().startswith("RETRACTED") for title in titles
    )
