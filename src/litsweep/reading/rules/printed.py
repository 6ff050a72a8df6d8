"""Numbers as medical English prints them. It reads them; it judges nothing."""

import re
from typing import Final

# One character for one character, so that offsets in the levelled text hold in the text.
_LEVEL: Final = str.maketrans(
    {dash: "-" for dash in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"}
    | {space: " " for space in "\t\n\r\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"}
    | {space: " " for space in "\u2008\u2009\u200a\u202f\u3000\u200b"}
    | {"≦": "≤", "⩽": "≤", "≧": "≥", "⩾": "≥", "＜": "<", "＞": ">", "＝": "="}
)
_RAISED_POINT: Final = re.compile(r"(?<=\d)[·∙‧•⋅](?=\d)")
_UNITS_IN_WORDS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS_IN_WORDS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS: Final = {word: value for value, word in enumerate(_UNITS_IN_WORDS.split())} | {
    word: 10 * value for value, word in enumerate(_TENS_IN_WORDS.split(), start=2)
}
# The longest first: "seven" is the beginning of "seventy".
_WORD: Final = "|".join(sorted([*_UNITS, "hundred", "thousand"], key=len, reverse=True))
COUNT: Final = (
    r"(?:\d{1,3}(?:[, ]\d{3})+(?![\d.])|\d+(?![\d.,]*\d)"
    rf"|(?i:(?:a\s+hundred|{_WORD})(?:(?:[\s-]+and[\s-]+|[\s-]+)(?:{_WORD}))*)\b)"
)
"""A whole number, in figures (``1,234``, ``1 234``) or in words (``one hundred and twenty``)."""


def level(text: str) -> str:
    """Return ``text`` with one kind of dash, space and decimal point, as long as it was."""
    return _RAISED_POINT.sub(".", text.translate(_LEVEL))


def read_count(printed: str) -> int:
    """Return the value of what ``COUNT`` matched."""
    digits = re.sub(r"[, ]", "", printed)
    if digits.isdigit():
        return int(digits)
    total = current = 0
    for word in re.findall(_WORD, printed.lower().replace("a hundred", "one hundred")):
        if word == "thousand":
            total, current = total + (current or 1) * 1000, 0
        elif word == "hundred":
            current = (current or 1) * 100
        else:
            current += _UNITS[word]
    return total + current
