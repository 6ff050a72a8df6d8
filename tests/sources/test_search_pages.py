from pathlib import Path

import pytest

from litsweep.errors import MalformedReply
from litsweep.sources.search_pages import read_search_page
from tests.sources.fakes.ncbi import ESEARCH_DOCTYPE


def test_all_that_pubmed_says_of_a_query_is_read() -> None:
    page = read_search_page(
        (
            f"{ESEARCH_DOCTYPE}<eSearchResult><Count>1</Count><RetMax>1</RetMax>"
            "<RetStart>0</RetStart><IdList><Id>41843416</Id></IdList><TranslationSet>"
            "<Translation><From>copd</From><To>copd[All Fields]</To></Translation>"
            "</TranslationSet>"
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
    assert page.translations == (("copd", "copd[All Fields]"),)
    assert page.unknown_phrases == ("xyzzy[tiab]",)
    assert page.unknown_fields == ("tiabb",)
    assert page.ignored_phrases == ("of",)
    assert page.unknown_quotations == ('"plugh frotz"[tiab]',)
    assert page.remarks == ("Something else.",)


def test_a_real_reply_is_read(corpus: Path) -> None:
    page = read_search_page((corpus / "eutils" / "biopython_biopython__esearch2.xml").read_bytes())
    assert page.count == 42_249
    assert len(page.pmids) == 100


@pytest.mark.parametrize("content", ["<Count>many</Count>", "", "<Count>1</Count><Oops/>"])
def test_an_unreadable_reply_is_an_error(content: str) -> None:
    body = f"{ESEARCH_DOCTYPE}<eSearchResult>{content}</eSearchResult>".encode()
    with pytest.raises(MalformedReply):
        read_search_page(body)
