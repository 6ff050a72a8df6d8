"""Markdown built from words of others: what is not ours stays text, and a page stays small.

A title may hold a script, a table's bars, backticks or a link of its own. Knows nothing of what
is told.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final

MOST_BYTES: Final = 100_000
"""A page of this size opens at once; larger ones the server takes, and keeps."""

_MOST_CHARACTERS: Final = 300
_MARKS: Final = re.compile(r"([\\`*_{}\[\]()#+!|~$-])")
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# What GitHub's Markdown makes a link of, though nobody wrote one.
_SELF_LINKS: Final = (("://", "&#58;//"), ("www.", "www&#46;"), ("@", "&#64;"))
_HTML: Final = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


def plain(text: str, most: int = _MOST_CHARACTERS) -> str:
    """Return ``text`` on one line, without control characters, and cut where it is too long."""
    kept = "".join(" " if unicodedata.category(one) in _UNSAFE else one for one in text)
    joined = " ".join(kept.split())
    return joined if len(joined) <= most else f"{joined[: most - 1]}…"


def escape(text: str, most: int = _MOST_CHARACTERS) -> str:
    """Return ``text`` so that Markdown and HTML show it as it is, on one line."""
    shown = plain(text, most)
    for mark, entity in _HTML:
        shown = shown.replace(mark, entity)
    shown = _MARKS.sub(r"\\\1", shown)
    for mark, entity in _SELF_LINKS:
        shown = shown.replace(mark, entity)
    return shown


def code(text: str, most: int = _MOST_CHARACTERS) -> str:
    """Return ``text`` as it is to be typed; backticks in it cannot end it."""
    shown = plain(text, most)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    # In a table's cell a bar ends the cell, in code as well.
    return f"{fence}{pad}{shown.replace('|', chr(92) + '|')}{pad}{fence}"


def link(text: str, address: str) -> str:
    """Return a link that shows ``text``; the address is one of ours."""
    return f"[{escape(text)}]({address.replace(')', '%29').replace(' ', '%20')})"


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table; cells are Markdown already, numbers stand to the right."""
    rows = list(rows)
    numeric = [
        bool(rows) and all(isinstance(row[place], int | None) for row in rows)
        for place in range(len(columns))
    ]
    lines = [
        f"| {' | '.join(columns)} |",
        f"| {' | '.join('---:' if is_number else '---' for is_number in numeric)} |",
        *(f"| {' | '.join(map(_cell, row))} |" for row in rows),
    ]
    return "\n".join(lines)


def listed(lines: Sequence[str], most: int, command: str) -> list[str]:
    """Return lines as a list of at most ``most``, the rest as a number and how to see them."""
    shown = [f"- {line}" for line in lines[:most]]
    if len(lines) > most:
        shown.append(f"- … and {len(lines) - most:,} more: {command}")
    return shown


def page(parts: Iterable[str], most_bytes: int = MOST_BYTES) -> str:
    """Join paragraphs; what would make the page too large is left out, and the page says so."""
    kept: list[str] = []
    size = 0
    remark = "*The page is cut here: it would be too large.*"
    for part in parts:
        size += len(part.encode()) + 2
        if size > most_bytes - len(remark) - 2:
            return "\n\n".join([*kept, remark])
        kept.append(part)
    return "\n\n".join(kept)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else str(value)
