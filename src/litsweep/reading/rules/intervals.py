"""How numbers, intervals and p values are printed in results. It names no measure."""

import re
from typing import Final

_DIGITS: Final = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|0,\d+|\d+(?:\.\d+)?|\.\d+)"
NUMBER: Final = re.compile(rf"(?<![\w.])[-+]?{_DIGITS}(?!\w*\d)")
"""A number, with its sign; a digit of a name (``IL-6``) is none."""
_UNIT: Final = (
    r"(?:\s?%|\s?(?!and\b|to\b|or\b|in\b)[a-zA-Zµμ°/²]{1,12}(?:\s(?:points?|units?|Hg))?)?"
)
# "a 26% reduction (95% CI 11 to 39)"
_CHANGE: Final = (
    r"(?P<noun>\s(?:(?:relative|absolute|greater|further)\s)?"
    r"(?:reduction|increase|decrease|improvement|decline|lower|higher))?"
)
_KIND: Final = (
    r"(?i:(?:(?:bootstrap\w*|exact|wald|simultaneous|bayesian|two-sided|one-sided)\s+)?"
    r"(?:(?:confidence|credible|credibility|uncertainty|compatibility|posterior)\s*"
    r"(?:intervals?|limits?|bounds?)(?:\s*[(\[](?:CI|C\.I\.|CrI|UI)[)\]])?|CIs?\b|C\.I\.|CrIs?\b|UIs?\b|"
    r"HDIs?\b|HPDs?\b|CL\b))"
)
LEVEL: Final = re.compile(rf"(?P<level>\d\d(?:\.\d+)?)\s*-?\s*%\s*{_KIND}")
"""``95% CI``, however written."""
IS_LEVEL: Final = re.compile(rf"\s*-?\s*%\s*{_KIND}")
"""Matches what follows the 95 of ``95% CI``."""
_LABEL: Final = rf"(?:(?P<level>\d\d(?:\.\d+)?)\s*-?\s*%\s*{_KIND}|(?<![\w%]){_KIND})"


def _range(prefix: str) -> str:
    """Return a pattern of two numbers, in the groups ``<prefix>low`` and ``<prefix>high``."""
    return (
        rf"(?P<{prefix}low>[-+]?{_DIGITS}){_UNIT}\s*(?:-|~|to|,|;|and|\.{{2,3}})\s*"
        rf"(?P<{prefix}high>[-+]?{_DIGITS})(?!\w*\d)(?:\s?%)?"
    )


# "3.1 points on the scale (p = 0.02, 95% CI 1.2 to 5.0)": the unit may take a few words.
_WORDS: Final = r"(?:\s[A-Za-z][\w-]*){0,5}?"
_P_FIRST: Final = r"(?:[Pp]\s?[=<>≤≥]\s?[\d.]+\s*[,;]\s*)?"
# "(95% CI, 0.61 to 0.89", "[0.61; 0.89]", ", 95% CI = 0.61-0.89"; a bare range only in brackets.
INTERVAL: Final = re.compile(
    rf"{_UNIT}{_CHANGE}{_WORDS}\s*[,;:]?\s*(?:[(\[{{]\s*)*{_P_FIRST}"
    rf"(?:[Ww]ith\s+(?:an?\s+)?)?{_LABEL}"
    r"(?:\s*(?:=|:|,|of|was|were|from|ranged from|between)){0,2}\s*[(\[]?\s*"
    rf"{_range('')}|{_UNIT}\s*[(\[]\s*{_range('bare_')}"
)
"""What may follow an estimate: ``level``, ``low``, ``high``, or ``bare_low``, ``bare_high``."""
P_VALUE: Final = re.compile(
    r"(?<![\w-])[Pp](?:\s?-?\s?[Vv]alues?)?"
    r"(?P<of>(?:_?(?:adj|trend|interaction|heterogeneity))?(?:\s?(?:for|of)\s+[a-z][\w -]{1,25}?)?)"
    r"\s*(?:(?:was|were|of|is|:)\s*)?"
    r"(?P<sign><=?|>=?|=|≤|≥|less than|greater than|(?<=\s))\s*"
    r"(?P<value>(?:0?[.,]\d+|[01](?:\.\d+)?(?!\d)|\d(?:\.\d+)?(?=\s?[×x*eE]))"
    r"(?:\s?[×x*]\s?10\s?\^?\s?[-⁻][\d⁰¹²³⁴⁵⁶⁷⁸⁹]+|[eE]-\d+)?)"
)
"""A p value: groups ``sign`` and ``value``, and ``of``, what it is the p value of, if said."""


def value_of(printed: str) -> float:
    """Return the value of what ``NUMBER`` matched; a comma is a decimal one after a lone zero."""
    is_decimal_comma = re.match(r"[-+]?0,\d", printed) is not None
    return float(printed.replace(",", "." if is_decimal_comma else ""))
