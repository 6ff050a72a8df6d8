"""Publication dates in the forms that PubMed prints."""

from collections import Counter
from datetime import date

import pytest
from lxml import etree

from litsweep.domain.records import DatePrecision
from litsweep.parsing.dates import parse_publication_date, read_day, read_publication_date


@pytest.mark.parametrize(
    ("text", "sortable", "precision"),
    [
        ("2024 Mar 05", date(2024, 3, 5), "day"),
        ("2024 03 05", date(2024, 3, 5), "day"),
        ("15 Dec 1998", date(1998, 12, 15), "day"),
        ("2024 March", date(2024, 3, 1), "month"),
        ("2024 3", date(2024, 3, 1), "month"),
        ("2024 Feb 30", date(2024, 2, 1), "month"),
        ("2024", date(2024, 1, 1), "year"),
        ("1944-1945", date(1944, 1, 1), "year"),
        ("1998 Dec-1999 Jan", date(1998, 12, 1), "season"),
        ("1978 Sep-OCT", date(1978, 9, 1), "season"),
        ("2019 Sep/Oct", date(2019, 9, 1), "season"),
        ("2018 July August", date(2018, 7, 1), "season"),
        ("2018 May - Jun", date(2018, 5, 1), "season"),
        ("2000 Spring-Summer", date(2000, 4, 1), "season"),
        ("2000 Winter", date(2000, 1, 1), "season"),
        ("1976 Fall", date(1976, 10, 1), "season"),
        ("1999 3rd Quarter", date(1999, 7, 1), "season"),
        ("2000 Dec 23-30", date(2000, 12, 23), "season"),
        ("03/28/2018", date(2018, 3, 28), "day"),
        ("28/03/2018", date(2018, 3, 28), "day"),
        ("2018-03-28", date(2018, 3, 28), "day"),
        ("2018-03", date(2018, 3, 1), "month"),
        ("2018 separate", date(2018, 1, 1), "year"),
        ("", None, "unknown"),
        ("no date", None, "unknown"),
        ("0000 Jan", None, "unknown"),
    ],
)
def test_publication_date(text: str, sortable: date | None, precision: str) -> None:
    result = parse_publication_date(text)
    assert (result.sortable, result.precision) == (sortable, DatePrecision(precision))
    assert result.text == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<Year>2001</Year><Month>Jan</Month><Day>5</Day>", "2001 Jan 5"),
        ("<Year>2001</Year><Season>Jan-Mar</Season>", "2001 Jan-Mar"),
        ("<MedlineDate> 2001  Jan </MedlineDate>", "2001 Jan"),
        ("<Month>Jan</Month>", "Jan"),
        ("", ""),
    ],
)
def test_the_text_is_as_given(markup: str, text: str) -> None:
    element = etree.fromstring(f"<PubDate>{markup}</PubDate>")
    assert read_publication_date(element, Counter()).text == text


def test_an_impossible_day_is_none() -> None:
    element = etree.fromstring("<D><Year>2001</Year><Month>x</Month><Day>5</Day></D>")
    assert read_day(element, Counter()) is None
