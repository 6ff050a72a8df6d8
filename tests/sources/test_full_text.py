from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from litsweep.domain.documents import FetchedReport, FullTextSource, NotRetrieved
from litsweep.errors import InvalidIdentifier, MalformedReply
from litsweep.settings import Settings
from litsweep.sources.eutils import EutilsClient
from litsweep.sources.full_text import FullTextClient, has_body
from litsweep.sources.throttle import Throttle
from tests.sources.fakes.ncbi import FakeNcbi, xml
from tests.sources.fakes.pauses import Pauses
from tests.sources.fakes.pmc import BODY, FRONT_MATTER, FakePmc

NOW = datetime(2026, 10, 2, 3, 4, tzinfo=UTC)
IN_PMC = xml(f"<pmc-articleset>{BODY.decode()}</pmc-articleset>")
ONLY_FRONT_MATTER = xml(
    "<pmc-articleset><article><!--The publisher of this article does not allow downloading of the "
    "full text in XML form.--><front/></article></pmc-articleset>"
)
NOT_IN_PMC = xml(
    '<pmc-articleset><error id="7">The following PMCID is not available: 7</error></pmc-articleset>'
)


@pytest.fixture
def pmc() -> FakePmc:
    return FakePmc()


@pytest.fixture
def ncbi() -> FakeNcbi:
    fake = FakeNcbi()
    fake.fail_always("efetch", NOT_IN_PMC)
    return fake


@pytest.fixture
def client(
    pmc: FakePmc,
    ncbi: FakeNcbi,
    settings: Settings,
    pauses: Pauses,
    unthrottled: Callable[[], Throttle],
) -> FullTextClient:
    eutils = EutilsClient(
        settings, transport=ncbi.transport, throttle=unthrottled(), sleep=pauses.sleep
    )
    return FullTextClient(
        settings,
        eutils,
        transport=pmc.transport,
        throttle_of=lambda *_: unthrottled(),
        sleep=pauses.sleep,
        now=lambda: NOW,
    )


def obtained(outcome: FetchedReport | NotRetrieved) -> FetchedReport:
    assert isinstance(outcome, FetchedReport), outcome
    return outcome


def refused(outcome: FetchedReport | NotRetrieved) -> NotRetrieved:
    assert isinstance(outcome, NotRetrieved), outcome
    return outcome


def test_the_newest_version_comes_from_the_cloud_with_its_licence(
    client: FullTextClient, pmc: FakePmc, ncbi: FakeNcbi
) -> None:
    pmc.add_version("PMC7.2", FRONT_MATTER, "CC0")
    pmc.add_version("PMC7.10", BODY, "CC BY-NC")
    pmc.add_version("PMC77.30", FRONT_MATTER)
    report = obtained(client.fetch("PMC7"))
    assert (report.source, report.version) == (FullTextSource.PMC_CLOUD, 10)
    assert report.raw_xml == BODY
    assert report.licence.code == "CC BY-NC"
    assert report.url == "http://cloud.example/PMC7.10/PMC7.10.xml"
    assert report.retrieved_at == NOW
    assert ncbi.requests == []
    assert not any("europe" in asked for asked in pmc.asked)


def test_metadata_may_be_missing(client: FullTextClient, pmc: FakePmc) -> None:
    pmc.add_version("PMC7.1", BODY, licence=None)
    assert obtained(client.fetch("7")).licence.code is None


def test_europe_pmc_is_asked_second(client: FullTextClient, pmc: FakePmc, ncbi: FakeNcbi) -> None:
    pmc.add_version("PMC7.1", FRONT_MATTER)
    pmc.europe["PMC7"] = BODY
    report = obtained(client.fetch("PMC7"))
    assert (report.source, report.version) == (FullTextSource.EUROPE_PMC, None)
    assert report.url == "http://europe.example/rest/PMC7/fullTextXML"
    assert ncbi.requests == []


def test_efetch_is_asked_third(client: FullTextClient, ncbi: FakeNcbi, api_key: str) -> None:
    ncbi.fail_always("efetch", IN_PMC)
    report = obtained(client.fetch("PMC7"))
    assert report.source is FullTextSource.EFETCH
    assert report.raw_xml == IN_PMC.content
    assert report.url.endswith("/efetch.fcgi?db=pmc&id=7&retmode=xml")
    assert api_key not in repr(report)
    (form,) = ncbi.calls("efetch")
    assert (form["db"], form["id"]) == ("pmc", "7")


def test_what_no_source_has_is_final_and_each_is_named(client: FullTextClient) -> None:
    outcome = refused(client.fetch("PMC7"))
    assert outcome.reason == (
        "PMC Cloud: not there; Europe PMC: not open access there; EFetch: not available in PMC."
    )
    assert outcome.is_final
    assert (outcome.pmcid, outcome.attempted_at) == ("PMC7", NOW)


def test_front_matter_is_no_full_text(client: FullTextClient, pmc: FakePmc, ncbi: FakeNcbi) -> None:
    pmc.add_version("PMC7.1", FRONT_MATTER)
    pmc.europe["PMC7"] = FRONT_MATTER
    ncbi.fail_always("efetch", ONLY_FRONT_MATTER)
    outcome = refused(client.fetch("PMC7"))
    assert outcome.reason.count("front matter only") == 3
    assert outcome.is_final


def test_a_version_without_xml_is_said(client: FullTextClient, pmc: FakePmc) -> None:
    pmc.objects["PMC7.3/PMC7.3.txt"] = b"text"
    assert "version 3 is there without XML" in refused(client.fetch("PMC7")).reason


def test_a_source_that_is_down_leaves_the_question_open(
    client: FullTextClient, pmc: FakePmc
) -> None:
    pmc.down.add("cloud.example")
    outcome = refused(client.fetch("PMC7"))
    assert not outcome.is_final
    assert "cloud.example (pmc_cloud) was asked 3 times: no connection" in outcome.reason
    assert "Network is unreachable" in outcome.reason
    assert outcome.reason.endswith("The next sweep asks again.")
    assert outcome.reason.count("next sweep") == 1


def test_another_source_may_still_have_it(client: FullTextClient, pmc: FakePmc) -> None:
    pmc.down.add("cloud.example")
    pmc.europe["PMC7"] = BODY
    assert obtained(client.fetch("PMC7")).source is FullTextSource.EUROPE_PMC


def test_a_source_that_stays_down_is_left_out_after_two_reports(
    client: FullTextClient, pmc: FakePmc
) -> None:
    pmc.down.add("cloud.example")
    for number in range(1, 6):
        outcome = refused(client.fetch(f"PMC{number}"))
        assert not outcome.is_final
    assert sum("cloud" in asked for asked in pmc.asked) == 2 * 3
    assert "PMC Cloud: not asked, since it failed 2 times in a row" in outcome.reason
    assert sum("europe" in asked for asked in pmc.asked) == 5


def test_a_success_between_failures_keeps_a_source_in(client: FullTextClient, pmc: FakePmc) -> None:
    for number, is_down in enumerate((True, False, True, False, True, False), start=1):
        pmc.down = {"cloud.example"} if is_down else set()
        client.fetch(f"PMC{number}")
    pmc.add_version("PMC9.1", BODY)
    assert obtained(client.fetch("PMC9")).source is FullTextSource.PMC_CLOUD


def test_broken_files_are_passing_failures(client: FullTextClient, pmc: FakePmc) -> None:
    pmc.add_version("PMC7.1", BODY[:-4])
    pmc.europe["PMC7"] = b"<html><body>maintenance</body></html>"
    outcome = refused(client.fetch("PMC7"))
    assert not outcome.is_final
    assert "broken XML" in outcome.reason
    assert "web page" in outcome.reason


def test_broken_metadata_do_not_pass_for_no_licence(client: FullTextClient, pmc: FakePmc) -> None:
    pmc.add_version("PMC7.1", BODY)
    pmc.objects["metadata/PMC7.1.json"] = b"<oops/>"
    outcome = refused(client.fetch("PMC7"))
    assert not outcome.is_final
    assert "metadata" in outcome.reason


def test_what_is_no_listing_does_not_say_that_nothing_is_there(
    client: FullTextClient, pmc: FakePmc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pmc, "_listing", lambda _prefix: b"<maintenance/>")
    outcome = refused(client.fetch("PMC7"))
    assert not outcome.is_final
    assert "PMC Cloud: the list of versions is none" in outcome.reason


def test_something_else_than_a_pmcid_is_refused(client: FullTextClient, pmc: FakePmc) -> None:
    with pytest.raises(InvalidIdentifier):
        client.fetch("PMC7/../8")
    assert pmc.asked == []


@pytest.mark.parametrize(
    ("raw_xml", "expected"),
    [
        (BODY, True),
        (FRONT_MATTER, False),
        (b"<article><front/><body/></article>", False),
        (b"<article><front/><body> \n</body></article>", False),
        (b"<pmc-articleset/>", False),
        (b'<OAI-PMH><a:article xmlns:a="urn:x"><a:body>t</a:body></a:article></OAI-PMH>', True),
        (b"<!DOCTYPE article SYSTEM 'JATS.dtd'><article><body>&alpha;</body></article>", True),
    ],
)
def test_a_body_is_the_articles_own_and_has_text(raw_xml: bytes, expected: bool) -> None:
    assert has_body(raw_xml) is expected


def test_no_xml_has_no_answer() -> None:
    with pytest.raises(MalformedReply):
        has_body(b"plain text")


@pytest.mark.parametrize(
    ("stated", "code", "may_export"),
    [
        ("CC BY", "CC BY", True),
        ("cc-by-nc 4.0", "CC BY-NC", True),
        ("CC BY-ND-NC", "CC BY-NC-ND", True),
        ("CC0", "CC0", True),
        ("Public Domain", "PUBLIC DOMAIN", True),
        ("TDM", "TDM", False),
        ("NO-CC CODE", "NO-CC CODE", False),
        ("none", "none", False),
        (None, None, False),
    ],
)
def test_codes_of_the_metadata_are_written_in_one_way(
    stated: str | None, code: str | None, may_export: bool, client: FullTextClient, pmc: FakePmc
) -> None:
    pmc.add_version("PMC7.1", BODY, licence=stated)
    licence = obtained(client.fetch("PMC7")).licence
    assert (licence.code, licence.may_export) == (code, may_export)


def test_each_source_has_a_rate_limit_of_its_own(
    settings: Settings, pmc: FakePmc, ncbi: FakeNcbi, unthrottled: Callable[[], Throttle]
) -> None:
    asked: list[tuple[float, str]] = []

    def note(rate: float, address: str) -> Throttle:
        asked.append((rate, address))
        return unthrottled()

    eutils = EutilsClient(settings, transport=ncbi.transport, throttle=unthrottled())
    with FullTextClient(settings, eutils, transport=pmc.transport, throttle_of=note):
        pass
    assert asked == [(10.0, settings.pmc_cloud_url), (10.0, settings.europe_pmc_url)]


def test_every_request_waits_for_its_sources_turn(
    settings: Settings, pmc: FakePmc, ncbi: FakeNcbi
) -> None:
    waits: dict[str, int] = {}

    def counting(_rate: float, address: str) -> Throttle:
        def tick() -> float:
            waits[address] = waits.get(address, 0) + 1
            return 10.0 * waits[address]

        return Throttle(1.0, clock=tick, sleep=lambda _: None)

    eutils = EutilsClient(settings, transport=ncbi.transport, throttle=counting(3.0, "eutils"))
    pmc.add_version("PMC7.1", FRONT_MATTER)
    with FullTextClient(settings, eutils, transport=pmc.transport, throttle_of=counting) as client:
        client.fetch("PMC7")
    assert set(waits) == {settings.pmc_cloud_url, settings.europe_pmc_url, "eutils"}
