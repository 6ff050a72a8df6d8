"""Dates as PubMed prints them: exact, of a month, of a season, of a span, or illegible.

A publication date keeps its text and gets the first day it may mean, to sort by. Seasons
begin where PubMed's own search puts them: winter in January, spring in April, summer
in July, autumn in October (PubMed User Guide, "Date of publication").
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Final

from lxml import etree

from litsweep.domain.records import DatePrecision, HistoryDate, PublicationDate
from litsweep.parsing.elements import child_texts, each_child
from litsweep.parsing.quick_nouns import quick
from litsweep.parsing.regular_lists import RegularList
from litsweep.parsing.text import collapse

_new_history_date: Final = quick(HistoryDate)
_new_publication_date: Final = quick(PublicationDate)

_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SEASONS: Final = {"winter": 1, "spring": 4, "summer": 7, "autumn": 10, "fall": 10}
_YEAR: Final = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_WORD: Final = re.compile(r"[a-z]+")
_QUARTER: Final = re.compile(r"\b([1-4])\s*(?:st|nd|rd|th)?\s*quart")
_NUMERIC: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_NUMBERED: Final = re.compile(r"(\d{1,2})(?:\s+(\d{1,2}))?")
_DAY: Final = re.compile(r"(?<!\d)(\d{1,2})(?!\d)")
_SPAN: Final = re.compile(r"[-–/]|\b(?:to|and)\b")
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?")

UNDATED: Final = _new_publication_date(sortable=None, precision=DatePrecision.UNKNOWN, text="")
"""A record that states no date."""


def read_publication_date(element: etree._Element | None, unknown: Counter[str]) -> PublicationDate:
    """Read ``PubDate``, ``ArticleDate`` or ``ContributionDate``, in any of its forms."""
    if element is None:
        return UNDATED
    parts = child_texts(element, unknown)
    named = (parts.get(name, "") for name in ("Year", "Month", "Day", "Season"))
    text = " ".join(part for part in named if part)
    return parse_publication_date(text or parts.get("MedlineDate", ""))


def read_day(element: etree._Element | None, unknown: Counter[str]) -> date | None:
    """Read an element with ``Year``, ``Month``, ``Day``; None unless it is a real day."""
    if element is None:
        return None
    parts = child_texts(element, unknown)
    return _day(parts.get("Year", ""), parts.get("Month", ""), parts.get("Day", ""))


def find_created_on(history: Iterable[HistoryDate]) -> date | None:
    """Return the day on which the record entered PubMed (CRDT)."""
    return next((step.on for step in history if step.status == "entrez" and step.on), None)


def _read_history_dates(
    lists: Iterable[etree._Element], unknown: Counter[str]
) -> Iterator[HistoryDate]:
    for element in each_child(lists, "PubMedPubDate", unknown):
        parts = child_texts(element, unknown)
        day = (parts.get(name, "") for name in ("Year", "Month", "Day"))
        time = (parts.get(name) for name in ("Hour", "Minute"))
        yield _build_history_date(element.get("PubStatus", ""), *day, *time)


def _build_history_date(
    status: str, year: str, month: str, day: str, hour: str | None, minute: str | None
) -> HistoryDate:
    """Build a step from the groups of ``HISTORY``."""
    text = f"{year} {month} {day}"
    if hour:
        text = f"{text} {hour}:{(minute or '').zfill(2)}"
    return _new_history_date(status=status, on=_day(year, month, day), text=text)


@lru_cache(maxsize=4096)
def parse_publication_date(text: str) -> PublicationDate:
    """Read a date such as ``2024 Mar 05``, ``1998 Dec-1999 Jan``, ``2000 Spring``, ``1944-1945``.

    Text in which no year between 1500 and 2099 stands has no sortable date.
    """
    text = collapse(text)
    sortable, precision = _slashed(text) or _iso(text) or _worded(text)
    return _new_publication_date(sortable=sortable, precision=precision, text=text)


def _slashed(text: str) -> tuple[date, DatePrecision] | None:
    """Read ``03/28/2018``: NLM writes the month first, unless it cannot be one."""
    match = _NUMERIC.fullmatch(text)
    if match is None:
        return None
    first, second, year = match.groups()
    day = _day(year, first, second) or _day(year, second, first)
    return (day, DatePrecision.DAY) if day else None


def _iso(text: str) -> tuple[date, DatePrecision] | None:
    match = _ISO.fullmatch(text)
    if match is None or not 1 <= int(match[2]) <= 12:
        return None
    day = _day(match[1], match[2], match[3] or "1")
    return (day, DatePrecision.DAY if match[3] else DatePrecision.MONTH) if day else None


def _worded(text: str) -> tuple[date | None, DatePrecision]:
    """Read a year, and what stands behind it, else before it."""
    year = _YEAR.search(text)
    if year is None:
        return None, DatePrecision.UNKNOWN
    rest = (text[year.end() :].strip() or text[: year.start()].strip()).lower()
    found = _quarter_or_season(rest) or _named_month(rest) or _numbered_month(rest)
    if found is None:
        return date(int(year[1]), 1, 1), DatePrecision.YEAR
    month, day_text, is_span = found
    day = _day(year[1], str(month), day_text)
    if is_span:
        return day or date(int(year[1]), month, 1), DatePrecision.SEASON
    if day:
        return day, DatePrecision.DAY
    return date(int(year[1]), month, 1), DatePrecision.MONTH


def _quarter_or_season(rest: str) -> tuple[int, None, bool] | None:
    """Return the first month of ``2nd Quarter`` or ``Spring-Summer``; spans, both of them."""
    quarter = _QUARTER.search(rest)
    if quarter:
        return 3 * int(quarter[1]) - 2, None, True
    return next(
        ((_SEASONS[word], None, True) for word in _WORD.findall(rest) if word in _SEASONS), None
    )


def _named_month(rest: str) -> tuple[int, str | None, bool] | None:
    """Return the first month named, the first day named, and whether a span is meant."""
    months = [month for word in _WORD.findall(rest) if (month := _month_number(word))]
    if not months:
        return None
    day = _DAY.search(rest)
    return months[0], day[0] if day else None, len(months) > 1 or bool(_SPAN.search(rest))


def _numbered_month(rest: str) -> tuple[int, str | None, bool] | None:
    """Return month and day of ``03`` or ``03 15``."""
    match = _NUMBERED.fullmatch(rest)
    if match is None or not 1 <= int(match[1]) <= 12:
        return None
    return int(match[1]), match[2], False


def _month_number(text: str) -> int | None:
    """Read ``03``, ``3``, ``Mar`` or ``March``."""
    word = text.strip().lower()
    if word.isdecimal():
        return int(word)
    if len(word) < 3:
        return None
    return next((i for i, name in enumerate(_MONTHS, 1) if name.startswith(word)), None)


def _day(year: str, month: str, day: str | None) -> date | None:
    try:
        number = int(month) if month.isdecimal() else _month_number(month) or 0
        return date(int(year), number, int(day or ""))
    except ValueError:
        return None


HISTORY: Final = RegularList(
    name="History",
    entry=re.compile(
        r"""<PubMedPubDate\ PubStatus="([a-z-]++)">\s*+<Year>([0-9]++)</Year>\s*+
        <Month>([0-9]++)</Month>\s*+<Day>([0-9]++)</Day>\s*+
        (?:<Hour>([0-9]++)</Hour>\s*+)?+(?:<Minute>([0-9]++)</Minute>\s*+)?+
        </PubMedPubDate>\s*+""",
        re.VERBOSE,
    ),
    texts=(),
    build=_build_history_date,
    read=_read_history_dates,
)
"""The dates of a record's history."""
