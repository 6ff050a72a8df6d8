"""Text as files can hold it: in one line, without what no reader accepts."""

import re
from typing import Final

# No file format here has room for them: C0 and C1 controls, lone surrogates, noncharacters.
_CONTROLS: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff"
_UNWRITABLE: Final = re.compile(f"[{_CONTROLS}]")


def writable(text: str) -> str:
    """Return ``text`` with U+FFFD for each character that a file of text cannot hold.

    Tabs and the ends of lines stay.
    """
    # Printable text, nearly all there is, has none of them; to ask is cheap.
    return text if text.isprintable() else _UNWRITABLE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Return ``text`` in one line with single blanks, whatever separates its lines.

    White space of any kind ends a line for some reader, U+2028 and U+0085 included.
    """
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(writable(text.translate(_SEPARATORS)).split())


# str.split takes these for white space, so they must not become U+FFFD before.
_SEPARATORS: Final = dict.fromkeys((0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x1F), " ")
