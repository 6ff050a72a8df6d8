"""The envelopes of E-utilities replies, byte for byte where the real ones are known.

The DTDs named are those of real replies; those of ESearch, EPost, ELink, EInfo and the older
ESummary come with Biopython, so that ``Bio.Entrez.read`` needs no network for them.
"""

import json
from typing import Any, Final
from xml.sax.saxutils import escape

from starlette.responses import Response

_DTD: Final = "https://eutils.ncbi.nlm.nih.gov/eutils/dtd/"
_DOCTYPES: Final = {
    "eSearchResult": ("-//NLM//DTD esearch 20060628//EN", f"{_DTD}20060628/esearch.dtd"),
    "ePostResult": ("-//NLM//DTD epost 20090526//EN", f"{_DTD}20090526/epost.dtd"),
    "eLinkResult": ("-//NLM//DTD elink 20101123//EN", f"{_DTD}20101123/elink.dtd"),
    "eInfoResult": ("-//NLM//DTD einfo 20190110//EN", f"{_DTD}20190110/einfo.dtd"),
    "eSummaryResult": ("-//NLM//DTD esummary v1 20041029//EN", f"{_DTD}20041029/esummary-v1.dtd"),
    "eFetchResult": ("-//NLM//DTD efetch 20131226//EN", f"{_DTD}20131226/efetch.dtd"),
}
# NCBI's own slip: the name in this DOCTYPE is not that of the root element.
_DOCTYPE_NAMES: Final = {"eFetchResult": "eEfetchResult"}

CAP: Final = 9_999
"""PubMed gives only this many ids of a set, by any of its ways (ncbi.md: measured since 2022)."""

CAP_MESSAGE: Final = (
    "'retstart' cannot be larger than 9998. For PubMed, ESearch can only retrieve the first 9,999 "
    "records matching the query. To obtain more than 9,999 PubMed records, consider using EDirect "
    "that contains additional logic to batch PubMed search results automatically so that an "
    "arbitrary number can be retrieved. For details see https://www.ncbi.nlm.nih.gov/books/NBK25499/"
)


def xml_reply(root: str, inner: str, *, doctype: tuple[str, str] | None = None) -> Response:
    """Wrap XML in its root, DOCTYPE and declaration."""
    return Response(
        xml_document(root, inner, doctype=doctype), media_type="text/xml; charset=UTF-8"
    )


def xml_document(root: str, inner: str, *, doctype: tuple[str, str] | None = None) -> str:
    """Return the document of `xml_reply` as text."""
    public, system = doctype or _DOCTYPES[root]
    name = _DOCTYPE_NAMES.get(root, root)
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n'
        f'<!DOCTYPE {name} PUBLIC "{public}" "{system}">\n<{root}>{inner}</{root}>\n'
    )


def json_reply(kind: str, content: dict[str, Any]) -> Response:
    """Wrap JSON in its header, as compact as NCBI writes it."""
    document = {"header": {"type": kind, "version": "0.3"}, **content}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Response(text, media_type="application/json; charset=UTF-8")


def text_reply(text: str) -> Response:
    """Give plain text."""
    return Response(text, media_type="text/plain; charset=UTF-8")


def error_reply(root: str, *messages: str, status: int = 200) -> Response:
    """Give ``ERROR`` elements inside a reply, the way NCBI reports most failures."""
    inner = "".join(f"\n\t<ERROR>{escape(message)}</ERROR>" for message in messages)
    reply = xml_reply(root, f"{inner}\n")
    reply.status_code = status
    return reply


def limit_reply(caller: str, count: int, limit: int, *, status: int = 429) -> Response:
    """Say that there were too many requests; ``caller`` is the API key or the address."""
    body = (
        f'{{"error":"API rate limit exceeded","api-key":{json.dumps(caller)},'
        f'"count":"{count}","limit":"{limit}"}}\n'
    )
    return Response(body, status_code=status, media_type="application/json")


def bad_key_reply(key: str) -> Response:
    """Refuse an API key."""
    # The line break is in NCBI's reply too.
    body = f'{{"error":"API key invalid","api-key":{json.dumps(key)},"type":"invalid",\n'
    body += '"status":"unknown"}\n'
    return Response(body, status_code=400, media_type="application/json")


def element(name: str, text: object, *, indent: str = "") -> str:
    """Return an element with escaped text."""
    return f"{indent}<{name}>{escape(str(text))}</{name}>"
