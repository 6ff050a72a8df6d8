"""Read one piece of XML safely, mending only what cutting it out of its file took away.

Nothing is fetched and no entity is expanded. Mended are: bytes that are not UTF-8, named
characters such as ``&nbsp;`` that only an absent DTD defines, and namespace prefixes that the
file declared outside the piece.
"""

import re
from collections.abc import Mapping
from html.entities import html5
from typing import Final

from lxml import etree

_CDATA_OR_ENTITY: Final = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|&([A-Za-z][\w.-]*);", re.DOTALL
)
_PREDEFINED: Final = frozenset({b"lt", b"gt", b"amp", b"quot", b"apos"})
_PREFIX: Final = re.compile(rb"\sxmlns:([\w.-]+)\s*=\s*[\"']([^\"'<>]*)[\"']")
_UNDECLARED: Final = re.compile(r"Namespace prefix (\S+) ")
_START_TAG_NAME: Final = re.compile(rb"<[\w:.-]+")
_WELL_KNOWN: Final = {
    b"xlink": b"http://www.w3.org/1999/xlink",
    b"mml": b"http://www.w3.org/1998/Math/MathML",
    b"xsi": b"http://www.w3.org/2001/XMLSchema-instance",
    b"ali": b"http://www.niso.org/schemas/ali/1.0/",
    b"oasis": b"http://www.niso.org/standards/z39-96/ns/oasis-exchange/table",
}


class BrokenPiece(Exception):
    """A piece is not well-formed XML; the text says where. Caught by the index."""


def declared_prefixes(prolog: bytes) -> dict[bytes, bytes]:
    """Return the namespace prefixes declared before the first piece of a file."""
    return _WELL_KNOWN | dict(_PREFIX.findall(prolog))


def read_piece(content: bytes, prefixes: Mapping[bytes, bytes]) -> tuple[etree._Element, bytes]:
    """Parse a piece; return its element and the bytes to serve, equal to ``content`` if sound.

    Raises:
        BrokenPiece: it is not well-formed.
    """
    content = _name_characters(_as_utf8(content))
    while True:
        try:
            return etree.fromstring(content, _parser()), content
        except etree.XMLSyntaxError as error:
            undeclared = _UNDECLARED.match(error.msg or "")
            uri = prefixes.get(undeclared[1].encode()) if undeclared else None
            if undeclared is None or uri is None:
                raise BrokenPiece(_first_line(error)) from None
            content = _declare(content, undeclared[1].encode(), uri)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=True, encoding="utf-8"
    )


def _as_utf8(content: bytes) -> bytes:
    try:
        content.decode()
    except UnicodeDecodeError:
        # The usual cause is Windows text in a file that does not say so.
        return content.decode("cp1252", errors="replace").encode()
    return content


def _name_characters(content: bytes) -> bytes:
    def replace(match: re.Match[bytes]) -> bytes:
        name = match[1]
        if name is None or name in _PREDEFINED:
            return match[0]
        return html5.get(f"{name.decode()};", match[0].decode()).encode()

    return _CDATA_OR_ENTITY.sub(replace, content)


def _declare(content: bytes, prefix: bytes, uri: bytes) -> bytes:
    declaration = b' xmlns:%b="%b"' % (prefix, uri)
    return _START_TAG_NAME.sub(lambda match: match[0] + declaration, content, count=1)


def _first_line(error: etree.XMLSyntaxError) -> str:
    return (error.msg or "not well-formed").splitlines()[0]


def plain_text(element: etree._Element | None) -> str:
    """Return an element's text without markup, runs of white space made one space."""
    if element is None:
        return ""
    return " ".join("".join(map(str, element.itertext())).split())


def local_name(element: etree._Element) -> str:
    """Return an element's name without its namespace."""
    return etree.QName(element).localname
