import random
import re
from pathlib import Path

import pytest

from litsweep.errors import MalformedReply
from litsweep.sources.pubmed_search import MOST_IDS, SearchPage, read_search_page, search_whole
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
        return SearchPage(count=len(found), pmids=tuple(listed), query_translation="t", warnings=())


@pytest.mark.parametrize("n", [0, 1, 9_998, 9_999, 10_000, 10_001, 19_998, 25_000])
def test_nothing_is_lost_at_the_edges_of_the_cap(n: int) -> None:
    pmids = set(random.Random(n).sample(range(1, 42_000_000), n))
    index = Index(pmids)
    page, found = search_whole("q", index.ask)
    assert found == tuple(sorted(pmids))
    assert page.count == n
    assert n > MOST_IDS or index.n_asked == 1


def test_a_dense_range_far_up_is_found_in_few_requests() -> None:
    index = Index(set(range(41_000_000, 41_030_000)))
    _, found = search_whole("q", index.ask)
    assert len(found) == 30_000
    assert index.n_asked < 40


def test_pmids_beyond_the_expected_range_are_found() -> None:
    pmids = set(range(1, 10_000)) | {2**26, 2**26 + 1, 2**30}
    _, found = search_whole("q", Index(pmids).ask)
    assert set(found) == pmids


def test_identifiers_missing_from_a_small_list_are_an_error_after_a_second_attempt() -> None:
    index = Index({1, 2, 3})
    index.lost = {2}
    with pytest.raises(MalformedReply, match=r"counts 3 records for 'q', but gave 2 different"):
        search_whole("q", index.ask)
    assert index.n_asked == 2


def test_identifiers_missing_from_a_slice_are_an_error() -> None:
    index = Index(set(range(1, 12_000)))
    index.lost = {7}
    with pytest.raises(MalformedReply, match=r"counts 11,999 .* gave 11,998"):
        search_whole("q", index.ask)


def test_a_set_that_grows_in_between_is_searched_again() -> None:
    index = Index(set(range(1, 12_000)))

    def ask(term: str) -> SearchPage:
        page = index.ask(term)
        if index.n_asked == 1:
            index.pmids.add(50_000)
        return page

    _, found = search_whole("q", ask)
    assert len(found) == 12_000


def test_a_source_that_ignores_ranges_is_an_error_and_no_endless_search() -> None:
    index = Index(set(range(1, 12_000)))
    with pytest.raises(MalformedReply, match="not being searched as asked"):
        search_whole("q", lambda term: index.ask("q"))


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
    phrase, field, ignored, quoted, other = page.warnings
    assert "“xyzzy[tiab]” and left it out" in phrase
    assert "field “tiabb”" in field
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
