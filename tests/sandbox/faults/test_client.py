"""litsweep's own clients against each fault: the whole truth or an error, never a short answer."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count

import pytest

from litsweep.domain.documents import FetchedReport, FullTextSource, NotRetrieved
from litsweep.errors import QueryRefused, RateLimited, SourceError
from litsweep.settings import Settings
from litsweep.sources.eutils import EutilsClient
from litsweep.sources.full_text import FullTextClient
from litsweep.sources.throttle import Throttle
from litsweep_app.sandbox import (
    PASSING,
    Endpoint,
    FaultKind,
    FaultSchedule,
    Library,
    SandboxAddress,
)
from litsweep_app.sandbox.faults.kinds import ALTERATIONS, fitting_endpoints

Misbehave = Callable[..., None]

PMIDS = tuple(range(99000001, 99000021))
AT_EFETCH = [kind for kind in FaultKind if Endpoint.EFETCH in fitting_endpoints(kind)]
AT_ESEARCH = [kind for kind in FaultKind if Endpoint.ESEARCH in fitting_endpoints(kind)]
AT_EINFO = [kind for kind in FaultKind if Endpoint.EINFO in fitting_endpoints(kind)]
AT_CLOUD = [kind for kind in FaultKind if Endpoint.PMC_CLOUD in fitting_endpoints(kind)]
# Faults that a client cannot see, since the answer is as whole as any.
HARMLESS = {FaultKind.FORGET_HISTORY, FaultKind.DRIP}
_RECORD = re.compile(
    rb"<PubmedArticle>.*?</PubmedArticle>|<PubmedBookArticle>.*?</PubmedBookArticle>", re.DOTALL
)
_PMID = re.compile(rb"<(?:MedlineCitation|BookDocument)[^>]*>\s*<PMID[^>]*>(\d+)")


def _unthrottled() -> Throttle:
    ticks = count()
    return Throttle(1.0, clock=lambda: 10.0 * next(ticks), sleep=lambda _: None)


@pytest.fixture(scope="module")
def here(ncbi: SandboxAddress) -> Settings:
    return Settings(
        eutils_url=ncbi.eutils_url,
        pmc_cloud_url=ncbi.pmc_cloud_url,
        europe_pmc_url=ncbi.europe_pmc_url,
        retries=2,
        timeout_seconds=5,
    )


@pytest.fixture(scope="module")
def client(here: Settings) -> Iterator[EutilsClient]:
    with EutilsClient(here, throttle=_unthrottled(), sleep=lambda _: None) as opened:
        yield opened


def _fetch(client: EutilsClient) -> list[tuple[int, bytes]]:
    """Return the records delivered, in order, with their exact bytes."""
    replies = client.fetch_records_xml(PMIDS)
    assert not replies.failures
    found = [record for body in replies.bodies for record in _RECORD.findall(body)]
    return [(int(_PMID.findall(record)[0]), record) for record in found]


def _true_records(sample: Library) -> list[tuple[int, bytes]]:
    return [(pmid, sample.records[pmid].xml) for pmid in PMIDS]


@pytest.mark.parametrize("kind", AT_EFETCH)
def test_one_fault_at_efetch(
    client: EutilsClient,
    ncbi: SandboxAddress,
    misbehave: Misbehave,
    sample: Library,
    kind: FaultKind,
) -> None:
    misbehave(kind, Endpoint.EFETCH, calls=1, seconds=0.1, n=3)
    try:
        delivered = _fetch(client)
    except SourceError:
        assert kind not in PASSING
        return
    if kind in ALTERATIONS:
        # Left out, doubled or added records are all to be seen in what came.
        assert tuple(pmid for pmid, _ in delivered) == ncbi.requests.entries()[-1].uids
    else:
        assert delivered == _true_records(sample)


@pytest.mark.parametrize("kind", sorted(set(AT_EFETCH) - set(ALTERATIONS) - HARMLESS))
def test_efetch_that_never_recovers_is_an_error(
    client: EutilsClient, misbehave: Misbehave, kind: FaultKind
) -> None:
    misbehave(kind, Endpoint.EFETCH, looks_complete=True)
    with pytest.raises(SourceError):
        client.fetch_records_xml(PMIDS)


@pytest.mark.parametrize("kind", AT_ESEARCH)
def test_one_fault_at_esearch(
    client: EutilsClient, misbehave: Misbehave, sample: Library, kind: FaultKind
) -> None:
    misbehave(kind, Endpoint.ESEARCH, calls=1, seconds=0.1)
    try:
        result = client.search("all[sb]", None)
    except SourceError:
        assert kind not in PASSING
        return
    assert result.pmids == tuple(sorted(sample.records))
    assert result.n_reported == len(sample.records)


@pytest.mark.parametrize("kind", sorted(set(AT_ESEARCH) - HARMLESS))
def test_esearch_that_never_recovers_is_an_error(
    client: EutilsClient, misbehave: Misbehave, kind: FaultKind
) -> None:
    misbehave(kind, Endpoint.ESEARCH, looks_complete=True)
    with pytest.raises(SourceError):
        client.search("all[sb]", None)


def test_a_count_of_none_for_many_ids_is_an_error(
    client: EutilsClient, misbehave: Misbehave, sample: Library
) -> None:
    misbehave(FaultKind.WRONG_COUNT, n=-len(sample.records))
    with pytest.raises(SourceError):
        client.search("all[sb]", None)


def test_bursts_of_refusals_end_in_the_right_error(
    client: EutilsClient, misbehave: Misbehave
) -> None:
    misbehave(FaultKind.RATE_LIMIT_429, calls="1-2", retry_after=3)
    assert client.search("all[sb]", None).n_reported == 42
    misbehave(FaultKind.RATE_LIMIT_200, calls="1-3")
    with pytest.raises(RateLimited):
        client.search("all[sb]", None)
    misbehave(FaultKind.ESEARCH_EMPTY_TERM_200, Endpoint.ESEARCH)
    with pytest.raises(QueryRefused):
        client.search("all[sb]", None)


@pytest.mark.parametrize("in_gzip", [False, True])
def test_no_cut_of_a_set_is_taken_for_the_whole(
    client: EutilsClient, ncbi: SandboxAddress, misbehave: Misbehave, in_gzip: bool
) -> None:
    whole = client.fetch_records_xml([99000005]).bodies[0]
    for at in range(0, len(whole), 31):
        misbehave(FaultKind.TRUNCATE, calls=1, at=at, looks_complete=True, in_gzip=in_gzip)
        assert client.fetch_records_xml([99000005]).bodies[0].strip() == whole.strip()
    assert ncbi.requests.count() > len(whole) // 31


def test_no_cut_of_a_search_is_taken_for_the_whole(
    client: EutilsClient, misbehave: Misbehave, sample: Library
) -> None:
    for at in range(0, 1100, 17):
        misbehave(FaultKind.TRUNCATE, calls=1, at=at, looks_complete=True)
        assert client.search("all[sb]", None).pmids == tuple(sorted(sample.records))


@pytest.mark.parametrize("kind", sorted(set(AT_EINFO) - HARMLESS))
def test_einfo_that_never_recovers_is_an_error(
    client: EutilsClient, misbehave: Misbehave, kind: FaultKind
) -> None:
    misbehave(kind, Endpoint.EINFO, looks_complete=True)
    with pytest.raises(SourceError):
        client.server_info()


def test_a_search_does_not_fail_with_einfo_and_says_what_it_cannot_check(
    here: Settings, misbehave: Misbehave
) -> None:
    misbehave(FaultKind.HTTP_500_EUTILS, Endpoint.EINFO)
    with EutilsClient(here, throttle=_unthrottled(), sleep=lambda _: None) as fresh:
        result = fresh.search("99000001:99000003[uid] NOT Nobody[invr]", None)
    assert result.pmids == (99000001, 99000002, 99000003)
    assert result.warnings


@pytest.mark.parametrize("seed", range(12))
def test_a_seeded_night_ends_right_or_with_an_error(
    client: EutilsClient, ncbi: SandboxAddress, misbehave: Misbehave, sample: Library, seed: int
) -> None:
    kinds = PASSING | set(ALTERATIONS) - {FaultKind.EXTRA_RECORDS, FaultKind.DUPLICATE_RECORDS}
    ncbi.set_faults(FaultSchedule.seeded(seed, rate=0.3, kinds=kinds))
    for _ in range(8):
        try:
            result = client.search("all[sb]", None)
        except SourceError:
            continue
        assert result.pmids == tuple(sorted(sample.records))
        try:
            delivered = _fetch(client)
        except SourceError:
            continue
        truth = dict(_true_records(sample))
        assert {pmid: truth[pmid] for pmid, _ in delivered} == dict(delivered)


def _full_text(here: Settings, client: EutilsClient) -> FetchedReport | NotRetrieved:
    with FullTextClient(
        here,
        client,
        throttle_of=lambda _rate, _address: _unthrottled(),
        sleep=lambda _: None,
        now=lambda: datetime(2026, 11, 22, tzinfo=UTC),
    ) as full_texts:
        return full_texts.fetch("PMC99900001")


@pytest.mark.parametrize("kind", sorted(set(AT_CLOUD) - HARMLESS))
def test_a_cloud_that_fails_is_passed_over(
    here: Settings,
    client: EutilsClient,
    misbehave: Misbehave,
    sample: Library,
    kind: FaultKind,
) -> None:
    misbehave(kind, Endpoint.PMC_CLOUD, looks_complete=True)
    report = _full_text(here, client)
    assert isinstance(report, FetchedReport)
    assert report.source is FullTextSource.EUROPE_PMC
    assert report.raw_xml == sample.reports[99900001].file


@pytest.mark.parametrize("kind", sorted(set(AT_CLOUD) - HARMLESS))
def test_a_cloud_that_fails_once_is_asked_again(
    here: Settings,
    client: EutilsClient,
    misbehave: Misbehave,
    sample: Library,
    kind: FaultKind,
) -> None:
    misbehave(kind, Endpoint.PMC_CLOUD, calls=2, looks_complete=True)
    report = _full_text(here, client)
    assert isinstance(report, FetchedReport)
    expected = FullTextSource.EUROPE_PMC if kind == "http_404" else FullTextSource.PMC_CLOUD
    assert report.source is expected
    assert report.raw_xml == sample.reports[99900001].file


@pytest.mark.parametrize("kind", [FaultKind.HTTP_503, FaultKind.RESET, FaultKind.HTML_IN_200])
def test_where_all_sources_fail_it_is_not_final(
    here: Settings, client: EutilsClient, misbehave: Misbehave, kind: FaultKind
) -> None:
    misbehave(kind)
    missed = _full_text(here, client)
    assert isinstance(missed, NotRetrieved)
    assert not missed.is_final
