"""Cut a file into the exact bytes of its records and articles, past any break in between.

A scanner and no XML parser: a parser stops for good at the first error, while the records
after it are as sound as those before. Whether a piece is well-formed is for its reader to see.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final


class PieceKind(Enum):
    """What a piece of a file is, by the name of its element."""

    PUBMED_ARTICLE = "PubmedArticle"
    """A whole PubMed record."""
    PUBMED_BOOK_ARTICLE = "PubmedBookArticle"
    """A whole record of a book or a chapter."""
    MEDLINE_CITATION = "MedlineCitation"
    """A record without its PubmedData, as in the old MedlineCitationSet."""
    BOOK_DOCUMENT = "BookDocument"
    """A book record without its PubmedBookData, as in a BookDocumentSet."""
    DELETE_CITATION = "DeleteCitation"
    """The list of withdrawn PMIDs at the end of an update file."""
    DELETE_DOCUMENT = "DeleteDocument"
    """The same for books."""
    ARTICLE = "article"
    """A full text in JATS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The bytes from the start tag to the end tag; ``content`` is None where no end was found."""

    kind: PieceKind
    start: int
    content: bytes | None


_INNER: Final = {
    PieceKind.MEDLINE_CITATION: PieceKind.PUBMED_ARTICLE,
    PieceKind.BOOK_DOCUMENT: PieceKind.PUBMED_BOOK_ARTICLE,
}

# Comments and CDATA come first, so that tags quoted in them are passed over.
_TAG: Final = re.compile(
    rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<(?P<slash>/?)(?:[\w.-]+:)?(?P<name>"
    + b"|".join(kind.value.encode() for kind in PieceKind)
    + rb")(?=[\s/>])(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*>",
    re.DOTALL,
)


def cut(content: bytes) -> Iterator[Piece]:
    """Yield the pieces of a file in order; ``content`` is in an ASCII-compatible encoding."""
    opened: tuple[PieceKind, int] | None = None
    for tag in _TAG.finditer(content):
        if tag["name"] is None or tag.group().endswith(b"/>"):
            continue
        kind = PieceKind(tag["name"].decode())
        if tag["slash"]:
            if opened and opened[0] is kind:
                yield Piece(kind=kind, start=opened[1], content=content[opened[1] : tag.end()])
                opened = None
        elif opened is None:
            opened = (kind, tag.start())
        elif _INNER.get(kind) is not opened[0]:
            if not _is_wrapper(opened[0], kind):
                yield Piece(kind=opened[0], start=opened[1], content=None)
            opened = (kind, tag.start())
    if opened:
        yield Piece(kind=opened[0], start=opened[1], content=None)


def _is_wrapper(outer: PieceKind, inner: PieceKind) -> bool:
    # An exporter's own <article> around a PubMed record is a wrapper, not a JATS article.
    return outer is PieceKind.ARTICLE and inner is not PieceKind.ARTICLE
