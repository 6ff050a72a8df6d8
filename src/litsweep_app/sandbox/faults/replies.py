"""The replies that a fault puts in the place of the right one, worded as NCBI words them.

The shapes are those of ncbi.md 1.8, identifiers made up. A search fails in the format that was
asked for; all else comes in the one format that it is known in.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from litsweep_app.sandbox.eutils.esearch import Found, refuse_search, write_found
from litsweep_app.sandbox.eutils.replies import (
    CAP,
    CAP_MESSAGE,
    bad_key_reply,
    error_reply,
    limit_reply,
    xml_reply,
)
from litsweep_app.sandbox.faults.kinds import FaultKind
from litsweep_app.sandbox.faults.schedule import Fault
from litsweep_app.sandbox.query.evaluation import Messages, Outcome

_JSON: Final = "application/json"
_XML: Final = "text/xml; charset=UTF-8"
_HTML: Final = "text/html; charset=UTF-8"
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" ?>\n'
_MISSING: Final = 99_999_999


@dataclass(frozen=True, slots=True)
class _Canned:
    """A reply that is the same for all."""

    status: int
    media_type: str
    body: str


@dataclass(frozen=True, slots=True)
class _Failure:
    """``ERROR`` elements in an endpoint's envelope."""

    status: int
    root: str
    messages: tuple[str, ...]


def _page(title: str, text: str = "") -> str:
    return f"<html><head><title>{title}</title></head><body><h1>{text or title}</h1></body></html>"


def _nobody_to_ask(caller: str) -> Response:
    body = f'{{"error":"/lbsm/eutils_lb -> Neg","api-key":{json.dumps(caller)},"type":"ip"'
    return Response(f'{body},"status":"ok"}}\n', media_type=_JSON)


_FOR_CALLER: Final[dict[FaultKind, Callable[[str], Response]]] = {
    FaultKind.RATE_LIMIT_429: lambda caller: limit_reply(caller, 4, 3),
    FaultKind.RATE_LIMIT_KEYED_429: lambda caller: limit_reply(caller, 11, 10),
    FaultKind.RATE_LIMIT_200: lambda caller: limit_reply(caller, 4, 3, status=200),
    FaultKind.API_KEY_INVALID_400: bad_key_reply,
    FaultKind.LB_NEG_200: _nobody_to_ask,
}
_CANNED: Final = {
    FaultKind.EFETCH_PROLOG_ONLY_200: _Canned(
        200,
        _XML,
        f'{_DECLARATION}<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January '
        '2025//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n',
    ),
    FaultKind.EFETCH_EMPTY_BODY_200: _Canned(200, _XML, ""),
    FaultKind.EFETCH_ERROR_INSIDE_SET_200: _Canned(
        200,
        _XML,
        f'{_DECLARATION}<PubmedArticleSet>\n<PubmedArticle><MedlineCitation Status="MEDLINE" '
        f'Owner="NLM"><PMID Version="1">{_MISSING}</PMID></MedlineCitation></PubmedArticle>\n'
        "<ERROR>Unable to obtain query #1</ERROR>\n</PubmedArticleSet>\n",
    ),
    FaultKind.PMC_NOT_AVAILABLE_200: _Canned(
        200,
        _XML,
        f'{_DECLARATION}<pmc-articleset><error id="{_MISSING}">The following PMCID is not '
        f"available: {_MISSING}</error></pmc-articleset>\n",
    ),
    FaultKind.PMC_CORRUPTED_TAG_200: _Canned(
        200,
        _XML,
        f'{_DECLARATION}<pmc-articleset><article article-type="research-article"><front>'
        "<journal-meta><publisher><publisher-loc>Nowhere</publisher-lo\\`></publisher>"
        "</journal-meta></front></article></pmc-articleset>\n",
    ),
    FaultKind.ESUMMARY_TOO_MANY_JSON_200: _Canned(
        200,
        _JSON,
        '{"header":{"type":"esummary","version":"0.3"},"error":"Too many UIDs in request. '
        'Maximum number of UIDs is 500 for JSON format output."}\n',
    ),
    FaultKind.IDCONV_MIXED_200: _Canned(
        200,
        _JSON,
        '{"status":"ok","records":[{"pmcid":"PMC99900001","pmid":"99000001","requested-id":'
        f'"PMC99900001"}},{{"requested-id":"{_MISSING}","status":"error","errmsg":"Identifier not '
        'found in PMC"}]}\n',
    ),
    FaultKind.HTTP_404: _Canned(404, _HTML, _page("404 Not Found")),
    FaultKind.HTTP_500_EUTILS: _Canned(
        500, _HTML, _page("NCBI/eutils202 - WWW Error 500 Diagnostic", "Server Error")
    ),
    FaultKind.HTTP_502: _Canned(502, _HTML, _page("502 Bad Gateway")),
    FaultKind.HTTP_503: _Canned(503, _HTML, _page("503 Service Temporarily Unavailable")),
    FaultKind.HTTP_504: _Canned(504, _HTML, _page("504 Gateway Time-out")),
    FaultKind.HTML_IN_200: _Canned(
        200,
        _HTML,
        "<!DOCTYPE html>\n" + _page("NCBI - Service maintenance", "Temporarily unavailable"),
    ),
}

_LOST: Final = ("Unable to obtain query #1",)
_FAILURES: Final = {
    FaultKind.ESEARCH_RETSTART_CAP_200: _Failure(
        200, "eSearchResult", (f"Search Backend failed: Exception:\n{CAP_MESSAGE}",)
    ),
    FaultKind.ESEARCH_BACKEND_DB_200: _Failure(
        200, "eSearchResult", ("Search Backend failed: Database is not supported: pubmed",)
    ),
    FaultKind.ESEARCH_BACKEND_CONN_200: _Failure(
        200,
        "eSearchResult",
        ("Search Backend failed: Unable to open connection to #PMQuerySrv?dbaf=pubmed",),
    ),
    FaultKind.ESEARCH_EMPTY_TERM_200: _Failure(
        200, "eSearchResult", ("Empty term and query_key - nothing todo",)
    ),
    FaultKind.ESEARCH_WEBENV_EXPIRED_200: _Failure(200, "eSearchResult", _LOST),
    FaultKind.EFETCH_WEBENV_EXPIRED: _Failure(400, "eFetchResult", _LOST),
    FaultKind.EFETCH_RETSTART_CAP_400: _Failure(
        400,
        "eFetchResult",
        (f"Search backend cannot retrieve history data. Reason: Exception: {CAP_MESSAGE}",),
    ),
    FaultKind.EFETCH_HISTORY_LOST_CXX: _Failure(
        400,
        "eFetchResult",
        (
            "Cannot retrieve history data. query_key: 1, WebEnv: MCID_0, retstart: 0, retmax: 500",
            "Can't fetch uids from history because of: NCBI C++ Exception:\n    Error: "
            'UNK_MODULE(CException::eInvalid) "UNK_FILE", line 18446744073709551615: UNK_FUNC ---',
        ),
    ),
    FaultKind.EFETCH_VIEWER_TIMEOUT_400: _Failure(
        400,
        "eFetchResult",
        (" Error: External viewer error: Empty Response. Bytes read: 0 Status: Timeout",),
    ),
    FaultKind.ELINK_EXLINKSRV_200: _Failure(
        200, "eLinkResult", ("Couldn't resolve #exLinkSrv2, the address table is empty.",)
    ),
    FaultKind.ESUMMARY_MISSING_UID_200: _Failure(
        200, "eSummaryResult", (f"UID={_MISSING}: cannot get document summary",)
    ),
}

_LINKS_WITH_EXCEPTION: Final = (
    "\n<LinkSet>\n\t<DbFrom>pubmed</DbFrom>\n\t<IdList>\n\t</IdList>\n\t<ERROR>BLOB ID IS NOT "
    "IMPLEMENTED</ERROR>\n\t<LinkSetDb>\n\t\t<DbTo>pmc</DbTo>\n\t\t<LinkName>pubmed_pmc"
    "</LinkName>\n\t\t<ERROR>NCBI C++ Exception: Error: UNK_MODULE(CException::eInvalid) UNK_FILE, "
    "line 18446744073709551615: UNK_FUNC --- </ERROR>\n\t</LinkSetDb>\n</LinkSet>\n"
)

_SEARCHES: Final = {
    FaultKind.ESEARCH_CLAMPED_9999: Found(
        n_found=5_714_266,
        start=0,
        uids=list(range(42_000_000 + CAP, 42_000_000, -1)),
        outcome=Outcome(uids=None, translation='"cancer"[All Fields]'),
        messages=Messages(
            output_messages=[f"Restrictions achieved. start and count adjusted to 0, {CAP}"]
        ),
    ),
    FaultKind.ESEARCH_PHRASE_NOT_FOUND: Found(
        n_found=1_143,
        start=0,
        uids=[42_000_002, 42_000_001],
        outcome=Outcome(uids=None, translation="asthma[Title/Abstract]"),
        messages=Messages(
            phrases_not_found=["xyzzyfoo[tiab]"],
            quoted_phrases_not_found=['"plugh frotz"[tiab]'],
        ),
    ),
}


def reply_instead(fault: Fault, *, caller: str, wants_json: bool) -> Response | None:
    """Return the reply that a fault stands for; None where it is no reply of its own.

    ``caller`` is the API key or the address that some replies show.
    """
    response = _build(fault.kind, caller, wants_json)
    if response is None:
        return None
    response.status_code = fault.status or response.status_code
    if fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def _build(kind: FaultKind, caller: str, wants_json: bool) -> Response | None:
    if write := _FOR_CALLER.get(kind):
        return write(caller)
    if canned := _CANNED.get(kind):
        return Response(canned.body, status_code=canned.status, media_type=canned.media_type)
    if found := _SEARCHES.get(kind):
        return write_found(found, wants_json=wants_json)
    if kind is FaultKind.ELINK_CEXCEPTION_200:
        return xml_reply("eLinkResult", _LINKS_WITH_EXCEPTION)
    failure = _FAILURES.get(kind)
    if failure is None:
        return None
    if failure.root == "eSearchResult":
        return refuse_search(failure.messages[0], wants_json=wants_json)
    return error_reply(failure.root, *failure.messages, status=failure.status)
