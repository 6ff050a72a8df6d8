"""The clients against the project's own local NCBI, over real HTTP.

The throttle is the real one here: the sandbox refuses more than NCBI would.
"""

import re
from collections.abc import Iterator
from datetime import date

import pytest

from litsweep.domain.documents import FetchedReport, FullTextSource, NotRetrieved
from litsweep.domain.strategies import DateField, DateWindow
from litsweep.errors import QueryRefused
from litsweep.settings import Settings
from litsweep.sources.eutils import EutilsClient
from litsweep.sources.full_text import FullTextClient
from litsweep_app import sandbox

ALL_TIME = DateWindow(
    date_field=DateField.CRDT, first_day=date(1800, 1, 1), last_day=date(2100, 1, 1)
)


@pytest.fixture(scope="module")
def sample() -> Iterator[sandbox.SandboxAddress]:
    with sandbox.running([sandbox.sample_data()]) as address:
        yield address


@pytest.fixture
def here(settings: Settings, sample: sandbox.SandboxAddress) -> Settings:
    return _pointed_at(settings, sample)


def _pointed_at(settings: Settings, address: sandbox.SandboxAddress) -> Settings:
    return settings.model_copy(
        update={
            "eutils_url": address.eutils_url,
            "pmc_cloud_url": address.pmc_cloud_url,
            "europe_pmc_url": address.europe_pmc_url,
        }
    )


@pytest.fixture
def client(here: Settings) -> Iterator[EutilsClient]:
    with EutilsClient(here) as opened:
        yield opened


def test_everything_that_is_counted_is_searched_and_fetched(
    client: EutilsClient, sample: sandbox.SandboxAddress
) -> None:
    result = client.search("all[sb]", None)
    assert len(result.pmids) == result.n_reported == sample.n_records
    assert client.search("all[sb]", ALL_TIME).pmids == result.pmids
    replies = client.fetch_records_xml(result.pmids)
    found = {
        int(pmid)
        for body in replies.bodies
        for pmid in re.findall(rb"<(?:MedlineCitation|BookDocument)[^>]*>\s*<PMID[^>]*>(\d+)", body)
    }
    assert found == set(result.pmids)


def test_statistics_and_queries(client: EutilsClient, sample: sandbox.SandboxAddress) -> None:
    assert client.server_info().n_records == sample.n_records
    assert client.search("nosuchwordanywhere[tiab]", None).pmids == ()
    with pytest.raises(QueryRefused, match="tiabb"):
        client.search("a[tiabb]", None)
    with pytest.raises(QueryRefused):
        client.search("asthma AND (", None)


@pytest.mark.parametrize("query", ["nosuchwordanywhere[tiab]", "nosuchword AND all[sb]"])
def test_a_phrase_that_no_record_has_does_not_match_the_whole_window(
    client: EutilsClient, query: str
) -> None:
    result = client.search(query, ALL_TIME)
    assert result.pmids == ()
    assert result.warnings


def test_a_phrase_that_is_searched_as_words_is_refused_with_a_way_out(
    client: EutilsClient,
) -> None:
    with pytest.raises(QueryRefused, match=r"index lacks the phrase.*\[ti:~0\].*without quotation"):
        client.search('"delirium hip surgery"[ti]', ALL_TIME)
    assert client.search("delirium hip surgery[ti]", ALL_TIME).warnings == ()


def test_an_alternative_that_no_record_has_yet_changes_nothing(client: EutilsClient) -> None:
    alone = client.search("lorvaxidine[tiab]", ALL_TIME)
    watched = client.search("lorvaxidine[tiab] OR notyetinvented[tiab]", ALL_TIME)
    assert watched.pmids == alone.pmids != ()


def test_full_texts_come_with_their_licence(client: EutilsClient, here: Settings) -> None:
    pmcids = sorted({path.stem for path in sandbox.sample_data().rglob("PMC*.xml")})
    with FullTextClient(here, client) as full_texts:
        outcomes = [full_texts.fetch(pmcid) for pmcid in pmcids]
    reports = [outcome for outcome in outcomes if isinstance(outcome, FetchedReport)]
    assert reports
    assert {report.source for report in reports} >= {FullTextSource.PMC_CLOUD}
    missed = [outcome for outcome in outcomes if isinstance(outcome, NotRetrieved)]
    assert all(outcome.is_final for outcome in missed)
