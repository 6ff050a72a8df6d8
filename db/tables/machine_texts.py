"""What machines wrote: summaries by sentence, data items, vectors, each from its reading."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from db.tables.columns import column, count, key, metadata, of_document, parent, position
from db.types import Json, MachineText, Time, state
from litsweep.domain.documents import SectionKind
from litsweep.domain.readings import FindingState, SummaryMethod, ValueMethod

summaries = Table(
    "summaries",
    metadata,
    key("summary_id", "Number of the summary."),
    parent("reading_id", "readings.reading_id", "The reading that it belongs to."),
    column("position", Integer, comment="Order within the reading, 0 the first."),
    column("method", state(SummaryMethod, "method"), comment="Quoted or written by a model."),
    column("ranked_by", Text, nullable=True, comment="What chose the sentences that it quotes."),
    column(
        "generation_id",
        Integer,
        nullable=True,
        comment="The model call that wrote it; null for a quoted one.",
    ),
    column("text", MachineText, comment="The summary as one text."),
    column("is_flagged", Boolean, comment="Whether a check asks for a person's look."),
    column("is_shown", Boolean, comment="Whether it is the one of its reading to be shown."),
    UniqueConstraint("reading_id", "position"),
    Index(
        "uq_summaries_shown",
        "reading_id",
        unique=True,
        sqlite_where=text("is_shown"),
        postgresql_where=text("is_shown"),
    ),
    CheckConstraint("(method = 'generated') = (generation_id IS NOT NULL)", name="generation"),
    # What a model wrote and a check doubts is never what people are shown first.
    CheckConstraint("NOT (is_shown AND is_flagged AND method = 'generated')", name="shown"),
    ForeignKeyConstraint(
        ["generation_id", "reading_id"], ["generations.generation_id", "generations.reading_id"]
    ),
    Index("ix_summaries_generation_id", "generation_id"),
    # What a person is to look at, and there is little of it.
    Index(
        "ix_summaries_flagged",
        "reading_id",
        sqlite_where=text("is_flagged"),
        postgresql_where=text("is_flagged"),
    ),
    comment="Summaries of abstracts: machine text, unverified.",
)

summary_sentences = Table(
    "summary_sentences",
    metadata,
    column(
        "summary_id",
        Integer,
        ForeignKey("summaries.summary_id"),
        primary_key=True,
        autoincrement=False,
        comment="The summary.",
    ),
    position("Place in the summary, 0 the first."),
    column("text", MachineText, comment="The sentence."),
    column("source_start", Integer, nullable=True, comment="Where its source sentence begins."),
    column("source_end", Integer, nullable=True, comment="Where that ends; null: no source."),
    column("support", Float, comment="How well the source supports it, 0 to 1."),
    CheckConstraint("(source_start IS NULL) = (source_end IS NULL)", name="source"),
    CheckConstraint("0 <= source_start AND source_start <= source_end", name="span"),
    CheckConstraint("support BETWEEN 0 AND 1", name="support"),
    comment="Sentences of the summaries, each with the source sentence nearest to it.",
)

analyses = Table(
    "analyses",
    metadata,
    key("analysis_id", "Number of the analysis."),
    column(
        "reading_id",
        Integer,
        ForeignKey("readings.reading_id"),
        unique=True,
        comment="The reading that it belongs to.",
    ),
    count("n_sentences", "Sentences of the body."),
    count("n_sentences_read", "How many of them were looked at."),
    column("ranked_by", Text, comment="What looked for the passages."),
    count("n_windows", "Into how many windows the body was cut."),
    column("left_out", Json, comment="List of {start, end, reason}: parts that were in no window."),
    CheckConstraint("n_sentences_read <= n_sentences", name="read"),
    comment="In-depth readings of full texts.",
)

findings = Table(
    "findings",
    metadata,
    key("finding_id", "Number of the finding."),
    parent("analysis_id", "analyses.analysis_id", "The analysis that it belongs to."),
    column("position", Integer, comment="Order within the analysis, 0 the first."),
    column("data_item", Text, comment="What was looked for."),
    column("state", state(FindingState, "state"), comment="Found, not reported, not found."),
    column("quote", Text, nullable=True, comment="The passage, word for word."),
    column("source_start", Integer, nullable=True, comment="Where the passage begins."),
    column("source_end", Integer, nullable=True, comment="Where it ends."),
    column(
        "section",
        state(SectionKind, "section", 24),
        nullable=True,
        comment="Kind of the section in which the passage stands.",
    ),
    column("section_title", Text, comment="That section's heading; empty where it has none."),
    column("support", Float, comment="How near the passage is to the question, 0 to 1."),
    column(
        "value",
        MachineText,
        nullable=True,
        comment="The answer taken from the quote; null: only the quote answers.",
    ),
    column(
        "value_method",
        state(ValueMethod, "value_method"),
        nullable=True,
        comment="How the value came to be: by a rule, by ranking labels, written by a model.",
    ),
    column(
        "structured",
        Json,
        comment="The value as data: measure, estimate, interval, … as printed; else empty.",
    ),
    parent(
        "generation_id",
        "generations.generation_id",
        "The model call that wrote the value.",
        nullable=True,
    ),
    column("is_flagged", Boolean, comment="Whether a check asks for a person's look."),
    UniqueConstraint("analysis_id", "position"),
    CheckConstraint("(state = 'found') = (quote IS NOT NULL)", name="quote"),
    CheckConstraint("value IS NULL OR quote IS NOT NULL", name="value_quoted"),
    CheckConstraint("value_method IS NULL OR value IS NOT NULL", name="value_made"),
    CheckConstraint("(quote IS NULL) = (source_start IS NULL)", name="quote_start"),
    CheckConstraint("(quote IS NULL) = (source_end IS NULL)", name="quote_end"),
    CheckConstraint("0 <= source_start AND source_start <= source_end", name="span"),
    CheckConstraint("support BETWEEN 0 AND 1", name="support"),
    Index("ix_findings_generation_id", "generation_id"),
    # The views look an analysis' answers up item by item.
    Index("ix_findings_data_item", "analysis_id", "data_item", "position"),
    Index(
        "ix_findings_flagged",
        "analysis_id",
        sqlite_where=text("is_flagged"),
        postgresql_where=text("is_flagged"),
    ),
    comment="Data items of full texts, each with its quotation.",
)

document_embeddings = Table(
    "document_embeddings",
    metadata,
    of_document(),
    column(
        "encoder",
        Text,
        primary_key=True,
        comment="The sentence encoder: model, revision and hash of its weights.",
    ),
    column("n_dimensions", Integer, comment="Length of the vector."),
    column("vector", LargeBinary, comment="Unit vector, float32, little-endian."),
    column("embedded_at", Time, comment="When it was computed."),
    CheckConstraint("n_dimensions > 0 AND length(vector) = 4 * n_dimensions", name="vector"),
    comment="Meaning of the texts as vectors, to find what is alike; each can be computed anew.",
)
