import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from litsweep.errors import MalformedReply, QueryRefused
from litsweep.sources.pubmed_search import (
    MOST_IDS,
    SearchPage,
    read_search_page,
    search_as_written,
    search_whole,
)
from litsweep.sources.query_language import match_nothing_for
from tests.sources.fakes.ncbi import ESEARCH_DOCTYPE


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
        return SearchPage(
            count=len(found),
            pmids=tuple(listed),
            query_translation="t",
            translations=(),
            warnings=(),
        )


def search(term: str, ask: Callable[[str], SearchPage]) -> tuple[SearchPage, tuple[int, ...]]:
    whole = search_whole(term, ask(term), ask)
    assert sum(part.count for part in whole.slices) == whole.page.count
    assert len(whole.slices) == 1 or whole.page.count > MOST_IDS
    return whole.page, whole.pmids


@pytest.mark.parametrize("n", [0, 1, 9_998, 9_999, 10_000, 10_001, 19_998, 25_000])
def test_nothing_is_lost_at_the_edges_of_the_cap(n: int) -> None:
    pmids = set(random.Random(n).sample(range(1, 42_000_000), n))
    index = Index(pmids)
    page, found = search("q", index.ask)
    assert found == tuple(sorted(pmids))
    assert page.count == n
    assert n > MOST_IDS or index.n_asked == 1


def test_a_dense_range_far_up_is_found_in_few_requests() -> None:
    index = Index(set(range(41_000_000, 41_030_000)))
    _, found = search("q", index.ask)
    assert len(found) == 30_000
    assert index.n_asked < 40


def test_pmids_beyond_the_expected_range_are_found() -> None:
    pmids = set(range(1, 10_000)) | {2**26, 2**26 + 1, 2**30}
    _, found = search("q", Index(pmids).ask)
    assert set(found) == pmids


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

    _, found = search("q", ask)
    assert len(found) == 12_000


def test_a_source_that_ignores_ranges_is_an_error_and_no_endless_search() -> None:
    index = Index(set(range(1, 12_000)))
    with pytest.raises(MalformedReply, match="not being searched as asked"):
        search("q", lambda term: index.ask("q"))


def test_what_pubmed_changed_becomes_sentences() -> None:
    page = read_search_page(
        (
            f"{ESEARCH_DOCTYPE}<eSearchResult><Count>1</Count><RetMax>1</RetMax>"
            "<RetStart>0</RetStart><IdList><Id>41843416</Id></IdList><TranslationSet/>"
            "<QueryTranslation>asthma[Title/Abstract]</QueryTranslation><ErrorList>"
            "<PhraseNotFound>xyzzy[tiab]</PhraseNotFound><FieldNotFound>tiabb</FieldNotFound>"
            "</ErrorList><WarningList><PhraseIgnored>of</PhraseIgnored>"
            '<QuotedPhraseNotFound>"plugh frotz"[tiab]</QuotedPhraseNotFound>'
            "<OutputMessage>No items found.</OutputMessage>"
            "<OutputMessage>Something else.</OutputMessage></WarningList></eSearchResult>"
        ).encode()
    )
    assert page.pmids == (41843416,)
    assert page.query_translation == "asthma[Title/Abstract]"
    phrase, ignored, quoted, other = page.warnings
    assert "“xyzzy[tiab]”" in phrase
    assert page.unknown_phrases == ("xyzzy[tiab]",)
    assert page.unknown_fields == ("tiabb",)
    assert ignored == "PubMed ignored “of”."
    assert '“"plugh frotz"[tiab]” nowhere word for word' in quoted
    assert other == "PubMed remarks: Something else."


def test_a_real_reply_is_read(corpus: Path) -> None:
    page = read_search_page((corpus / "eutils" / "biopython_biopython__esearch2.xml").read_bytes())
    assert page.count == 42_249
    assert len(page.pmids) == 100


@pytest.mark.parametrize("content", ["<Count>many</Count>", "", "<Count>1</Count><Oops/>"])
def test_an_unreadable_reply_is_an_error(content: str) -> None:
    body = f"{ESEARCH_DOCTYPE}<eSearchResult>{content}</eSearchResult>".encode()
    with pytest.raises(MalformedReply):
        read_search_page(body)


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
            translations=(),
            warnings=tuple(f"unknown {phrase}" for phrase in left_out),
            unknown_phrases=left_out,
            unknown_fields=self.fields,
        )


def test_a_phrase_that_pubmed_leaves_out_matches_nothing_and_widens_nothing() -> None:
    source = Forgetful("xyzzy[tiab]")
    term, page = search_as_written("(asthma AND xyzzy[tiab]) AND 2020[dp]", source.ask)
    assert term == "(asthma AND (1[uid] AND 2[uid])) AND 2020[dp]"
    assert page.count == 3
    assert page.warnings == ("unknown xyzzy[tiab]",)


def test_a_known_query_is_asked_once() -> None:
    source = Forgetful()
    assert search_as_written("asthma", source.ask)[0] == "asthma"
    assert source.terms == ["asthma"]


def test_only_the_phrase_itself_is_replaced() -> None:
    term = match_nothing_for('rare[ti] OR "a rare[ti] case" OR xrare[ti]', "rare[ti]")
    assert term == '(1[uid] AND 2[uid]) OR "a rare[ti] case" OR xrare[ti]'


def test_a_phrase_that_was_left_out_and_cannot_be_found_is_refused() -> None:
    def ask(term: str) -> SearchPage:
        return SearchPage(
            count=9,
            pmids=(),
            query_translation="",
            translations=(),
            warnings=(),
            unknown_phrases=("other",),
        )

    with pytest.raises(QueryRefused, match="other"):
        search_as_written("asthma", ask)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(QueryRefused, match="tiabb"):
        search_as_written("asthma[tiabb]", Forgetful(fields=("tiabb",)).ask)
