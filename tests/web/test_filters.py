"""Filters and addresses: read back as written, and every wrong value with its own message."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from db.search import Order
from db.search_filters import UNDECIDED, SearchFilters
from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.errors import UsageError
from litsweep_app.web.filters import AskedSearch, By, list_names, read_search
from litsweep_app.web.visit import path_to

TEXTS = st.text(max_size=60).map(lambda one: one.replace("\x00", "").strip())
NAMES = TEXTS.map(lambda one: one.replace(";", "").strip()).filter(bool)
ASKED = st.builds(
    AskedSearch,
    q=TEXTS,
    similar=st.none() | st.integers(0, 2**31 - 1),
    filters=st.builds(
        SearchFilters,
        topic=st.none() | TEXTS.filter(bool),
        since=st.none() | st.dates(),
        until=st.none(),
        statuses=st.lists(st.sampled_from(PublicationStatus), unique=True).map(tuple),
        publication_types=st.lists(NAMES, unique=True, max_size=5).map(tuple),
        decision=st.sampled_from(
            [None, Decision.INCLUDE, Decision.EXCLUDE, Decision.UNSURE, UNDECIDED]
        ),
        stage=st.none() | st.sampled_from(Stage),
        is_flagged=st.sampled_from([None, True, False]),
        with_duplicates=st.booleans(),
        viewer=st.none(),
    ),
    by=st.sampled_from(By),
    order=st.sampled_from(Order),
    after=st.none() | st.integers(0, 2**62),
)


def read(address: str) -> tuple[AskedSearch, dict[str, str]]:
    found = read_search(QueryParams(urlsplit(address).query))
    return found.asked, dict(found.problems)


@given(ASKED)
@settings(max_examples=200, deadline=None)
def test_what_is_written_into_an_address_is_read_again(asked: AskedSearch) -> None:
    address = path_to("search", **asked.as_query())
    assert read(address) == (asked, {})
    assert address.isascii()
    assert path_to("search", **read(address)[0].as_query()) == address


@given(st.lists(st.tuples(st.sampled_from(list_names()), st.text(max_size=30)), max_size=8))
@settings(max_examples=300, deadline=None)
def test_whatever_is_typed_is_read_or_has_its_message(pairs: list[tuple[str, str]]) -> None:
    found = read_search(QueryParams(pairs))
    given_names = {name for name, _ in pairs}
    assert set(found.problems) <= given_names | {"until"}
    again = read_search(QueryParams(urlsplit(path_to("s", **found.asked.as_query())).query))
    assert again.asked == found.asked


@pytest.mark.parametrize(
    ("query", "name", "message"),
    [
        ("since=2026-13-01", "since", "is no day"),
        ("since=20260101", "since", "write it as 2026-11-22"),
        ("since=2026-02-01&until=2026-01-01", "until", "before the first"),
        ("status=gone", "status", "none of: as_published"),
        ("decision=withdrawn", "decision", "ask for undecided"),
        ("stage=both", "stage", "title_abstract, full_text"),
        ("flagged=true", "flagged", "neither yes nor no"),
        ("by=colour", "by", "words, meaning"),
        ("order=best", "order", "newest, relevance"),
        ("after=-1", "after", "no number"),
        ("after=٣", "after", "no number"),
        ("similar=99999999999999999999", "similar", "no number"),
        ("topic=" + "x" * 300, "topic", "At most 200 characters"),
        ("type=" + ";".join("abcdefgh"[i % 8] + str(i) for i in range(60)), "type", "At most 50"),
    ],
)
def test_each_wrong_value_has_a_message_at_its_name(query: str, name: str, message: str) -> None:
    found = read_search(QueryParams(query))
    assert message in found.problems[name]
    with pytest.raises(UsageError, match=name):
        found.require()


def test_a_value_that_is_wrong_does_not_hide_those_that_are_right() -> None:
    asked, problems = read("/search?q=hip&status=gone&status=retracted&decision=include")
    assert set(problems) == {"status"}
    assert asked.filters.statuses == (PublicationStatus.RETRACTED,)
    assert asked.filters.decision is Decision.INCLUDE
