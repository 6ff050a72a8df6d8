"""A made-up NCBI behind `httpx.MockTransport`: eSearch with its cap, eFetch, eInfo.

It holds PMIDs, understands PMID ranges in a term, and keeps every request. Failures are
injected on call n, for one E-utility or for all.
"""

import re
from collections.abc import Iterable
from urllib.parse import parse_qs

import httpx

ESEARCH_DOCTYPE = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n<!DOCTYPE eSearchResult PUBLIC '
    '"-//NLM//DTD esearch 20060628//EN" '
    '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd">\n'
)
EINFO_DOCTYPE = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n<!DOCTYPE eInfoResult PUBLIC '
    '"-//NLM//DTD einfo 20190110//EN" '
    '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20190110/einfo.dtd">\n'
)
CAP = 9_999


class FakeNcbi:
    """Answers like NCBI; ``requests`` are (utility, form) pairs in the order they came."""

    def __init__(self, pmids: Iterable[int] = (), *, extra: str = "") -> None:
        self.pmids = sorted(pmids)
        self.extra = extra
        self.miscount = 0
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.raw_requests: list[httpx.Request] = []
        self._failures: dict[tuple[str, int], httpx.Response | Exception] = {}
        self._always: dict[str, httpx.Response] = {}
        self.broken_pmids: frozenset[int] = frozenset()
        self.transport = httpx.MockTransport(self._answer)

    def fail(self, utility: str, *calls: int, answer: httpx.Response | Exception) -> None:
        """Give ``answer`` on these calls (1 the first) of ``utility``."""
        for call in calls:
            self._failures[utility, call] = answer

    def fail_always(self, utility: str, answer: httpx.Response) -> None:
        self._always[utility] = answer

    def calls(self, utility: str) -> list[dict[str, str]]:
        return [form for name, form in self.requests if name == utility]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        utility = request.url.path.rsplit("/", 1)[-1].removesuffix(".fcgi")
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        self.requests.append((utility, form))
        self.raw_requests.append(request)
        failure = self._failures.get((utility, len(self.calls(utility))))
        failure = failure or self._always.get(utility)
        if isinstance(failure, Exception):
            raise failure
        if failure is not None:
            return httpx.Response(
                failure.status_code, headers=failure.headers, content=failure.content
            )
        return {"esearch": self._search, "efetch": self._fetch, "einfo": self._info}[utility](form)

    def _search(self, form: dict[str, str]) -> httpx.Response:
        found = self.pmids
        for first, last in re.findall(r"(\d+):(\d+)\[UID\]", form["term"]):
            found = [pmid for pmid in found if int(first) <= pmid <= int(last)]
        count = len(found) + (self.miscount if "[UID]" not in form["term"] else 0)
        listed = found[: min(int(form["retmax"]), CAP)]
        ids = "".join(f"<Id>{pmid}</Id>\n" for pmid in reversed(listed))
        return xml(
            f"{ESEARCH_DOCTYPE}<eSearchResult><Count>{count}</Count><RetMax>{len(listed)}</RetMax>"
            f"<RetStart>0</RetStart><IdList>{ids}</IdList><TranslationSet/>"
            f"<QueryTranslation>{translate(form['term'])}</QueryTranslation>"
            f"{self.extra}</eSearchResult>"
        )

    def _fetch(self, form: dict[str, str]) -> httpx.Response:
        asked = [int(pmid) for pmid in form["id"].split(",")]
        held = set(self.pmids)
        articles = "".join(
            "<PubmedArticle><MedlineCitation><PMID>"
            f"{pmid}</PMID{'`' if pmid in self.broken_pmids else ''}>"
            "</MedlineCitation></PubmedArticle>"
            for pmid in asked
            if pmid in held
        )
        return xml(f'<?xml version="1.0" ?>\n<PubmedArticleSet>{articles}</PubmedArticleSet>\n')

    def _info(self, form: dict[str, str]) -> httpx.Response:
        field = (
            "<Field><Name>ZZZZ</Name><FullName>Made-up Field</FullName><Description>none"
            "</Description><TermCount/><IsDate>N</IsDate><IsNumerical>N</IsNumerical>"
            "<SingleToken>N</SingleToken><Hierarchy>N</Hierarchy><IsHidden>N</IsHidden></Field>"
        )
        return xml(
            f"{EINFO_DOCTYPE}<eInfoResult><DbInfo><DbName>{form['db']}</DbName>"
            "<MenuName>PubMed</MenuName><Description>made up</Description>"
            f"<DbBuild>Build-1</DbBuild><Count>{len(self.pmids)}</Count>"
            f"<LastUpdate>2026/10/01 06:00</LastUpdate><FieldList>{field}</FieldList></DbInfo>"
            "</eInfoResult>"
        )


def translate(term: str) -> str:
    """Write a window in a term as PubMed's translations do; the rest stays."""
    window = r'"(\d{4}/\d\d/\d\d)"\[crdt\] : "(\d{4}/\d\d/\d\d)"\[crdt\]'
    return re.sub(window, r"\1:\2[Date - Create]", term)


def xml(text: str, status: int = 200) -> httpx.Response:
    return httpx.Response(
        status, content=text.encode(), headers={"Content-Type": "text/xml; charset=UTF-8"}
    )


def json_error(text: str, status: int = 200, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(
        status, content=text.encode(), headers={"Content-Type": "application/json", **named}
    )
