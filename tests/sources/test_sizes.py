"""Searches around and far past PubMed's cap, whole, over real HTTP against the local NCBI.

60,000 records of nothing but a PMID and a day of creation; 12,096 of them came in one day, the
most that was measured (ncbi.md 1.6).
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import pytest

from litsweep.domain.strategies import DateField, DateWindow, SearchResult
from litsweep.settings import Settings
from litsweep.sources.eutils import EutilsClient
from litsweep.sources.pubmed_search import MOST_IDS
from litsweep_app import sandbox

FIRST = 41_000_001
N_RECORDS = 60_000
N_IN_ONE_DAY = 12_096
BUSY_DAY = date(2025, 10, 1)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.SandboxAddress]:
    folder = tmp_path_factory.mktemp("sizes")
    records = "\n".join(_record(FIRST + n, 1 if n < N_IN_ONE_DAY else 2) for n in range(N_RECORDS))
    (folder / "records.xml").write_text(f"<PubmedArticleSet>{records}</PubmedArticleSet>")
    with sandbox.running([folder], enforce_rate_limit=False) as running:
        yield running


def _record(pmid: int, day: int) -> str:
    return (
        f"<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID></MedlineCitation><PubmedData><History>"
        f'<PubMedPubDate PubStatus="entrez"><Year>2025</Year><Month>10</Month><Day>{day}</Day>'
        "</PubMedPubDate></History></PubmedData></PubmedArticle>"
    )


@pytest.fixture
def client(settings: Settings, address: sandbox.SandboxAddress) -> Iterator[EutilsClient]:
    here = settings.model_copy(
        update={"eutils_url": address.eutils_url, "requests_per_second": 100.0}
    )
    with EutilsClient(here) as opened:
        yield opened


def check_whole(result: SearchResult, n_records: int) -> None:
    assert result.pmids == tuple(range(FIRST, FIRST + n_records))
    assert result.n_reported == sum(part.count for part in result.slices) == n_records
    assert all(part.count <= MOST_IDS for part in result.slices)
    ends = [(part.first_pmid, part.last_pmid) for part in result.slices]
    assert all(end + 1 == start for (_, end), (start, _) in pairwise(ends))


@pytest.mark.parametrize("n_records", [9_998, 9_999, 10_000, 10_001])
def test_nothing_is_lost_at_the_cap(client: EutilsClient, n_records: int) -> None:
    result = client.search(f"{FIRST}:{FIRST + n_records - 1}[UID]", None)
    check_whole(result, n_records)
    assert (len(result.slices) == 1) == (n_records <= MOST_IDS)


def test_sixty_thousand_records_are_had_in_few_requests(
    client: EutilsClient, address: sandbox.SandboxAddress
) -> None:
    address.requests.clear()
    check_whole(client.search("all[sb]", None), N_RECORDS)
    assert address.requests.count("esearch.fcgi") < 50


def test_a_single_day_past_the_cap_is_whole(client: EutilsClient) -> None:
    day = DateWindow(date_field=DateField.CRDT, first_day=BUSY_DAY, last_day=BUSY_DAY)
    check_whole(client.search("all[sb]", day), N_IN_ONE_DAY)
