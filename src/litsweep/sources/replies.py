"""What to do about a reply: one judgement for status, content type and body together.

A 200 can be an error and one kind of 400 is passing (ncbi.md 1.8), so nothing that a source
sends is believed before it came through `classify`. Nothing is sent or repeated here, and what
a good reply means is for others to read.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from xml.parsers import expat

from litsweep.errors import (
    AccessRefused,
    MalformedReply,
    QueryRefused,
    RateLimited,
    SourceError,
    SourceUnreachable,
)


class Endpoint(StrEnum):
    """What was asked: an E-utility, or one of the other two full-text sources."""

    EINFO = "einfo"
    """Database statistics and field names."""
    ESEARCH = "esearch"
    """A search."""
    EPOST = "epost"
    """Storing identifiers on the history server."""
    ESUMMARY = "esummary"
    """Document summaries."""
    EFETCH = "efetch"
    """Whole records, or full texts with ``db=pmc``."""
    ELINK = "elink"
    """Links between databases."""
    IDCONV = "idconv"
    """PMC's ID converter."""
    PMC_CLOUD = "pmc_cloud"
    """PMC Cloud Service: listings, metadata and article objects."""
    EUROPE_PMC = "europe_pmc"
    """Europe PMC's REST service."""


class Action(StrEnum):
    """What the caller should do with a reply."""

    OK = "ok"
    """Use it."""
    ABSENT = "absent"
    """Use it, and note that something asked for is not there: a miss of one identifier."""
    RETRY = "retry"
    """Ask the same again after a pause."""
    RETRY_SMALLER = "retry_smaller"
    """Ask the same again; from the second failure on, ask for half as much."""
    SEARCH_AGAIN = "search_again"
    """The history set that was referred to is lost: run the search again."""
    SLICE = "slice"
    """The request reaches past what PubMed gives of one result set: cut the search up."""
    FATAL = "fatal"
    """Asking again would change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The action; and where the reply is not good, the cause in words and the error it becomes.

    ``cause`` may quote NCBI: redact it before it is shown.
    """

    action: Action
    cause: str = ""
    error: type[SourceError] = MalformedReply


_OK: Final = Judgement(action=Action.OK)
_MOST_QUOTED: Final = 300
# What is read as JSON is errors and the metadata of one report, a few kB each.
_MOST_JSON_BYTES: Final = 1024 * 1024
# A report of 20 MB has half a million tags and attributes, and becomes a tree of 150 MB.
_MOST_TAGS: Final = 500_000
# 64 MiB of records; they are cut apart before trees are built of them.
_MOST_TAGS_OF_SET: Final = 4_000_000
_MANY_TAGS: Final = 400_000
_MOST_LEVELS: Final = 256

# First match wins, over all error texts of a reply together; wordings from ncbi.md 1.8.
_KNOWN_TEXTS: Final[tuple[tuple[re.Pattern[str], Action, type[SourceError]], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), action, error)
    for pattern, action, error in (
        (r"rate limit exceeded", Action.RETRY, RateLimited),
        (r"API key (is )?(invalid|not valid|wrong|unknown)", Action.FATAL, AccessRefused),
        (r"'retstart' cannot be larger|OUT OF RANGE", Action.SLICE, QueryRefused),
        (r"External viewer error", Action.RETRY_SMALLER, SourceUnreachable),
        # Also where a lost history is the cause: NCBI mends some of these by itself.
        (r"C\+\+ Exception|TXCLIENT|readAll EOF", Action.RETRY, SourceUnreachable),
        (r"Unable to obtain query|Cannot retrieve history", Action.SEARCH_AGAIN, MalformedReply),
        (
            r"Database is not supported: (pubmed|pmc)\b|Unable to open connection"
            r"|address table is empty|Couldn't resolve|lbsm|tim(ed|e)[ -]?out"
            r"|temporarily unavailable|try again|overload|server (is )?busy"
            r"|error forwarding request|connection (refused|reset|failed)",
            Action.RETRY,
            SourceUnreachable,
        ),
        (
            r"cannot get document summary|Invalid uid|Empty id list|PMCID is not available"
            r"|not found in PMC|ID list is empty",
            Action.ABSENT,
            MalformedReply,
        ),
        (r"Empty term and query_key|Too many UIDs|Invalid db name", Action.FATAL, QueryRefused),
    )
)

# No pattern here reads past the next tag: on a reply made of openings, one that looks for
# the end would read it all once for each of them.
_ROOTS: Final = {
    "eInfoResult": Endpoint.EINFO,
    "eSearchResult": Endpoint.ESEARCH,
    "ePostResult": Endpoint.EPOST,
    "eSummaryResult": Endpoint.ESUMMARY,
    "eLinkResult": Endpoint.ELINK,
    "PubmedArticleSet": Endpoint.EFETCH,
}
_ERROR_TAG: Final = re.compile(rb"<ERROR\b[^<>]*>")
_PMC_ERROR_TAG: Final = re.compile(rb"<error\b[^<>]*>")
_PMC_MISS: Final = re.compile(rb"<Reply\b[^<>]*\berror=\"([^\"<]*)\"")
_JSON_ERROR: Final = re.compile(r'"error"\s*:\s*"(.*?)"', re.IGNORECASE | re.DOTALL)


def classify(endpoint: Endpoint, status: int, content_type: str, body: bytes) -> Judgement:
    """Judge one reply; ``body`` is decoded from its transfer encoding, ``status`` is HTTP's."""
    text_start = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    errors = _error_texts(text_start, endpoint)
    if status == 429:
        return _retry("the rate limit is exceeded", RateLimited)
    if errors and (known := _judge_known(errors)) is not None:
        return _within_set(known, text_start)
    if status != 200:
        return _judge_status(endpoint, status, errors)
    if errors:
        return _judge_unknown(endpoint, errors)
    return _judge_shape(endpoint, content_type, text_start)


def _retry(cause: str, error: type[SourceError]) -> Judgement:
    return Judgement(action=Action.RETRY, cause=cause, error=error)


def _fatal(cause: str, error: type[SourceError]) -> Judgement:
    return Judgement(action=Action.FATAL, cause=cause, error=error)


def _error_texts(body: bytes, endpoint: Endpoint) -> tuple[str, ...]:
    if body[:1] == b"{":
        return _json_errors(body)
    texts = list(_texts_between(body, _ERROR_TAG, b"</ERROR>"))
    # A set of several articles may miss one and is good all the same.
    if endpoint is Endpoint.EFETCH and b"<pmc-articleset" in body and b"<article" not in body:
        texts += _texts_between(body, _PMC_ERROR_TAG, b"</error>")
        texts += _PMC_MISS.findall(body)
    return tuple(" ".join(text.decode(errors="replace").split()) for text in texts)


def _texts_between(body: bytes, opening: re.Pattern[bytes], closing: bytes) -> Iterator[bytes]:
    """Yield what stands between each ``opening`` and the ``closing`` after it, in one pass."""
    start = 0
    while (tag := opening.search(body, start)) and (end := body.find(closing, tag.end())) >= 0:
        yield body[tag.end() : end]
        start = end


def _json_errors(body: bytes) -> tuple[str, ...]:
    text = body[:_MOST_JSON_BYTES].decode(errors="replace")
    try:
        # Not strict: two of NCBI's error replies hold a raw line end inside a string.
        value = _read_json(text, is_strict=False)
    except ValueError:
        return tuple(_JSON_ERROR.findall(text))
    if not isinstance(value, dict):
        return ()
    texts = [value.get("error")]
    texts += [part.get("ERROR") for part in value.values() if isinstance(part, dict)]
    texts += [
        item.get("errmsg")
        for part in value.values()
        if isinstance(part, list)
        for item in part
        if isinstance(item, dict)
    ]
    return tuple(text for text in texts if isinstance(text, str))


def _judge_known(errors: tuple[str, ...]) -> Judgement | None:
    joined = " · ".join(errors)
    for pattern, action, error in _KNOWN_TEXTS:
        if pattern.search(joined):
            return Judgement(action=action, cause=_quote(errors), error=error)
    return None


def _quote(errors: tuple[str, ...]) -> str:
    quoted = " · ".join(errors)[:_MOST_QUOTED]
    return f"it says “{quoted.encode(errors='replace').decode()}”"


def _within_set(known: Judgement, body: bytes) -> Judgement:
    if b"<PubmedArticleSet" in body[:1000]:
        return _retry(f"the set of records is cut by an error ({known.cause})", MalformedReply)
    return known


def _judge_status(endpoint: Endpoint, status: int, errors: tuple[str, ...]) -> Judgement:
    says = f"it answers HTTP {status}" + (f", and {_quote(errors)}" if errors else "")
    if endpoint in (Endpoint.PMC_CLOUD, Endpoint.EUROPE_PMC) and status in (404, 410):
        return Judgement(action=Action.ABSENT, cause=says)
    if status in (408, 425) or status >= 500:
        return _retry(says, SourceUnreachable)
    if status == 414:
        return _fatal("the query is too long for one request", QueryRefused)
    if status in (401, 403, 407):
        return _fatal(says, AccessRefused)
    if status == 400 and endpoint is Endpoint.EFETCH:
        # NCBI's 400 is passing more often than not (biopython issue 4236).
        return _retry(says, SourceUnreachable)
    if status == 400 and endpoint is Endpoint.ESEARCH:
        return _fatal(says, QueryRefused)
    return _fatal(says, SourceUnreachable if status == 404 else MalformedReply)


def _judge_unknown(endpoint: Endpoint, errors: tuple[str, ...]) -> Judgement:
    if endpoint is Endpoint.ESEARCH:
        return _fatal(_quote(errors), QueryRefused)
    return _retry(_quote(errors), MalformedReply)


def _judge_shape(endpoint: Endpoint, content_type: str, body: bytes) -> Judgement:
    if not body:
        return _retry("the reply is empty", MalformedReply)
    if body[:1] == b"{":
        if endpoint is Endpoint.EFETCH:  # which has no JSON (ncbi.md 1.4)
            return _retry("JSON came where XML was asked for", MalformedReply)
        return _judge_json(body)
    is_html = body[:200].lower().startswith((b"<!doctype html", b"<html"))
    if is_html or (body[:1] != b"<" and content_type.startswith("text/html")):
        return _retry("a web page came where data were asked for", SourceUnreachable)
    if body[:1] != b"<":
        return _retry("the reply is neither XML nor JSON", MalformedReply)
    return _judge_xml(endpoint, body)


def _judge_json(body: bytes) -> Judgement:
    if len(body) > _MOST_JSON_BYTES:
        return _retry("the reply is larger than any JSON that was asked for", MalformedReply)
    try:
        _read_json(body, is_strict=True)
    except ValueError:
        return _retry("the reply is broken JSON", MalformedReply)
    return _OK


def _read_json(text: str | bytes, *, is_strict: bool) -> Any:
    """Read JSON as RFC 8259 has it: no ``NaN``, and no name twice, which readers differ on.

    Raises:
        ValueError: it is none, or nested too deeply.
    """
    try:
        return json.loads(
            text, strict=is_strict, object_pairs_hook=_build_object, parse_constant=_refuse_constant
        )
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a name occurs twice")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _judge_xml(endpoint: Endpoint, body: bytes) -> Judgement:
    n_tags = body.count(b"<")
    is_set = b"<PubmedArticleSet" in body[:1000]
    if n_tags > _MOST_TAGS_OF_SET or (not is_set and n_tags + body.count(b"=") > _MOST_TAGS):
        return _retry("the reply has more elements than anything asked for", MalformedReply)
    scan = _XmlScan(is_counting=n_tags > _MANY_TAGS)
    try:
        scan.read(body)
    except _Unsafe as error:
        return _retry(str(error), MalformedReply)
    except expat.ExpatError as error:
        if not scan.root:
            return _retry("the reply ends before its first element", MalformedReply)
        return _retry(f"the reply is cut or broken XML ({error})", MalformedReply)
    if scan.root.lower() == "html":
        return _retry("a web page came where data were asked for", SourceUnreachable)
    if endpoint in _ROOTS.values() and _ROOTS.get(scan.root, endpoint) is not endpoint:
        return _retry(f"a <{scan.root}> came, which answers another question", MalformedReply)
    return _OK


class _Unsafe(Exception):
    """XML that no source sends and no parser should get; the message completes a cause."""


class _XmlScan:
    """One reading by expat, which fetches nothing: the root's name, or why the XML is refused.

    Only where ``is_counting`` are elements looked at: without, expat stays in C and takes a
    tenth of a second for the largest replies. It also keeps every open element in memory.
    """

    def __init__(self, *, is_counting: bool) -> None:
        self.root = ""
        self._depth = 0
        self._is_counting = is_counting
        self._parser = expat.ParserCreate()

    def read(self, body: bytes) -> None:
        self._parser.StartDoctypeDeclHandler = self._see_doctype
        self._parser.StartElementHandler = self._see_root
        self._parser.Parse(body, True)

    def _see_doctype(self, _name: str, _system: object, _public: object, has_subset: int) -> None:
        if has_subset:
            raise _Unsafe("the reply declares entities or a document type of its own")

    def _see_root(self, name: str, _attributes: object) -> None:
        self.root = name
        self._parser.StartElementHandler = self._see_start if self._is_counting else None
        self._parser.EndElementHandler = self._see_end if self._is_counting else None

    def _see_start(self, _name: str, _attributes: object) -> None:
        self._depth += 1
        if self._depth > _MOST_LEVELS:
            raise _Unsafe(f"the reply is nested more than {_MOST_LEVELS} levels deep")

    def _see_end(self, _name: str) -> None:
        self._depth -= 1
