"""Text of others made safe for a page: what cannot be seen, or turns the line, is shown.

A title may hold a mark that turns the reading direction, letters of no width that make two words
look alike, or a whole sentence in characters that no screen draws. Markup in it is escaped, as
everywhere; this module is about what escaping leaves in place.
"""

import re
import unicodedata
from typing import Final

from markupsafe import Markup, escape

# What Unicode calls default ignorable or format, and blanks that are letters: nothing of them is
# drawn. https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point and UTR #36, 2.5.2.
_UNSEEN: Final = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff0-\uffff\ud800-\udfff"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Marks upon a letter: three are writing, a tower of them covers the lines above.
_TOWER: Final = r"(?<=[\u0300-\u036f]{4})[\u0300-\u036f]+"
_ODD: Final = re.compile(rf"[{_UNSEEN}]+|{_TOWER}")
_LINE_END: Final = re.compile(r"\r\n?")
# Spelling in Persian, Hindi and emoji; a choice of picture or letter behind a sign.
_JOINERS: Final = "\u200c\u200d"
_CHOICES: Final = "\ufe0e\ufe0f"
_SCRIPTS_THAT_JOIN: Final = 0x0590
_MOST: Final = 8


def shown(value: object) -> Markup:
    """Return a text for the body of a page: its direction is its own, nothing in it is unseen.

    Each character that cannot be seen becomes ``<span class="odd">⟨U+202E⟩</span>``. None becomes
    nothing. What is `Markup` already keeps it, with such characters as plain ⟨U+202E⟩.
    """
    if value is None:
        return Markup("")
    if isinstance(value, Markup):
        return Markup(f"<bdi>{_replace(str(value))}</bdi>")
    parts = []
    position = 0
    text = _LINE_END.sub("\n", str(value))
    for match in _ODD.finditer(text):
        parts.append(escape(text[position : match.start()]))
        parts.append(_mark(_describe(match)))
        position = match.end()
    parts.append(escape(text[position:]))
    return Markup("<bdi>{}</bdi>").format(Markup("").join(parts))


def shown_plainly(value: object) -> str:
    """Return a text for an attribute or a page's title: as `shown`, without elements."""
    return "" if value is None else _replace(str(value))


def _replace(text: str) -> str:
    return _ODD.sub(lambda match: "".join(_describe(match)), _LINE_END.sub("\n", text))


def _mark(described: list[str]) -> Markup:
    """Return the described run, spelling as it is and the rest set apart."""
    return Markup("").join(
        Markup('<span class="odd">{}</span>').format(one) if one.startswith("⟨") else escape(one)
        for one in described
    )


def _describe(match: re.Match[str]) -> list[str]:
    run = match[0]
    before = match.string[match.start() - 1 : match.start()]
    if len(run) == 1 and _is_spelling(run, before):
        return [run]
    names = [f"⟨U+{ord(character):04X}⟩" for character in run[:_MOST]]
    left = len(run) - _MOST
    return names if left <= 0 else [*names, f"⟨and {left} more that cannot be seen⟩"]


def _is_spelling(character: str, before: str) -> bool:
    if not before:
        return False
    if character in _JOINERS:
        return ord(before) >= _SCRIPTS_THAT_JOIN
    return character in _CHOICES and unicodedata.category(before) in {"So", "Sm", "Po", "Nd"}
