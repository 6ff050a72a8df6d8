"""Sections, figures and tables of a report as passages: kind, title, depth and lines.

A part's own paragraphs come first, then its footnotes, its figures and tables, and the
sections in it, deeper. Where several kinds of statements stand in one part, each is a passage
of its own. Which parts of a report are read, and in which order, is for others.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from litsweep.domain.documents import SectionKind
from litsweep.parsing.flow import Flow
from litsweep.parsing.section_kinds import STATEMENTS, section_kind
from litsweep.parsing.statements import Statement, note_kind, read_statements
from litsweep.parsing.text import element_text

# Parts of these kinds may hold statements on several things.
_MIXED: Final = STATEMENTS | {SectionKind.BACK_MATTER, SectionKind.FOOTNOTE}
_MIXED_ELEMENTS: Final = frozenset({"sec", "ack", "notes", "fn-group"})
_UNTOLD: Final = frozenset({SectionKind.OTHER, SectionKind.BACK_MATTER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A section before its place is known: ``lines`` begin with its title, if it has one."""

    kind: SectionKind
    title: str
    depth: int
    lines: tuple[str, ...]


def read_section(element: etree._Element, parent: SectionKind, depth: int) -> Iterator[Passage]:
    """Read a section and all in it; ``parent`` is the kind of what it stands in."""
    title = _heading(element)
    kind = _kind(element, title, parent)
    if kind in _MIXED and element.tag in _MIXED_ELEMENTS:
        yield from _read_mixed(element, kind, title, depth)
    else:
        yield from _read_part(element, kind, title, depth)


def read_loose(element: etree._Element, kind: SectionKind) -> Iterator[Passage]:
    """Read a body: its own paragraphs are a section without title, beside its sections."""
    flow = Flow()
    flow.add(element)
    yield from write_loose(flow, kind)


def write_loose(flow: Flow, kind: SectionKind) -> Iterator[Passage]:
    """Make passages of paragraphs that stand in no section, and of what stood among them."""
    if lines := tuple(flow.lines):
        yield Passage(kind=kind, title="", depth=0, lines=lines)
    yield from _read_aside(flow, kind, 0)


def _kind(element: etree._Element, title: str, parent: SectionKind) -> SectionKind:
    kind = section_kind(element, title, parent)
    if element.tag != "fn-group":
        return kind
    return note_kind(element) or (SectionKind.FOOTNOTE if kind in _UNTOLD and not title else kind)


def _read_aside(flow: Flow, kind: SectionKind, depth: int) -> Iterator[Passage]:
    """Read what was set aside; ``kind`` is that of the part in which it stood."""
    if flow.notes:
        is_abstract = kind is SectionKind.ABSTRACT
        note = SectionKind.ABSTRACT if is_abstract else SectionKind.FOOTNOTE
        yield Passage(kind=note, title="", depth=depth, lines=tuple(flow.notes))
    for element in flow.floats:
        yield from _read_float(element, depth)
    for element in flow.sections:
        yield from read_section(element, kind, depth)


def _read_part(
    element: etree._Element, kind: SectionKind, title: str, depth: int
) -> Iterator[Passage]:
    flow = Flow(skip=_heading_elements(element))
    flow.add(element)
    if lines := tuple(filter(None, (title, *flow.lines))):
        yield Passage(kind=kind, title=title, depth=depth, lines=lines)
    yield from _read_aside(flow, kind, depth + 1)


def _read_float(element: etree._Element, depth: int) -> Iterator[Passage]:
    """Read a figure or table; the notes to it are a part of it."""
    title, kind = _heading(element), _float_kind(element)
    flow = Flow(skip=_heading_elements(element))
    flow.add(element)
    if lines := tuple(filter(None, (title, *flow.lines, *flow.notes))):
        yield Passage(kind=kind, title=title, depth=depth, lines=lines)
    flow.notes.clear()
    yield from _read_aside(flow, kind, depth + 1)


def _read_mixed(
    element: etree._Element, kind: SectionKind, title: str, depth: int
) -> Iterator[Passage]:
    flow = Flow()
    statements = read_statements(element, kind, flow, _heading_elements(element))
    yield from _place(list(statements), kind, title, depth)
    yield from _read_aside(flow, kind, depth + 1)


def _place(
    statements: Iterable[Statement], kind: SectionKind, title: str, depth: int
) -> Iterator[Passage]:
    """Yield a passage a stretch: the title goes with the first one of its own kind."""
    rest = list(statements)
    if title:
        first = rest.pop(0).lines if rest and rest[0].kind is kind else ()
        yield Passage(kind=kind, title=title, depth=depth, lines=(title, *first))
    for statement in rest:
        below = depth + 1 if title else depth
        yield Passage(kind=statement.kind, title="", depth=below, lines=statement.lines)


def _heading(element: etree._Element) -> str:
    """Return label and title as one line; empty where there is neither."""
    texts = map(element_text, _heading_elements(element))
    return " ".join(text for text in texts if text)


def _heading_elements(element: etree._Element) -> list[etree._Element]:
    found = (element.find(path) for path in ("label", "title", "caption/title"))
    return [part for part in found if part is not None]


def _float_kind(element: etree._Element) -> SectionKind:
    if str(element.tag).startswith("table"):
        return SectionKind.TABLE
    return SectionKind.FIGURE if str(element.tag).startswith("fig") else SectionKind.SUPPLEMENT
