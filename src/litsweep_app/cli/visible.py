"""Text of others made safe for a terminal: what would move the cursor or turn the line is shown.

A title may hold an escape sequence, or a mark that turns the reading direction. In a file for a
program it stays as it is.
"""

import re
import unicodedata
from typing import Final

# Line breaks and tabs are laid out; the two joiners are spelling, in Persian and in emoji.
_LAID_OUT: Final = "\n\t\u200c\u200d"
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SUSPECT: Final = re.compile(r"[^\x20-\x7e\n\tÀ-ʯͰ-Ͽ]")


def visible(text: str) -> str:
    """Return ``text`` with each control and format character as its escape, such as ``\\x1b``."""
    return _SUSPECT.sub(_show, text)


def _show(match: re.Match[str]) -> str:
    character = match[0]
    if character in _LAID_OUT or unicodedata.category(character) not in _UNSAFE:
        return character
    return character.encode("unicode_escape").decode("ascii")
