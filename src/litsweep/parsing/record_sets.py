"""Cut a stream of PubMed XML into its records, on the bytes, and judge what is left.

Each record's bytes are kept exactly as they came, and one broken record cannot take its
neighbours with it. What stands around the records, the frame, must be well-formed, complete
and free of error messages: a stream that was cut anywhere lacks the end of its root. What a
record says is the business of ``pubmed``.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Final

from lxml import etree

from litsweep.domain.identifiers import parse_pmid
from litsweep.domain.records import Deletion
from litsweep.errors import InvalidIdentifier, MalformedReply
from litsweep.parsing.dates import HISTORY
from litsweep.parsing.indexing import CHEMICALS, HEADINGS, PUBLICATION_TYPES
from litsweep.parsing.links import LINKS, REFERENCES
from litsweep.parsing.people import AUTHORS
from litsweep.parsing.quick_nouns import quick
from litsweep.parsing.regular_lists import RegularLists, cut_lists
from litsweep.parsing.text import element_text
from litsweep.parsing.xml import (
    Utf8Reader,
    build_parser,
    read_fragment,
    read_namespaces,
    read_tree,
    refuse_declarations,
    refuse_flood,
)

RECORD_TAGS: Final = ("PubmedArticle", "PubmedBookArticle", "MedlineCitation", "BookDocument")
_SET_TAGS: Final = frozenset(
    {"PubmedArticleSet", "PubmedBookArticleSet", "BookDocumentSet", "MedlineCitationSet"}
)
_DELETION_TAGS: Final = ("DeleteCitation", "DeleteDocument")
_OUTER_TAGS: Final = frozenset({b"PubmedArticle", b"PubmedBookArticle"})
_TAG: Final = rb"""(/?)((?:Pubmed(?:Book)?Article|MedlineCitation|BookDocument)(?:Set)?)(?=[\s/>])
    (?:[^<>"'/]|"[^"<]*"|'[^'<]*')*+(/?)>"""
# Comments, CDATA and instructions are matched so that tags written inside them are not seen;
# the last group is one that does not end in this text.
_TOKEN: Final = re.compile(
    rb"<(?:!--.*?-->|!\[CDATA\[.*?\]\]>|\?.*?\?>|%b|(!--|!\[CDATA\[|\?))" % _TAG,
    re.DOTALL | re.VERBOSE,
)
# Behind one that is never closed, to look for the end of another would cost the whole text each.
_TAG_ONLY: Final = re.compile(rb"<(?:%b|(?!)())" % _TAG, re.DOTALL | re.VERBOSE)
# In the order in which they stand in a record.
_REGULAR: Final = (
    *(AUTHORS, PUBLICATION_TYPES, CHEMICALS, LINKS, HEADINGS),
    *(HISTORY, REFERENCES),
)
# The plain case, for speed; whatever else stands between two records is looked at by tokens.
_NEXT_ARTICLE: Final = re.compile(rb"[ \t\r\n]*+(<)PubmedArticle>")
_SECRET: Final = re.compile(r"\b[0-9a-fA-F]{30,}\b|\S+@\S+")
_XML_SPACE: Final = b" \t\r\n"
_N_BYTES_READ: Final = 1 << 18
# The largest real records, with some ten thousand collaborators, have about 5 MB.
_MAX_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRecord:
    """A record's own bytes, and its tree, or why it has none.

    ``lists`` are those that were read already; the tree has only their places.
    """

    raw_xml: bytes
    tree: etree._Element | etree.XMLSyntaxError
    lists: RegularLists

    def read_tree(self) -> etree._Element:
        """Return the root.

        Raises:
            lxml.etree.XMLSyntaxError: the record is not well-formed.
        """
        if isinstance(self.tree, etree.XMLSyntaxError):
            raise self.tree
        return self.tree


_new_cut_record: Final = quick(CutRecord)


def iter_cut_records(stream: IO[bytes]) -> Iterator[CutRecord | Deletion]:
    """Cut ``stream`` into records, in its order, then tell its deletions, in constant memory.

    Raises:
        MalformedReply: empty, no XML, cut, unsafe, carrying an error message, or something
            else than records; also a record or a frame of more than 64 MiB. What only the
            end of the stream can tell is told after its records.
    """
    window = _Window(stream)
    frame = _Frame()
    parser = build_parser()
    while name := window.go_to_record(frame):
        cut = _cut(window, name, parser, frame.namespaces)
        if cut is None:
            break
        yield cut
    frame.add(window.text[window.start :])
    yield from frame.close()


class _Window:
    """The part of the stream that is looked at: ``text`` from ``start`` on is not yet used."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = Utf8Reader(stream)
        self._is_whole = False
        self.text = b""
        self.start = 0

    def go_to_record(self, frame: "_Frame") -> bytes:
        """Move to the next record and return its name, empty where there is none.

        What stands before it goes into the frame.
        """
        if plain := _NEXT_ARTICLE.match(self.text, self.start) if frame.has_records else None:
            self.start = plain.start(1)
            return b"PubmedArticle"
        for token in self._tokens():
            slash, name, _, _ = token.groups()
            if name and not slash and not name.endswith(b"Set"):
                frame.add(self.text[self.start : token.start()], name)
                self.start = token.start()
                return bytes(name)
        return b""

    def take(self, end: int) -> bytes:
        """Use the text up to ``end`` and return it."""
        taken = self.text[self.start : end]
        self.start = end
        return taken

    def find_record_end(self, name: bytes) -> int:
        """Return where the record ends that starts here; -1 where it is open when all ends.

        A record in which another one begins, or the set ends, was never closed: it ends
        there, and will turn out unreadable.
        """
        is_opener = True
        for token in self._tokens():
            slash, other, is_empty, _ = token.groups()
            if is_opener:
                is_opener = False
                if is_empty:
                    return token.end()
            elif other and _ends_record(name, slash, other):
                return token.end() if slash and other == name else token.start()
        return -1

    def _tokens(self) -> Iterator[re.Match[bytes]]:
        """Iterate over the tokens from ``start`` on, reading on where the text ends."""
        offset, pattern = 0, _TOKEN
        while True:
            for token in pattern.finditer(self.text, self.start + offset):
                if token[4]:
                    break
                offset = token.end() - self.start
                yield token
            else:
                if self._read_on():
                    continue
                return
            if not self._read_on():
                pattern = _TAG_ONLY

    def _read_on(self) -> bool:
        """Drop what was used, read as much again as is left; False where all was read before."""
        if self._is_whole:
            return False
        self.text = self.text[self.start :]
        self.start = 0
        _refuse_size(len(self.text))
        piece = self._stream.read(max(_N_BYTES_READ, len(self.text)))
        self._is_whole = not piece
        self.text += piece
        return True


class _Frame:
    """What stands around the records, an empty record in the place of each row of them."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._n_bytes = 0
        self._n_records = 0
        self.namespaces: Mapping[str | None, str] = {}

    @property
    def has_records(self) -> bool:
        """Whether a record was found before."""
        return self._n_records > 0

    def add(self, text: bytes, name: bytes = b"") -> None:
        """Add what stood between two records, and the ``name`` of the record behind it."""
        if self._n_records and not text.strip(_XML_SPACE):
            return
        self._n_bytes += len(text)
        _refuse_size(self._n_bytes)
        self._pieces.append(text)
        if name:
            self._pieces.append(b"<%s/>" % name)
            self._n_records += 1
        if self._n_records == 1:
            head = b"".join(self._pieces)
            refuse_declarations(head)
            self.namespaces = read_namespaces(head)

    def close(self) -> Iterator[Deletion]:
        """Judge the whole frame, then iterate over its deletions."""
        text = b"".join(self._pieces)
        refuse_declarations(text)
        root = read_tree(text)
        _refuse_errors(root)
        _refuse_strangers(root, self._n_records)
        for notice in root.iter(*_any_namespace(_DELETION_TAGS)):
            for pmid in notice.iter("{*}PMID"):
                with suppress(InvalidIdentifier):
                    yield Deletion(pmid=parse_pmid(element_text(pmid)))


def _cut(
    window: _Window,
    name: bytes,
    parser: etree.XMLParser,
    namespaces: Mapping[str | None, str],
) -> CutRecord | None:
    """Cut off the record at the start of ``window``; None where it is open when all ends.

    What reaches to the first end tag of its name and is well-formed is a record: only where
    it is not, every tag has to be looked at.
    """
    end_tag = b"</%s>" % name
    end = window.text.find(end_tag, window.start)
    if end >= 0:
        raw = window.text[window.start : end + len(end_tag)]
        cut = _parse(raw, parser, namespaces)
        if isinstance(cut.tree, etree._Element):
            window.start += len(raw)
            return cut
    end = window.find_record_end(name)
    if end < 0:
        return None
    return _parse(window.take(end), parser, namespaces)


def _parse(raw: bytes, parser: etree.XMLParser, namespaces: Mapping[str | None, str]) -> CutRecord:
    try:
        refuse_flood(raw)
    except etree.XMLSyntaxError as error:
        return CutRecord(raw_xml=raw, tree=error, lists={})
    rest, lists = cut_lists(raw, _REGULAR, parser)
    try:
        return _new_cut_record(
            raw_xml=raw, tree=read_fragment(rest, parser, namespaces), lists=lists
        )
    except etree.XMLSyntaxError:
        pass  # it is the whole record's own error that is told
    try:
        return CutRecord(raw_xml=raw, tree=read_fragment(raw, parser, namespaces), lists={})
    except etree.XMLSyntaxError as error:
        return CutRecord(raw_xml=raw, tree=error, lists={})


def _ends_record(open_name: bytes, slash: bytes, name: bytes) -> bool:
    if slash:
        return name == open_name or name.endswith(b"Set")
    return name == open_name or name in _OUTER_TAGS


def _refuse_size(n_bytes: int) -> None:
    if n_bytes > _MAX_BYTES:
        raise MalformedReply(
            f"The reply has {n_bytes >> 20} MiB that are no whole record; no PubMed reply has."
        )


def _refuse_errors(frame: etree._Element) -> None:
    """Refuse a reply with an error message in it: some records are then missing."""
    for element in frame.iter("{*}ERROR", "{*}error"):
        message = _SECRET.sub("[…]", element_text(element))
        raise MalformedReply(f"NCBI reports an error instead of records: {message}")


def _refuse_strangers(frame: etree._Element, n_records: int) -> None:
    """Refuse a reply that is about something else, or that was not understood whole."""
    name = str(frame.tag).rpartition("}")[2]
    if name not in _SET_TAGS and not n_records and frame.find(".//{*}DeleteCitation") is None:
        raise MalformedReply(f"The reply is a <{name}>, not a set of PubMed records.")
    if sum(1 for _ in frame.iter(*_any_namespace(RECORD_TAGS))) != n_records:
        raise MalformedReply("The reply writes tags of records where no records can stand.")
    stray = [frame.text, *(child.tail for child in frame)] if name in _SET_TAGS else []
    if any(text and not text.isspace() for text in stray):
        raise MalformedReply(f"The reply has text between the records of its <{name}>.")


def _any_namespace(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{{*}}{name}" for name in names)
