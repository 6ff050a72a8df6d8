"""What became of records: their topics, failures, retractions, deletions, duplicates."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
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
    parent,
    pmid,
    search_run,
    sha256,
)
from db.types import Json, MachineText, Time, Zipped, state
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.strategies import SearchRoute
from litsweep.matching.duplicates import Rule

record_failures = Table(
    "record_failures",
    metadata,
    key("record_failure_id", "Number of the failure."),
    column("pmid", BigInteger, nullable=True, comment="PMID, where that much is legible."),
    column("reason", MachineText, comment="Why it could not be read."),
    column("raw", Zipped, comment="What was delivered, compressed with zlib."),
    sha256("raw_sha256", "Hash of the bytes as delivered.", unique=True),
    search_run("The run that first met it, or null."),
    load_file("The file in which it was first met, or null."),
    came_once(),
    column("failed_at", Time, comment="When it was first met."),
    column("tool_version", Text, comment="Version of litsweep that could not read it."),
    Index("ix_record_failures_search_run_id", "search_run_id"),
    Index("ix_record_failures_load_file_id", "load_file_id"),
    comment="Records that were delivered and could not be read, kept whole.",
)

topic_records = Table(
    "topic_records",
    metadata,
    column(
        "topic_id",
        Integer,
        ForeignKey("topics.topic_id"),
        primary_key=True,
        autoincrement=False,
        comment="The topic.",
    ),
    of_record(),
    column("route", state(SearchRoute, "route"), comment="By which way it was first found."),
    column("search_run_id", Integer, nullable=True, comment="The run that found it, or null."),
    column("load_file_id", Integer, nullable=True, comment="The file that brought it, or null."),
    column("found_at", Time, comment="When it was found for this topic."),
    column(
        "is_late",
        Boolean,
        comment="Whether its day of creation had been searched before, to the end, without it.",
    ),
    column(
        "lag_days",
        Integer,
        nullable=True,
        comment="Days from its creation in PubMed to its finding; null: creation unknown.",
    ),
    column(
        "is_screened",
        Boolean,
        server_default=text("false"),
        comment="Whether enough people's standing decisions on title and abstract include or "
        "exclude it, or a conflict about it was settled: follows from screening_decisions and "
        "from n_reviewers of the topic's last protocol.",
    ),
    came_once(),
    CheckConstraint("(route = 'loaded') = (load_file_id IS NOT NULL)", name="loaded"),
    # The topic's own runs and loads.
    ForeignKeyConstraint(
        ["search_run_id", "topic_id"], ["search_runs.search_run_id", "search_runs.topic_id"]
    ),
    ForeignKeyConstraint(
        ["load_file_id", "topic_id"], ["load_files.load_file_id", "load_files.topic_id"]
    ),
    Index("ix_topic_records_record_id", "record_id"),
    Index("ix_topic_records_search_run_id", "search_run_id"),
    Index(
        "ix_topic_records_load_file_id",
        "load_file_id",
        sqlite_where=text("load_file_id IS NOT NULL"),
        postgresql_where=text("load_file_id IS NOT NULL"),
    ),
    # The queue of a topic is read from its newest end.
    Index(
        "ix_topic_records_waiting",
        "topic_id",
        "found_at",
        "record_id",
        sqlite_where=text("NOT is_screened"),
        postgresql_where=text("NOT is_screened"),
    ),
    # Lists of a topic begin with what was found last, decided upon or not. With the record's number
    # it would serve the queue's order too, and SQLite might prefer it to the queue's own.
    Index("ix_topic_records_found", "topic_id", "found_at"),
    comment="Which records belong to which topic, each with the way it was first found.",
)

deleted_pmids = Table(
    "deleted_pmids",
    metadata,
    pmid("The identifier.", primary_key=True, autoincrement=False),
    column("reason", Text, comment="Who says so: a deletion notice, or PubMed by silence."),
    search_run("The run that noticed it, or null."),
    load_file("The update file with the notice, or null."),
    column("noticed_at", Time, comment="When it was noticed."),
    came_once(),
    Index("ix_deleted_pmids_search_run_id", "search_run_id"),
    Index("ix_deleted_pmids_load_file_id", "load_file_id"),
    comment="Records that PubMed has deleted (DeleteCitation); what was stored of them stays.",
)

publication_status_changes = Table(
    "publication_status_changes",
    metadata,
    key("publication_status_change_id", "Number of the change."),
    parent("record_id", "records.record_id", "The record."),
    column("old_status", state(PublicationStatus, "old_status"), comment="What it was."),
    column("new_status", state(PublicationStatus, "new_status"), comment="What it became."),
    column("reasons", Json, comment="List of sentences: who says so."),
    column("is_first", Boolean, comment="Whether it was so when the record was first stored."),
    search_run("The run that noticed it, or null."),
    load_file("The file that brought it, or null."),
    column("changed_at", Time, comment="When it was noticed."),
    came_once(),
    CheckConstraint("old_status <> new_status", name="change"),
    Index("ix_publication_status_changes_record_id", "record_id"),
    Index("ix_publication_status_changes_search_run_id", "search_run_id"),
    Index("ix_publication_status_changes_load_file_id", "load_file_id"),
    comment="Every change of a publication status, with its reasons.",
)

alerts = Table(
    "alerts",
    metadata,
    key("alert_id", "Number of the alert."),
    column(
        "publication_status_change_id",
        Integer,
        ForeignKey("publication_status_changes.publication_status_change_id"),
        unique=True,
        comment="What it warns of.",
    ),
    column("raised_at", Time, comment="When it was raised."),
    column("acknowledged_at", Time, nullable=True, comment="When a person took note; or null."),
    column("acknowledged_by", Text, nullable=True, comment="Who took note."),
    column("note", Text, nullable=True, comment="What that person remarked."),
    CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_by IS NULL)", name="acknowledged"),
    comment="Stored records that turned out retracted and the like, until a person takes note.",
)

duplicate_findings = Table(
    "duplicate_findings",
    metadata,
    key("duplicate_finding_id", "Number of the finding."),
    parent("record_id", "records.record_id", "The duplicate."),
    parent("duplicate_of_id", "records.record_id", "The record that is kept."),
    column("rule", state(Rule, "rule"), comment="What gave it away."),
    column("score", Float, nullable=True, comment="How alike the titles are, 0 to 1."),
    column("reason", Text, comment="The reason in words."),
    column("found_by", Text, comment="The version of litsweep, or the person."),
    column("found_at", Time, comment="When it was found."),
    column("undone_at", Time, nullable=True, comment="When a person took it back; or null."),
    column("undone_by", Text, nullable=True, comment="Who took it back."),
    column("undone_reason", Text, nullable=True, comment="Why it was taken back."),
    CheckConstraint(
        "(undone_at IS NULL) = (undone_by IS NULL) AND "
        "(undone_at IS NULL) = (undone_reason IS NULL)",
        name="undone",
    ),
    CheckConstraint("score BETWEEN 0 AND 1", name="score"),
    CheckConstraint("record_id <> duplicate_of_id", name="two_records"),
    # A record is the duplicate of one other at a time, whoever says so.
    Index(
        "uq_duplicate_findings_record_id",
        "record_id",
        unique=True,
        sqlite_where=text("undone_at IS NULL"),
        postgresql_where=text("undone_at IS NULL"),
    ),
    Index("ix_duplicate_findings_record_id", "record_id"),
    Index("ix_duplicate_findings_duplicate_of_id", "duplicate_of_id"),
    comment="Every time a record was found to be a duplicate; nothing is deleted for it.",
)
