import random
import re
from collections.abc import Callable

import pytest

from litsweep.errors import MalformedReply, QueryRefused
from litsweep.sources.pubmed_search import (
    MOST_IDS,
    WholeSearch,
    search_as_written,
    search_whole,
)
from litsweep.sources.query_language import match_nothing_for
from litsweep.sources.search_pages import SearchPage


class Index:
    """PMIDs that are searched by range, with PubMed's cap; ``n_asked`` counts searches."""

    def __init__(self, pmids: set[int]) -> None:
        self.pmids = pmids
        self.n_asked = 0
        self.lost: set[int] = set()

    def ask(self, term: str) -> SearchPage:
        self.n_asked += 1
        found = sorted(self.pmids)
        for first, last in re.findall(r"(\d+):(\d+)\[UID\]", term):
            found = [pmid for pmid in found if int(first) <= pmid <= int(last)]
        listed = [pmid for pmid in found[:MOST_IDS] if pmid not in self.lost]
        return SearchPage(count=len(found), pmids=tuple(listed), query_translation="t")


def search(term: str, ask: Callable[[str], SearchPage]) -> WholeSearch:
    return search_whole(term, ask(term), ask)


@pytest.mark.parametrize("n", [0, 1, 9_998, 9_999, 10_000, 10_001, 19_998, 25_000])
def test_nothing_is_lost_at_the_edges_of_the_cap(n: int) -> None:
    pmids = set(random.Random(n).sample(range(1, 42_000_000), n))
    index = Index(pmids)
    whole = search("q", index.ask)
    assert whole.pmids == tuple(sorted(pmids))
    assert whole.page.count == n == sum(part.count for part in whole.slices)
    assert all(part.count <= MOST_IDS for part in whole.slices)
    assert n > MOST_IDS or index.n_asked == 1


def test_a_dense_range_far_up_is_found_in_few_requests() -> None:
    index = Index(set(range(41_000_000, 41_030_000)))
    assert len(search("q", index.ask).pmids) == 30_000
    assert index.n_asked < 40


def test_pmids_beyond_the_expected_range_are_found() -> None:
    pmids = set(range(1, 10_000)) | {2**26, 2**26 + 1, 2**30}
    assert set(search("q", Index(pmids).ask).pmids) == pmids


def test_identifiers_missing_from_a_small_list_are_an_error_after_a_second_attempt() -> None:
    index = Index({1, 2, 3})
    index.lost = {2}
    with pytest.raises(MalformedReply, match=r"counts 3 records for 'q', but gave 2 different"):
        search("q", index.ask)
    assert index.n_asked == 2


def test_identifiers_missing_from_a_slice_are_an_error() -> None:
    index = Index(set(range(1, 12_000)))
    index.lost = {7}
    with pytest.raises(MalformedReply, match=r"counts 11,999 .* gave 11,998"):
        search("q", index.ask)


def test_a_set_that_grows_in_between_is_searched_again() -> None:
    index = Index(set(range(1, 12_000)))

    def ask(term: str) -> SearchPage:
        page = index.ask(term)
        if index.n_asked == 1:
            index.pmids.add(50_000)
        return page

    assert len(search("q", ask).pmids) == 12_000


class Restless(Index):
    """Loses and gains PMIDs after a number of searches."""

    def __init__(self, pmids: set[int], *, n_asked: int, loses: set[int], gains: set[int]) -> None:
        super().__init__(pmids)
        self.changed = (pmids - loses) | gains
        self.n_before_change = n_asked

    def ask(self, term: str) -> SearchPage:
        if self.n_asked == self.n_before_change:
            self.pmids = self.changed
        return super().ask(term)


@pytest.mark.parametrize(
    ("loses", "gains"),
    [
        (set(), {100_000}),
        ({100_001}, set()),
        ({100_001}, {41_000_000}),
        ({41_000_001}, {100_000}),
        ({41_000_001}, {100_000, 41_000_000}),
    ],
)
def test_whatever_comes_and_goes_in_between_what_stays_is_found(
    loses: set[int], gains: set[int]
) -> None:
    before = {*range(100_001, 112_000, 2), *range(41_000_001, 41_012_000, 2)}
    n_asked = Index(before)
    search("q", n_asked.ask)
    outcomes = []
    for moment in range(1, n_asked.n_asked + 1):
        index = Restless(before, n_asked=moment, loses=loses, gains=gains)
        whole = search("q", index.ask)
        assert whole.page.count == len(whole.pmids) == sum(part.count for part in whole.slices)
        outcomes.append(set(whole.pmids))
    # What came while it was searched may be in or not: the next night's window covers it too.
    assert all(before & index.changed <= found <= before | index.changed for found in outcomes)
    assert outcomes[0] == index.changed
    assert outcomes[-1] == before


def test_a_source_that_ignores_ranges_is_an_error_and_no_endless_search() -> None:
    index = Index(set(range(1, 12_000)))
    with pytest.raises(MalformedReply, match="not being searched as asked"):
        search("q", lambda term: index.ask("q"))


class Forgetful:
    """Leaves out phrases that it does not know, as PubMed does; keeps the terms asked."""

    def __init__(self, *unknown: str, fields: tuple[str, ...] = ()) -> None:
        self.unknown = unknown
        self.fields = fields
        self.terms: list[str] = []

    def ask(self, term: str) -> SearchPage:
        self.terms.append(term)
        left_out = tuple(phrase for phrase in self.unknown if phrase in term)
        return SearchPage(
            count=1_000 if left_out else 3,
            pmids=(1, 2, 3),
            query_translation="t",
            unknown_phrases=left_out,
            unknown_fields=self.fields,
        )


def test_a_phrase_that_pubmed_leaves_out_matches_nothing_and_widens_nothing() -> None:
    source = Forgetful("xyzzy[tiab]")
    searched = search_as_written("(asthma AND xyzzy[tiab]) AND 2020[dp]", source.ask)
    assert searched.term == "(asthma AND (1[uid] AND 2[uid])) AND 2020[dp]"
    assert searched.page.count == 3
    (warning,) = searched.warnings
    assert "“xyzzy[tiab]”: it was searched as something that matches nothing" in warning


def test_a_known_query_is_asked_once() -> None:
    source = Forgetful()
    assert search_as_written("asthma", source.ask).term == "asthma"
    assert source.terms == ["asthma"]


def test_only_the_phrase_itself_is_replaced() -> None:
    term = match_nothing_for('rare[ti] OR "a rare[ti] case" OR xrare[ti]', "rare[ti]")
    assert term == '(1[uid] AND 2[uid]) OR "a rare[ti] case" OR xrare[ti]'


def test_a_phrase_that_was_left_out_and_cannot_be_found_is_refused() -> None:
    def ask(term: str) -> SearchPage:
        return SearchPage(count=9, pmids=(), query_translation="", unknown_phrases=("other",))

    with pytest.raises(QueryRefused, match="other"):
        search_as_written("asthma", ask)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(QueryRefused, match="tiabb"):
        search_as_written("asthma[tiabb]", Forgetful(fields=("tiabb",)).ask)
