"""The order of a table's rows, and what a click on a heading leads to."""

import pytest
from starlette.datastructures import QueryParams

from litsweep.errors import UsageError
from litsweep.exports.columns import Column, ColumnType
from litsweep_app.web.filters import Reader
from litsweep_app.web.ordering import Ordering, build_headings, read_ordering, sort_rows

COLUMNS = (
    Column("name", ColumnType.TEXT, lambda one: one[0]),
    Column("n", ColumnType.INTEGER, lambda one: one[1]),
)
ROWS = [("b", 1), ("A", None), ("c", 2), (None, 3)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ROWS),
        ("reverse=yes", ROWS[::-1]),
        ("sort=name", [("A", None), ("b", 1), ("c", 2), (None, 3)]),
        ("sort=name&reverse=yes", [("c", 2), ("b", 1), ("A", None), (None, 3)]),
        ("sort=n", [(None, 3), ("c", 2), ("b", 1), ("A", None)]),
        ("sort=n&reverse=yes", [("b", 1), ("c", 2), (None, 3), ("A", None)]),
    ],
    ids=str,
)
def test_rows_come_as_the_address_says_with_the_empty_ones_last(
    query: str, found: list[object]
) -> None:
    ordering = read_ordering(Reader(QueryParams(query)), ["name", "n"])
    assert sort_rows(ROWS, COLUMNS, ordering) == found


@pytest.mark.parametrize("query", ["sort=colour", "reverse=perhaps"])
def test_an_order_that_is_none_is_refused(query: str) -> None:
    with pytest.raises(UsageError):
        read_ordering(Reader(QueryParams(query)), ["name", "n"])


def test_a_heading_leads_to_its_order_and_then_to_the_same_reversed() -> None:
    def link(one: Ordering) -> str:
        return f"{one.sort}/{one.is_reversed}"

    own = build_headings(COLUMNS, Ordering(), link, own="name")
    assert (own.is_current("name"), own.direction("name")) == (True, "ascending")
    assert (own.href("name"), own.href("n")) == ("None/True", "n/False")
    by_n = build_headings(COLUMNS, Ordering(sort="n"), link, own="name")
    assert (by_n.is_current("name"), by_n.direction("n")) == (False, "descending")
    assert (by_n.href("name"), by_n.href("n")) == ("None/False", "n/True")
    back = build_headings(COLUMNS, Ordering(sort="n", is_reversed=True), link, own="name")
    assert (back.direction("n"), back.href("n")) == ("ascending", "n/False")
