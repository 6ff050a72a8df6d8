"""A PubMed record as a value: what the index says about one publication.

Element names and their meaning are NLM's (DTD ``pubmed_250101``). Text is exact:
entities are characters, inline markup is flattened, white space is collapsed, and
nothing that was text becomes markup.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from litsweep.errors import InvalidIdentifier


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
    """A person, or a collective, as listed; ``orcid`` as ``0000-0002-1825-0097``."""

    last_name: str | None
    fore_name: str | None
    initials: str | None
    suffix: str | None
    collective_name: str | None
    orcid: str | None
    affiliations: tuple[str, ...]

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
    """A MeSH heading; ``is_major`` is the descriptor's own star, qualifiers have theirs."""

    name: str
    ui: str | None
    is_major: bool
    qualifiers: tuple[MeshQualifier, ...]


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
    """A link to another publication (``CommentsCorrections``): ``RetractionIn``, ``UpdateOf``, …"""

    ref_type: str
    ref_source: str | None
    pmid: int | None
    note: str | None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One PubMed entry: a journal article's, or a book chapter's (``is_book``).

    ``title`` is empty where PubMed's is. ``created_on`` is CRDT (``PubStatus="entrez"``),
    ``revised_on`` is ``DateRevised``. ``doi``, ``pmcid`` are the record's own, never those
    of the works it cites.
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
    publication_status: str | None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedRecord:
    """A record with the exact bytes it was read from (one ``PubmedArticle`` element, UTF-8)."""

    record: Record
    raw_xml: bytes

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
class RecordSet:
    """What one reply held, nothing left out: records, failures, and deletion notices."""

    records: tuple[FetchedRecord, ...]
    failures: tuple[RecordFailure, ...]
    deleted_pmids: tuple[int, ...]
