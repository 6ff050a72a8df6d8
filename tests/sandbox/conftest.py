"""A folder of small made-up records and full texts, and ways to ask a sandbox about them."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from Bio import Entrez

from litsweep_app import sandbox
from litsweep_app.sandbox.library import Library, load_library

Ask = Callable[..., httpx.Response]
Read = Callable[..., Any]


def _record(pmid: int, title: str, *, extra: str = "", data: str = "", version: int = 1) -> str:
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM">'
        f'<PMID Version="{version}">{pmid}</PMID>'
        f"<DateRevised><Year>2024</Year><Month>03</Month><Day>01</Day></DateRevised>"
        f'<Article PubModel="Print"><Journal><JournalIssue CitedMedium="Print"><PubDate>'
        f"<Year>2020</Year><Month>May</Month></PubDate></JournalIssue>"
        f"<Title>Journal of Invented Things (Nowhere)</Title></Journal>"
        f"<ArticleTitle>{title}</ArticleTitle>{extra}</Article></MedlineCitation>{data}"
        f"</PubmedArticle>"
    )


_AUTHORS = (
    "<AuthorList><Author><LastName>Smith</LastName><ForeName>Jo Ann</ForeName>"
    "<Initials>JA</Initials><AffiliationInfo><Affiliation>University of Nowhere</Affiliation>"
    "</AffiliationInfo></Author><Author><CollectiveName>Invented Group</CollectiveName></Author>"
    "</AuthorList><Language>eng</Language><PublicationTypeList>"
    '<PublicationType UI="D016449">Randomized Controlled Trial</PublicationType>'
    "</PublicationTypeList>"
)
_HISTORY = (
    '<PubmedData><History><PubMedPubDate PubStatus="{status}"><Year>{year}</Year>'
    "<Month>10</Month><Day>{day}</Day></PubMedPubDate></History><ArticleIdList>"
    '<ArticleId IdType="pubmed">{pmid}</ArticleId>{ids}</ArticleIdList></PubmedData>'
)


def _history(pmid: int, day: int, ids: str = "", status: str = "entrez", year: int = 2025) -> str:
    return _HISTORY.format(pmid=pmid, day=day, ids=ids, status=status, year=year)


_BOOK = (
    "<PubmedBookArticle><BookDocument><PMID>105</PMID><ArticleIdList>"
    '<ArticleId IdType="bookaccession">NBK105</ArticleId></ArticleIdList><Book><BookTitle>'
    "A book of invented asthma</BookTitle><PubDate><Year>2019</Year></PubDate></Book>"
    "<Abstract><AbstractText>Chapters on dragons.</AbstractText></Abstract></BookDocument>"
    "</PubmedBookArticle>"
)
_MESH = (
    "</Article><MeshHeadingList><MeshHeading><DescriptorName>Dragon Fever</DescriptorName>"
    '<QualifierName MajorTopicYN="Y">drug therapy</QualifierName></MeshHeading></MeshHeadingList>'
    "<Article>"
)


def records_xml() -> str:
    """Five records: 101 to 104, and the book chapter 105."""
    abstract = "<Abstract><AbstractText>Severe asthma in <i>small</i> dragons, p &lt; 0.05."
    ids = '<ArticleId IdType="pmc">PMC9001</ArticleId>'
    ids += '<ArticleId IdType="doi">10.9999/a(1)b</ArticleId>'
    records = (
        _record(
            101,
            "Asthma of dragons: a trial",
            extra=f"{abstract}</AbstractText></Abstract>{_AUTHORS}",
            data=_history(101, 1, ids),
        ),
        _record(102, "Asthma of unicorns", data=_history(102, 2)),
        _record(103, "Ménière disease of griffins", data=_history(103, 31)),
        _record(104, "Griffins and dragons", extra=_MESH, data=_history(104, 40)),
        _BOOK,
    )
    return f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>"


def _article(ids: str, licence: str, body: str) -> str:
    return (
        '<article xmlns:xlink="http://www.w3.org/1999/xlink" article-type="research-article">'
        f"<front><article-meta>{ids}<title-group><article-title>Dragons in full"
        "</article-title></title-group><pub-date><year>2021</year></pub-date>"
        f"<permissions>{licence}</permissions></article-meta></front>{body}</article>"
    )


_CC_BY = '<license xlink:href="https://creativecommons.org/licenses/by/4.0/"/>'
_BODY = "<body><sec><title>Methods</title><p>Twelve dragons were asked.</p></sec></body>"


@pytest.fixture(scope="session")
def make_record() -> Callable[..., str]:
    """Build a PubmedArticle from a PMID, a title and further XML."""
    return _record


@pytest.fixture(scope="session")
def make_history() -> Callable[..., str]:
    """Build a PubmedData with one date of October 2025."""
    return _history


@pytest.fixture(scope="session")
def make_article() -> Callable[..., str]:
    """Build a JATS article from its ids, its licence and its body."""
    return _article


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five records and four full texts: open, closed, without body, of two versions."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "records.xml").write_text(records_xml(), encoding="utf-8")
    pmid = '<article-id pub-id-type="pmid">102</article-id>'
    texts = {
        "open": (f'<article-id pub-id-type="pmc">9001</article-id>{pmid}', _CC_BY, _BODY),
        "closed": ('<article-id pub-id-type="pmcid">PMC9002</article-id>', "All rights", _BODY),
        "front": ('<article-id pub-id-type="pmcid">PMC9003</article-id>', _CC_BY, ""),
        "second": (
            '<article-id pub-id-type="pmcid">PMC9004</article-id>'
            '<article-id pub-id-type="pmcid-ver">PMC9004.2</article-id>',
            "This is an open access article.",
            _BODY,
        ),
        "first": ('<article-id pub-id-type="pmcid-ver">PMC9004.1</article-id>', _CC_BY, _BODY),
    }
    for name, parts in texts.items():
        (folder / f"{name}.nxml").write_text(_article(*parts), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def library(data_dir: Path) -> Library:
    """The folder's content."""
    return load_library([data_dir])


@pytest.fixture(scope="module")
def address(data_dir: Path) -> Iterator[sandbox.SandboxAddress]:
    """A running sandbox without the rate limit."""
    with sandbox.running([data_dir], enforce_rate_limit=False) as running:
        yield running


@pytest.fixture(scope="module")
def ask(address: sandbox.SandboxAddress) -> Iterator[Ask]:
    """Ask an E-utility by name and parameters; POST when asked to."""
    with httpx.Client(base_url=address.eutils_url) as client:

        def ask(tool: str, *, method: str = "GET", **params: Any) -> httpx.Response:
            if method == "POST":
                return client.post(f"{tool}.fcgi", data=params)
            return client.get(f"{tool}.fcgi", params=params)

        yield ask


@pytest.fixture(scope="module")
def read(ask: Ask) -> Read:
    """Ask, and read the reply as Biopython does."""

    def read(tool: str, **params: Any) -> Any:
        return Entrez.read(io.BytesIO(ask(tool, **params).content))  # type: ignore[no-untyped-call]

    return read
