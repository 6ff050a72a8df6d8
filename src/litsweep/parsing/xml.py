"""Bytes that claim to be XML: refuse what is none or what is unsafe, and build trees.

Replies of NCBI carry an external DOCTYPE, so a DOCTYPE as such is accepted; nothing it names
is ever fetched. An internal subset, which is where entities are declared, is refused
before a parser sees it. Neither is a tree built of more than memory is there for: libxml2's
own limits hold (256 levels, 10 MB a text). What the elements mean is for other modules.
"""

import codecs
import html.entities
import re
from collections.abc import Mapping
from typing import IO, Any, Final

from lxml import etree

from litsweep.errors import MalformedReply

_DECLARATION: Final = re.compile(
    rb"""\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["'][^>]*\?>"""
)
_PROLOG: Final = re.compile(rb"(?:\s|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_DOCTYPE: Final = re.compile(rb"""<!DOCTYPE(?:[^\[>"']|"[^"]*"|'[^']*')*+(.?)""", re.DOTALL)
_ENTITY: Final = re.compile(rb"&([A-Za-z][A-Za-z0-9]*;)")
# A declaration is far shorter; behind this, a search for one would only cost time.
_DECLARATION_BYTES: Final = 1000
# The encodings in which XML is written. Python knows others, some of which are no encodings of
# text, take quadratic time, or turn harmless bytes into tags.
_ENCODINGS: Final = re.compile(
    r"utf-?8|(us-)?ascii|utf-?(16|32)(-?[lb]e)?|iso-?8859-?\d{1,2}|latin-?1|(windows-|cp)125\d"
    r"|gbk|gb2312|gb18030|big5|shift_jis|euc-(jp|kr)|koi8-[ru]"
)
# A record with 30,000 authors, two affiliations each, has a million nodes and 22 MB; a node of
# libxml2 takes 120 bytes.
_MOST_NODES: Final = 1_200_000
_MOST_RECORD_BYTES: Final = 32 * 1024 * 1024
_FEWEST_BYTES_A_NODE: Final = 2
_MOST_NAMESPACES: Final = 100
_PREDEFINED: Final = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
_LIKE_UTF8: Final = frozenset({"utf-8", "utf8", "ascii", "us-ascii"})
_N_BYTES_OF_HEAD: Final = 1 << 16
# To know what it is; more is taken where it comes, and waited for by nobody: a cut file tells so
# only after what came whole of it.
_ENOUGH: Final = 1 << 12
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def build_parser() -> etree.XMLParser:
    """Return a parser of UTF-8 that fetches nothing and expands nothing.

    Comments and processing instructions are dropped, so that they never split a text.
    Not thread-safe: each call builds its own.
    """
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )


def normalize_reply(xml: bytes) -> bytes:
    """Return ``xml`` as UTF-8 bytes that start with XML, without byte order mark.

    UTF-8 input, the only encoding that NCBI is known to send, is returned as it is.

    Raises:
        MalformedReply: empty, HTML, JSON, plain text, in an encoding that cannot be read,
            or with a DOCTYPE that declares anything itself.
    """
    text = _to_utf8(xml)
    refuse_other_content(text)
    refuse_declarations(text)
    return text


class Utf8Reader:
    """Reads a stream as UTF-8 bytes that start with XML, without byte order mark.

    Raises, when it is made and when it reads:
        MalformedReply: empty, HTML, JSON, plain text, or in an encoding that cannot be read.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._decoder: codecs.IncrementalDecoder | None = None
        head = _read_head(stream)
        mark, self._encoding = _find_encoding(head)
        if self._encoding in _LIKE_UTF8:
            self._head = head[len(mark) :]
        else:
            self._decoder = _build_decoder(self._encoding)
            self._head = _without_declaration(self._transcode(head))
        refuse_other_content(self._head)

    def read(self, n_bytes: int) -> bytes:
        """Return about ``n_bytes``; nothing at the end of the stream only."""
        if self._head:
            head, self._head = self._head, b""
            return head
        while piece := self._stream.read(n_bytes):
            if text := self._transcode(piece):
                return text
        return self._transcode(b"")

    def _transcode(self, piece: bytes) -> bytes:
        if self._decoder is None:
            return piece
        try:
            return self._decoder.decode(piece, final=not piece).encode()
        except UnicodeError as error:
            raise MalformedReply(
                f"The reply says it is {self._encoding} and is not ({error})."
            ) from error


def refuse_other_content(text: bytes) -> None:
    """Refuse a reply that does not even begin as XML.

    Raises:
        MalformedReply: empty, HTML, JSON or plain text.
    """
    start = text[:1000].lstrip()
    if not start:
        raise MalformedReply("The reply is empty where XML was expected; ask again.")
    if start[:1] in (b"{", b"["):
        raise MalformedReply("The reply is JSON, not XML; ask again.")
    if start[:14].lower() == b"<!doctype html" or start[:5].lower() == b"<html":
        raise MalformedReply("The reply is a web page, not XML; ask again.")
    if start[:1] != b"<":
        raise MalformedReply("The reply is not XML; ask again.")


def refuse_declarations(text: bytes) -> None:
    """Refuse an internal DTD subset: entities are how XML bombs and file readers are built.

    Raises:
        MalformedReply: the DOCTYPE before the root declares anything itself, or is cut.
    """
    prolog = _PROLOG.match(text)
    doctype = _DOCTYPE.match(text, prolog.end() if prolog else 0)
    if doctype and doctype[1] != b">":
        raise MalformedReply(
            "The reply declares a document type of its own (an internal DTD subset); "
            "no NCBI service does, so it is refused unread."
        )


def read_tree(text: bytes) -> etree._Element:
    """Parse a whole reply that ``normalize_reply`` has let through; return its root.

    Raises:
        MalformedReply: not well-formed, which is also what a cut reply is, or too much for one
            tree.
    """
    if _is_flood(text):
        raise MalformedReply(f"The reply has over {_MOST_NODES:,} elements and texts: refused.")
    try:
        return etree.fromstring(_name_entities(text), build_parser())
    except etree.XMLSyntaxError as error:
        raise MalformedReply(f"The reply is broken or cut XML ({error}); ask again.") from error


def read_namespaces(head: bytes) -> dict[str | None, str]:
    """Return the namespaces that hold in the last element that ``head`` opens.

    Raises:
        MalformedReply: not well-formed as far as it goes.
    """
    parser = etree.XMLPullParser(
        events=("start",), resolve_entities=False, no_network=True, load_dtd=False
    )
    try:
        parser.feed(_name_entities(head))
        *_, (_, innermost) = parser.read_events()
    except (etree.XMLSyntaxError, ValueError) as error:
        raise MalformedReply(f"The reply is broken XML ({error}); ask again.") from error
    return dict(innermost.nsmap) if isinstance(innermost, etree._Element) else {}


def refuse_flood(fragment: bytes) -> None:
    """Refuse what no record is, before a tree of it takes the memory.

    Raises:
        lxml.etree.XMLSyntaxError: it is larger, or has more nodes, than any record.
    """
    if len(fragment) > _MOST_RECORD_BYTES or _is_flood(fragment):
        # lxml-stubs know only the arguments of its base class.
        error: Any = etree.XMLSyntaxError
        raise error("it is larger than any record can be", 0, 0, 0)


def read_fragment(
    fragment: bytes, parser: etree.XMLParser, namespaces: Mapping[str | None, str]
) -> etree._Element:
    """Parse one element cut out of a larger text.

    ``namespaces`` are those that the surrounding elements declare. Elements of the default
    namespace come back without it, since PubMed's own have none.

    Raises:
        lxml.etree.XMLSyntaxError: the fragment is not well-formed, or larger than any record.
        MalformedReply: the surroundings declare more namespaces than any reply does.
    """
    refuse_flood(fragment)
    if len(namespaces) > _MOST_NAMESPACES:
        raise MalformedReply(f"The reply declares {len(namespaces):,} namespaces: refused.")
    try:
        return etree.fromstring(fragment, parser)
    except etree.XMLSyntaxError as error:
        declared = " ".join(
            f'xmlns:{prefix}="{html.escape(uri)}"' for prefix, uri in namespaces.items() if prefix
        )
        wrapped = b"<_ %s>%s</_>" % (declared.encode(), _name_entities(fragment))
        around = etree.fromstring(wrapped, parser)
        if len(around) != 1:
            raise error
        return around[0]


def _read_head(stream: IO[bytes]) -> bytes:
    """Read enough to know what the stream is, however small the pieces that it comes in."""
    head = b""
    while len(head) < _ENOUGH and (piece := stream.read(_N_BYTES_OF_HEAD)):
        head += piece
    return head


def _find_encoding(text: bytes) -> tuple[bytes, str]:
    """Return byte order mark and encoding, told by the mark, else by the declaration."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if text.startswith(mark):
            return mark, encoding
    declared = _DECLARATION.match(text, 0, _DECLARATION_BYTES)
    encoding = declared[1].decode().lower() if declared else "utf-8"
    if not _ENCODINGS.fullmatch(encoding):
        raise MalformedReply(f"The reply says it is {encoding[:40]}, in which no XML is written.")
    return b"", encoding


def _build_decoder(encoding: str) -> codecs.IncrementalDecoder:
    try:
        return codecs.getincrementaldecoder(encoding)()
    except LookupError as error:
        raise MalformedReply(f"The reply says it is {encoding}, which nobody knows.") from error


def _to_utf8(xml: bytes) -> bytes:
    """Transcode; UTF-8 passes untouched but for a byte order mark."""
    mark, encoding = _find_encoding(xml)
    if encoding in _LIKE_UTF8:
        return xml[len(mark) :]
    try:
        text = xml.decode(encoding).encode()
    except (LookupError, UnicodeError) as error:
        raise MalformedReply(f"The reply says it is {encoding} and is not ({error}).") from error
    return _without_declaration(text)


def _without_declaration(text: bytes) -> bytes:
    """Drop the declaration of an encoding that the text no longer has."""
    declared = _DECLARATION.match(text, 0, _DECLARATION_BYTES)
    return text[declared.end() :] if declared else text


def _is_flood(text: bytes) -> bool:
    """Whether a tree of ``text`` could have too many nodes, counted from above.

    Each tag may be a node with a text behind it, each attribute is one with a text in it.
    """
    if len(text) < _MOST_NODES * _FEWEST_BYTES_A_NODE:
        return False
    n_ends = text.count(b"</")
    return 2 * (text.count(b"<") + text.count(b"=")) - n_ends > _MOST_NODES


def _name_entities(text: bytes) -> bytes:
    """Replace HTML's named entities by their characters; leave XML's five and unknown ones.

    In a CDATA section nothing is an entity.
    """
    parts: list[bytes] = []
    start = 0
    while (begin := text.find(b"<![CDATA[", start)) >= 0:
        end = text.find(b"]]>", begin)
        if end < 0:
            break
        parts += _ENTITY.sub(_character, text[start:begin]), text[begin:end]
        start = end
    parts.append(_ENTITY.sub(_character, text[start:]))
    return b"".join(parts)


def _character(match: re.Match[bytes]) -> bytes:
    name = match[1].decode()
    if name in _PREDEFINED:
        return match[0]
    character = html.entities.html5.get(name)
    if character is None or "<" in character or "&" in character:
        return match[0]
    return character.encode()
