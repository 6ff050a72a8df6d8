"""What people decide, by which rules, and what is before whose eyes."""

from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from db.tables.columns import column, count, key, metadata, parent, sha256, version
from db.types import Json, Time, state
from litsweep.domain.decisions import Decision, DecisionOrigin, Stage

screening_protocols = Table(
    "screening_protocols",
    metadata,
    key("screening_protocol_id", "Number of the version."),
    parent("topic_id", "topics.topic_id", "The topic."),
    version("version", "1 for the first, one more for each change."),
    column("exclusion_reasons", Json, comment="List of the reasons to choose from."),
    column("labels", Json, comment="List of the labels that are offered."),
    column(
        "n_reviewers",
        Integer,
        CheckConstraint("n_reviewers BETWEEN 1 AND 9", name="n_reviewers"),
        comment="How many people include or exclude a record before it has been screened.",
    ),
    column(
        "is_blinded",
        Boolean,
        comment="Whether nobody sees another's decision before so many have decided.",
    ),
    column(
        "is_judge_first",
        Boolean,
        comment="Whether the machine's text is shown only after the decision.",
    ),
    column("highlighted_terms", Json, comment="List of words that are marked in the texts."),
    column("author", Text, comment="Who set it."),
    column("reason", Text, comment="Why."),
    column("created_at", Time, comment="When."),
    UniqueConstraint("topic_id", "version"),
    comment="How a topic is screened, every version of it.",
)

screening_claims = Table(
    "screening_claims",
    metadata,
    column("topic_id", Integer, primary_key=True, autoincrement=False, comment="The topic."),
    column("record_id", Integer, primary_key=True, autoincrement=False, comment="The record."),
    column("stage", state(Stage, "stage"), primary_key=True, comment="The stage."),
    column("reviewer", Text, primary_key=True, comment="Who has it before their eyes."),
    column("claimed_at", Time, comment="Since when; an old claim counts no more."),
    ForeignKeyConstraint(
        ["topic_id", "record_id"], ["topic_records.topic_id", "topic_records.record_id"]
    ),
    Index("ix_screening_claims_reviewer", "reviewer", "topic_id", "stage"),
    comment="Which records are before whose eyes, so that two people do not do one's work.",
)

decision_imports = Table(
    "decision_imports",
    metadata,
    key("decision_import_id", "Number of the import."),
    parent("topic_id", "topics.topic_id", "The topic that the decisions are for."),
    column("stage", state(Stage, "stage"), comment="The stage that they are of."),
    column("name", Text, comment="Name of the file, without its folder."),
    sha256("sha256", "Hash of the file's bytes."),
    column("tool", Text, comment="The tool that wrote the file: asreview, rayyan, …"),
    count("n_entries", "Decisions of the file, and entries without one."),
    count("n_added", "Decisions that were new here."),
    count("n_unchanged", "Decisions that stood here already."),
    count("n_undecided", "Entries without a decision."),
    column(
        "unmatched",
        Json,
        comment="List of {entry, title, reviewer, reason}: what was not taken over.",
    ),
    column("imported_by", Text, comment="Who imported the file."),
    column("imported_at", Time, comment="When it was imported."),
    column("tool_version", Text, comment="Version of litsweep."),
    # Aimed at by screening_decisions: a file's decisions are for the topic and stage it was for.
    UniqueConstraint("decision_import_id", "topic_id", "stage", name="uq_decision_imports_scope"),
    Index("ix_decision_imports_topic_id", "topic_id"),
    comment="Files of decisions that were made with other tools: the receipts.",
)

_DECIDED: Final = ("topic_id", "record_id", "stage", "reviewer")

screening_decisions = Table(
    "screening_decisions",
    metadata,
    key("screening_decision_id", "Number of the decision."),
    column("topic_id", Integer, comment="The topic that it is for."),
    column("record_id", Integer, comment="The record that it is about."),
    column("stage", state(Stage, "stage"), comment="On title and abstract, or on the full text."),
    column(
        "decision",
        state(Decision, "decision"),
        comment="Include, exclude, unsure, or withdrawn: nothing stands in place of the former.",
    ),
    column("exclusion_reason", Text, nullable=True, comment="Why it is excluded."),
    column("note", Text, nullable=True, comment="What the person remarked."),
    column("labels", Json, comment="List of the person's own labels."),
    column("reviewer", Text, comment="Who decided."),
    column("decided_at", Time, comment="When it was decided; for an import: where unknown, then."),
    column("origin", state(DecisionOrigin, "origin"), comment="Where it was made."),
    column(
        "decision_import_id",
        Integer,
        nullable=True,
        comment="The file that brought it, or null.",
    ),
    column(
        "has_seen_machine_text",
        Boolean,
        nullable=True,
        comment="Whether the machine's text was before the person's eyes; null: not known.",
    ),
    parent(
        "reading_id", "readings.reading_id", "The reading that was shown, or null.", nullable=True
    ),
    column(
        "supersedes_id",
        Integer,
        nullable=True,
        comment="The same person's decision in place of which it stands; null: the first.",
    ),
    column("is_standing", Boolean, comment="Whether no newer one of the same person replaces it."),
    column(
        "is_adjudication",
        Boolean,
        server_default=text("false"),
        comment="Whether it settles a conflict of others: then it alone counts.",
    ),
    column(
        "record_version",
        Integer,
        nullable=True,
        comment="The version of the record that was shown; null: not known.",
    ),
    column(
        "undoes_id",
        Integer,
        nullable=True,
        comment="The same person's decision that was taken back with this one; or null.",
    ),
    column("tool_version", Text, comment="Version of litsweep."),
    ForeignKeyConstraint(
        ["topic_id", "record_id"], ["topic_records.topic_id", "topic_records.record_id"]
    ),
    ForeignKeyConstraint(
        ["decision_import_id", "topic_id", "stage"],
        [f"decision_imports.{name}" for name in ("decision_import_id", "topic_id", "stage")],
        name="fk_screening_decisions_decision_import_id",
    ),
    # Only a decision of the same person, about the same record at the same stage, is replaced.
    UniqueConstraint("screening_decision_id", *_DECIDED, name="uq_screening_decisions_decided"),
    ForeignKeyConstraint(
        ["supersedes_id", *_DECIDED],
        [f"screening_decisions.{name}" for name in ("screening_decision_id", *_DECIDED)],
        name="fk_screening_decisions_supersedes_id",
    ),
    CheckConstraint("decision <> 'withdrawn' OR supersedes_id IS NOT NULL", name="withdrawn"),
    CheckConstraint("exclusion_reason IS NULL OR decision = 'exclude'", name="reason"),
    CheckConstraint("(origin = 'imported') = (decision_import_id IS NOT NULL)", name="imported"),
    CheckConstraint("supersedes_id <> screening_decision_id", name="supersedes"),
    CheckConstraint("length(reviewer) > 0", name="reviewer"),
    # One standing decision a person, record and stage; and nothing is superseded twice.
    Index(
        "uq_screening_decisions_standing",
        *_DECIDED,
        unique=True,
        sqlite_where=text("is_standing"),
        postgresql_where=text("is_standing"),
    ),
    Index("uq_screening_decisions_supersedes_id", "supersedes_id", unique=True),
    Index("ix_screening_decisions_record_id", "record_id"),
    # Who decided what in a topic, without walking all its records.
    Index(
        "ix_screening_decisions_decided",
        "topic_id",
        "stage",
        "decision",
        "record_id",
        sqlite_where=text("is_standing"),
        postgresql_where=text("is_standing"),
    ),
    Index("ix_screening_decisions_reviewer", "reviewer", "screening_decision_id"),
    # One's own in a topic, the last first, and how many, without looking at the rows.
    Index(
        "ix_screening_decisions_own",
        "reviewer",
        "topic_id",
        "stage",
        "screening_decision_id",
        "decision",
        "is_adjudication",
        sqlite_where=text("is_standing"),
        postgresql_where=text("is_standing"),
    ),
    # How many a week.
    Index("ix_screening_decisions_decided_at", "topic_id", "decided_at", "decision"),
    Index("ix_screening_decisions_decision_import_id", "decision_import_id"),
    Index("ix_screening_decisions_reading_id", "reading_id"),
    comment="What people decided about the records, append-only.",
)
