"""The text of a report in its reading order, cut into sections that tile it.

Title, abstracts, body, floating figures and tables, back matter, and what the front matter
states beyond them; without references and without the letters and reviews printed with a
report (``sub-article``, ``response``). What is stated in two places stands where it comes first.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from lxml import etree

from litsweep.domain.documents import Section, SectionKind, Span
from litsweep.parsing.flow import Flow
from litsweep.parsing.jats_front import read_front, unstated
from litsweep.parsing.jats_passages import Passage, read_loose, read_section, write_loose
from litsweep.parsing.section_kinds import STATEMENTS
from litsweep.parsing.statements import Stated

_BACK_SECTIONS: Final = ("ack", "app", "app-group", "fn-group", "glossary", "notes", "sec")
_APPENDICES: Final = frozenset({"app", "app-group"})
_FLOATS_GROUPS: Final = ("floats-group", "floats-wrap")
_NOTHING: Final = etree.Element("nothing")


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


def find_meta(article: etree._Element) -> etree._Element:
    """Return the element with title, ids and abstracts; an empty one where there is none."""
    for path in ("front/article-meta", "front-stub", "front"):
        meta = article.find(path)
        if meta is not None:
            return meta
    return _NOTHING


def read_passages(article: etree._Element, title: str) -> Iterator[Passage]:
    """Yield the passages of ``article``, or of a part like one, whose names have no namespace."""
    meta = find_meta(article)
    stated = Stated()
    if title:
        yield Passage(kind=SectionKind.TITLE, title="", depth=0, lines=(title,))
    for abstract in meta.iterfind("abstract"):
        yield from read_section(abstract, SectionKind.ABSTRACT, 0)
    for passage in _read_body(article):
        if passage.kind in STATEMENTS:
            _note(passage, stated)
        yield passage
    for passage in _read_back(article):
        if passage.kind in STATEMENTS:
            yield from unstated([passage], stated)
        else:
            _note(passage, stated)
            yield passage
    front = article.find("front")
    yield from read_front(_NOTHING if front is None else front, meta, stated)


def _note(passage: Passage, stated: Stated) -> None:
    for line in passage.lines:
        stated.add(passage.kind, line)


def _read_body(article: etree._Element) -> Iterator[Passage]:
    for body in article.iterfind("body"):
        yield from read_loose(body, SectionKind.OTHER)
    for name in _FLOATS_GROUPS:
        for group in article.iterfind(name):
            yield from read_loose(group, SectionKind.OTHER)


def _read_back(article: etree._Element) -> Iterator[Passage]:
    rest = Flow()
    for element in article.iterfind("back/*"):
        if element.tag in _BACK_SECTIONS:
            is_appendix = element.tag in _APPENDICES
            kind = SectionKind.SUPPLEMENT if is_appendix else SectionKind.BACK_MATTER
            yield from read_section(element, kind, 0)
        else:
            rest.add_whole(element)
    yield from write_loose(rest, SectionKind.BACK_MATTER)
