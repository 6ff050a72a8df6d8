"""The reading order of JATS: mixed content to lines of text, nothing lost on the way.

Every text node below an element is written, except what a reader never sees (identifiers
of objects, alternatives of formulas, reference lists). Figures, tables, notes and
sections inside are not written but collected, for the caller to place. Where cells of tables
stand, and how citations read, is for other modules.
"""

import re
from collections.abc import Callable, Collection
from typing import Final

from lxml import etree

from litsweep.parsing.jats_citations import CITATIONS, build_citation_text
from litsweep.parsing.jats_tables import Grid
from litsweep.parsing.maths import build_math_text, build_tex_text
from litsweep.parsing.text import collapse

_SILENT: Final = frozenset(
    {"ref-list", "object-id", "alt-text", "long-desc", "permissions", "index-term", "hr", "col"}
)
_FLOATS: Final = frozenset(
    {"fig", "fig-group", "table-wrap", "table-wrap-group", "supplementary-material"}
)
_SECTIONS: Final = frozenset(
    {"sec", "boxed-text", "app", "app-group", "ack", "notes", "glossary", "treatment-sec"}
)
_LINES: Final = frozenset(
    {"p", "title", "subtitle", "caption", "list", "list-item", "def-list", "def-item", "disp-quote"}
    | {"attrib", "speech", "statement", "verse-group", "verse-line", "kwd", "def-head", "term-head"}
    | {"fn", "fn-group", "table-wrap-foot", "nomenclature", "taxon-treatment", "treatment-meta"}
    | {"array", "tgroup", "disp-formula-group", "media", "answer", "question", "funding-statement"}
)
_SPACED: Final = frozenset({"disp-formula", "address"})
_LEADING: Final = frozenset({"label", "term", "speaker"})
# Behind "1." or a term: joins what follows to the same line. No XML text can hold it.
_JOIN: Final = "\x1f"
_JOINED: Final = re.compile(rf"{_JOIN}[\s]*")


class Flow:
    """Lines of text written so far, and the parts that were set aside, in order."""

    def __init__(self, skip: Collection[etree._Element] = ()) -> None:
        """Begin without text; the elements in ``skip`` will not be written."""
        self._skip = skip
        self.floats: list[etree._Element] = []
        self.sections: list[etree._Element] = []
        self.notes: list[str] = []
        self._pieces: list[str] = []
        self._grid = Grid()

    @property
    def lines(self) -> list[str]:
        """The lines that hold text, white space collapsed."""
        lines = _JOINED.sub(" ", "".join(self._pieces)).split("\n")
        return [line for text in lines if (line := collapse(text))]

    def add(self, element: etree._Element) -> None:
        """Write the content of ``element``."""
        self._write(element.text)
        for child in element:
            if child not in self._skip:
                self.add_whole(child)
            self._write(child.tail)

    def add_whole(self, child: etree._Element) -> None:
        """Write ``child`` as what it is, or set it aside; without the text behind it."""
        name = child.tag
        if not isinstance(name, str):
            self._write(child.text)  # an entity that nobody has declared
        elif name in _FLOATS and not _is_mention(child):
            self.floats.append(child)
        elif name in _SECTIONS:
            self.sections.append(child)
        elif name in _WRITERS:
            _WRITERS[name](self, child)
        elif name not in _SILENT:
            self._add_between(child, *_marks(name))

    def _add_between(self, child: etree._Element, before: str, after: str) -> None:
        self._pieces.append(before)
        self.add(child)
        self._pieces.append(after)

    def _write(self, text: str | None) -> None:
        if text:
            self._pieces.append(text.replace("\n", " "))

    def _add_table(self, table: etree._Element) -> None:
        around, self._grid = self._grid, Grid()
        self._add_between(table, "\n", "\n")
        self._grid = around

    def _add_row_group(self, group: etree._Element) -> None:
        self._grid.begin_group()
        self._add_between(group, "\n", "\n")

    def _add_column(self, specification: etree._Element) -> None:
        self._grid.add_column(specification)

    def _add_row(self, row: etree._Element) -> None:
        cells = [
            self._grid.cell(cell, " ".join(self._inner_lines(cell)))
            for cell in row
            if isinstance(cell.tag, str)
        ]
        if line := self._grid.build_line(cells):
            self._pieces.extend(("\n", line, "\n"))

    def _add_verbatim(self, code: etree._Element) -> None:
        """Write code and preformatted text: its line ends are its own."""
        self._pieces.extend(("\n", *map(str, code.itertext()), "\n"))

    def _add_citation(self, citation: etree._Element) -> None:
        """Write a work that is cited in the text itself."""
        self._write(f" {build_citation_text(citation)} ")

    def _add_note(self, note: etree._Element) -> None:
        """Set a footnote aside where it would cut a sentence in two."""
        parent = note.getparent()
        if parent is not None and parent.tag in ("fn-group", "table-wrap-foot"):
            self._add_between(note, "\n", "\n")
        else:
            self.notes.extend(self._inner_lines(note))

    def _add_alternatives(self, alternatives: etree._Element) -> None:
        """Write one of several forms of the same thing, the most readable."""
        for name in ("math", "table", "textual-form", "tex-math"):
            chosen = alternatives.find(name)
            if chosen is not None:
                self.add_whole(chosen)
                return
        self.add(alternatives)

    def _add_math(self, math: etree._Element) -> None:
        self._write(build_math_text(math))

    def _add_tex(self, tex: etree._Element) -> None:
        parent = tex.getparent()
        if parent is None or parent.find("math") is None:
            self._write(build_tex_text("".join(map(str, tex.itertext()))))

    def _add_blank(self, _: etree._Element) -> None:
        self._pieces.append(" ")

    def _inner_lines(self, element: etree._Element) -> list[str]:
        """Return the lines of ``element``; what they set aside is set aside here."""
        inner = Flow()
        inner.add(element)
        self.floats.extend(inner.floats)
        self.sections.extend(inner.sections)
        self.notes.extend(inner.notes)
        return inner.lines


_WRITERS: Final[dict[str, Callable[[Flow, etree._Element], None]]] = {
    "table": Flow._add_table,
    **dict.fromkeys(("thead", "tbody", "tfoot"), Flow._add_row_group),
    "colspec": Flow._add_column,
    **dict.fromkeys(("preformat", "code"), Flow._add_verbatim),
    **dict.fromkeys(CITATIONS, Flow._add_citation),
    "tr": Flow._add_row,
    "row": Flow._add_row,
    "fn": Flow._add_note,
    "alternatives": Flow._add_alternatives,
    "math": Flow._add_math,
    "tex-math": Flow._add_tex,
    "break": Flow._add_blank,
}


def _marks(name: str) -> tuple[str, str]:
    """Return what stands before and after the content of an element."""
    if name in _LINES:
        return "\n", "\n"
    if name in _LEADING:
        return " ", _JOIN
    return (" ", " ") if name in _SPACED else ("", "")


def _is_mention(element: etree._Element) -> bool:
    """Whether a link to supplementary material stands in a sentence, without a caption."""
    parent = element.getparent()
    is_in_text = parent is not None and parent.tag == "p"
    return (
        element.tag == "supplementary-material" and is_in_text and element.find("caption") is None
    )
