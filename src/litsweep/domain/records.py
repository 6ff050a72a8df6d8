"""A PubMed record as a value: what the index says about one publication.

Element names and their meaning are NLM's (DTD ``pubmed_250101``). Text is exact:
entities are characters, inline markup is flattened, white space is collapsed, and
nothing that was text becomes markup.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from litsweep.errors import InvalidIdentifier

_NCT: Final = re.compile(r"\bNCT[0-9]{8}\b")


class DatePrecision(StrEnum):
    """How much of a publication date the record really states."""

    DAY = "day"
    """Year, month and day."""
    MONTH = "month"
    """Year and month; the sortable date is the first of the month."""
    SEASON = "season"
    """A season, quarter or span of months; the sortable date is its first day."""
    YEAR = "year"
    """A year alone; the sortable date is 1 January."""
    UNKNOWN = "unknown"
    """No year could be read; there is no sortable date, only the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationDate:
    """A date to sort by, its precision, and the text as the record gives it."""

    sortable: date | None
    precision: DatePrecision
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryDate:
    """A step on the way to print or into PubMed (``PubMedPubDate``): ``received``, ``entrez``, …

    ``on`` is None where the date is no real day; ``text`` is as given, time of day included.
    """

    status: str
    on: date | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AbstractPart:
    """One ``AbstractText``: its label as printed, NLM's category, its text."""

    label: str | None
    nlm_category: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherAbstract:
    """An abstract of another kind or language (``OtherAbstract``)."""

    kind: str
    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A person, or a collective, as listed; ``orcid`` as ``0000-0002-1825-0097``.

    ``affiliation_ids`` are ``(source, identifier)``, such as ``("ROR", "https://ror.org/…")``.
    """

    last_name: str | None
    fore_name: str | None
    initials: str | None
    suffix: str | None
    collective_name: str | None
    orcid: str | None
    affiliations: tuple[str, ...]
    affiliation_ids: tuple[tuple[str, str], ...] = ()
    is_equal_contributor: bool = False

    @property
    def name(self) -> str:
        """The name as citations give it: ``Osler W``, or the collective's name."""
        if self.collective_name:
            return self.collective_name
        parts = (self.last_name, self.initials or self.fore_name, self.suffix)
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshQualifier:
    """A MeSH subheading of a heading."""

    name: str
    ui: str | None
    is_major: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshHeading:
    """A MeSH heading; ``is_major`` is the descriptor's own star, qualifiers have theirs.

    ``kind`` is ``Geographic`` or None; ``is_automatic`` tells a heading of NLM's indexing
    program (``AutoHM``).
    """

    name: str
    ui: str | None
    is_major: bool
    qualifiers: tuple[MeshQualifier, ...]
    kind: str | None = None
    is_automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementaryConcept:
    """A supplementary concept (``SupplMeshName``): a ``Disease``, ``Protocol``, ``Organism``, …"""

    name: str
    ui: str | None
    kind: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationType:
    """A publication type; compare on ``ui``, since NLM renames types (D016440 in 2026)."""

    name: str
    ui: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """A keyword and who assigned it (``NOTNLM`` is the author)."""

    text: str
    owner: str
    is_major: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chemical:
    """A substance; ``registry_number`` is a CAS, UNII or EC number, or ``0``."""

    name: str
    ui: str | None
    registry_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A grant as acknowledged."""

    grant_number: str | None
    acronym: str | None
    agency: str | None
    country: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataBankAccession:
    """An accession in a data bank, such as ``ClinicalTrials.gov`` and ``NCT01234567``."""

    data_bank: str
    accession: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A link to another publication (``CommentsCorrections``): ``RetractionIn``, ``UpdateOf``, …

    ``doi`` is the one that ``ref_source`` states in words, often all there is of a preprint.
    """

    ref_type: str
    ref_source: str | None
    pmid: int | None
    note: str | None
    doi: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A work that the publication cites: the citation as printed, and the ids of that work."""

    citation: str
    pmid: int | None
    doi: str | None
    pmcid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralNote:
    """A note of an indexing organisation (``GeneralNote``)."""

    owner: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """The journal, or for a book chapter the book."""

    title: str | None
    iso_abbreviation: str | None
    medline_abbreviation: str | None
    nlm_unique_id: str | None
    issn: str | None
    issn_linking: str | None
    volume: str | None
    issue: str | None
    pages: str | None
    issn_type: str | None = None
    cited_medium: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookSection:
    """A line of a book's table of contents; ``depth`` is 0 for the outermost."""

    depth: int
    label: str | None
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The book that a chapter is of, or that the record is about (``Book``, ``BookDocument``).

    ``location`` says where the chapter stands, as ``(type, label)``; ``items`` are
    ``(list type, item)``. Volume and identifiers are in the record's ``journal``, ``other_ids``.
    """

    title: str
    publisher: str | None
    publisher_location: str | None
    published: PublicationDate
    begins: PublicationDate | None
    ends: PublicationDate | None
    authors: tuple[Author, ...]
    editors: tuple[Author, ...]
    volume_title: str | None
    edition: str | None
    collection_title: str | None
    medium: str | None
    report_number: str | None
    location: tuple[tuple[str, str], ...]
    sections: tuple[BookSection, ...]
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One PubMed entry: a journal article's, or a book chapter's (``is_book``).

    ``title`` is empty where PubMed's is. ``created_on`` is CRDT (``PubStatus="entrez"``),
    ``revised_on`` is ``DateRevised``, ``completed_on`` is ``DateCompleted``. ``doi``, ``pmcid``
    are the record's own, never those of the works it cites: these have theirs in
    ``references``. ``publication_stage`` is PubMed's ``PublicationStatus`` (``ppublish``,
    ``epublish``, ``aheadofprint``); ``publication_model`` tells which date is cited.
    ``source_ids`` are ``OtherID``, as ``(source, text)``.
    """

    pmid: int
    pmid_version: int
    citation_status: str | None
    is_book: bool
    title: str
    vernacular_title: str | None
    abstract: tuple[AbstractPart, ...]
    other_abstracts: tuple[OtherAbstract, ...]
    copyright_information: str | None
    languages: tuple[str, ...]
    journal: Journal
    publication_date: PublicationDate
    created_on: date | None
    revised_on: date | None
    publication_stage: str | None
    publication_types: tuple[PublicationType, ...]
    authors: tuple[Author, ...]
    is_author_list_complete: bool
    investigators: tuple[Author, ...]
    doi: str | None
    pmcid: str | None
    other_ids: tuple[tuple[str, str], ...]
    mesh_headings: tuple[MeshHeading, ...]
    keywords: tuple[Keyword, ...]
    chemicals: tuple[Chemical, ...]
    grants: tuple[Grant, ...]
    data_banks: tuple[DataBankAccession, ...]
    corrections: tuple[Correction, ...]
    conflict_of_interest: str | None
    n_references: int
    publication_model: str | None = None
    electronic_dates: tuple[PublicationDate, ...] = ()
    history: tuple[HistoryDate, ...] = ()
    completed_on: date | None = None
    owner: str | None = None
    indexing_method: str | None = None
    citation_subsets: tuple[str, ...] = ()
    supplementary_concepts: tuple[SupplementaryConcept, ...] = ()
    gene_symbols: tuple[str, ...] = ()
    person_subjects: tuple[Author, ...] = ()
    references: tuple[Reference, ...] = ()
    general_notes: tuple[GeneralNote, ...] = ()
    space_flight_missions: tuple[str, ...] = ()
    source_ids: tuple[tuple[str, str], ...] = ()
    book: Book | None = None

    def __post_init__(self) -> None:
        """Refuse an impossible PMID."""
        if self.pmid <= 0:
            raise InvalidIdentifier(f"{self.pmid} is not a PMID: a PMID is a positive number.")

    @property
    def abstract_text(self) -> str:
        """The main abstract as one text, one part a line, labels as ``LABEL: text``."""
        return "\n".join(
            f"{part.label}: {part.text}" if part.label else part.text for part in self.abstract
        )

    @property
    def nct_numbers(self) -> tuple[str, ...]:
        """ClinicalTrials.gov numbers of the data banks, then those in the abstract's words."""
        accessions = (bank.accession for bank in self.data_banks)
        text = "\n".join((*accessions, self.abstract_text))
        return tuple(dict.fromkeys(_NCT.findall(text)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedRecord:
    """A record with the exact bytes it was read from (one ``PubmedArticle`` element, UTF-8).

    ``unknown_elements`` are elements that nobody here knows, so that only ``raw_xml`` has them:
    their place, such as ``MedlineCitation/NewThing``, and how many there are.
    """

    record: Record
    raw_xml: bytes
    unknown_elements: tuple[tuple[str, int], ...] = ()

    @property
    def raw_sha256(self) -> str:
        """Hash of the bytes as fetched, in hexadecimal."""
        return hashlib.sha256(self.raw_xml).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFailure:
    """A record that could not be read: its PMID where that much is legible, and why."""

    pmid: int | None
    reason: str
    raw_xml: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A notice that PubMed has deleted a record (``DeleteCitation``)."""

    pmid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSet:
    """What one reply held, nothing left out: records, failures, and deletion notices."""

    records: tuple[FetchedRecord, ...]
    failures: tuple[RecordFailure, ...]
    deleted_pmids: tuple[int, ...]
