"""When something was measured: "at 12 weeks", "week 12", "30-day", as printed.

How long a treatment lasted ("for 12 weeks"), ages and calendar years are no time points.
"""

import re
from typing import Final

from litsweep.reading.rules.printed import COUNT, level

_UNIT: Final = (
    r"(?:seconds?|minutes?|min|hours?|hrs?|h|days?|weeks?|wks?|months?|mo|years?|yrs?|nights?)"
)
_NUMBER: Final = rf"(?:\d+(?:\.\d+)?|{COUNT})"
_LIST: Final = rf"{_NUMBER}(?:\s*(?:,|-|to|and|or|,\s*and|/)\s*{_NUMBER})*"
_FORMS: Final = re.compile(
    # "at baseline, 3, 6 and 12 months", "after six months of treatment", "within 24 h"
    rf"\b(?:at|after|within|by|until|up to|through|over)\s+(?:about\s+|approximately\s+)?"
    rf"(?:(?:a|the)\s+)?(?:baseline\s*(?:,|and|to)\s*(?:and\s+)?)?(?:at\s+)?"
    rf"(?P<a>{_LIST}[\s-]{_UNIT}\b(?!\s+(?:of\s+age|old)\b))"
    # "at week 12", "on day 28", "weeks 4, 8 and 12"
    rf"|\b(?P<b>(?:weeks?|days?|months?|years?|hours?)\s+{_LIST})(?![\d-])\b"
    # "12-week change", "30-day mortality", "5-year survival"
    rf"|(?<![\w.-])(?P<c>{_NUMBER}-(?:second|minute|min|hour|h|day|week|month|year|yr|night))\b"
    r"(?!\s*(?:-?old\b|course|treatment|intervention|period of|trial\b|study\b))",
    re.IGNORECASE,
)
_NOT_THEN: Final = re.compile(r"\b(?:aged?|older than|younger than)\s*$", re.IGNORECASE)


def find_time_points(text: str) -> tuple[str, ...]:
    """Return the time points of ``text`` as printed, in order, each once."""
    plain = level(text)
    spans = (
        match.span(match.lastgroup or 0)
        for match in _FORMS.finditer(plain)
        if not _NOT_THEN.search(plain[: match.start()])
    )
    return tuple(dict.fromkeys(text[start:end] for start, end in spans))
