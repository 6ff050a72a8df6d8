"""Files that were loaded, and the slots in which all processes together ask NCBI."""

from sqlalchemy import CheckConstraint, Float, Index, Integer, String, Table, Text, UniqueConstraint

from db.tables.columns import column, count, key, metadata, parent, sha256
from db.types import MachineText, Time, state
from litsweep.domain.loads import FileFormat, LoadStatus

load_files = Table(
    "load_files",
    metadata,
    key("load_file_id", "Number of the load."),
    parent("topic_id", "topics.topic_id", "The topic that it was loaded for.", nullable=True),
    column("name", Text, comment="Name of the file, without its folder."),
    column("file_format", state(FileFormat, "file_format"), comment="PubMed XML, NBIB or RIS."),
    column(
        "file_number",
        Integer,
        nullable=True,
        comment="Number of a baseline or update file: 1335 of pubmed26n1335.xml.gz.",
    ),
    sha256("sha256", "Hash of the file's bytes."),
    column("status", state(LoadStatus, "status"), comment="Where the load stands."),
    column("owner", Text, comment="The process that loads it, to tell whether it still lives."),
    count("n_done", "Entries done so far; a repeated load goes on from there."),
    count("n_new", "Entries stored for the first time."),
    count("n_changed", "Entries that differ from what was stored."),
    count("n_unchanged", "Entries that were stored already, or are older."),
    count("n_failed", "Entries that could not be read; they are kept."),
    count("n_deleted", "PMIDs of its deletion notices."),
    column("error", MachineText, nullable=True, comment="What stopped the load, in words."),
    column("tool_version", Text, comment="Version of litsweep."),
    column("started_at", Time, comment="When the load was begun."),
    column("finished_at", Time, nullable=True, comment="When it ended; null: it has not."),
    Index("ix_load_files_sha256", "sha256"),
    Index("ix_load_files_topic_id", "topic_id"),
    # Aimed at by topic_records: what a file brought belongs to the topic it was loaded for.
    UniqueConstraint("load_file_id", "topic_id"),
    CheckConstraint("(status = 'loading') = (finished_at IS NULL)", name="finished"),
    comment="Files that were loaded: baseline, updates, exports of other tools.",
)

request_slots = Table(
    "request_slots",
    metadata,
    column("name", String(64), primary_key=True, comment="Hash of the API key, or of the host."),
    column("next_start", Float, comment="Seconds since 1970 at which the next request may start."),
    comment="The rate limit that all processes of one API key share (PostgreSQL).",
)
