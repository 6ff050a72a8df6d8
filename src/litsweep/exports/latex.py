"""Text in BibTeX's fields: what LaTeX takes for commands is escaped, letters stay letters.

Files are UTF-8, for biber or a Unicode engine; ``<`` and Greek stay as they are, since every
reader of BibTeX understands them and the commands for them few.
"""

import re
from typing import Final

from litsweep.exports.texts import one_line

_SPECIAL: Final = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_"},
}
_PAIRED: Final = _SPECIAL | {"{": r"\{", "}": r"\}"}
# BibTeX counts braces, escaped ones too: one without its partner would end the file there.
_UNPAIRED: Final = _SPECIAL | {"{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
# Behind the special signs, what TeX makes dashes, quotation marks and Spanish signs of.
_ACTIVE: Final = re.compile(r"[\\~^&%$#_{}]|-(?=-)|'(?=')|`(?=`)|[?!](?=`)")
_WORD: Final = re.compile(r"\S+")


def escape(text: str) -> str:
    """Return ``text`` in one line, as LaTeX prints it unchanged; its braces are balanced."""
    line = one_line(text)
    escapes = _PAIRED if _is_balanced(line) else _UNPAIRED
    return _ACTIVE.sub(lambda match: escapes.get(match[0], f"{match[0]}{{}}"), line)


def escape_title(text: str) -> str:
    """Return ``text`` escaped, with braces around the words whose capitals a style must keep.

    These are words with a capital behind their first letter, and behind the first word all
    with a capital: PubMed writes titles as sentences.
    """
    line = one_line(text)
    if "{" in line or "}" in line:
        return escape(line)
    return _WORD.sub(lambda word: _protect(word[0], is_first=word.start() == 0), line)


def escape_list(texts: tuple[str, ...]) -> str:
    """Return the texts with commas between them; one with a comma of its own is in braces."""
    return ", ".join(f"{{{one}}}" if "," in one else one for one in map(escape, texts) if one)


def verbatim(text: str) -> str:
    """Return an identifier or address: BibTeX's readers take it as it is, but for braces."""
    return one_line(text).translate({ord("{"): "%7B", ord("}"): "%7D"})


def _protect(word: str, *, is_first: bool) -> str:
    must_keep = word[1:] if is_first else word
    escaped = escape(word)
    return f"{{{escaped}}}" if must_keep != must_keep.lower() else escaped


def _is_balanced(line: str) -> bool:
    depth = 0
    for sign in line if "{" in line or "}" in line else "":
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return depth == 0
