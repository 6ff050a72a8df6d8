"""PubMed XML of made-up records with dates, links and versions, as they change from day to day."""

from datetime import date
from pathlib import Path


def write_day(folder: Path, *articles: str) -> None:
    """Write one file with ``articles``, which may hold a deletion notice as well."""
    folder.mkdir(parents=True, exist_ok=True)
    text = f"<PubmedArticleSet>{''.join(articles)}</PubmedArticleSet>"
    (folder / "records.xml").write_text(text, encoding="utf-8")


def dated_record(
    pmid: int,
    created_on: date,
    *,
    revised_on: date | None = None,
    title: str = "Lorvexine for tremor",
    link: tuple[str, int] | None = None,
    doi: str = "",
    extra: str = "",
) -> str:
    """Return a record that entered PubMed on a day; ``link`` is a RefType with its PMID."""
    links = doi_id = revised = ""
    if link:
        links = (
            f'<CommentsCorrectionsList><CommentsCorrections RefType="{link[0]}">'
            f"<RefSource>Invented</RefSource><PMID>{link[1]}</PMID></CommentsCorrections>"
            "</CommentsCorrectionsList>"
        )
    if doi:
        doi_id = f'<ArticleId IdType="doi">{doi}</ArticleId>'
    if revised_on:
        revised = f"<DateRevised>{_day(revised_on)}</DateRevised>"
    return (
        '<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM">'
        f'<PMID Version="1">{pmid}</PMID>{revised}<Article PubModel="Print"><Journal>'
        f"<Title>Invented</Title></Journal><ArticleTitle>{title} {pmid}</ArticleTitle>"
        f"<Abstract><AbstractText>Text of {pmid}. {extra}</AbstractText></Abstract>"
        f"<Language>eng</Language></Article>{links}</MedlineCitation><PubmedData><History>"
        f'<PubMedPubDate PubStatus="entrez">{_day(created_on)}</PubMedPubDate></History>'
        f'<ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId>{doi_id}</ArticleIdList>'
        "</PubmedData></PubmedArticle>"
    )


def deletion(*pmids: int) -> str:
    """Return a deletion notice."""
    listed = "".join(f"<PMID>{pmid}</PMID>" for pmid in pmids)
    return f"<DeleteCitation>{listed}</DeleteCitation>"


def _day(day: date) -> str:
    return f"<Year>{day.year}</Year><Month>{day.month:02}</Month><Day>{day.day:02}</Day>"
