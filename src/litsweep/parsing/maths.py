"""Formulas as text: MathML's tokens in reading order, TeX without its preamble.

The text is for finding and counting, not for typesetting: ``x²`` reads ``x2``, as inline
superscripts do everywhere in litsweep, but ``1/2`` never becomes ``12``.
"""

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

_BODY_OF_TEX: Final = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)
_ROOTS: Final = frozenset({"msqrt", "mroot"})
_CELLS: Final = frozenset({"mtd", "mtr", "mlabeledtr", "mspace"})
_ANNOTATIONS: Final = frozenset({"annotation", "annotation-xml"})


def build_math_text(math: etree._Element) -> str:
    """Return a ``math`` element as one line; its ``alttext`` where it has no tokens."""
    return _tokens(math) or math.get("alttext", "")


def build_tex_text(tex: str) -> str:
    """Return a TeX formula without document preamble and without dollar signs around it."""
    body = _BODY_OF_TEX.search(tex)
    return (body[1] if body else tex).strip().strip("$").strip()


def _tokens(element: etree._Element) -> str:
    name = _local_name(element)
    if name in _ANNOTATIONS:
        return ""
    parts = list(filter(None, _parts(element)))
    if name == "mfrac":
        return "/".join(parts)
    if name in _ROOTS:
        return f"√({', '.join(parts)})"
    return f" {''.join(parts)} " if name in _CELLS else "".join(parts)


def _parts(element: etree._Element) -> Iterator[str]:
    """Yield the texts of ``element`` in order; white space between tokens is only layout."""
    yield " ".join((element.text or "").split())
    for child in element:
        if isinstance(child.tag, str):
            yield _tokens(child)
        yield " ".join((child.tail or "").split())


def _local_name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
