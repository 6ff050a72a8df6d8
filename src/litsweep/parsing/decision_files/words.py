"""Single values of decision files: a verdict, a time, a year, a number, a list."""

import re
from datetime import UTC, datetime
from typing import Final

from litsweep.domain.decisions import Decision
from litsweep.errors import FileRefused

# What tools and people write, folded. ASReview writes -1 for what was not seen, pandas nan and
# <NA> for an empty cell.
_INCLUDE: Final = "1|1.0|true|yes|y|include|included|inclusion|relevant|accept|accepted|in|keep"
_EXCLUDE: Final = (
    "0|0.0|false|no|n|exclude|excluded|exclusion|irrelevant|not relevant|reject|rejected|out"
)
_UNSURE: Final = "unsure|maybe|uncertain|unclear|?"
_OPEN: Final = (
    "|-|-1|-1.0|nan|<na>|na|n/a|none|null|not seen|unseen|undecided|unscreened|not screened"
    "|pending|withdrawn"
)
_VERDICTS: Final[dict[str, Decision | None]] = {
    word: decision
    for words, decision in (
        (_INCLUDE, Decision.INCLUDE),
        (_EXCLUDE, Decision.EXCLUDE),
        (_UNSURE, Decision.UNSURE),
        (_OPEN, None),
    )
    for word in words.split("|")
}
_FLOAT: Final = re.compile(r"(\d{1,10})(?:\.0+)?")
_PMID: Final = re.compile(r"(?:PMID:?\s*)?([1-9]\d{0,9})(?:\.0+)?", re.IGNORECASE)
_YEAR: Final = re.compile(r"\b(1[5-9]\d\d|20\d\d)\b")
_SECONDS: Final = re.compile(r"\d{9,11}(?:\.\d+)?")
_EMPTY: Final = frozenset({"nan", "<na>", "none", "null", "n/a", "na"})


def find_verdict(text: str) -> Decision | None:
    """Return what was decided, None where nobody did.

    Raises:
        FileRefused: the word is not known.
    """
    folded = " ".join(text.lower().replace("_", " ").split())
    if folded not in _VERDICTS:
        raise FileRefused(f"{text[:40]!r} is no decision")
    return _VERDICTS[folded]


def find_pmid(text: str) -> int | None:
    """Return the PMID in a cell; a table that was a data frame may say ``38884108.0``."""
    match = _PMID.fullmatch(text.strip())
    return int(match[1]) if match else None


def find_year(text: str) -> int | None:
    """Return the year in a cell such as ``2019``, ``2019.0`` or ``2019-03-01``."""
    match = _YEAR.search(text)
    return int(match[1]) if match else None


def find_time(text: str) -> datetime | None:
    """Return an aware time; one without a zone is UTC, as ASReview writes it. None if unreadable.

    ISO 8601 with ``T`` or a blank, or seconds since 1970.
    """
    text = text.strip()
    try:
        if _SECONDS.fullmatch(text):
            return datetime.fromtimestamp(float(text), UTC)
        found = datetime.fromisoformat(text)
        # Of no one's clock: and the first and last years overflow when they become UTC.
        if not 1900 < found.year < 3000:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def is_flag(text: str) -> bool:
    """Tell whether a cell of a label's own column says yes."""
    match = _FLOAT.fullmatch(text.strip())
    return int(match[1]) > 0 if match else text.strip().lower() in {"true", "yes", "x"}


def split_list(text: str, separators: str = ",;") -> tuple[str, ...]:
    """Return the items of a list in one cell, each once."""
    items = (one.strip() for one in re.split(f"[{re.escape(separators)}]", text))
    return tuple(dict.fromkeys(one for one in items if one))


def optional(text: str) -> str | None:
    """Return a cell's text, None for an empty one and for pandas' words for it."""
    text = text.strip()
    return None if not text or text.lower() in _EMPTY else text
