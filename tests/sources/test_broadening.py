"""Whether a changed query is to be held, by what PubMed counts for it and the former one."""

from datetime import date

import pytest

from litsweep.domain.strategies import DateField, DateWindow
from litsweep.errors import QueryRefused
from litsweep.sources.broadening import Bounds, Broadening, find_broadening
from tests.fakes.counting_pubmed import CountingPubMed

WINDOW = DateWindow(
    date_field=DateField.CRDT, first_day=date(2026, 10, 23), last_day=date(2026, 11, 22)
)
BOUNDS = Bounds(factor=5, n_records=1000)


def find(
    new: tuple[int, int],
    old: tuple[int, int] | None,
    *,
    window: DateWindow | None = WINDOW,
    n_approved: int | None = None,
) -> tuple[Broadening | None, int]:
    counts = {"new": new} | ({"old": old} if old else {})
    pubmed = CountingPubMed(counts)
    found = find_broadening(pubmed, "new", "old", window, BOUNDS, n_approved=n_approved)
    return found, len(pubmed.asked)


@pytest.mark.parametrize(
    ("new", "old", "n_requests"),
    [
        ((1000, 1000), (0, 0), 1),
        ((4000, 900), (1000, 1), 3),
        ((4000, 1001), (1000, 250), 4),
    ],
    ids=["few in all", "few in the window", "no more often"],
)
def test_a_query_that_finds_little_more_is_searched(
    new: tuple[int, int], old: tuple[int, int], n_requests: int
) -> None:
    assert find(new, old) == (None, n_requests)


def test_a_query_that_finds_far_more_in_all_is_held() -> None:
    found, n_requests = find((120_000, 700), (3000, 20))
    assert found is not None
    assert n_requests == 4
    assert found.reason == (
        "it finds 120,000 records in all, and the former query 3,000: 40 times as many"
    )
    assert (found.counts.n_now_in_window, found.counts.n_before_in_window) == (700, 20)


def test_a_query_that_finds_far_more_in_the_days_of_the_run_is_held() -> None:
    found, _ = find((9000, 6000), (3000, 100))
    assert found is not None
    assert "finds 6,000 records in crdt 2026-10-23 to 2026-11-22" in found.reason
    assert found.reason.endswith("the former query 100: 60 times as many")


def test_a_search_without_days_is_compared_without_days() -> None:
    found, n_requests = find((6000, 0), (1000, 0), window=None)
    assert found is not None
    assert n_requests == 2
    assert found.counts.n_now_in_window is None


def test_nothing_before_and_much_now_is_held() -> None:
    found, _ = find((1001, 0), (0, 0), window=None)
    assert found is not None
    assert found.reason == "it finds 1,001 records in all, and the former query 0"


def test_a_former_query_that_is_refused_by_now_leaves_it_to_a_person() -> None:
    found, _ = find((1001, 5), None)
    assert found is not None
    assert "cannot be compared" in found.reason
    assert found.counts.before is None


def test_a_refused_query_is_refused() -> None:
    with pytest.raises(QueryRefused):
        find_broadening(CountingPubMed({}), "new", "old", WINDOW, BOUNDS, n_approved=None)


def test_what_was_approved_holds_up_to_a_multiple() -> None:
    assert find((10_000, 10_000), (1, 1), n_approved=2000) == (None, 1)
    found, _ = find((10_001, 5), (1, 1), n_approved=2000)
    assert found is not None
    assert (
        found.reason
        == "it finds 10,001 records by now, and 2,000 were approved of: 5 times as many"
    )
