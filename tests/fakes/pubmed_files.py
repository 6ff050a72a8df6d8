"""PubMed XML and JATS files of made-up records, few bytes each, as the sandbox serves them."""

from collections.abc import Iterable
from pathlib import Path

ABSTRACT = (
    "Tremor is common in older adults. We assigned 214 adults to lorvexine or placebo. "
    "The tremor score fell by 4.2 points with lorvexine. Lorvexine reduced tremor in adults."
)


def write_records(
    folder: Path, pmids: Iterable[int], *, title: str = "Lorvexine for tremor", abstract: str = ""
) -> None:
    """Write one file of records; those with the same first PMID replace one another."""
    folder.mkdir(exist_ok=True)
    pmids = list(pmids)
    articles = "\n".join(_article(pmid, f"{title} {pmid}", abstract) for pmid in pmids)
    path = folder / f"records-{pmids[0]}.xml"
    path.write_text(f"<PubmedArticleSet>{articles}</PubmedArticleSet>", encoding="utf-8")


def write_readable_record(
    folder: Path, pmid: int, *, pmcid: str | None = None, has_text: bool = True
) -> None:
    """Write a record with an abstract; with ``pmcid``, also its full text if it ``has_text``."""
    folder.mkdir(exist_ok=True)
    ids = f'<ArticleId IdType="pmc">{pmcid}</ArticleId>' if pmcid else ""
    article = _article(pmid, f"Lorvexine for tremor {pmid}", ABSTRACT, ids)
    path = folder / f"record-{pmid}.xml"
    path.write_text(f"<PubmedArticleSet>{article}</PubmedArticleSet>", encoding="utf-8")
    if pmcid and has_text:
        (folder / f"{pmcid}.nxml").write_text(_full_text(pmid, pmcid), encoding="utf-8")


def _article(pmid: int, title: str, abstract: str, ids: str = "") -> str:
    part = f"<Abstract><AbstractText>{abstract}</AbstractText></Abstract>" if abstract else ""
    return (
        '<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM">'
        f'<PMID Version="1">{pmid}</PMID><Article PubModel="Print"><Journal><Title>Invented</Title>'
        f"</Journal><ArticleTitle>{title}</ArticleTitle>{part}<Language>eng</Language></Article>"
        "</MedlineCitation><PubmedData><ArticleIdList>"
        f'<ArticleId IdType="pubmed">{pmid}</ArticleId>{ids}</ArticleIdList></PubmedData>'
        "</PubmedArticle>"
    )


def _full_text(pmid: int, pmcid: str) -> str:
    return (
        '<article xmlns:xlink="http://www.w3.org/1999/xlink" article-type="research-article">'
        f'<front><article-meta><article-id pub-id-type="pmcid">{pmcid}</article-id>'
        f'<article-id pub-id-type="pmid">{pmid}</article-id><title-group><article-title>Lorvexine'
        "</article-title></title-group><permissions>"
        '<license xlink:href="https://creativecommons.org/licenses/by/4.0/"/></permissions>'
        "</article-meta></front><body><sec><title>Methods</title><p>A total of 214 participants "
        "were randomised.</p></sec><sec><title>Results</title><p>The tremor score fell.</p></sec>"
        "</body></article>"
    )
