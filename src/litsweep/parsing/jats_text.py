"""The text of a report in its reading order, cut into sections that tile it.

Title, abstracts, body, floating figures and tables, back matter; without references and
without the letters and reviews printed with a report (``sub-article``, ``response``). A
section's own paragraphs come first, then its figures and tables, then its subsections.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from litsweep.domain.documents import Section, SectionKind, Span
from litsweep.parsing.flow import Flow
from litsweep.parsing.section_kinds import section_kind
from litsweep.parsing.text import element_text

_BACK_SECTIONS: Final = ("ack", "app", "app-group", "fn-group", "glossary", "notes", "sec")
_APPENDICES: Final = frozenset({"app", "app-group"})
_FLOATS_GROUPS: Final = ("floats-group", "floats-wrap")
_DATA_AVAILABILITY: Final = re.compile(r"data.{0,5}availab", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A section before its place is known: ``lines`` begin with its title, if it has one."""

    kind: SectionKind
    title: str
    depth: int
    lines: tuple[str, ...]


def assemble(passages: Iterable[Passage]) -> tuple[str, tuple[Section, ...]]:
    """Join passages to one text, a line each paragraph, and say where each of them stands."""
    texts: list[str] = []
    sections: list[Section] = []
    start = 0
    for passage in passages:
        text = "\n".join(passage.lines)
        span = Span(start, start + len(text))
        sections.append(
            Section(kind=passage.kind, title=passage.title, depth=passage.depth, span=span)
        )
        texts.append(text)
        start = span.end + 1
    return "\n".join(texts), tuple(sections)


def read_passages(article: etree._Element, title: str) -> Iterator[Passage]:
    """Yield the passages of ``article``, whose elements carry no namespace."""
    if title:
        yield Passage(kind=SectionKind.TITLE, title="", depth=0, lines=(title,))
    for abstract in article.iterfind("front/article-meta/abstract"):
        yield from _read_section(abstract, SectionKind.ABSTRACT, 0)
    for body in article.iterfind("body"):
        yield from _read_loose(body, SectionKind.OTHER)
    for name in _FLOATS_GROUPS:
        for group in article.iterfind(name):
            yield from _read_loose(group, SectionKind.OTHER)
    yield from _read_back(article)


def _read_back(article: etree._Element) -> Iterator[Passage]:
    seen: set[str] = set()
    for element in article.iterfind("back/*"):
        if element.tag not in _BACK_SECTIONS:
            continue
        is_appendix = element.tag in _APPENDICES
        kind = SectionKind.SUPPLEMENT if is_appendix else SectionKind.BACK_MATTER
        for passage in _read_section(element, kind, 0):
            seen.update(passage.lines)
            yield passage
    lines = tuple(line for line in _front_notes(article) if line not in seen)
    if lines:
        yield Passage(kind=SectionKind.BACK_MATTER, title="", depth=0, lines=lines)


def _front_notes(article: etree._Element) -> Iterator[str]:
    """Yield what the front matter says about funding, interests and data; no addresses."""
    for element in article.iterfind("front/article-meta/funding-group/funding-statement"):
        yield from _lines(element)
    for element in article.iterfind("front/article-meta/author-notes/fn"):
        if element.get("fn-type") != "corresp":
            yield from _lines(element)
    for element in article.iterfind("front/article-meta/custom-meta-group/custom-meta"):
        if _DATA_AVAILABILITY.match(element_text(element.find("meta-name"))):
            yield " ".join(_lines(element))


def _lines(element: etree._Element) -> list[str]:
    flow = Flow()
    flow.add(element)
    return [*flow.lines, *flow.notes]


def _read_loose(element: etree._Element, kind: SectionKind) -> Iterator[Passage]:
    """Read a body: its own paragraphs are a section without title, beside its sections."""
    flow = Flow()
    flow.add(element)
    if lines := (*flow.lines, *flow.notes):
        yield Passage(kind=kind, title="", depth=0, lines=lines)
    yield from _read_aside(flow, kind, 0)


def _read_section(element: etree._Element, parent: SectionKind, depth: int) -> Iterator[Passage]:
    title = _heading(element)
    yield from _read_part(element, section_kind(element, title, parent), depth)


def _read_aside(flow: Flow, kind: SectionKind, depth: int) -> Iterator[Passage]:
    for element in flow.floats:
        yield from _read_part(element, _float_kind(element), depth)
    for element in flow.sections:
        yield from _read_section(element, kind, depth)


def _read_part(element: etree._Element, kind: SectionKind, depth: int) -> Iterator[Passage]:
    """Read a section, figure or table: its heading, its text, and what stands in it, deeper."""
    title = _heading(element)
    flow = Flow(skip=_heading_elements(element))
    flow.add(element)
    if lines := tuple(filter(None, (title, *flow.lines, *flow.notes))):
        yield Passage(kind=kind, title=title, depth=depth, lines=lines)
    yield from _read_aside(flow, kind, depth + 1)


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
