"""PubMed XML to records: every record of a reply, or the reason why one could not be read.

Inside a record the reading is lenient: an odd or missing element gives None or nothing,
since the record exists either way. Only a record without a PMID, or one that is not
well-formed, becomes a failure, with its bytes. Books are read in ``books``.
"""

import re
from collections.abc import Mapping
from typing import Final

from lxml import etree

from litsweep.domain.records import (
    FetchedRecord,
    Journal,
    PublicationDate,
    Record,
    RecordFailure,
    RecordSet,
)
from litsweep.errors import InvalidIdentifier
from litsweep.parsing.abstracts import read_abstract, read_copyright, read_other_abstracts
from litsweep.parsing.article_ids import read_article_ids, read_pages, read_pmid
from litsweep.parsing.books import read_book
from litsweep.parsing.dates import read_created_on, read_day, read_publication_date
from litsweep.parsing.indexing import (
    count_references,
    read_chemicals,
    read_corrections,
    read_data_banks,
    read_grants,
    read_keywords,
    read_mesh_headings,
    read_publication_types,
)
from litsweep.parsing.people import read_people
from litsweep.parsing.record_sets import cut_reply
from litsweep.parsing.text import element_text, optional_text, texts
from litsweep.parsing.xml import build_parser, read_fragment

_PMID: Final = re.compile(rb"<PMID(?:\s[^>]*)?>\s*([1-9][0-9]{0,9})\s*</PMID")
_NOTHING: Final = etree.Element("Nothing")


def parse_record_set(xml: bytes) -> RecordSet:
    """Read a reply of EFetch, a baseline or update file, or a single record.

    Records come in the reply's order, versions and repetitions included; ``raw_xml`` is
    each record's own bytes (transcoded where the reply is not UTF-8). An empty set is an
    empty ``RecordSet``.

    Raises:
        MalformedReply: the reply is empty, no XML, cut, unsafe, no set of records, or carries
            an error message.
    """
    reply = cut_reply(xml)
    namespaces = reply.namespaces
    parser = build_parser()
    results = [_read_record(raw, parser, namespaces) for raw in reply.records]
    return RecordSet(
        records=tuple(result for result in results if isinstance(result, FetchedRecord)),
        failures=tuple(result for result in results if isinstance(result, RecordFailure)),
        deleted_pmids=reply.deleted_pmids,
    )


def _read_record(
    raw: bytes, parser: etree.XMLParser, namespaces: Mapping[str | None, str]
) -> FetchedRecord | RecordFailure:
    try:
        element = read_fragment(raw, parser, namespaces)
        return FetchedRecord(record=_read_element(element), raw_xml=raw)
    except (etree.XMLSyntaxError, InvalidIdentifier, RecursionError) as error:
        legible = _PMID.search(raw)
        pmid = int(legible[1]) if legible else None
        return RecordFailure(pmid=pmid, reason=f"The record is unreadable: {error}", raw_xml=raw)


def _read_element(element: etree._Element) -> Record:
    """Read whichever of the four record elements this is."""
    match element.tag:
        case "BookDocument":
            return read_book(element, None)
        case "PubmedBookArticle":
            book = element.find("BookDocument")
            return read_book(_NOTHING if book is None else book, element.find("PubmedBookData"))
        case "MedlineCitation":
            return _read_citation(element, None)
    citation = element.find("MedlineCitation")
    return _read_citation(_NOTHING if citation is None else citation, element.find("PubmedData"))


def _read_citation(citation: etree._Element, data: etree._Element | None) -> Record:
    """Read a journal article; ``data`` is what PubMed adds to NLM's citation, if anything."""
    pmid, pmid_version = read_pmid(citation, data)
    article = citation.find("Article")
    if article is None:
        article = _NOTHING
    abstract = article.find("Abstract")
    authors = article.find("AuthorList")
    ids = read_article_ids(data, article)
    return Record(
        pmid=pmid,
        pmid_version=pmid_version,
        citation_status=citation.get("Status"),
        is_book=False,
        title=element_text(article.find("ArticleTitle")),
        vernacular_title=optional_text(article.find("VernacularTitle")),
        abstract=read_abstract(abstract),
        other_abstracts=read_other_abstracts(citation),
        copyright_information=read_copyright(abstract),
        languages=texts(article.iterchildren("Language")),
        journal=_read_journal(article, citation.find("MedlineJournalInfo")),
        publication_date=_publication_date(article),
        created_on=read_created_on(data),
        revised_on=read_day(citation.find("DateRevised")),
        publication_status=None if data is None else optional_text(data.find("PublicationStatus")),
        publication_types=read_publication_types(
            article.iterfind("PublicationTypeList/PublicationType")
        ),
        authors=read_people(article.iterchildren("AuthorList")),
        is_author_list_complete=authors is None or authors.get("CompleteYN") != "N",
        investigators=read_people(citation.iterchildren("InvestigatorList")),
        doi=ids.doi,
        pmcid=ids.pmcid,
        other_ids=ids.other_ids,
        mesh_headings=read_mesh_headings(citation),
        keywords=read_keywords(citation),
        chemicals=read_chemicals(citation),
        grants=read_grants(article),
        data_banks=read_data_banks(article),
        corrections=read_corrections(citation),
        conflict_of_interest=optional_text(citation.find("CoiStatement")),
        n_references=count_references(citation, data),
    )


def _publication_date(article: etree._Element) -> PublicationDate:
    """Read the journal's date; the electronic one where the journal gives no year."""
    printed = read_publication_date(article.find("Journal/JournalIssue/PubDate"))
    if printed.sortable is None and article.find("ArticleDate") is not None:
        return read_publication_date(article.find("ArticleDate"))
    return printed


def _read_journal(article: etree._Element, info: etree._Element | None) -> Journal:
    journal = article.find("Journal")
    journal = _NOTHING if journal is None else journal
    info = _NOTHING if info is None else info
    return Journal(
        title=optional_text(journal.find("Title")),
        iso_abbreviation=optional_text(journal.find("ISOAbbreviation")),
        medline_abbreviation=optional_text(info.find("MedlineTA")),
        nlm_unique_id=optional_text(info.find("NlmUniqueID")),
        issn=optional_text(journal.find("ISSN")),
        issn_linking=optional_text(info.find("ISSNLinking")),
        volume=optional_text(journal.find("JournalIssue/Volume")),
        issue=optional_text(journal.find("JournalIssue/Issue")),
        pages=read_pages(article.find("Pagination")),
    )
