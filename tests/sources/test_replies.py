import csv
from pathlib import Path

import pytest

from litsweep.errors import (
    AccessRefused,
    MalformedReply,
    QueryRefused,
    RateLimited,
    SourceError,
    SourceUnreachable,
)
from litsweep.sources.replies import Action, Endpoint, classify

XML = "text/xml; charset=UTF-8"
JSON = "application/json"
HTML = "text/html; charset=UTF-8"

# What the index of real error bodies asks for, in this module's words. A reply that may come
# with either of two statuses is judged the same with both.
EXPECTED = {
    "rate_limit_429.json": (Action.RETRY, RateLimited),
    "rate_limit_keyed_429.json": (Action.RETRY, RateLimited),
    "api_key_invalid_400.json": (Action.FATAL, AccessRefused),
    "lb_neg_200.json": (Action.RETRY, SourceUnreachable),
    "esearch_retstart_cap_200.xml": (Action.SLICE, QueryRefused),
    "esearch_clamped_9999.json": (Action.OK, None),
    "esearch_phrase_not_found.json": (Action.OK, None),
    "esearch_phrase_not_found.xml": (Action.OK, None),
    "esearch_backend_db_200.xml": (Action.RETRY, SourceUnreachable),
    "esearch_backend_conn_200.xml": (Action.RETRY, SourceUnreachable),
    "esearch_empty_term_200.xml": (Action.FATAL, QueryRefused),
    "esearch_webenv_expired_200.json": (Action.SEARCH_AGAIN, MalformedReply),
    "efetch_webenv_expired.xml": (Action.SEARCH_AGAIN, MalformedReply),
    "efetch_retstart_cap_400.xml": (Action.SLICE, QueryRefused),
    "efetch_history_lost_cxx.xml": (Action.RETRY, SourceUnreachable),
    "efetch_viewer_timeout_400.xml": (Action.RETRY_SMALLER, SourceUnreachable),
    "efetch_prolog_only_200.xml": (Action.RETRY, MalformedReply),
    "efetch_empty_body_200.txt": (Action.RETRY, MalformedReply),
    "efetch_error_inside_set_200.xml": (Action.RETRY, MalformedReply),
    "pmc_not_available_200.xml": (Action.ABSENT, None),
    "pmc_corrupted_tag_200.xml": (Action.RETRY, MalformedReply),
    "elink_exlinksrv_200.xml": (Action.RETRY, SourceUnreachable),
    "elink_cexception_200.xml": (Action.RETRY, SourceUnreachable),
    "esummary_missing_uid_200.xml": (Action.ABSENT, None),
    "esummary_too_many_json_200.json": (Action.FATAL, QueryRefused),
    "http_500_eutils.html": (Action.RETRY, SourceUnreachable),
    "http_503.html": (Action.RETRY, SourceUnreachable),
    "html_in_200.html": (Action.RETRY, SourceUnreachable),
    "idconv_mixed_200.json": (Action.ABSENT, None),
}


def test_every_line_of_the_index_is_judged_as_it_asks(corpus: Path) -> None:
    folder = corpus / "eutils" / "errors"
    with (folder / "INDEX.tsv").open(newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    assert {row["file"] for row in rows} == set(EXPECTED)
    for row in rows:
        body = (folder / row["file"]).read_bytes()
        named = row["endpoint"].split()[0]
        endpoints = list(Endpoint)[:6] if named == "any" else [Endpoint(named)]
        for endpoint in endpoints:
            for status in row["http_status"].split(" or "):
                judged = classify(endpoint, int(status), row["content_type"], body)
                action, error = EXPECTED[row["file"]]
                assert judged.action is action, (row["file"], endpoint, judged)
                assert error in (None, judged.error), (row["file"], judged)


RATE_LIMIT = b'{"error":"API rate limit exceeded","api-key":"192.0.2.1","count":"4","limit":"3"}'
SEARCH = b'<?xml version="1.0" ?>\n<eSearchResult><Count>0</Count><IdList/></eSearchResult>'
SET = b"<PubmedArticleSet><PubmedArticle><PMID>1</PMID></PubmedArticle></PubmedArticleSet>"


def in_band(text: str, root: str = "eSearchResult") -> bytes:
    return f'<?xml version="1.0" ?>\n<{root}>\n\t<ERROR>{text}</ERROR>\n</{root}>\n'.encode()


@pytest.mark.parametrize(
    ("endpoint", "status", "content_type", "body", "action", "error"),
    [
        (Endpoint.EFETCH, 429, JSON, RATE_LIMIT, Action.RETRY, RateLimited),
        (Endpoint.EFETCH, 200, JSON, RATE_LIMIT, Action.RETRY, RateLimited),
        (Endpoint.EFETCH, 429, HTML, b"slow down", Action.RETRY, RateLimited),
        (
            Endpoint.ESEARCH,
            400,
            JSON,
            b'{"error":"API key invalid","api-key":"KEY",\n"status":"un\nknown"}',
            Action.FATAL,
            AccessRefused,
        ),
        (Endpoint.ESEARCH, 403, HTML, b"<html>blocked</html>", Action.FATAL, AccessRefused),
        (Endpoint.ESEARCH, 414, HTML, b"", Action.FATAL, QueryRefused),
        (Endpoint.ESEARCH, 404, HTML, b"no such page", Action.FATAL, SourceUnreachable),
        (Endpoint.ESEARCH, 502, HTML, b"", Action.RETRY, SourceUnreachable),
        (
            Endpoint.ESEARCH,
            200,
            XML,
            in_band("Search Backend failed: syntax error"),
            Action.FATAL,
            QueryRefused,
        ),
        (
            Endpoint.ESEARCH,
            200,
            JSON,
            b'{"esearchresult":{"ERROR":"Search Backend failed: Exception:\n\'retstart\' cannot be '
            b'larger than 9998."}}',
            Action.SLICE,
            QueryRefused,
        ),
        (
            Endpoint.EFETCH,
            400,
            XML,
            in_band("something new", "eFetchResult"),
            Action.RETRY,
            SourceUnreachable,
        ),
        (
            Endpoint.EFETCH,
            200,
            XML,
            in_band("something new", "eFetchResult"),
            Action.RETRY,
            MalformedReply,
        ),
        (Endpoint.EFETCH, 200, XML, SET[:60], Action.RETRY, MalformedReply),
        (Endpoint.EFETCH, 200, XML, SET.replace(b"</PMID>", b"</PM`D>"), Action.RETRY, None),
        (Endpoint.EFETCH, 200, "text/plain", b"12345\n12346\n", Action.RETRY, MalformedReply),
        (Endpoint.EFETCH, 200, HTML, b"[Error] : No result", Action.RETRY, SourceUnreachable),
        (Endpoint.EFETCH, 200, XML, b'{"broken', Action.RETRY, MalformedReply),
        (
            Endpoint.EFETCH,
            200,
            XML,
            b'<?xml version="1.0"?><html><body/></html>',
            Action.RETRY,
            SourceUnreachable,
        ),
        (Endpoint.EFETCH, 200, XML, SET, Action.OK, None),
        (Endpoint.EFETCH, 200, HTML, b"\xef\xbb\xbf\n" + SET, Action.OK, None),
        (Endpoint.EFETCH, 200, XML, b"<PubmedArticleSet></PubmedArticleSet>", Action.OK, None),
        (Endpoint.ESEARCH, 200, XML, SEARCH, Action.OK, None),
        (
            Endpoint.EFETCH,
            200,
            XML,
            b'<pmc-articleset><article/><error id="2">not available: 2</error></pmc-articleset>',
            Action.OK,
            None,
        ),
        (
            Endpoint.EFETCH,
            200,
            XML,
            b'<pmc-articleset><Reply Id="2" error="The following PMCID is not available: 2"/>'
            b"</pmc-articleset>",
            Action.ABSENT,
            None,
        ),
        (
            Endpoint.PMC_CLOUD,
            404,
            "application/xml",
            b"<Error><Code>NoSuchKey</Code></Error>",
            Action.ABSENT,
            None,
        ),
        (Endpoint.EUROPE_PMC, 404, HTML, b"", Action.ABSENT, None),
        (
            Endpoint.PMC_CLOUD,
            503,
            "application/xml",
            b"<Error><Code>SlowDown</Code></Error>",
            Action.RETRY,
            SourceUnreachable,
        ),
    ],
)
def test_shapes_seen_in_practice(
    endpoint: Endpoint,
    status: int,
    content_type: str,
    body: bytes,
    action: Action,
    error: type[SourceError] | None,
) -> None:
    judged = classify(endpoint, status, content_type, body)
    assert judged.action is action, judged
    if error is not None:
        assert judged.error is error, judged


def test_every_cut_of_a_good_reply_is_noticed() -> None:
    body = b'<?xml version="1.0" ?>\n' + SET
    for end in range(len(body)):
        assert classify(Endpoint.EFETCH, 200, XML, body[:end]).action is Action.RETRY, body[:end]


def test_real_record_sets_are_good(corpus: Path) -> None:
    judged = {
        path.name: classify(Endpoint.EFETCH, 200, XML, path.read_bytes())
        for path in sorted((corpus / "pubmed").glob("*.xml"))[:40]
    }
    assert judged
    bad = {name: found.cause for name, found in judged.items() if found.action is not Action.OK}
    assert bad == {}


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        (Endpoint.EFETCH, b"<eSearchResult><Count>0</Count></eSearchResult>"),
        (Endpoint.EFETCH, b'{"esearchresult": {"count": "0"}}'),
        (Endpoint.ESEARCH, b"<PubmedArticleSet></PubmedArticleSet>"),
        (Endpoint.EINFO, b"<eSearchResult><Count>0</Count></eSearchResult>"),
    ],
)
def test_an_answer_to_another_question_is_none(endpoint: Endpoint, body: bytes) -> None:
    judgement = classify(endpoint, 200, "text/xml; charset=UTF-8", body)
    assert (judgement.action, judgement.error) == (Action.RETRY, MalformedReply)
