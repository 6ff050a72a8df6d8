"""Full texts and the attempts to obtain them; documents, which are what is read."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from db.tables.columns import (
    column,
    count,
    key,
    metadata,
    of_document,
    own_document,
    parent,
    position,
    sha256,
)
from db.types import MachineText, Time, Zipped, state
from litsweep.domain.documents import DocumentKind, FullTextSource, SectionKind

reports = Table(
    "reports",
    metadata,
    key("report_id", "Number of the report."),
    parent("record_id", "records.record_id", "The record that it belongs to."),
    column("pmcid", Text, comment="The PMCID under which it was asked for."),
    column("pmc_version", Integer, nullable=True, comment="PMC's version number."),
    column("source", state(FullTextSource, "source"), comment="Where it was had."),
    column("url", Text, comment="The address that it was fetched from."),
    column("raw_xml", Zipped, comment="The JATS XML as fetched, compressed with zlib."),
    sha256("raw_sha256", "Hash of the bytes before compression."),
    column("document_id", Integer, comment="Its text, to be read."),
    column("licence_code", Text, nullable=True, comment="Licence the source states: CC BY, …"),
    column("licence_url", Text, nullable=True, comment="Address of that licence."),
    column("licence_text", Text, nullable=True, comment="Its wording."),
    column(
        "may_export",
        Boolean,
        comment="Whether the stricter of the licences, the source's and the report's own, lets "
        "its text leave in an export; false where both are unknown.",
    ),
    column("retrieved_at", Time, comment="When it was fetched."),
    UniqueConstraint("record_id", "raw_sha256"),
    # Aimed at by retrievals.
    UniqueConstraint("report_id", "record_id"),
    own_document(),
    Index("ix_reports_document_id", "document_id"),
    comment="Full texts as fetched.",
)

retrievals = Table(
    "retrievals",
    metadata,
    key("retrieval_id", "Number of the attempt."),
    parent("record_id", "records.record_id", "The record whose report was sought."),
    column("pmcid", Text, comment="The PMCID that was asked for."),
    column("report_id", Integer, nullable=True, comment="What was obtained, or null."),
    column("reason", MachineText, nullable=True, comment="Why it was not obtained."),
    column("is_final", Boolean, comment="Whether another attempt is pointless."),
    column("attempted_at", Time, comment="When it was sought."),
    UniqueConstraint("record_id", "attempted_at"),
    CheckConstraint("(report_id IS NULL) = (reason IS NOT NULL)", name="outcome"),
    ForeignKeyConstraint(["report_id", "record_id"], ["reports.report_id", "reports.record_id"]),
    Index("ix_retrievals_report_id", "report_id"),
    comment="Every attempt to obtain a full text (PRISMA: reports sought for retrieval).",
)

documents = Table(
    "documents",
    metadata,
    key("document_id", "Number of the document."),
    column("kind", state(DocumentKind, "kind"), comment="Abstract or full text."),
    parent("record_id", "records.record_id", "The record that it belongs to."),
    column("title", Text, comment="Its title."),
    column("text", Text, comment="The whole text; all offsets count in it."),
    sha256("text_sha256", "Hash of the text."),
    sha256("content_sha256", "Hash of all that a reading depends on: text, sections, language."),
    column("language", Text, nullable=True, comment="Language, as the source gives it."),
    column("article_type", Text, nullable=True, comment="JATS's article type."),
    column("pmid", BigInteger, nullable=True, comment="PMID that the document itself states."),
    column("pmcid", Text, nullable=True, comment="PMCID that the document itself states."),
    column("doi", Text, nullable=True, comment="DOI that the document itself states."),
    column("licence_code", Text, nullable=True, comment="Licence it states: CC BY, …"),
    column("licence_url", Text, nullable=True, comment="Address of that licence."),
    column("licence_text", Text, nullable=True, comment="Its wording."),
    column("has_body", Boolean, comment="False for a full text of front matter only."),
    column("parsed_at", Time, comment="When it was read from the XML."),
    UniqueConstraint("record_id", "kind", "content_sha256"),
    # Aimed at by record_versions and reports.
    UniqueConstraint("document_id", "record_id"),
    comment="Texts to be read. Versions, or reports, of a record that read alike share one.",
)

sections = Table(
    "sections",
    metadata,
    of_document(),
    position("Place in the document, 0 the first."),
    column("kind", state(SectionKind, "kind", 24), comment="What the section is about."),
    column("title", Text, comment="Its heading; empty where it has none."),
    count("depth", "0 for a top section, 1 for one inside it, …"),
    column("start_offset", Integer, comment="Where its own paragraphs begin."),
    column("end_offset", Integer, comment="Where they end."),
    CheckConstraint("0 <= start_offset AND start_offset <= end_offset", name="span"),
    comment="Sections of the documents.",
)

document_references = Table(
    "document_references",
    metadata,
    of_document(),
    position("Place in the reference list, 0 the first."),
    column("label", Text, comment="Number or name printed before it; empty where none is."),
    column("text", Text, comment="The entry as printed."),
    column("pmid", BigInteger, nullable=True, comment="PMID of the cited work."),
    column("pmcid", Text, nullable=True, comment="PMCID of the cited work."),
    column("doi", Text, nullable=True, comment="DOI of the cited work."),
    column("year", Text, nullable=True, comment="Year as printed, such as 2019a."),
    column("publication_type", Text, nullable=True, comment="JATS's: journal, book, data, …"),
    Index("ix_document_references_pmid", "pmid"),
    Index("ix_document_references_doi", "doi"),
    comment="Reference lists of the full texts.",
)

sub_articles = Table(
    "sub_articles",
    metadata,
    of_document(),
    position("Place after the report, 0 the first."),
    column("article_type", Text, nullable=True, comment="JATS's: reply, reviewer-report, …"),
    column("title", Text, comment="Its title; empty where it has none."),
    column("text", Text, comment="Its text."),
    column("language", Text, nullable=True, comment="Its language, as the source gives it."),
    comment="Texts printed with a report that are no part of it: replies, reviews, translations.",
)
