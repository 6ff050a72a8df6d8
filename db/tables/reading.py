"""What models were asked: readings, who holds them, routes, model calls."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from db.tables.columns import column, count, key, metadata, of_document, parent, sha256
from db.types import Json, MachineText, Time, state
from litsweep.domain.documents import DocumentKind
from litsweep.domain.generations import ReadingTask, StopReason

reading_runs = Table(
    "reading_runs",
    metadata,
    key("reading_run_id", "Number of the run."),
    column("owner", Text, comment="The process that read."),
    column("flow_run_id", Text, nullable=True, comment="Prefect's id of the flow run."),
    column("kind", state(DocumentKind, "kind"), comment="What it read: abstracts or full texts."),
    column("model_name", Text, nullable=True, comment="The model; null: none wrote."),
    column("model_id", Text, nullable=True, comment="The model as published."),
    column("model_revision", Text, nullable=True, comment="Its exact revision."),
    column("engine", Text, comment="What ran the model, with versions; empty: no model."),
    column("device", Text, comment="Where the model ran: cpu, cuda:0, …; empty: no model here."),
    count("n_documents", "Documents read, the failed ones included."),
    count("n_failed", "Documents that could not be read."),
    count("n_prompt_tokens", "Tokens of all prompts.", BigInteger),
    count("n_output_tokens", "Tokens written.", BigInteger),
    count("generating_s", "Seconds in which the model wrote.", Float),
    count(
        "peak_memory_bytes",
        "Most memory used: the GPU's where the model is on one, else the process's.",
        BigInteger,
    ),
    column("tool_version", Text, comment="Version of litsweep."),
    column("started_at", Time, comment="When its first batch began."),
    column("finished_at", Time, nullable=True, comment="When it ended; null: not yet, or it died."),
    CheckConstraint("n_failed <= n_documents", name="failed"),
    comment="What one worker read with one model in one run, with its speed and memory.",
)

reading_leases = Table(
    "reading_leases",
    metadata,
    of_document(),
    column(
        "task", state(ReadingTask, "task"), primary_key=True, comment="What it is being read for."
    ),
    column("owner", Text, comment="The process that reads it."),
    column("leased_at", Time, comment="When that process took it."),
    column("renewed_at", Time, comment="Its last sign of life."),
    column("expires_at", Time, comment="When another may take it without a further sign of life."),
    count("n_lost", "How many processes died, or fell silent, reading it."),
    Index("ix_reading_leases_owner", "owner"),
    comment="Documents that a worker is reading now; a row goes when the reading is stored.",
)

readings = Table(
    "readings",
    metadata,
    key("reading_id", "Number of the reading."),
    parent("document_id", "documents.document_id", "The document that was read."),
    column("task", state(ReadingTask, "task"), comment="What it was read for."),
    column("fingerprint", Text, comment="Names models, prompts and settings; equal: repeatable."),
    column(
        "way",
        Json,
        comment="What the fingerprint is a hash of: models, prompts, decoding, …; empty: not kept.",
    ),
    parent(
        "reading_run_id",
        "reading_runs.reading_run_id",
        "The run that read it, or null.",
        nullable=True,
    ),
    parent(
        "superseded_by_id",
        "readings.reading_id",
        "The newer reading, made another way, that is shown instead; null: none.",
        nullable=True,
    ),
    column("failure", MachineText, nullable=True, comment="Why nothing came of it."),
    column("read_at", Time, comment="When it was read."),
    column(
        "stale_since",
        Time,
        nullable=True,
        comment="Since when the record says something else than what was read; null: it does not.",
    ),
    column("flow_run_id", Text, nullable=True, comment="Prefect's id of the flow run."),
    column("tool_version", Text, comment="Version of litsweep."),
    Index("ix_readings_document_id", "document_id"),
    Index("ix_readings_reading_run_id", "reading_run_id"),
    Index("ix_readings_superseded_by_id", "superseded_by_id"),
    Index(
        "ix_readings_failed",
        "document_id",
        sqlite_where=text("failure IS NOT NULL"),
        postgresql_where=text("failure IS NOT NULL"),
    ),
    CheckConstraint("superseded_by_id <> reading_id", name="superseded"),
    Index(
        "uq_readings_successful",
        "document_id",
        "fingerprint",
        unique=True,
        sqlite_where=text("failure IS NULL"),
        postgresql_where=text("failure IS NULL"),
    ),
    comment="One reading of one document; a newer one stands beside the older.",
)

reread_requests = Table(
    "reread_requests",
    metadata,
    key("reread_request_id", "Number of the request."),
    parent("document_id", "documents.document_id", "The document to be read again."),
    column("task", state(ReadingTask, "task"), comment="What it is to be read for."),
    column("reason", Text, comment="Why: what changed, or what the person said."),
    column("requested_at", Time, comment="When it was asked for."),
    column("requested_by", Text, comment="Who asked: a person, or litsweep."),
    column(
        "model",
        Text,
        nullable=True,
        comment="The model that the person asks for, by name, or none; null: as it is set.",
    ),
    parent(
        "fulfilled_by_id",
        "readings.reading_id",
        "The reading that answers it; null: it is still to be read.",
        nullable=True,
    ),
    Index(
        "uq_reread_requests_open",
        "document_id",
        "task",
        unique=True,
        sqlite_where=text("fulfilled_by_id IS NULL"),
        postgresql_where=text("fulfilled_by_id IS NULL"),
    ),
    Index("ix_reread_requests_fulfilled_by_id", "fulfilled_by_id"),
    comment="Documents that were read and are to be read again, with the reason.",
)

routes = Table(
    "routes",
    metadata,
    column(
        "reading_id",
        Integer,
        ForeignKey("readings.reading_id"),
        primary_key=True,
        autoincrement=False,
        comment="The reading that took it.",
    ),
    column("model_name", Text, nullable=True, comment="The chosen model; null: none writes."),
    column("reason", Text, comment="Why, in words."),
    column("is_readable", Boolean, comment="False: the document was not read at all."),
    count(
        "n_tokens",
        "The document's length under the model's own tokenizer; null: not counted.",
        nullable=True,
    ),
    count(
        "n_windows",
        "Into how many windows it was cut; null: not counted.",
        nullable=True,
    ),
    comment="Which model reads a document, and why.",
)

generations = Table(
    "generations",
    metadata,
    key("generation_id", "Number of the generation."),
    parent("reading_id", "readings.reading_id", "The reading that it belongs to."),
    column("position", Integer, comment="Order within the reading, 0 the first."),
    column("task", state(ReadingTask, "task"), comment="What it was for."),
    column("model_id", Text, comment="The model as published."),
    column("model_revision", Text, comment="Its exact revision."),
    sha256("weights_sha256", "Hash of the weights' bytes."),
    column(
        "engine",
        Text,
        server_default="",
        comment="What ran the model, with versions, device, precision; empty: not kept.",
    ),
    column("is_demonstration", Boolean, comment="A model for show, often wrong."),
    column("prompt_name", Text, comment="Name of the prompt."),
    column("prompt_version", Integer, comment="Its version."),
    sha256("prompt_sha256", "Hash of the prompt's template."),
    column("sampling", Json, comment="How words were chosen, the seed included."),
    sha256("sampling_sha256", "Hash of these parameters."),
    column("source_start", Integer, comment="Where the text put into the prompt begins."),
    column("source_end", Integer, comment="Where it ends."),
    sha256("input_sha256", "Hash of the whole prompt."),
    column("output_text", MachineText, comment="What the model wrote, raw."),
    count("n_input_tokens", "Tokens of the prompt."),
    count("n_output_tokens", "Tokens written."),
    column("stop_reason", state(StopReason, "stop_reason"), comment="Why it ended."),
    count("duration_s", "Seconds: its share of its batch's time.", Float),
    UniqueConstraint("reading_id", "position"),
    # Aimed at by summaries: the call that wrote a text is of the same reading.
    UniqueConstraint("generation_id", "reading_id"),
    CheckConstraint("0 <= source_start AND source_start <= source_end", name="source"),
    comment="One model call each, kept so that it can be repeated.",
)
