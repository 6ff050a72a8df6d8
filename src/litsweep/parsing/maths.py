"""Formulas as text: MathML's tokens in reading order, TeX without its preamble.

The text is for finding and counting, not for typesetting: ``x²`` reads ``x2``, as inline
superscripts do everywhere in litsweep, but ``1/2`` never becomes ``12``.
"""

import re
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


def _tokens(math: etree._Element) -> str:
    """Read from the leaves up, with a list instead of recursion, whatever the nesting."""
    opened = [(math, iter(math), [_tidy(math.text)])]
    while True:
        element, children, parts = opened[-1]
        child = next(children, None)
        if child is not None and isinstance(child.tag, str):
            opened.append((child, iter(child), [_tidy(child.text)]))
        elif child is not None:
            parts.append(_tidy(child.tail))
        else:
            opened.pop()
            text = _join(_local_name(element), list(filter(None, parts)))
            if not opened:
                return text
            opened[-1][2].extend((text, _tidy(element.tail)))


def _join(name: str, parts: list[str]) -> str:
    if name in _ANNOTATIONS:
        return ""
    if name == "mfrac":
        return "/".join(parts)
    if name in _ROOTS:
        return f"√({', '.join(parts)})"
    return f" {''.join(parts)} " if name in _CELLS else "".join(parts)


def _tidy(text: str | None) -> str:
    """White space between tokens is only layout."""
    return " ".join((text or "").split())


def _local_name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
