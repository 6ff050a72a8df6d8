"""Dates as PubMed's XML and PubMed's queries write them, and which date counts as which.

The rule of the sandbox: every record has every date that can be searched. Where an element is
missing or malformed the next one in a fixed order stands in, so that a search over all days
finds all records.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final

from lxml import etree

EARLIEST: Final = date(1800, 1, 1)
"""A creation date before this is taken for a typing error."""

UNKNOWN: Final = date(1900, 1, 1)
"""Stands in where a record has no usable date at all."""

_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_YEAR: Final = re.compile(r"(?<!\d)(1[5-9]\d\d|2\d\d\d)(?!\d)")
_QUERY_DATE: Final = re.compile(r"(\d{4})(?:[/-](\d{1,2})(?:[/-](\d{1,2}))?)?")


def today() -> date:
    """Return today's date in UTC."""
    return datetime.now(UTC).date()


def read_date(element: etree._Element | None) -> date | None:
    """Read Year, Month and Day children (in any namespace); None where they make no date.

    A missing month or day counts as the first, as PubMed indexes imprecise dates.
    """
    if element is None:
        return None
    parts = {
        etree.QName(part).localname.lower(): (part.text or "").strip() for part in element.iter("*")
    }
    try:
        day = int(parts.get("day") or 1)
        return date(int(parts.get("year", "")), _month(parts.get("month") or "1"), day)
    except ValueError:
        return None


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _MONTHS.index(text[:3].lower()) + 1


def read_publication_date(element: etree._Element | None) -> date | None:
    """Read a PubDate: a date, or the first year named in it (``MedlineDate``, a season)."""
    exact = read_date(element)
    if exact or element is None:
        return exact
    year = _YEAR.search(" ".join(map(str, element.itertext())))
    return date(int(year[1]), 1, 1) if year else None


def first_usable(candidates: Iterable[date | None]) -> date:
    """Return the first real date of ``candidates``, moved back to today if it is to come."""
    found = next((day for day in candidates if day and day >= EARLIEST), UNKNOWN)
    return min(found, today())


def parse_bounds(text: str) -> tuple[date, date] | None:
    """Read ``YYYY``, ``YYYY/MM`` or ``YYYY/MM/DD`` as its first and last day, else None."""
    match = _QUERY_DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    try:
        first = date(year, month, day)
    except ValueError:
        return None
    if match[3]:
        return first, first
    if match[2]:
        return first, _last_of_month(first)
    return first, date(year, 12, 31)


def _last_of_month(first: date) -> date:
    if first.month == 12:
        return first.replace(day=31)
    return first.replace(month=first.month + 1) - timedelta(days=1)


def write_date(day: date) -> str:
    """Write a date as E-utilities do: ``2026/10/01``."""
    return f"{day.year:04d}/{day.month:02d}/{day.day:02d}"
