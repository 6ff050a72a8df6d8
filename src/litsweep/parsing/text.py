"""Exact plain text of XML elements: mixed content in order, one blank for any white space.

Characters stay what the source says they are: a ``<`` is a ``<``, a doubly escaped
``&amp;lt;`` stays ``&lt;``, and nothing becomes markup. Text is NFC, as recommended for
comparison (Unicode Standard Annex 15).
"""

import unicodedata
from collections.abc import Iterable
from typing import Final

from lxml import etree

from litsweep.parsing.maths import build_math_text

_SLICE: Final = 100_000


def element_text(element: etree._Element | None) -> str:
    """Return the text of ``element``, inline markup flattened; empty where there is none."""
    if element is None:
        return ""
    if len(element):
        return collapse("".join(_pieces(element)))
    return collapse(element.text or "")


def optional_text(element: etree._Element | None) -> str | None:
    """Return the text of ``element``, or None where there is none."""
    return element_text(element) or None


def texts(elements: Iterable[etree._Element]) -> tuple[str, ...]:
    """Return the texts of ``elements`` that have one, in their order."""
    return tuple(text for element in elements if (text := element_text(element)))


def collapse(text: str) -> str:
    """Make any run of white space (no-break and thin spaces included) one blank; NFC."""
    if len(text) > _SLICE:
        return unicodedata.normalize("NFC", _collapse_slices(text))
    # To look for white space is cheaper than to take the text apart; of all white space, the
    # blank alone is printable.
    if text.isascii():
        if "  " in text or "\n" in text or "\t" in text or "\r" in text:
            return " ".join(text.split())
        return text.strip()
    is_single = text.isprintable() and "  " not in text
    return unicodedata.normalize("NFC", text.strip() if is_single else " ".join(text.split()))


def _collapse_slices(text: str) -> str:
    """Collapse a long text in slices, since its words as a list take ten times its memory."""
    slices = (text[start : start + _SLICE] for start in range(0, len(text), _SLICE))
    # A word that is cut between two slices is whole again once they are joined.
    single = "".join(
        " " * piece[0].isspace() + " ".join(piece.split()) + " " * piece[-1].isspace()
        for piece in slices
    )
    while "  " in single:
        single = single.replace("  ", " ")
    return single.strip()


def _pieces(element: etree._Element) -> list[str]:
    """Return the texts below ``element`` in document order; formulas as one piece each."""
    if next(element.iter("{*}math"), None) is None:
        return [str(piece) for piece in element.itertext()]
    pieces = [element.text or ""]
    # A list of what is still to be read, the next one last: nesting costs no recursion.
    to_read = [part for child in reversed(element) for part in (child.tail, child)]
    while to_read:
        part = to_read.pop()
        if part is None or isinstance(part, str):
            pieces.append(part or "")
        elif str(part.tag).rpartition("}")[2] == "math":
            pieces.append(build_math_text(part))
        else:
            pieces.append(part.text or "")
            to_read += [piece for child in reversed(part) for piece in (child.tail, child)]
    return pieces
