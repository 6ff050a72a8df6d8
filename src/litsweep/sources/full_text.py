"""Obtaining the full text of a report: from PMC Cloud, else Europe PMC, else EFetch.

A reply without a body is front matter and no full text (ncbi.md 4.1). Nothing is read here but
that, the versions in PMC Cloud, and the licence its metadata state.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

import httpx
from lxml import etree

from litsweep.domain.documents import FetchedReport, FullTextSource, Licence, NotRetrieved
from litsweep.domain.identifiers import parse_pmcid
from litsweep.domain.licence_codes import standard_code
from litsweep.errors import MalformedReply, RateLimited, SourceError, SourceUnreachable
from litsweep.settings import Settings
from litsweep.sources.eutils import EutilsClient
from litsweep.sources.http_source import HttpSource, Reply, Request, cause_of
from litsweep.sources.replies import Action, Endpoint
from litsweep.sources.throttle import Throttle, process_throttle

# Europe PMC's usual figure (ncbi.md 4.5); the Cloud Service names none.
_REQUESTS_PER_SECOND: Final = 10.0
# Another source is asked next, so that long patience with one gains little.
_MOST_RETRIES: Final = 2
_MOST_FAILURES_IN_A_ROW: Final = 2
_NO_LICENCE: Final = Licence(code=None, url=None, text=None)
_NAMES: Final = {
    FullTextSource.PMC_CLOUD: "PMC Cloud",
    FullTextSource.EUROPE_PMC: "Europe PMC",
    FullTextSource.EFETCH: "EFetch",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    raw_xml: bytes
    url: str
    version: int | None = None
    licence: Licence = _NO_LICENCE


class FullTextClient:
    """Asks the three sources in turn; safe to share between threads.

    A source that was unreachable, or over its rate limit, twice in a row is left out for the
    rest of this client's life: a sweep of thousands of reports would otherwise wait for each.
    ``throttle_of`` makes the rate limit of a base address; without it, limits hold within this
    process only.
    """

    def __init__(
        self,
        settings: Settings,
        eutils: EutilsClient,
        *,
        transport: httpx.BaseTransport | None = None,
        throttle_of: Callable[[float, str], Throttle] = process_throttle,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        def source(base_url: str) -> HttpSource:
            return HttpSource(
                base_url,
                settings,
                throttle_of(_REQUESTS_PER_SECOND, base_url),
                retries=min(settings.retries, _MOST_RETRIES),
                transport=transport,
                sleep=sleep,
            )

        self._eutils = eutils
        self._cloud = source(settings.pmc_cloud_url)
        self._europe_pmc = source(settings.europe_pmc_url)
        self._now = now
        self._n_failures = dict.fromkeys(FullTextSource, 0)

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
        """Close the connections; those of the `EutilsClient` are its owner's."""
        self._cloud.close()
        self._europe_pmc.close()

    def fetch(self, pmcid: str) -> FetchedReport | NotRetrieved:
        """Return the report with a body, or what each source said instead of giving one.

        Raises:
            InvalidIdentifier: ``pmcid`` is no PMCID.
        """
        pmcid = parse_pmcid(pmcid)
        reasons: list[str] = []
        is_final = True
        for source, ask in (
            (FullTextSource.PMC_CLOUD, self._from_cloud),
            (FullTextSource.EUROPE_PMC, self._from_europe_pmc),
            (FullTextSource.EFETCH, self._from_efetch),
        ):
            try:
                answer = self._guarded(source, ask, pmcid)
            except SourceError as error:
                is_final = False
                answer = cause_of(error)
            if isinstance(answer, _Found):
                return self._report(pmcid, source, answer)
            reasons.append(f"{_NAMES[source]}: {answer}")
        return NotRetrieved(
            pmcid=pmcid,
            reason="; ".join(reason.rstrip(".") for reason in reasons)
            + ("." if is_final else ". The next sweep asks again."),
            is_final=is_final,
            attempted_at=self._now(),
        )

    def _guarded(
        self, source: FullTextSource, ask: Callable[[str], _Found | str], pmcid: str
    ) -> _Found | str:
        if self._n_failures[source] >= _MOST_FAILURES_IN_A_ROW:
            raise SourceUnreachable(
                f"not asked, since it failed {_MOST_FAILURES_IN_A_ROW} times in a row during "
                "this run"
            )
        try:
            answer = ask(pmcid)
        except (SourceUnreachable, RateLimited):
            self._n_failures[source] += 1
            raise
        self._n_failures[source] = 0
        return answer

    def _report(self, pmcid: str, source: FullTextSource, found: _Found) -> FetchedReport:
        return FetchedReport(
            pmcid=pmcid,
            version=found.version,
            source=source,
            url=found.url,
            raw_xml=found.raw_xml,
            licence=found.licence,
            retrieved_at=self._now(),
        )

    def _from_cloud(self, pmcid: str) -> _Found | str:
        # One prefix an article version; listing is the only way to learn of versions (ncbi.md 4.2).
        listing = self._get(
            self._cloud,
            Endpoint.PMC_CLOUD,
            "",
            {"list-type": "2", "delimiter": "/", "prefix": f"{pmcid}."},
        )
        if listing.action is Action.ABSENT:
            return "not there"
        versions = _listed_versions(listing.body, pmcid)
        if not versions:
            return "not there"
        version = max(versions)
        name = f"{pmcid}.{version}"
        article = self._get(self._cloud, Endpoint.PMC_CLOUD, f"{name}/{name}.xml")
        if article.action is Action.ABSENT:
            return f"version {version} is there without XML"
        if not has_body(article.body):
            return "front matter only"
        metadata = self._get(self._cloud, Endpoint.PMC_CLOUD, f"metadata/{name}.json")
        return _Found(
            raw_xml=article.body,
            url=article.url,
            version=version,
            licence=_NO_LICENCE if metadata.action is Action.ABSENT else _licence(metadata.body),
        )

    def _from_europe_pmc(self, pmcid: str) -> _Found | str:
        reply = self._get(self._europe_pmc, Endpoint.EUROPE_PMC, f"{pmcid}/fullTextXML")
        if reply.action is Action.ABSENT:
            return "not open access there"
        if not has_body(reply.body):
            return "front matter only"
        return _Found(raw_xml=reply.body, url=reply.url)

    def _from_efetch(self, pmcid: str) -> _Found | str:
        raw_xml = self._eutils.fetch_report_xml(pmcid)
        if raw_xml is None:
            return "not available in PMC"
        if not has_body(raw_xml):
            return "front matter only"
        return _Found(raw_xml=raw_xml, url=self._eutils.report_url(pmcid))

    def _get(
        self, source: HttpSource, endpoint: Endpoint, path: str, query: dict[str, str] | None = None
    ) -> Reply:
        return source.ask(Request(endpoint=endpoint, path=path, query=query or {}))


def has_body(raw_xml: bytes) -> bool:
    """Return whether the first article of a reply has a body with text of its own.

    The bodies of articles inside an article (replies, referees' reports) do not count.

    Raises:
        MalformedReply: this is no XML.
    """
    # Nothing is fetched or expanded for a document that came from outside.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    try:
        root = etree.fromstring(raw_xml, parser)
    except etree.XMLSyntaxError as error:
        raise MalformedReply(f"the full text is broken XML ({error})") from error
    article = next(root.iter("{*}article"), None)
    body = None if article is None else article.find("{*}body")
    return body is not None and any(text.strip() for text in body.itertext())


def _listed_versions(listing: bytes, pmcid: str) -> list[int]:
    """Read the versions of a report out of S3's listing: ``<Prefix>PMC123.2/</Prefix>``.

    Raises:
        MalformedReply: this is no listing, so that it tells nothing, not even "not there".
    """
    if b"<ListBucketResult" not in listing:
        raise MalformedReply("the list of versions is none")
    pattern = rb"<Prefix>" + pmcid.encode() + rb"\.([0-9]{1,6})/</Prefix>"
    return [int(version) for version in re.findall(pattern, listing)]


def _licence(metadata: bytes) -> Licence:
    try:
        value = json.loads(metadata)
    except ValueError as error:
        raise MalformedReply("the metadata beside the full text are no JSON") from error
    code = value.get("license_code") if isinstance(value, dict) else None
    return Licence(code=standard_code(str(code)) if code else None, url=None, text=None)
