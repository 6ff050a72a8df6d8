import logging
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import httpx
import pytest

from litsweep.domain.strategies import DateField, DateWindow
from litsweep.errors import (
    AccessRefused,
    MalformedReply,
    QueryRefused,
    SourceUnreachable,
    UsageError,
)
from litsweep.settings import Settings
from litsweep.sources.eutils import EutilsClient
from litsweep.sources.throttle import Throttle
from tests.sources.fakes.ncbi import ESEARCH_DOCTYPE, FakeNcbi, json_error, xml
from tests.sources.fakes.pauses import Pauses

OCTOBER = DateWindow(
    date_field=DateField.CRDT, first_day=date(2026, 10, 1), last_day=date(2026, 10, 31)
)
VIEWER_TIMEOUT = xml(
    "<eFetchResult><ERROR> Error: External viewer error: Empty Response. Bytes read: 0 Status: "
    "Timeout</ERROR></eFetchResult>",
    400,
)


@pytest.fixture
def connect(
    settings: Settings, pauses: Pauses, unthrottled: Callable[[], Throttle]
) -> Callable[[FakeNcbi], EutilsClient]:
    def make(ncbi: FakeNcbi) -> EutilsClient:
        return EutilsClient(
            settings, transport=ncbi.transport, throttle=unthrottled(), sleep=pauses.sleep
        )

    return make


def delivered(bodies: tuple[bytes, ...]) -> list[int]:
    return [int(pmid) for body in bodies for pmid in re.findall(rb"<PMID>(\d+)</PMID>", body)]


def test_a_search_says_what_was_sent_counted_and_understood(
    connect: Callable[[FakeNcbi], EutilsClient],
) -> None:
    ncbi = FakeNcbi([30, 10, 20])
    with connect(ncbi) as client:
        result = client.search("asthma", OCTOBER)
    assert result.pmids == (10, 20, 30)
    assert result.n_reported == 3
    assert result.query_sent == '(asthma) AND ("2026/10/01"[crdt] : "2026/10/31"[crdt])'
    assert result.query_translation == "(asthma) AND (2026/10/01:2026/10/31[Date - Create])"
    assert result.warnings == ()
    (form,) = ncbi.calls("esearch")
    assert form["term"] == result.query_sent
    assert (form["db"], form["retmode"], form["retmax"]) == ("pubmed", "xml", "9999")
    assert form["sort"] == "pub_date"


def test_zero_hits_are_a_result_without_warning(
    connect: Callable[[FakeNcbi], EutilsClient],
) -> None:
    none = "<WarningList><OutputMessage>No items found.</OutputMessage></WarningList>"
    result = connect(FakeNcbi(extra=none)).search("nothing", None)
    assert (result.n_reported, result.pmids, result.warnings) == (0, (), ())


def test_a_search_past_the_cap_is_whole(connect: Callable[[FakeNcbi], EutilsClient]) -> None:
    pmids = range(40_000_000, 40_000_000 + 5 * 12_345, 5)
    assert connect(FakeNcbi(pmids)).search("q", OCTOBER).pmids == tuple(pmids)


def test_a_count_that_never_adds_up_is_an_error(
    connect: Callable[[FakeNcbi], EutilsClient],
) -> None:
    ncbi = FakeNcbi([1, 2])
    ncbi.miscount = 1
    with pytest.raises(MalformedReply, match=r"counts 3 .* gave 2"):
        connect(ncbi).search("q", None)
    ncbi = FakeNcbi(range(1, 12_000))
    ncbi.miscount = 1
    with pytest.raises(MalformedReply, match=r"counts 12,000 .* gave 11,999"):
        connect(ncbi).search("q", None)


def test_every_request_names_tool_email_and_key_in_its_body_and_never_in_its_address(
    connect: Callable[[FakeNcbi], EutilsClient], api_key: str, email: str
) -> None:
    ncbi = FakeNcbi([1])
    client = connect(ncbi)
    client.search("x" * 5_000, None)
    client.fetch_records_xml([1])
    client.server_info()
    assert len(ncbi.raw_requests) == 3
    for request, (_, form) in zip(ncbi.raw_requests, ncbi.requests, strict=True):
        assert request.method == "POST"
        assert not request.url.query
        assert form["tool"] == "litsweep"
        assert (form["email"], form["api_key"]) == (email, api_key)


def test_without_key_and_email_neither_is_sent(unthrottled: Callable[[], Throttle]) -> None:
    ncbi = FakeNcbi([1])
    client = EutilsClient(Settings(), transport=ncbi.transport, throttle=unthrottled())
    client.search("x", None)
    assert not {"email", "api_key"} & set(ncbi.requests[0][1])


def test_a_mistyped_field_is_refused_though_pubmed_does_not_complain(
    connect: Callable[[FakeNcbi], EutilsClient],
) -> None:
    ncbi = FakeNcbi([1])
    client = connect(ncbi)
    for query in ("asthma[tiabb] OR copd[tiab] OR x[made-up field]", "asthma[tiabb]"):
        with pytest.raises(QueryRefused, match=r"no search field \[tiabb\].*mean \[tiab\]"):
            client.search(query, None)
    assert client.search("copd[tiab] OR x[made-up field]", None).warnings == ()
    assert len(ncbi.calls("einfo")) == 1
    assert len(ncbi.calls("esearch")) == 1


def test_a_window_that_was_not_applied_is_an_error(
    connect: Callable[[FakeNcbi], EutilsClient],
) -> None:
    ncbi = FakeNcbi([1, 2, 3])
    ncbi.fail_always("esearch", search_reply("<QueryTranslation>asthma[ti]</QueryTranslation>"))
    with pytest.raises(MalformedReply, match="did not limit the search to crdt 2026-10-01"):
        connect(ncbi).search("asthma[ti]", OCTOBER)


def test_a_wildcard_that_was_cut_short_is_refused(
    connect: Callable[[FakeNcbi], EutilsClient],
) -> None:
    cut = "Wildcard search for 'a*' used only the first 600 variations. Lengthen the root word."
    ncbi = FakeNcbi([1])
    ncbi.extra = f"<WarningList><OutputMessage>{cut}</OutputMessage></WarningList>"
    with pytest.raises(QueryRefused, match=r"'asthm\*'.*records would be missed"):
        connect(ncbi).search("asthm*", None)


def search_reply(content: str) -> httpx.Response:
    return xml(
        f"{ESEARCH_DOCTYPE}<eSearchResult><Count>1</Count><RetMax>1</RetMax>"
        f"<RetStart>0</RetStart><IdList><Id>1</Id></IdList>{content}</eSearchResult>"
    )


def test_common_fields_cost_no_request(connect: Callable[[FakeNcbi], EutilsClient]) -> None:
    ncbi = FakeNcbi([1])
    assert connect(ncbi).search("asthma[tiab] AND 2020:2024[dp]", None).warnings == ()
    assert ncbi.calls("einfo") == []


def test_fields_that_could_not_be_checked_are_a_warning_too(
    connect: Callable[[FakeNcbi], EutilsClient],
) -> None:
    ncbi = FakeNcbi([1])
    ncbi.fail_always("einfo", xml("", 503))
    result = connect(ncbi).search("asthma[tiabb]", None)
    assert result.pmids == (1,)
    assert "could not be seen" in result.warnings[0]


@pytest.mark.parametrize(
    "answer",
    [
        xml(
            f"{ESEARCH_DOCTYPE}<eSearchResult><ERROR>Search Backend failed: syntax error at ="
            "</ERROR></eSearchResult>"
        ),
        xml("", 414),
    ],
)
def test_a_query_that_pubmed_refuses_is_named(
    answer: httpx.Response, connect: Callable[[FakeNcbi], EutilsClient]
) -> None:
    ncbi = FakeNcbi()
    ncbi.fail("esearch", 1, answer=answer)
    with pytest.raises(QueryRefused, match=r"query 'a == b' is not searched.*Correct the query"):
        connect(ncbi).search("a == b", OCTOBER)
    assert len(ncbi.requests) == 1


def test_a_query_on_an_earlier_search_is_refused(
    connect: Callable[[FakeNcbi], EutilsClient],
) -> None:
    lost = xml("<eSearchResult><ERROR>Unable to obtain query #1</ERROR></eSearchResult>")
    ncbi = FakeNcbi()
    ncbi.fail_always("esearch", lost)
    with pytest.raises(QueryRefused, match="earlier search"):
        connect(ncbi).search("#1 AND asthma", None)
    with pytest.raises(MalformedReply, match="none was"):
        connect(ncbi).search("asthma", None)


def test_an_unbalanced_query_is_refused_before_anything_is_sent(
    connect: Callable[[FakeNcbi], EutilsClient],
) -> None:
    ncbi = FakeNcbi()
    with pytest.raises(QueryRefused, match=r"'melanoma AND \('"):
        connect(ncbi).search("melanoma AND (", OCTOBER)
    assert ncbi.requests == []


def test_an_invalid_key_is_refused_without_showing_it(
    connect: Callable[[FakeNcbi], EutilsClient], api_key: str
) -> None:
    ncbi = FakeNcbi()
    body = f'{{"error":"API key invalid","api-key":"{api_key}","type":"invalid",\n"status":"x"}}'
    ncbi.fail_always("esearch", json_error(body, 400))
    with pytest.raises(AccessRefused, match="Check NCBI_API_KEY") as caught:
        connect(ncbi).search("asthma", None)
    assert api_key not in repr(caught.value)
    assert len(ncbi.requests) == 1


def test_records_are_fetched_in_one_post(connect: Callable[[FakeNcbi], EutilsClient]) -> None:
    ncbi = FakeNcbi(range(1, 300))
    replies = connect(ncbi).fetch_records_xml([5, 7, 9_999])
    assert delivered(replies.bodies) == [5, 7]
    assert replies.failures == ()
    assert ncbi.calls("efetch")[0]["id"] == "5,7,9999"
    assert ncbi.calls("efetch")[0]["retmode"] == "xml"


def test_no_pmids_are_no_request_and_too_many_an_error(
    connect: Callable[[FakeNcbi], EutilsClient],
) -> None:
    ncbi = FakeNcbi()
    assert connect(ncbi).fetch_records_xml([]).bodies == ()
    with pytest.raises(UsageError, match="201"):
        connect(ncbi).fetch_records_xml(range(1, 202))
    assert ncbi.requests == []


def test_one_viewer_timeout_repeats_and_a_second_halves_the_batch(
    connect: Callable[[FakeNcbi], EutilsClient],
) -> None:
    ncbi = FakeNcbi(range(1, 201))
    ncbi.fail("efetch", 1, answer=VIEWER_TIMEOUT)
    assert len(connect(ncbi).fetch_records_xml(range(1, 201)).bodies) == 1
    ncbi = FakeNcbi(range(1, 201))
    ncbi.fail("efetch", 1, 2, 3, 4, answer=VIEWER_TIMEOUT)
    replies = connect(ncbi).fetch_records_xml(range(1, 201))
    assert sorted(delivered(replies.bodies)) == list(range(1, 201))
    sizes = [len(form["id"].split(",")) for form in ncbi.calls("efetch")]
    assert sizes == [200, 200, 100, 100, 50, 50, 100]


def test_timeouts_that_do_not_end_are_an_error_and_not_an_endless_halving(
    connect: Callable[[FakeNcbi], EutilsClient],
) -> None:
    ncbi = FakeNcbi(range(1, 201))
    ncbi.fail_always("efetch", VIEWER_TIMEOUT)
    with pytest.raises(SourceUnreachable):
        connect(ncbi).fetch_records_xml(range(1, 201))
    assert len(ncbi.requests) < 25


def test_a_record_that_is_always_broken_does_not_cost_the_others(
    connect: Callable[[FakeNcbi], EutilsClient],
) -> None:
    ncbi = FakeNcbi(range(1, 33))
    ncbi.broken_pmids = frozenset({11})
    replies = connect(ncbi).fetch_records_xml(range(1, 33))
    assert sorted(delivered(replies.bodies)) == [n for n in range(1, 33) if n != 11]
    (failure,) = replies.failures
    assert failure.pmid == 11
    assert "broken XML" in failure.reason


def test_a_source_that_gives_only_broken_records_is_an_error(
    connect: Callable[[FakeNcbi], EutilsClient],
) -> None:
    ncbi = FakeNcbi(range(1, 201))
    ncbi.broken_pmids = frozenset(range(1, 201))
    with pytest.raises(MalformedReply, match="4 records of one batch"):
        connect(ncbi).fetch_records_xml(range(1, 201))
    assert len(ncbi.requests) < 60


def test_an_error_inside_a_set_is_asked_again(
    connect: Callable[[FakeNcbi], EutilsClient],
) -> None:
    ncbi = FakeNcbi([1, 2])
    cut = xml("<PubmedArticleSet><PMID>1</PMID><ERROR>Unable to obtain query #1</ERROR>"
              "</PubmedArticleSet>")  # fmt: skip
    ncbi.fail("efetch", 1, answer=cut)
    assert delivered(connect(ncbi).fetch_records_xml([1, 2]).bodies) == [1, 2]


def test_server_info(connect: Callable[[FakeNcbi], EutilsClient]) -> None:
    info = connect(FakeNcbi(range(1, 8))).server_info()
    assert (info.db_build, info.last_update, info.n_records) == (
        "Build-1",
        "2026/10/01 06:00",
        7,
    )
    assert info.field_tags == {"zzzz", "made-up field"}


def test_the_real_statistics_are_read(
    corpus: Path, connect: Callable[[FakeNcbi], EutilsClient]
) -> None:
    ncbi = FakeNcbi()
    body = (corpus / "eutils" / "biopython_biopython__einfo2.xml").read_bytes()
    ncbi.fail("einfo", 1, answer=httpx.Response(200, content=body))
    info = connect(ncbi).server_info()
    assert info.n_records == 39_730_388
    assert {"tiab", "title/abstract", "date - create"} <= info.field_tags


def test_a_retry_is_told_to_people(
    connect: Callable[[FakeNcbi], EutilsClient], caplog: pytest.LogCaptureFixture, api_key: str
) -> None:
    ncbi = FakeNcbi([1])
    ncbi.fail("efetch", 1, answer=json_error('{"error":"API rate limit exceeded"}', 429))
    with caplog.at_level(logging.DEBUG):
        connect(ncbi).fetch_records_xml([1])
    assert "eutils.example (efetch): the rate limit is exceeded; try 2 of 3" in caplog.text
    assert "HTTP Request: POST" in caplog.text
    assert api_key not in caplog.text
