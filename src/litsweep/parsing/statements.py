"""What authors had to state: who paid, their interests, where the data are, who approved.

Journals put it into sections, footnotes, notes, metadata and notes to the authors, under a
title, behind a run-in heading ("Funding: …"), or in a sentence that anybody knows. Here such
parts are cut into stretches of one kind each, and what is stated twice is told. Where the
stretches stand in a document is for others.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final

from lxml import etree

from litsweep.domain.documents import SectionKind
from litsweep.parsing.flow import Flow
from litsweep.parsing.section_kinds import STATEMENTS, kind_of_words, statement_kind
from litsweep.parsing.sentences import split_sentences
from litsweep.parsing.text import collapse, element_text

_EMPHASIS: Final = frozenset({"bold", "italic", "underline", "sc", "b", "i"})
_LONGEST_HEADING: Final = 80
_RUN_IN: Final = re.compile(rf"(.{{2,{_LONGEST_HEADING}}}?)(?::|[.–—](?=\s))")
# What such statements say; searched for in the beginning of a paragraph only.
_WORDINGS: Final = tuple(
    (re.compile(words, re.IGNORECASE), kind)
    for words, kind in (
        (
            r"conflicts? of interest|(?:competing|conflicting) (?:\w+ )?interest|confli[ct]+os? de "
            r"inter|int[ée]r[êe]ts concurrents|nothing to (?:disclose|declare)",
            SectionKind.CONFLICTS,
        ),
        (
            r"\b(?:was|were|is|are|been) (?:\w+ ){0,2}(?:supported|funded|financed|sponsored)\b"
            r"|\b(?:funders?|funding sources?|sponsors?) (?:had|played|were)\b"
            r"|\brecipient of .{1,80}\b(?:fellowship|scholarship|grant|award)\b"
            r"|\breceived (?:\w+ ){0,4}(?:funding|financial support|grants?)\b"
            r"|\bfinancial(?:ly)? support|\bfund(?:ed|ing) (?:by|from|was)\b|\bgrants? (?:from|n)",
            SectionKind.FUNDING,
        ),
        (
            r"\bdata(?:sets?)?\b.{1,120}\b(?:available|deposited|accessible|archived)\b",
            SectionKind.DATA_AVAILABILITY,
        ),
        (
            r"\bapprov(?:ed|al)\b.{1,120}\b(?:ethics?|ethical|review board|irb)\b"
            r"|\binformed consent\b",
            SectionKind.ETHICS,
        ),
    )
)
_N_CHARACTERS_OF_NOTE: Final = 300
# In an acknowledgement people are thanked: it is a statement only where it begins as one.
_N_CHARACTERS_OF_THANKS: Final = 90
_FN_TYPES: Final = {
    "con": SectionKind.BACK_MATTER,
    "equal": SectionKind.BACK_MATTER,
    "edited-by": SectionKind.BACK_MATTER,
    "com": SectionKind.BACK_MATTER,
    "deceased": SectionKind.BACK_MATTER,
    "current-aff": SectionKind.BACK_MATTER,
    "present-address": SectionKind.BACK_MATTER,
    "update": SectionKind.BACK_MATTER,
    "dataset": SectionKind.DATA_AVAILABILITY,
    "supplementary-material": SectionKind.SUPPLEMENT,
}
# Notes of these kinds may be anything, and their words may tell.
_OPEN_KINDS: Final = frozenset({SectionKind.BACK_MATTER, SectionKind.FOOTNOTE})
_NOT_WORDS: Final = re.compile(r"[\W_]+")
# A shorter line may stand in another by chance: "None declared".
_FEWEST_OF_LINE: Final = 20
_MOST_SEARCHED: Final = 100_000
FEWEST_OF_NAME: Final = 4
"""Letters and digits below which a name or number may stand in a text by chance."""

Piece = tuple[SectionKind, str]
"""A line and its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Lines of one kind that follow each other."""

    kind: SectionKind
    lines: tuple[str, ...]


class Stated:
    """What a report has stated so far, letters and digits alone: to state nothing twice."""

    def __init__(self) -> None:
        """Begin with nothing stated."""
        self._lines: set[tuple[SectionKind, str]] = set()
        self._said: dict[SectionKind, str] = {}

    def add(self, kind: SectionKind, line: str) -> None:
        """Note that the document says ``line`` in a section of ``kind``."""
        bare = _bare(line)
        self._lines.add((kind, bare))
        said = self._said.get(kind, "")
        # Statements are short; a flood of them is not searched through again and again.
        if len(said) < _MOST_SEARCHED:
            self._said[kind] = said + bare

    def has(self, kind: SectionKind, line: str) -> bool:
        """Whether the document says ``line`` under ``kind``, or as a part of something longer."""
        bares = {_bare(line), _bare(_without_heading(line))}
        return self.has_inside(kind, line) or any((kind, bare) in self._lines for bare in bares)

    def has_inside(self, kind: SectionKind, line: str) -> bool:
        """Whether ``line`` is a part of what was said: none that is short and may be chance."""
        said = self._said.get(kind, "")
        bares = {_bare(line), _bare(_without_heading(line))}
        return any(len(bare) >= _FEWEST_OF_LINE and bare in said for bare in bares)

    def mentions(self, name: str) -> bool:
        """Whether ``name``, such as the number of a grant, was said at all."""
        bare = _bare(name)
        return len(bare) >= FEWEST_OF_NAME and any(bare in said for said in self._said.values())


def read_statements(
    parent: etree._Element, kind: SectionKind, flow: Flow, skip: Collection[etree._Element]
) -> Iterator[Statement]:
    """Cut what stands in ``parent`` into stretches of a kind; ``kind`` is that of the rest.

    Figures, tables, sections and groups of notes inside are left to ``flow``.
    """
    yield from group_pieces(_read_pieces(parent, kind, flow, skip))


def read_note(note: etree._Element, kind: SectionKind, flow: Flow) -> list[Piece]:
    """Read a footnote to the whole report: its type decides, else its heading or its words."""
    return _read_pieces(note, note_kind(note) or kind, flow, ())


def group_pieces(pieces: Iterable[Piece]) -> Iterator[Statement]:
    """Join the lines of one kind that follow each other."""
    for kind, stretch in groupby(pieces, key=itemgetter(0)):
        yield Statement(kind=kind, lines=tuple(line for _, line in stretch))


def note_kind(note: etree._Element) -> SectionKind | None:
    """Return the kind that ``fn-type``, or the type of the group around, tells; else None."""
    kind = (note.get("fn-type") or "").lower()
    if kind in _FN_TYPES:
        return _FN_TYPES[kind]
    return statement_kind(kind) or statement_kind(note.get("content-type") or "")


def kind_of_line(line: str, kind: SectionKind, heading: str = "") -> SectionKind:
    """Return the kind of a paragraph among others of ``kind``, by its heading, else its words."""
    headings = [heading, *_run_in(line)]
    told = _statement_of(headings)
    if told is not None or kind not in _OPEN_KINDS:
        return told or kind
    if SectionKind.BACK_MATTER in map(kind_of_words, headings):
        return SectionKind.BACK_MATTER
    is_thanks = kind is SectionKind.BACK_MATTER
    start = line[: _N_CHARACTERS_OF_THANKS if is_thanks else _N_CHARACTERS_OF_NOTE]
    return next((worded for pattern, worded in _WORDINGS if pattern.search(start)), kind)


def _read_pieces(
    parent: etree._Element, kind: SectionKind, flow: Flow, skip: Collection[etree._Element]
) -> list[Piece]:
    if (parent.text or "").strip():
        own = Flow(skip=skip)
        own.add(parent)
        _hand_over(own, flow)
        return [(kind_of_line(line, kind), line) for line in own.lines]
    pieces: list[Piece] = []
    label = ""
    for child in parent:
        if child.tag == "label" and child not in skip:
            label = f"{element_text(child)} "
        elif child.tag == "fn-group":
            flow.sections.append(child)
        elif child.tag == "fn":
            pieces += read_note(child, kind, flow)
        elif child not in skip:
            found, kind = _read_child(child, kind, flow)
            pieces += [(own_kind, label + line) for own_kind, line in found[:1]] + found[1:]
            label = "" if found else label
    return pieces


def _read_child(
    child: etree._Element, kind: SectionKind, flow: Flow
) -> tuple[list[Piece], SectionKind]:
    """Return the lines of a paragraph, or the like, and the kind of what follows it.

    What stands below a heading with a line of its own belongs to it; and what stands in a list
    below a paragraph, to the paragraph.
    """
    lines = _lines(child, flow)
    if not lines:
        return [], kind
    heading = _heading(child)
    found = kind_of_line(lines[0], kind, heading)
    below = found if found in STATEMENTS else kind
    pieces = [(found, lines[0]), *((below, line) for line in lines[1:])]
    parent = child.getparent()
    is_thanks = parent is not None and parent.tag == "ack"
    if is_thanks and _statement_of([heading, *_run_in(lines[0])]) is None:
        pieces = [piece for line in lines for piece in _split_thanks(kind, line)]
    return pieces, found if lines == [heading] else kind


def _split_thanks(kind: SectionKind, line: str) -> Iterator[Piece]:
    """Take the sentences on money out of a paragraph of thanks."""
    sentences = [sentence.text for sentence in split_sentences(line)]
    for own_kind, stretch in groupby(sentences, key=lambda text: kind_of_line(text, kind)):
        yield own_kind, " ".join(stretch)


def _statement_of(headings: Iterable[str]) -> SectionKind | None:
    return next(filter(None, map(statement_kind, headings)), None)


def _run_in(line: str) -> list[str]:
    run_in = _RUN_IN.match(line)
    return [run_in[1]] if run_in else []


def _lines(child: etree._Element, flow: Flow) -> list[str]:
    own = Flow()
    own.add_whole(child)
    _hand_over(own, flow)
    tail = collapse(child.tail or "")
    return [*own.lines, tail] if tail else own.lines


def _heading(child: etree._Element) -> str:
    """Return the words in bold type, or the like, with which a paragraph begins."""
    first = child[0] if len(child) else None
    if child.tag == "title":
        return element_text(child)
    if first is None or first.tag not in _EMPHASIS or (child.text or "").strip():
        return ""
    text = element_text(first)
    return text if len(text) <= _LONGEST_HEADING else ""


def _hand_over(own: Flow, flow: Flow) -> None:
    flow.floats += own.floats
    flow.sections += own.sections
    flow.notes += own.notes


def _bare(text: str) -> str:
    return _NOT_WORDS.sub("", text).casefold()


def _without_heading(line: str) -> str:
    run_in = _RUN_IN.match(line)
    if run_in is None or statement_kind(run_in[1]) is None:
        return line
    return line[run_in.end() :]
