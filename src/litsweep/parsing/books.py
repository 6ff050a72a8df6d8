"""Book chapters and books of PubMed (``BookDocument``, from NCBI's Bookshelf) to records."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from lxml import etree

from litsweep.domain.records import Book, BookSection, Journal, PublicationDate, Record
from litsweep.parsing.abstracts import read_abstract
from litsweep.parsing.article_ids import list_ids, read_pages, read_pmid, sort_ids
from litsweep.parsing.dates import (
    HISTORY,
    find_created_on,
    read_day,
    read_publication_date,
)
from litsweep.parsing.elements import (
    Children,
    child_texts,
    each_child,
    first_of,
    group_children,
)
from litsweep.parsing.indexing import (
    read_grants,
    read_keywords,
    read_publication_types,
)
from litsweep.parsing.links import REFERENCES
from litsweep.parsing.people import AUTHORS, read_people
from litsweep.parsing.regular_lists import RegularLists
from litsweep.parsing.text import element_text, optional_text, texts


def read_book(
    document: Children, data: Children, regular: RegularLists, unknown: Counter[str]
) -> Record:
    """Read a chapter, or a whole book: then the book's title is the record's.

    Raises:
        InvalidIdentifier: the record has no PMID.
    """
    parts = group_children(first_of(document, "Book"), unknown)
    ids = list_ids(document, data, parts, unknown=unknown)
    pmid, pmid_version = read_pmid(document, ids)
    own_ids = sort_ids(ids)
    book = _read_book(document, parts, regular, unknown)
    abstract, copyright_information = read_abstract(document, unknown)
    authors = _author_lists(document, parts)
    history = HISTORY.read_all(data.get("History", ()), regular, unknown)
    references = REFERENCES.read_all(document.get("ReferenceList", ()), regular, unknown)
    contributed = read_publication_date(first_of(document, "ContributionDate"), unknown)
    return Record(
        pmid=pmid,
        pmid_version=pmid_version,
        citation_status=None,
        is_book=True,
        title=element_text(first_of(document, "ArticleTitle")) or book.title,
        vernacular_title=optional_text(first_of(document, "VernacularTitle")),
        abstract=abstract,
        other_abstracts=(),
        copyright_information=copyright_information,
        languages=texts(document.get("Language", ())),
        journal=_read_book_as_journal(document, parts, unknown),
        publication_date=book.published if contributed.sortable is None else contributed,
        created_on=find_created_on(history),
        revised_on=read_day(first_of(document, "DateRevised"), unknown),
        publication_stage=optional_text(first_of(data, "PublicationStatus")),
        publication_types=read_publication_types(document.get("PublicationType", ())),
        authors=AUTHORS.read_all(authors, regular, unknown),
        is_author_list_complete=all(people.get("CompleteYN") != "N" for people in authors),
        investigators=read_people(
            (*document.get("InvestigatorList", ()), *parts.get("InvestigatorList", ())),
            "Investigator",
            unknown,
        ),
        doi=own_ids.doi,
        pmcid=own_ids.pmcid,
        other_ids=(
            *own_ids.other_ids,
            *(("isbn", isbn) for isbn in texts(parts.get("Isbn", ()))),
        ),
        mesh_headings=(),
        keywords=read_keywords(document, unknown),
        chemicals=(),
        grants=read_grants(document, unknown),
        data_banks=(),
        corrections=(),
        conflict_of_interest=None,
        n_references=len(references),
        history=history,
        references=references,
        book=book,
    )


def _author_lists(document: Children, book: Children) -> Sequence[etree._Element]:
    """Return the chapter's author lists, else the book's authors, else its editors."""
    editors = book.get("AuthorList", ())
    return (
        _lists_of(document.get("AuthorList", ()), "authors")
        or _lists_of(editors, "authors")
        or editors
    )


def _lists_of(lists: Sequence[etree._Element], kind: str) -> Sequence[etree._Element]:
    """Return the lists of people of a kind; those without kind are of authors."""
    return [people for people in lists if people.get("Type", "authors") == kind]


def _read_book_as_journal(document: Children, book: Children, unknown: Counter[str]) -> Journal:
    return Journal(
        title=optional_text(first_of(book, "BookTitle")),
        iso_abbreviation=None,
        medline_abbreviation=None,
        nlm_unique_id=None,
        issn=None,
        issn_linking=None,
        volume=optional_text(first_of(book, "Volume")),
        issue=None,
        pages=read_pages(document, unknown),
    )


def _read_book(
    document: Children, book: Children, regular: RegularLists, unknown: Counter[str]
) -> Book:
    publisher = child_texts(first_of(book, "Publisher"), unknown)
    people = book.get("AuthorList", ())
    labels = document.get("LocationLabel", ())
    sections = each_child(document.get("Sections", ()), "Section", unknown)
    return Book(
        title=element_text(first_of(book, "BookTitle")),
        publisher=publisher.get("PublisherName") or None,
        publisher_location=publisher.get("PublisherLocation") or None,
        published=read_publication_date(first_of(book, "PubDate"), unknown),
        begins=_optional_date(first_of(book, "BeginningDate"), unknown),
        ends=_optional_date(first_of(book, "EndingDate"), unknown),
        authors=AUTHORS.read_all(_lists_of(people, "authors"), regular, unknown),
        editors=AUTHORS.read_all(_lists_of(people, "editors"), regular, unknown),
        volume_title=optional_text(first_of(book, "VolumeTitle")),
        edition=optional_text(first_of(book, "Edition")),
        collection_title=optional_text(first_of(book, "CollectionTitle")),
        medium=optional_text(first_of(book, "Medium")),
        report_number=optional_text(first_of(book, "ReportNumber")),
        location=tuple((label.get("Type", ""), element_text(label)) for label in labels),
        sections=tuple(_read_sections(sections, 0, unknown)),
        items=tuple(
            (items.get("ListType", ""), element_text(item))
            for items in document.get("ItemList", ())
            for item in each_child((items,), "Item", unknown)
        ),
    )


def _optional_date(element: etree._Element | None, unknown: Counter[str]) -> PublicationDate | None:
    return None if element is None else read_publication_date(element, unknown)


def _read_sections(
    sections: Iterable[etree._Element], depth: int, unknown: Counter[str]
) -> Iterator[BookSection]:
    """Yield a table of contents line by line, each section before those inside it."""
    for section in sections:
        parts = group_children(section, unknown)
        yield BookSection(
            depth=depth,
            label=optional_text(first_of(parts, "LocationLabel")),
            title=element_text(first_of(parts, "SectionTitle")),
        )
        yield from _read_sections(parts.get("Section", ()), depth + 1, unknown)
