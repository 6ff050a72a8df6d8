"""Book chapters and books of PubMed (``BookDocument``, from NCBI's Bookshelf) to records."""

from collections.abc import Iterator

from lxml import etree

from litsweep.domain.records import Journal, PublicationDate, Record
from litsweep.parsing.abstracts import read_abstract, read_copyright, read_other_abstracts
from litsweep.parsing.article_ids import read_article_ids, read_pages, read_pmid
from litsweep.parsing.dates import read_created_on, read_day, read_publication_date
from litsweep.parsing.indexing import (
    count_references,
    read_grants,
    read_keywords,
    read_mesh_headings,
    read_publication_types,
)
from litsweep.parsing.people import read_people
from litsweep.parsing.text import element_text, optional_text, texts

_NO_BOOK = etree.Element("Book")


def read_book(document: etree._Element, data: etree._Element | None) -> Record:
    """Read a chapter, or a whole book: then the book's title is the record's.

    Raises:
        InvalidIdentifier: the record has no PMID.
    """
    pmid, pmid_version = read_pmid(document, data)
    book = document.find("Book")
    book = _NO_BOOK if book is None else book
    abstract = document.find("Abstract")
    authors = list(_author_lists(document, book))
    ids = read_article_ids(document, data, book)
    return Record(
        pmid=pmid,
        pmid_version=pmid_version,
        citation_status=None,
        is_book=True,
        title=element_text(document.find("ArticleTitle")) or element_text(book.find("BookTitle")),
        vernacular_title=optional_text(document.find("VernacularTitle")),
        abstract=read_abstract(abstract),
        other_abstracts=read_other_abstracts(document),
        copyright_information=read_copyright(abstract),
        languages=texts(document.iterchildren("Language")),
        journal=_read_book_as_journal(document, book),
        publication_date=_publication_date(document, book),
        created_on=read_created_on(data),
        revised_on=read_day(document.find("DateRevised")),
        publication_status=None if data is None else optional_text(data.find("PublicationStatus")),
        publication_types=read_publication_types(document.iterchildren("PublicationType")),
        authors=read_people(authors),
        is_author_list_complete=all(people.get("CompleteYN") != "N" for people in authors),
        investigators=read_people(document.iterchildren("InvestigatorList")),
        doi=ids.doi,
        pmcid=ids.pmcid,
        other_ids=ids.other_ids + tuple(("isbn", isbn) for isbn in texts(book.iterfind("Isbn"))),
        mesh_headings=read_mesh_headings(document),
        keywords=read_keywords(document),
        chemicals=(),
        grants=read_grants(document),
        data_banks=(),
        corrections=(),
        conflict_of_interest=None,
        n_references=count_references(document, document),
    )


def _author_lists(document: etree._Element, book: etree._Element) -> Iterator[etree._Element]:
    """Yield the chapter's author lists, else the book's authors, else its editors."""
    for parent, kinds in ((document, ("authors", None)), (book, ("authors", None)), (book, None)):
        lists = list(parent.iterchildren("AuthorList"))
        chosen = [people for people in lists if kinds is None or people.get("Type") in kinds]
        if chosen:
            yield from chosen
            return


def _publication_date(document: etree._Element, book: etree._Element) -> PublicationDate:
    """Read when the chapter was contributed, else when the book was published."""
    contributed = read_publication_date(document.find("ContributionDate"))
    if contributed.sortable is None:
        return read_publication_date(book.find("PubDate"))
    return contributed


def _read_book_as_journal(document: etree._Element, book: etree._Element) -> Journal:
    return Journal(
        title=optional_text(book.find("BookTitle")),
        iso_abbreviation=None,
        medline_abbreviation=None,
        nlm_unique_id=None,
        issn=None,
        issn_linking=None,
        volume=optional_text(book.find("Volume")),
        issue=None,
        pages=read_pages(document.find("Pagination")),
    )
