"""Long lists as NLM's software writes them, read by one expression each instead of a tree.

Authors, headings, dates and references are most of a record, so this is where time is saved.
The content of such a list is cut out of the record's bytes and read here; its place in the
tree is marked, so that what the list means is decided where it stands. An entry that differs
in anything (markup in it, an unusual attribute) gets a tree of its own, and a list that is
not made of entries stays where it is: both are read by the list's reader of elements, with
the same result. What the entries are is told by the ``RegularList`` of each module.
"""

import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import zip_longest
from typing import Any, Final, Generic, TypeVar

from lxml import etree

from litsweep.parsing.text import collapse

RegularLists = Mapping[str, tuple[Any, ...]]
"""What was read of the lists that were cut out, by the list's name."""

# No record can have this element of its own, since nobody knows its name beforehand.
_CUT: Final = f"cut-{secrets.token_hex(8)}"
_MARK: Final = f"<{_CUT}/>".encode()
_XML_SPACE: Final = " \t\r\n"
_CHARACTERS: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_PLAIN: Final = r"[^<&\]\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*+"
TEXT: Final = (
    rf"{_PLAIN}(?:(?:&(?:[#]x[0-9a-fA-F]{{2,6}}|[#][0-9]{{2,7}}|amp|lt|gt|quot|apos);|\](?!\]>))"
    rf"{_PLAIN})*+"
)
"""Text without markup: no entities but XML's own, no characters that XML forbids.

Written so that it may stand in a verbose expression.
"""

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegularList(Generic[Entry]):
    """A list of entries: how one is written, what it becomes, and how a tree of them is read.

    ``entry`` matches one entry and the white space behind it, and only what is well-formed;
    its groups are the arguments of ``build``, which returns None for an entry that is left out.
    Of these groups, ``texts`` (counted from 1) are texts, the others come as they are written.
    """

    name: str
    entry: re.Pattern[str]
    texts: tuple[int, ...]
    build: Callable[..., Entry | None]
    read: Callable[[Iterable[etree._Element], Counter[str]], Iterable[Entry]]
    start_tag: bytes = field(init=False)
    end_tag: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Write the tags once; the first one without its end, where attributes may be."""
        object.__setattr__(self, "start_tag", f"<{self.name}".encode())
        object.__setattr__(self, "end_tag", f"</{self.name}>".encode())

    def read_all(
        self, lists: Sequence[etree._Element], regular: RegularLists, unknown: Counter[str]
    ) -> tuple[Entry, ...]:
        """Return the entries of all ``lists``, of those that were cut out and of the others."""
        if not lists:
            return ()
        if len(lists) == 1 and _is_cut(lists[0]):
            return regular[self.name]
        return tuple(
            entry
            for one in lists
            for entry in (regular[self.name] if _is_cut(one) else self.read((one,), unknown))
        )


def cut_lists(
    raw: bytes, kinds: Iterable[RegularList[Any]], parser: etree.XMLParser
) -> tuple[bytes, RegularLists]:
    """Return ``raw``, a record, without the content of its regular lists, and that content.

    At most one list of each of ``kinds`` is cut, in the order in which they stand in records.
    The bytes returned are well-formed if and only if ``raw`` is.
    """
    found: dict[str, tuple[Any, ...]] = {}
    pieces: list[bytes] = []
    position = used = 0
    for kind in kinds:
        span = _find_content(raw, kind, position)
        if span is None:
            continue
        start, position = span
        try:
            found[kind.name] = _read_content(raw[start:position].decode(), kind, parser)
        except (ValueError, etree.XMLSyntaxError):
            continue
        pieces += (raw[used:start], _MARK)
        used = position
    pieces.append(raw[used:])
    return b"".join(pieces), found


def build_text(markup: str) -> str:
    """Return what ``TEXT`` has matched, as ``element_text`` returns the text of an element.

    Raises:
        ValueError: it names a character that XML forbids.
    """
    return collapse(_unescape(markup) if "&" in markup else markup)


def _is_cut(element: etree._Element) -> bool:
    return len(element) == 1 and element[0].tag == _CUT


def _find_content(raw: bytes, kind: RegularList[Any], position: int) -> tuple[int, int] | None:
    """Return where the next list of ``kind`` has its content."""
    opened = raw.find(kind.start_tag, position)
    if opened < 0:
        return None
    start = raw.find(b">", opened) + 1
    end = raw.find(kind.end_tag, start)
    return (start, end) if end >= 0 else None


def _read_content(
    text: str, kind: RegularList[Entry], parser: etree.XMLParser
) -> tuple[Entry, ...]:
    """Read the entries in ``text``.

    Raises:
        lxml.etree.XMLSyntaxError, ValueError: the text is not made of whole entries.
    """
    parts = kind.entry.split(text.lstrip(_XML_SPACE))
    step = kind.entry.groups + 1
    columns: list[Sequence[Any]] = [parts[group::step] for group in range(1, step)]
    for group in kind.texts:
        columns[group - 1] = _build_texts(columns[group - 1])
    entries = list(map(kind.build, *columns))
    between = parts[::step]
    if not any(between):
        return tuple(filter(None, entries))
    return tuple(_merge(entries, between, kind, parser))


def _build_texts(column: Sequence[str | None]) -> Sequence[str | None]:
    """Return the texts of a whole column: one look at all is cheaper than one at each."""
    if not any(column):
        return column
    row = " ".join(["", *filter(None, column), ""])
    if row.isascii() and row.isprintable() and "&" not in row and "  " not in row:
        return column
    return [build_text(markup) if markup else markup for markup in column]


def _merge(
    entries: Sequence[Entry | None],
    between: Sequence[str],
    kind: RegularList[Entry],
    parser: etree.XMLParser,
) -> Iterator[Entry]:
    """Yield the entries and, from trees, those that stand between them."""
    for text, entry in zip_longest(between, entries):
        if text.strip(_XML_SPACE):
            unknown: Counter[str] = Counter()
            markup = f"<{kind.name}>{text}</{kind.name}>".encode()
            yield from kind.read((etree.fromstring(markup, parser),), unknown)
            if unknown:
                raise ValueError("unknown elements are counted in the record's own tree")
        if entry is not None:
            yield entry


def _unescape(markup: str) -> str:
    before, *entities = markup.split("&")
    pieces = [before]
    for entity in entities:
        name, _, text = entity.partition(";")
        pieces += (_character(name), text)
    return "".join(pieces)


@lru_cache(maxsize=1024)
def _character(entity: str) -> str:
    if not entity.startswith("#"):
        return _CHARACTERS[entity]
    code = int(entity[2:], 16) if entity[1] == "x" else int(entity[1:])
    if code < 0x20 or 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF):
        raise ValueError(f"XML forbids the character {code:#x}")
    return chr(code)
