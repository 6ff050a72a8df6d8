"""Index entries as PubMed states them: each record as it is now, and all its states."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from db.tables.columns import (
    came_once,
    column,
    key,
    load_file,
    metadata,
    of_record,
    own_document,
    parent,
    pmid,
    position,
    search_run,
    sha256,
    version,
)
from db.types import Json, Time, Zipped, state
from litsweep.domain.loads import FileFormat
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.records import DatePrecision

records = Table(
    "records",
    metadata,
    key("record_id", "Number of the record."),
    pmid(
        "PubMed identifier; null: known only from an export that gives none.",
        nullable=True,
        unique=True,
    ),
    version("version", "Its current row in record_versions."),
    column(
        "publication_status",
        state(PublicationStatus, "publication_status"),
        comment="Retracted, corrected, …: the gravest thing said of it, by it or by a notice.",
    ),
    parent(
        "duplicate_of_id",
        "records.record_id",
        "The record that is kept in its place; null: it is no duplicate.",
        nullable=True,
    ),
    sha256(
        "import_key",
        "Hash of the exported entry, for a record without PMID.",
        nullable=True,
        unique=True,
    ),
    sha256("raw_sha256", "Hash of the current version's bytes."),
    column("title", Text, comment="Title; empty where PubMed's is."),
    column(
        "title_key",
        String(32),
        nullable=True,
        comment="First letters of the title, folded, to look up duplicates; null: too short.",
    ),
    column("abstract", Text, comment="Abstract, one part a line; empty where there is none."),
    column("authors", Text, comment="Authors as a citation lists them, separated by '; '."),
    column("journal", Text, nullable=True, comment="Title of the journal, or of the book."),
    column("publication_date", Date, nullable=True, comment="Day to sort by."),
    column(
        "publication_date_precision",
        state(DatePrecision, "publication_date_precision"),
        comment="How much of that day the record states.",
    ),
    column("publication_date_text", Text, comment="The date as the record gives it."),
    column("language", Text, comment="Languages, separated by '; '."),
    column("publication_types", Text, comment="Publication types, separated by '; '."),
    column("doi", Text, nullable=True, comment="The record's own DOI, in lower case."),
    column("pmcid", Text, nullable=True, comment="The record's own PMCID, such as PMC3491588."),
    column("is_book", Boolean, comment="Whether it is a chapter of a book."),
    column("created_on", Date, nullable=True, comment="When PubMed made the record (CRDT)."),
    column("revised_on", Date, nullable=True, comment="When PubMed last revised it."),
    column("details", Json, comment="The record's remaining fields."),
    column("first_seen_at", Time, comment="When it was stored for the first time."),
    column("updated_at", Time, comment="When its current version was stored."),
    Index("ix_records_publication_date", "publication_date"),
    Index("ix_records_doi", "doi"),
    Index("ix_records_pmcid", "pmcid"),
    Index("ix_records_title_key", "title_key"),
    Index("ix_records_duplicate_of_id", "duplicate_of_id"),
    # The queue leaves these out, and there are few.
    Index(
        "ix_records_deleted",
        "record_id",
        sqlite_where=text("publication_status = 'deleted'"),
        postgresql_where=text("publication_status = 'deleted'"),
    ),
    Index(
        "ix_records_spoken_against",
        "record_id",
        sqlite_where=text("publication_status <> 'as_published'"),
        postgresql_where=text("publication_status <> 'as_published'"),
    ),
    CheckConstraint("pmid IS NOT NULL OR import_key IS NOT NULL", name="identity"),
    CheckConstraint("duplicate_of_id <> record_id", name="duplicate"),
    CheckConstraint(
        "(publication_date IS NULL) = (publication_date_precision = 'unknown')", name="dated"
    ),
    comment="Index entries of PubMed, each as its newest version says.",
)

record_versions = Table(
    "record_versions",
    metadata,
    of_record(),
    version(
        "version",
        "1 for the first, one more for each change.",
        primary_key=True,
        autoincrement=False,
    ),
    column("pmid_version", Integer, comment="PubMed's own version number (PMID Version)."),
    column("raw", Zipped, comment="The entry as it came, UTF-8, compressed with zlib."),
    column("raw_format", state(FileFormat, "raw_format"), comment="PubMed XML, NBIB or RIS."),
    sha256("raw_sha256", "Hash of the bytes before compression."),
    column("changes", Json, comment="List of {field, before, after}; empty in the first version."),
    column(
        "unknown_elements",
        Json,
        comment="List of [path, number]: elements that this litsweep does not know.",
    ),
    column("document_id", Integer, comment="Title and abstract to be read."),
    search_run("The run that fetched it, or null."),
    load_file("The file that it was loaded from, or null."),
    column("fetched_at", Time, comment="When it was fetched or loaded."),
    column("tool_version", Text, comment="Version of litsweep that read the bytes."),
    came_once(),
    own_document(),
    Index("ix_record_versions_document_id", "document_id"),
    Index("ix_record_versions_search_run_id", "search_run_id"),
    Index("ix_record_versions_load_file_id", "load_file_id"),
    comment="Every state in which a record was seen, byte for byte.",
)

record_authors = Table(
    "record_authors",
    metadata,
    of_record(),
    position("Place in the list, 0 the first."),
    column("name", Text, comment="As citations give it: Osler W."),
    column("last_name", Text, nullable=True, comment="Family name."),
    column("fore_name", Text, nullable=True, comment="Given names."),
    column("initials", Text, nullable=True, comment="Initials."),
    column("suffix", Text, nullable=True, comment="Jr, 3rd, …"),
    column("collective_name", Text, nullable=True, comment="Name of a group instead."),
    column("orcid", Text, nullable=True, comment="ORCID, such as 0000-0002-1825-0097."),
    column("affiliations", Json, comment="List of affiliations, as printed."),
    column("affiliation_ids", Json, comment="List of [source, identifier], such as ROR's."),
    column("is_equal_contributor", Boolean, comment="Whether marked as contributing equally."),
    comment="Authors of the records.",
)

record_mesh_headings = Table(
    "record_mesh_headings",
    metadata,
    of_record(),
    position("Place in the list, 0 the first."),
    column("name", Text, comment="The descriptor."),
    column("ui", Text, nullable=True, comment="Its identifier, such as D001249."),
    column("is_major", Boolean, comment="Whether the descriptor itself is starred."),
    column("qualifiers", Json, comment="List of {name, ui, is_major}."),
    column("kind", Text, nullable=True, comment="Geographic, or null."),
    column("is_automatic", Boolean, comment="Whether NLM's program assigned it (AutoHM)."),
    Index("ix_record_mesh_headings_ui", "ui"),
    comment="MeSH headings of the records.",
)

record_publication_types = Table(
    "record_publication_types",
    metadata,
    of_record(),
    position("Place in the list, 0 the first."),
    column("name", Text, comment="The type's name; NLM renames types."),
    column("ui", Text, nullable=True, comment="Its identifier, such as D016428."),
    Index("ix_record_publication_types_ui", "ui"),
    comment="Publication types of the records.",
)

record_keywords = Table(
    "record_keywords",
    metadata,
    of_record(),
    position("Place in the list, 0 the first."),
    column("text", Text, comment="The keyword."),
    column("owner", Text, comment="Who assigned it; NOTNLM is the author."),
    column("is_major", Boolean, comment="Whether it is starred."),
    comment="Keywords of the records.",
)

record_corrections = Table(
    "record_corrections",
    metadata,
    of_record(),
    position("Place in the list, 0 the first."),
    column("ref_type", Text, comment="RetractionIn, ErratumFor, UpdateOf, …"),
    column("ref_source", Text, nullable=True, comment="Citation of the other publication."),
    column("pmid", BigInteger, nullable=True, comment="PMID of the other publication."),
    column("doi", Text, nullable=True, comment="DOI of it, where the citation gives one."),
    column("note", Text, nullable=True, comment="Remark."),
    Index("ix_record_corrections_pmid", "pmid"),
    Index("ix_record_corrections_doi", "doi"),
    comment="Links to retractions, errata, comments, preprints and their articles.",
)
