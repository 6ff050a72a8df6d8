"""What a report says that it measured: its primary, secondary and other outcomes, as worded."""

import re
from dataclasses import dataclass
from typing import Final

from litsweep.reading.rules.printed import level
from litsweep.reading.rules.time_points import find_time_points

_ROLES: Final = {
    "primary": "primary",
    "main": "primary",
    "principal": "primary",
    "coprimary": "primary",
    "secondary": "secondary",
    "exploratory": "exploratory",
    "tertiary": "exploratory",
    "safety": "safety",
}
_NOUN: Final = (
    r"(?:outcomes?|end[- ]?points?)(?:\s+(?:measures?|variables?|parameters?|of\s+interest))?"
)
_STATEMENT: Final = re.compile(
    rf"\b(?:(?P<role>(?:co-?)?primary|main|principal|secondary|tertiary|exploratory|safety)\s+)?"
    rf"(?:(?:and\s+secondary|efficacy|clinical|study|safety|effectiveness|composite|key|trial|"
    rf"feasibility|health)\s+){{0,3}}{_NOUN}"
    r"(?:\s+(?:of|in|for)\s+(?:the|this|our)\s+(?:[\w-]+\s+){0,2}?(?:study|trial|review|analysis|"
    r"outcome))?"
    r"\s*(?:\([^()]{1,30}\)\s*)?(?:(?:was|were|is|are|will\s+be)(?:\s+defined\s+as|\s+the)?\b|"
    r"included?\b|comprised\b|consisted\s+of\b|:|-(?=\s))\s*",
    re.IGNORECASE,
)
# "The primary outcome was assessed by blinded raters" says how, and not what.
_HOW: Final = re.compile(
    r"(?:then |also |not |all |both )*(?:assess|measur|analy[sz]|evaluat|compar|record|collect|"
    r"obtain"
    r"|determin|report|model|test|significan|similar|better|worse|improv|achiev|met\b|available|"
    r"calculat|present|increas|decreas|reduc|associat|higher|lower|differ|more|less|[-\d]|summari|"
    r"based on|adjudicat|missing|no\b|extract|consider|chosen|selected)",
    re.IGNORECASE,
)
_AS_THE_OUTCOME: Final = re.compile(
    rf"^(?P<what>.{{8,200}}?)\s+(?:was|were|served as)\s+(?:used\s+as\s+|defined\s+as\s+|"
    rf"chosen\s+as"
    rf"\s+)?(?:the|our)\s+(?P<role>(?:co-?)?primary|main|secondary)\s+(?:\w+\s+)?{_NOUN}",
    re.IGNORECASE,
)
_FEWEST_LETTERS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An outcome as worded at ``[start, end)``; ``role`` is primary, secondary, … or empty."""

    role: str
    start: int
    end: int
    time_points: tuple[str, ...]


def find_outcomes(text: str) -> tuple[Outcome, ...]:
    """Return the outcomes that a sentence states, in order."""
    plain = level(text)
    if reverse := _AS_THE_OUTCOME.match(plain):
        return (_build(text, reverse["role"], *reverse.span("what")),)
    matches = list(_STATEMENT.finditer(plain))
    ends = [*(match.start() for match in matches), len(plain)][1:]
    return tuple(
        _build(text, match["role"] or "", match.end(), end)
        for match, end in zip(matches, ends, strict=True)
        if _says_what(plain[match.end() : end])
    )


def _says_what(text: str) -> bool:
    return sum(map(str.isalpha, text)) >= _FEWEST_LETTERS and _HOW.match(text) is None


def _build(text: str, role: str, start: int, end: int) -> Outcome:
    stretch = text[start:end]
    end -= len(stretch) - len(stretch.rstrip(" .;,"))
    return Outcome(
        role=_ROLES.get(role.lower().replace("-", ""), ""),
        start=start,
        end=end,
        time_points=find_time_points(text[start:end]),
    )
