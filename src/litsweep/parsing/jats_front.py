"""What the front matter states beside the text: funding, interests, data, notes to the authors.

Read from ``funding-group``, ``author-notes``, ``notes`` and ``custom-meta``; addresses for
letters are left out, as is what the text itself says already.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from lxml import etree

from litsweep.domain.documents import SectionKind
from litsweep.parsing.flow import Flow
from litsweep.parsing.jats_passages import Passage, read_section
from litsweep.parsing.section_kinds import statement_kind
from litsweep.parsing.statements import FEWEST_OF_NAME, Piece, Stated, group_pieces, read_note
from litsweep.parsing.text import collapse, element_text

_FUNDING_GROUPS: Final = ("funding-group", "support-group")
_FUNDING_TEXTS: Final = ("funding-statement", "support-description")
# NLM 2.x has these instead of award groups.
_OLD_SOURCES: Final = ("grant-sponsor", "contract-sponsor")
_OLD_AWARDS: Final = ("grant-num", "contract-num")
_CUSTOM_META: Final = ("custom-meta-group/custom-meta", "custom-meta-wrap/custom-meta")


def read_front(front: etree._Element, meta: etree._Element, stated: Stated) -> Iterator[Passage]:
    """Yield a passage for each kind of thing that the front matter says and ``stated`` has not."""
    for notes in front.iterfind("notes"):
        yield from unstated(read_section(notes, SectionKind.BACK_MATTER, 0), stated)
    kept = [piece for piece in _pieces(meta) if _note(piece, stated)]
    kept += [(SectionKind.FUNDING, line) for line in _award_lines(meta, stated)]
    kinds = list(dict.fromkeys(kind for kind, _ in kept))
    in_order = sorted(kept, key=lambda piece: kinds.index(piece[0]))
    for statement in group_pieces(in_order):
        yield Passage(kind=statement.kind, title="", depth=0, lines=statement.lines)


def unstated(passages: Iterable[Passage], stated: Stated) -> Iterator[Passage]:
    """Yield the passages without the lines that stand elsewhere; and not for a title alone.

    Under a title of its own even "Not applicable" says something; without one, once is enough.
    """
    for passage in passages:
        lines = passage.lines[1:] if passage.title else passage.lines
        own = dict.fromkeys(lines) if passage.title else lines
        if passage.title:
            kept = tuple(line for line in own if not stated.has_inside(passage.kind, line))
        else:
            kept = tuple(line for line in own if not stated.has(passage.kind, line))
        for line in kept:
            stated.add(passage.kind, line)
        if not lines:
            yield passage
        elif kept:
            yield replace(passage, lines=(passage.title, *kept) if passage.title else kept)


def _note(piece: Piece, stated: Stated) -> bool:
    """Note a line as stated; tell whether it was not before."""
    kind, line = piece
    is_new = not stated.has(kind, line)
    if is_new:
        stated.add(kind, line)
    return is_new


def _pieces(meta: etree._Element) -> Iterator[Piece]:
    for group in _FUNDING_GROUPS:
        for element in meta.iterfind(group):
            for text in element.iter(*_FUNDING_TEXTS):
                yield from ((SectionKind.FUNDING, line) for line in _lines(text))
    for element in meta.iterfind("author-notes/*"):
        if element.tag != "corresp" and element.get("fn-type") != "corresp":
            yield from _author_note(element)
    for path in _CUSTOM_META:
        for element in meta.iterfind(path):
            kind = statement_kind(element_text(element.find("meta-name")))
            value = element.find("meta-value")
            if kind is not None and value is not None:
                yield from ((kind, line) for line in _lines(value))


def _author_note(element: etree._Element) -> Iterator[Piece]:
    flow = Flow()
    yield from read_note(element, SectionKind.BACK_MATTER, flow)
    yield from ((SectionKind.BACK_MATTER, line) for line in flow.notes)


def _lines(element: etree._Element) -> list[str]:
    flow = Flow()
    flow.add(element)
    return [*flow.lines, *flow.notes]


def _award_lines(meta: etree._Element, stated: Stated) -> Iterator[str]:
    """Yield ``Funder: award, award`` for what no statement names."""
    awards: dict[str, dict[str, None]] = {}
    for source, names in _awards(meta):
        awards.setdefault(source, {}).update(dict.fromkeys(names))
    for source, known in awards.items():
        is_known = bool(source) and stated.mentions(source)
        fresh = [name for name in known if not _is_stated(name, is_known, stated)]
        if fresh or (not known and source and not is_known):
            yield ": ".join(filter(None, (source, ", ".join(fresh))))


def _is_stated(award: str, is_funder_known: bool, stated: Stated) -> bool:
    """Tell whether an award is named; one as short as "001", whether its funder is."""
    return stated.mentions(award) or (is_funder_known and len(award) < FEWEST_OF_NAME)


def _awards(meta: etree._Element) -> Iterator[tuple[str, list[str]]]:
    for group in _FUNDING_GROUPS:
        for element in meta.iterfind(group):
            for award in element.iter("award-group"):
                sources = "; ".join(filter(None, map(_funder, award.iter("funding-source"))))
                yield sources, _texts(award, ("award-id",))
    old_sources, old_names = _texts(meta, _OLD_SOURCES), _texts(meta, _OLD_AWARDS)
    if old_sources or old_names:
        yield "; ".join(old_sources), old_names


def _funder(source: etree._Element) -> str:
    """Return a funder's name without its number in a register."""
    pieces = [source.text or ""]
    for part in source.iterdescendants(etree.Element):
        if part.tag != "institution-id" and part.get("content-type") != "funder-id":
            pieces.append(part.text or "")
        pieces.append(part.tail or "")
    return collapse(" ".join(pieces))


def _texts(element: etree._Element, names: tuple[str, ...]) -> list[str]:
    return [text for part in element.iter(*names) if (text := element_text(part))]
