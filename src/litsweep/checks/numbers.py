"""Does every number of a machine text stand in the source? Arithmetic is not attempted.

Numbers are compared by value: ``1,234`` is ``1234``, ``0.50`` is ``.5``, ``twelve`` is 12, and a
minus sign, a range's dash and the kind of space around them do not count. A percentage must be
a percentage in the source too. Names with digits (``COX-2``, ``CD4``) are compared as names. A
rounded or derived number is not in the source and is reported.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from litsweep.domain.readings import Check, Verdict

_NAME: Final = "numbers"
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺₀₁₂₃₄₅₆₇₈₉", "0123456789-+0123456789")
_EXPONENT: Final = re.compile(r"(?<=\d)(?=[⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹])")
_DASH: Final = re.compile(r"[\u2010-\u2015\u2212\ufe63\uff0d]")
_SPACE: Final = re.compile(r"\s|\u200b")
_RAISED_POINT: Final = re.compile(r"(?<=\d)[·∙‧](?=\d)")
_SPACED_THOUSANDS: Final = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?![\d%])")
_TOKEN: Final = re.compile(
    # A name is letters and digits run together, or capitals before a hyphen; "week-12" is none.
    r"(?P<name>(?<![^\W_])(?:[^\W\d_]+\d|[^\W\d_]*[A-ZΑ-Ω][^\W\d_]*-\d)[^\W_]*)"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<percent>\s*(?:%|percent\b|per\scent\b))?"
)
# "40-50 %", "12 and 13 %", "3, 4 or 5 %", "31 % vs 14 %": one sign serves the whole list.
_LIST_GLUE: Final = re.compile(r"[\s,;/(]*(?:-|to|and|or|vs\.?|versus|±|\+/-)?[\s,(]*")
_TO_NINETEEN: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS: Final = {word: value for value, word in enumerate(_TO_NINETEEN.split())} | {
    word: 10 * value for value, word in enumerate(_TENS.split(), start=2)
}
SMALL_NUMBERS: Final = {word: Decimal(value) for word, value in _UNITS.items() if value > 1}
"""Numbers in one word; "one" is mostly a pronoun."""
# The longest first: "seven" is the beginning of "seventy".
_WORD: Final = "|".join(sorted([*_UNITS, "hundred", "thousand"], key=len, reverse=True))
_WORDS: Final = re.compile(rf"\b(?:{_WORD})(?:(?:[\s-]+|\s+and\s+)(?:{_WORD}))*\b", re.IGNORECASE)
# "one" is a pronoun and "two" groups are counted by readers too: neither is evidence of invention.
_SMALLEST_WORD: Final = 3


@dataclass(frozen=True, slots=True)
class _Number:
    """``is_percent`` is None where a sign further on may belong to it, as in ``31 and 14%``."""

    text: str
    value: Decimal
    is_percent: bool | None


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The numbers of a text: in figures, in words, and in names (``COX-2``)."""

    figures: tuple[_Number, ...]
    words: tuple[_Number, ...]
    names: tuple[str, ...]


class _Known:
    """What a source holds, for looking up; where it can be read in two ways, both count."""

    def __init__(self, source: str) -> None:
        self._source = _plain(source)
        numbers = _read(source)
        figures = numbers.figures
        words = {number.value for number in numbers.words}
        self.percentages = {one.value for one in figures if one.is_percent is not False}
        self.plain = {one.value for one in figures if one.is_percent is not True}
        self.plain |= words | _spaced_thousands(source)
        self.values = self.percentages | self.plain
        self.names = {_bare(name) for name in numbers.names}

    def has(self, number: _Number) -> bool:
        if number.is_percent is None:
            return number.value in self.values
        return number.value in (self.percentages if number.is_percent else self.plain)

    def has_name(self, name: str) -> bool:
        if _bare(name) in self.names:
            return True
        # "IL-6" may stand for "interleukin 6", "CD4" for "CD 4".
        initial, digits = re.escape(name[0]), re.findall(r"\d+", name)[-1]
        spelt = rf"(?<![^\W_]){initial}[^\W\d_]*[\s-]{{1,3}}{digits}(?!\d)"
        return re.search(spelt, self._source, re.IGNORECASE) is not None


def check_numbers(sentences: Sequence[str], source: str) -> tuple[Check, ...]:
    """Flag each sentence with a number that ``source`` does not hold; one PASS if there is none."""
    known = _Known(source)
    flags = []
    for position, sentence in enumerate(sentences):
        if strange := _strangers(_read(sentence), known):
            detail = f"Not in the source: {', '.join(strange)}."
            flags.append(
                Check(name=_NAME, verdict=Verdict.FLAG, detail=detail, sentence_position=position)
            )
    if flags:
        return tuple(flags)
    return (Check(name=_NAME, verdict=Verdict.PASS, detail="Every number is in the source."),)


def _strangers(found: _Numbers, known: _Known) -> list[str]:
    """Return the numbers of ``found`` that ``known`` lacks, as written, each once."""
    strange = []
    for number in found.figures:
        if not known.has(number):
            form = "a percentage" if number.is_percent else "a plain number"
            is_there = number.value in known.values
            strange.append(number.text.strip() + (f" (as {form})" if is_there else ""))
    strange.extend(
        number.text
        for number in found.words
        if number.value >= _SMALLEST_WORD and number.value not in known.values
    )
    strange.extend(name for name in found.names if not known.has_name(name))
    return list(dict.fromkeys(strange))


def _read(text: str) -> _Numbers:
    text = _plain(text)
    matches = list(_TOKEN.finditer(text))
    words = [_Number(match[0], _word_value(match[0]), False) for match in _WORDS.finditer(text)]
    names = tuple(match[0] for match in matches if match["name"])
    return _Numbers(_figures(text, matches), tuple(words), names)


def _figures(text: str, matches: Sequence[re.Match[str]]) -> tuple[_Number, ...]:
    """Return the numbers in figures; a percent sign may serve the whole list before it."""
    figures = []
    may_be_percent = False
    following = len(text)
    for match in reversed(matches):
        goes_on = _LIST_GLUE.fullmatch(text, match.end(), following) is not None
        may_be_percent = bool(match["percent"]) or (may_be_percent and goes_on)
        following = match.start()
        if match["number"]:
            value = Decimal(match["number"].replace(",", ""))
            is_percent = True if match["percent"] else (None if may_be_percent else False)
            figures.append(_Number(match[0], value, is_percent))
    return tuple(reversed(figures))


def _plain(text: str) -> str:
    """Return ``text`` with one kind of dash, space, digit and decimal point."""
    text = _EXPONENT.sub("^", text).translate(_SUPERSCRIPTS)
    return _RAISED_POINT.sub(".", _SPACE.sub(" ", _DASH.sub("-", text)))


def _spaced_thousands(text: str) -> set[Decimal]:
    """Return the readings of ``12 345`` as one number: a source may mean that."""
    return {Decimal(run[0].replace(" ", "")) for run in _SPACED_THOUSANDS.finditer(_plain(text))}


def _bare(name: str) -> str:
    return name.replace("-", "").casefold()


def _word_value(words: str) -> Decimal:
    """Return 120 for ``one hundred and twenty``."""
    total = current = 0
    for word in re.findall(_WORD, words.lower()):
        if word == "thousand":
            total, current = total + (current or 1) * 1000, 0
        elif word == "hundred":
            current = (current or 1) * 100
        else:
            current += _UNITS[word]
    return Decimal(total + current)
