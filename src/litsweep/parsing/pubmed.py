"""PubMed XML to records: every record of a reply, or the reason why one could not be read.

Inside a record the reading is lenient: an odd or missing element gives None or nothing,
since the record exists either way. Only a record without a PMID, or one that is not
well-formed, becomes a failure, with its bytes. Elements that nobody here knows are counted.
Books are read in ``books``.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import IO, Final

from lxml import etree

from litsweep.domain.records import (
    Deletion,
    FetchedRecord,
    Journal,
    PublicationDate,
    Record,
    RecordFailure,
    RecordSet,
)
from litsweep.errors import InvalidIdentifier
from litsweep.parsing.abstracts import read_abstract, read_other_abstracts
from litsweep.parsing.article_ids import list_ids, read_pages, read_pmid, sort_ids
from litsweep.parsing.books import read_book
from litsweep.parsing.dates import (
    HISTORY,
    find_created_on,
    read_day,
    read_publication_date,
)
from litsweep.parsing.elements import (
    NO_CHILDREN,
    Children,
    child_texts,
    each_child,
    first_of,
    group_children,
)
from litsweep.parsing.indexing import (
    CHEMICALS,
    HEADINGS,
    PUBLICATION_TYPES,
    read_concepts,
    read_data_banks,
    read_general_notes,
    read_grants,
    read_keywords,
    read_source_ids,
)
from litsweep.parsing.links import LINKS, REFERENCES, split_links
from litsweep.parsing.people import AUTHORS, read_people
from litsweep.parsing.quick_nouns import quick
from litsweep.parsing.record_sets import CutRecord, iter_cut_records
from litsweep.parsing.regular_lists import RegularLists
from litsweep.parsing.text import element_text, optional_text, texts

_new_record: Final = quick(Record)
_new_journal: Final = quick(Journal)
_new_fetched_record: Final = quick(FetchedRecord)

_NOTHING: Final = etree.Element("Nothing")
_PMID: Final = re.compile(rb"<PMID(?:\s[^>]*)?>\s*([1-9][0-9]{0,9})\s*</PMID")


def parse_record_set(xml: bytes) -> RecordSet:
    """Read a reply of EFetch, a baseline or update file, or a single record.

    Records come in the reply's order, versions and repetitions included; ``raw_xml`` is
    each record's own bytes (transcoded where the reply is not UTF-8). An empty set is an
    empty ``RecordSet``.

    Raises:
        MalformedReply: the reply is empty, no XML, cut, unsafe, no set of records, or carries
            an error message.
    """
    results = list(iter_record_set(io.BytesIO(xml)))
    return RecordSet(
        records=tuple(result for result in results if isinstance(result, FetchedRecord)),
        failures=tuple(result for result in results if isinstance(result, RecordFailure)),
        deleted_pmids=tuple(result.pmid for result in results if isinstance(result, Deletion)),
    )


def iter_record_set(stream: IO[bytes]) -> Iterator[FetchedRecord | RecordFailure | Deletion]:
    """Read a stream of any length, such as an unpacked baseline file, in constant memory.

    Yields what ``parse_record_set`` returns: records and failures in the stream's order, then
    the deletions. Errors of the stream itself pass through.

    Raises:
        MalformedReply: as ``parse_record_set`` does, but what the end of the stream tells,
            such as that it was cut, only after the whole records before it were yielded.
    """
    for item in iter_cut_records(stream):
        yield item if isinstance(item, Deletion) else _read_record(item)


def _read_record(cut: CutRecord) -> FetchedRecord | RecordFailure:
    unknown: Counter[str] = Counter()
    try:
        record = _read_element(cut.read_tree(), cut.lists, unknown)
    except (etree.XMLSyntaxError, InvalidIdentifier, RecursionError) as error:
        legible = _PMID.search(cut.raw_xml)
        return RecordFailure(
            pmid=int(legible[1]) if legible else None,
            reason=f"The record is unreadable: {error}",
            raw_xml=cut.raw_xml,
        )
    counts = tuple(sorted(unknown.items())) if unknown else ()
    return _new_fetched_record(record=record, raw_xml=cut.raw_xml, unknown_elements=counts)


def _read_element(element: etree._Element, regular: RegularLists, unknown: Counter[str]) -> Record:
    """Read whichever of the four record elements this is."""
    match element.tag:
        case "BookDocument":
            return read_book(group_children(element, unknown), NO_CHILDREN, regular, unknown)
        case "MedlineCitation":
            return _read_citation(element, NO_CHILDREN, regular, unknown)
    parts = group_children(element, unknown)
    if element.tag == "PubmedBookArticle":
        document = group_children(first_of(parts, "BookDocument"), unknown)
        data = group_children(first_of(parts, "PubmedBookData"), unknown)
        return read_book(document, data, regular, unknown)
    data = group_children(first_of(parts, "PubmedData"), unknown)
    return _read_citation(first_of(parts, "MedlineCitation"), data, regular, unknown)


def _read_citation(
    element: etree._Element | None,
    data: Children,
    regular: RegularLists,
    unknown: Counter[str],
) -> Record:
    """Read a journal article; ``data`` is what PubMed adds to NLM's citation, if anything."""
    citation = group_children(element, unknown)
    attribute = (_NOTHING if element is None else element).get
    article_element = first_of(citation, "Article")
    article = group_children(article_element, unknown)
    ids = list_ids(data, article, unknown=unknown)
    pmid, pmid_version = read_pmid(citation, ids)
    own_ids = sort_ids(ids)
    abstract, copyright_information = read_abstract(article, unknown)
    authors = article.get("AuthorList", ())
    electronic_dates = tuple(
        read_publication_date(one, unknown) for one in article.get("ArticleDate", ())
    )
    journal, printed = _read_journal(article, citation, unknown)
    history = HISTORY.read_all(data.get("History", ()), regular, unknown)
    links = LINKS.read_all(citation.get("CommentsCorrectionsList", ()), regular, unknown)
    corrections, cites = split_links(links) if links else ((), ())
    references = REFERENCES.read_all(data.get("ReferenceList", ()), regular, unknown) or cites
    return _new_record(
        pmid=pmid,
        pmid_version=pmid_version,
        citation_status=attribute("Status"),
        is_book=False,
        title=element_text(first_of(article, "ArticleTitle")),
        vernacular_title=optional_text(first_of(article, "VernacularTitle")),
        abstract=abstract,
        other_abstracts=read_other_abstracts(citation, unknown),
        copyright_information=copyright_information,
        languages=texts(article.get("Language", ())),
        journal=journal,
        publication_date=_best_date(printed, electronic_dates),
        created_on=find_created_on(history),
        revised_on=read_day(first_of(citation, "DateRevised"), unknown),
        publication_stage=optional_text(first_of(data, "PublicationStatus")),
        publication_types=PUBLICATION_TYPES.read_all(
            article.get("PublicationTypeList", ()), regular, unknown
        ),
        authors=AUTHORS.read_all(authors, regular, unknown),
        is_author_list_complete=not authors or authors[0].get("CompleteYN") != "N",
        investigators=read_people(citation.get("InvestigatorList", ()), "Investigator", unknown),
        doi=own_ids.doi,
        pmcid=own_ids.pmcid,
        other_ids=own_ids.other_ids,
        mesh_headings=HEADINGS.read_all(citation.get("MeshHeadingList", ()), regular, unknown),
        keywords=read_keywords(citation, unknown),
        chemicals=CHEMICALS.read_all(citation.get("ChemicalList", ()), regular, unknown),
        grants=read_grants(article, unknown),
        data_banks=read_data_banks(article, unknown),
        corrections=corrections,
        conflict_of_interest=optional_text(first_of(citation, "CoiStatement")),
        n_references=len(references),
        publication_model=None if article_element is None else article_element.get("PubModel"),
        electronic_dates=electronic_dates,
        history=history,
        completed_on=read_day(first_of(citation, "DateCompleted"), unknown),
        owner=attribute("Owner"),
        indexing_method=attribute("IndexingMethod"),
        citation_subsets=texts(citation.get("CitationSubset", ())),
        supplementary_concepts=read_concepts(citation, unknown),
        gene_symbols=texts(each_child(citation.get("GeneSymbolList", ()), "GeneSymbol", unknown)),
        person_subjects=read_people(
            citation.get("PersonalNameSubjectList", ()), "PersonalNameSubject", unknown
        ),
        references=references,
        general_notes=read_general_notes(citation),
        space_flight_missions=texts(citation.get("SpaceFlightMission", ())),
        source_ids=read_source_ids(citation),
    )


def _best_date(
    printed: PublicationDate, electronic: tuple[PublicationDate, ...]
) -> PublicationDate:
    """Return the journal's date; the electronic one where the journal gives no year."""
    return electronic[0] if printed.sortable is None and electronic else printed


def _read_journal(
    article: Children, citation: Children, unknown: Counter[str]
) -> tuple[Journal, PublicationDate]:
    """Return the journal and the date of its issue."""
    parts = group_children(first_of(article, "Journal"), unknown)
    info = child_texts(first_of(citation, "MedlineJournalInfo"), unknown)
    issn = first_of(parts, "ISSN")
    issue_element = first_of(parts, "JournalIssue")
    issue = group_children(issue_element, unknown)
    journal = _new_journal(
        title=optional_text(first_of(parts, "Title")),
        iso_abbreviation=optional_text(first_of(parts, "ISOAbbreviation")),
        medline_abbreviation=info.get("MedlineTA") or None,
        nlm_unique_id=info.get("NlmUniqueID") or None,
        issn=optional_text(issn),
        issn_linking=info.get("ISSNLinking") or None,
        volume=optional_text(first_of(issue, "Volume")),
        issue=optional_text(first_of(issue, "Issue")),
        pages=read_pages(article, unknown),
        issn_type=None if issn is None else issn.get("IssnType"),
        cited_medium=None if issue_element is None else issue_element.get("CitedMedium"),
        country=info.get("Country") or None,
    )
    return journal, read_publication_date(first_of(issue, "PubDate"), unknown)
