"""PubMed through NCBI's E-utilities: searching, fetching records and full texts, statistics.

Bio.Entrez's own transport is not used: it has no time-out, asks again without a pause, takes
no other base address, and puts the API key into addresses (ncbi.md 2.1 to 2.4). What records
say is read by `litsweep.parsing`.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Final, Self

import httpx

from litsweep.domain.holds import QueryCount
from litsweep.domain.records import RecordFailure
from litsweep.domain.strategies import DateWindow, SearchResult
from litsweep.errors import MalformedReply, QueryRefused, SourceError, UsageError
from litsweep.settings import Settings
from litsweep.sources.control_replies import read_control_reply
from litsweep.sources.http_source import HttpSource, Reply, Request
from litsweep.sources.pubmed_search import (
    MOST_IDS,
    SearchedTerm,
    search_as_written,
    search_whole,
)
from litsweep.sources.query_guards import refuse_unknown_tags, require_window, warn_of_spelling
from litsweep.sources.query_language import build_term, find_uncommon_tags, names_history_set
from litsweep.sources.replies import Action, Endpoint
from litsweep.sources.search_pages import SearchPage, read_search_page
from litsweep.sources.throttle import Throttle, process_throttle

TOOL: Final = "litsweep"
MOST_RECORDS_A_FETCH: Final = 200

# One record may be broken at the source for good; when several of one batch are, it is the
# source that is broken.
_MOST_UNREADABLE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInfo:
    """What eInfo says of PubMed: its build, when it was updated, how many records it holds.

    ``field_tags`` are the search fields' names and full names, in lower case.
    """

    db_build: str
    last_update: str
    n_records: int
    field_tags: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReplies:
    """What came for a batch of PMIDs: whole record sets, and records that came only broken.

    A PMID in neither was not delivered: NCBI drops unknown ones without a word (ncbi.md 1.4).
    """

    bodies: tuple[bytes, ...]
    failures: tuple[RecordFailure, ...] = ()


class EutilsClient:
    """Asks the E-utilities at ``settings.eutils_url``; safe to share between threads.

    Without a ``throttle``, the limit in the settings holds within this process only.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        transport: httpx.BaseTransport | None = None,
        throttle: Throttle | None = None,
        sleep: Callable[[float], None] = time.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._source = HttpSource(
            settings.eutils_url,
            settings,
            throttle
            or process_throttle(settings.effective_requests_per_second, settings.eutils_url),
            transport=transport,
            sleep=sleep,
            draw=draw,
        )
        self._identity = {"tool": TOOL}
        if settings.ncbi_email:
            self._identity["email"] = settings.ncbi_email
        if settings.ncbi_api_key:
            self._identity["api_key"] = settings.ncbi_api_key.get_secret_value()
        self._server_info: ServerInfo | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._source.close()

    def search(self, query: str, window: DateWindow | None) -> SearchResult:
        """Search PubMed; the result holds as many PMIDs as PubMed counts, whatever the number.

        Raises:
            QueryRefused: the query cannot be run as it is written, or PubMed searches for
                something else without saying so; the message names the query and the way out.
            MalformedReply: counts and identifiers do not add up, or a reply is broken.
            SourceError: PubMed did not answer, or refused.
        """
        term = build_term(query, window)
        with _naming(query):
            searched = self._search_checked(query, term, window, self._search_page)
            whole = search_whole(searched.term, searched.page, self._search_page)
        return SearchResult(
            n_reported=whole.page.count,
            slices=whole.slices,
            pmids=whole.pmids,
            query_sent=searched.term,
            query_translation=whole.page.query_translation,
            translations=whole.page.translations,
            warnings=searched.warnings,
        )

    def count(self, query: str, window: DateWindow | None) -> QueryCount:
        """Ask PubMed how many records a search would find, and for no identifier of theirs.

        Raises:
            QueryRefused, SourceError: as `search`.
        """
        term = build_term(query, window)
        with _naming(query):
            page = self._search_checked(query, term, window, self._count_page).page
        return QueryCount(n_records=page.count, query_translation=page.query_translation)

    def _search_checked(
        self,
        query: str,
        term: str,
        window: DateWindow | None,
        ask: Callable[[str], SearchPage],
    ) -> SearchedTerm:
        warnings = (*warn_of_spelling(query), *self._check_tags(query))
        searched = search_as_written(term, ask)
        require_window(searched.page, window)
        return replace(searched, warnings=warnings + searched.warnings)

    def fetch_records_xml(self, pmids: Sequence[int]) -> RecordReplies:
        """Fetch the records of at most 200 PMIDs as ``PubmedArticleSet`` XML.

        Each body is a whole, well-formed reply. There are several where PubMed could not give
        all records at once; together they answer for every PMID. A record that is broken even
        when asked for alone becomes a failure and does not cost the others.

        Raises:
            SourceError: PubMed did not answer, refused, or gave several broken records.
        """
        if len(pmids) > MOST_RECORDS_A_FETCH:
            raise UsageError(
                f"{len(pmids)} records were asked for at once; {MOST_RECORDS_A_FETCH} are the most."
            )
        failures: list[RecordFailure] = []
        bodies = tuple(self._fetch_halving(tuple(pmids), failures)) if pmids else ()
        return RecordReplies(bodies=bodies, failures=tuple(failures))

    def fetch_report_xml(self, pmcid: str) -> bytes | None:
        """Fetch what EFetch has of a report: often front matter only; None where it has nothing.

        Raises:
            SourceError: PMC did not answer, refused, or gave a broken reply.
        """
        form = {"db": "pmc", "id": pmcid.removeprefix("PMC"), "retmode": "xml"}
        reply = self._settled(self._ask(Endpoint.EFETCH, form))
        return None if reply.action is Action.ABSENT else reply.body

    def server_info(self) -> ServerInfo:
        """Ask eInfo about PubMed.

        Raises:
            SourceError: NCBI did not answer, refused, or gave a broken reply.
        """
        reply = self._settled(self._ask(Endpoint.EINFO, {"db": "pubmed", "retmode": "xml"}))
        content = read_control_reply(reply.body, "eInfoResult")
        try:
            return _server_info(content["DbInfo"])
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise MalformedReply("What eInfo says of PubMed lacks its count.") from error

    def report_url(self, pmcid: str) -> str:
        """Return the address under which EFetch gives a report, without key and e-mail."""
        return (
            f"{self._source.base_url}efetch.fcgi?db=pmc&id={pmcid.removeprefix('PMC')}&retmode=xml"
        )

    def _ask(
        self, endpoint: Endpoint, form: Mapping[str, str], *, can_shrink: bool = False
    ) -> Reply:
        # Always by POST: long terms and lists fit, and the key is in no address that a log,
        # a proxy or an exception could keep.
        request = Request(
            endpoint=endpoint,
            path=f"{endpoint}.fcgi",
            form={**form, **self._identity},
            can_shrink=can_shrink,
        )
        return self._source.ask(request)

    def _settled(self, reply: Reply) -> Reply:
        if reply.action in (Action.OK, Action.ABSENT):
            return reply
        raise MalformedReply(
            f"{self._source.host} answers as if a stored search had been referred to, and none "
            f"was: {reply.cause}. The next sweep goes on from what is stored."
        )

    def _count_page(self, term: str) -> SearchPage:
        return self._search_page(term, most_ids=0)

    def _search_page(self, term: str, *, most_ids: int = MOST_IDS) -> SearchPage:
        # The order is fixed, though all identifiers come at once: the default is by relevance,
        # which may change from one request to the next (ncbi.md 1.2).
        form = {
            "db": "pubmed",
            "term": term,
            "retmax": str(most_ids),
            "retmode": "xml",
            "sort": "pub_date",
        }
        reply = self._ask(Endpoint.ESEARCH, form)
        if reply.action is Action.SEARCH_AGAIN and names_history_set(term):
            raise QueryRefused(
                "It refers to an earlier search (#1 and the like), which no sweep has: "
                "write that search out."
            )
        return read_search_page(self._settled(reply).body)

    def _check_tags(self, query: str) -> tuple[str, ...]:
        if not find_uncommon_tags(query):
            return ()
        try:
            known = self._known_tags()
        except SourceError as error:
            return (f"Whether PubMed knows the fields of the query could not be seen: {error}",)
        refuse_unknown_tags(query, known)
        return ()

    def _known_tags(self) -> frozenset[str]:
        if self._server_info is None:
            self._server_info = self.server_info()
        return self._server_info.field_tags

    def _fetch_halving(
        self, pmids: tuple[int, ...], failures: list[RecordFailure]
    ) -> tuple[bytes, ...]:
        form = {"db": "pubmed", "id": ",".join(map(str, pmids)), "retmode": "xml"}
        try:
            reply = self._ask(Endpoint.EFETCH, form, can_shrink=len(pmids) > 1)
        except MalformedReply as error:
            if len(pmids) == 1:
                _note_unreadable(pmids[0], error, failures)
                return ()
        else:
            # That one is missing is said of a whole batch, too: the others are asked for alone.
            if reply.action is Action.ABSENT and len(pmids) == 1:
                return ()
            if reply.action not in (Action.ABSENT, Action.RETRY_SMALLER):
                return (self._settled(reply).body,)
        middle = len(pmids) // 2
        return self._fetch_halving(pmids[:middle], failures) + self._fetch_halving(
            pmids[middle:], failures
        )


@contextmanager
def _naming(query: str) -> Iterator[None]:
    try:
        yield
    except QueryRefused as error:
        raise QueryRefused(f"The query {query!r} is not searched as it is. {error}") from error


def _note_unreadable(pmid: int, error: MalformedReply, failures: list[RecordFailure]) -> None:
    if len(failures) == _MOST_UNREADABLE:
        raise MalformedReply(
            f"{_MOST_UNREADABLE + 1} records of one batch came only broken, "
            f"the last of them PMID {pmid}: {error}"
        ) from error
    failures.append(RecordFailure(pmid=pmid, reason=str(error), raw_xml=b""))


def _server_info(databases: Sequence[Mapping[str, Any]]) -> ServerInfo:
    database = databases[0]
    return ServerInfo(
        db_build=str(database.get("DbBuild", "")),
        last_update=str(database.get("LastUpdate", "")),
        n_records=int(database["Count"]),
        field_tags=frozenset(
            str(entry[name]).lower()
            for entry in database.get("FieldList", ())
            for name in ("Name", "FullName")
        ),
    )
