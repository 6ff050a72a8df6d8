"""The content of a document summary, read from a record or a full text."""

from dataclasses import dataclass
from datetime import date

from lxml import etree

from litsweep_app.sandbox.dates import read_date, write_date
from litsweep_app.sandbox.markup import plain_text
from litsweep_app.sandbox.record_fields import short_name
from litsweep_app.sandbox.records import find_article_ids, find_citation, find_history
from litsweep_app.sandbox.report_fields import find_named, read_authors
from litsweep_app.sandbox.reports import IndexedReport, find_meta


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSummary:
    """What ESummary says of one entry; texts are empty where it has none."""

    uid: int
    pubdate: str = ""
    epubdate: str = ""
    source: str = ""
    authors: tuple[str, ...] = ()
    title: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    languages: tuple[str, ...] = ()
    nlm_unique_id: str = ""
    issn: str = ""
    essn: str = ""
    publication_types: tuple[str, ...] = ()
    record_status: str = ""
    publication_status: str = ""
    article_ids: tuple[tuple[str, str], ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    has_abstract: bool = False
    full_journal_name: str = ""
    elocation_id: str = ""
    doc_type: str = "citation"
    book_title: str = ""
    sort_date: str = ""


def summarise_record(tree: etree._Element) -> DocumentSummary:
    """Summarise a PubMed record."""
    citation = find_citation(tree)
    if citation is None:
        return DocumentSummary(uid=0)

    def text(path: str) -> str:
        return plain_text(citation.find(path))

    def texts(path: str) -> tuple[str, ...]:
        return tuple(plain_text(found) for found in citation.iterfind(path))

    is_book = citation.tag == "BookDocument"
    prefix = "" if is_book else "Article/"
    people = [*citation.iterfind(f"{prefix}AuthorList/Author")]
    pmid = text("PMID")
    return DocumentSummary(
        uid=int(pmid),
        pubdate=_write_pubdate(
            citation.find("Book/PubDate" if is_book else "Article/Journal/JournalIssue/PubDate")
        ),
        epubdate=_write_pubdate(citation.find("Article/ArticleDate")),
        source=text("MedlineJournalInfo/MedlineTA") or text("Article/Journal/ISOAbbreviation"),
        authors=tuple(
            short_name(person) or plain_text(person.find("CollectiveName"))
            for person in people
            if person.get("ValidYN") != "N"
        ),
        title=text(f"{prefix}ArticleTitle") or text("Book/BookTitle"),
        volume=text("Article/Journal/JournalIssue/Volume"),
        issue=text("Article/Journal/JournalIssue/Issue"),
        pages=text("Article/Pagination/MedlinePgn"),
        languages=texts(f"{prefix}Language"),
        nlm_unique_id=text("MedlineJournalInfo/NlmUniqueID"),
        issn=text("Article/Journal/ISSN[@IssnType='Print']"),
        essn=text("Article/Journal/ISSN[@IssnType='Electronic']"),
        publication_types=texts(
            "PublicationType" if is_book else "Article/PublicationTypeList/PublicationType"
        ),
        record_status=_write_status(citation.get("Status", "")),
        publication_status=plain_text(tree.find("PubmedData/PublicationStatus")),
        article_ids=tuple(find_article_ids(tree)) or (("pubmed", pmid),),
        history=_write_history(tree),
        has_abstract=citation.find(f"{prefix}Abstract") is not None,
        full_journal_name=text("Article/Journal/Title"),
        elocation_id=" ".join(
            f"{found.get('EIdType')}: {plain_text(found)}"
            for found in citation.iterfind("Article/ELocationID")
        ),
        doc_type="chapter" if is_book else "citation",
        book_title=text("Book/BookTitle"),
    )


def _write_pubdate(element: etree._Element | None) -> str:
    if element is None:
        return ""
    parts = (plain_text(element.find(name)) for name in ("Year", "Month", "Season", "Day"))
    return " ".join(part for part in parts if part) or plain_text(element)


def _write_status(status: str) -> str:
    indexed = {"MEDLINE": "PubMed - indexed for MEDLINE", "PubMed-not-MEDLINE": "PubMed"}
    return indexed.get(status, f"PubMed - {status.lower()}" if status else "PubMed")


def _write_history(tree: etree._Element) -> tuple[tuple[str, str], ...]:
    found = []
    for status, element in find_history(tree):
        day = read_date(element)
        if day:
            hour, minute = (plain_text(element.find(name)) or "0" for name in ("Hour", "Minute"))
            found.append((status, f"{write_date(day)} {hour.zfill(2)}:{minute.zfill(2)}"))
    return tuple(found)


def summarise_report(report: IndexedReport) -> DocumentSummary:
    """Summarise a full text."""
    tree = report.tree
    meta = find_meta(tree)
    front = tree if meta is None else meta

    def first(*names: str) -> str:
        return next((plain_text(found) for found in find_named(front, *names)), "")

    journal = next((plain_text(found) for found in find_named(tree, "journal-title")), "")
    pages = "-".join(page for page in (first("fpage"), first("lpage")) if page)
    ids = [("pmid", str(report.pmid or 0)), ("doi", report.doi or ""), ("pmcid", report.pmcid)]
    published: date = min(report.dates["PDAT"])
    return DocumentSummary(
        uid=report.number,
        pubdate=f"{published:%Y %b} {published.day}",
        source=journal,
        authors=tuple(read_authors(front)),
        title=first("article-title"),
        volume=first("volume"),
        issue=first("issue"),
        pages=pages,
        article_ids=tuple(pair for pair in ids if pair[1]),
        full_journal_name=journal,
        sort_date=f"{write_date(published)} 00:00",
    )
