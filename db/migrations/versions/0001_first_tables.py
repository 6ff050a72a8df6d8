"""The first tables: identification, retrieval, reading, checking.

Revision: 0001, the first. Written out, so that it stays what it was when the tables change.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A time is ISO 8601 text on SQLite, JSON is binary on PostgreSQL.
_TIME = sa.DateTime(timezone=True).with_variant(sa.String(length=32), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "records",
        sa.Column("record_id", sa.Integer(), nullable=False, comment="Number of the record."),
        sa.Column("pmid", sa.BigInteger(), nullable=False, comment="PubMed identifier."),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Its current row in record_versions."
        ),
        sa.Column(
            "raw_sha256",
            sa.String(length=64),
            nullable=False,
            comment="Hash of the current version's bytes.",
        ),
        sa.Column("title", sa.Text(), nullable=False, comment="Title; empty where PubMed's is."),
        sa.Column(
            "abstract",
            sa.Text(),
            nullable=False,
            comment="Abstract, one part a line; empty where there is none.",
        ),
        sa.Column(
            "authors",
            sa.Text(),
            nullable=False,
            comment="Authors as a citation lists them, separated by '; '.",
        ),
        sa.Column(
            "journal", sa.Text(), nullable=True, comment="Title of the journal, or of the book."
        ),
        sa.Column("publication_date", sa.Date(), nullable=True, comment="Day to sort by."),
        sa.Column(
            "publication_date_precision",
            sa.String(length=16),
            nullable=False,
            comment="How much of that day the record states.",
        ),
        sa.Column(
            "publication_date_text",
            sa.Text(),
            nullable=False,
            comment="The date as the record gives it.",
        ),
        sa.Column("language", sa.Text(), nullable=False, comment="Languages, separated by '; '."),
        sa.Column(
            "publication_types",
            sa.Text(),
            nullable=False,
            comment="Publication types, separated by '; '.",
        ),
        sa.Column("doi", sa.Text(), nullable=True, comment="The record's own DOI, in lower case."),
        sa.Column(
            "pmcid", sa.Text(), nullable=True, comment="The record's own PMCID, such as PMC3491588."
        ),
        sa.Column(
            "is_book", sa.Boolean(), nullable=False, comment="Whether it is a chapter of a book."
        ),
        sa.Column(
            "created_on", sa.Date(), nullable=True, comment="When PubMed made the record (CRDT)."
        ),
        sa.Column("revised_on", sa.Date(), nullable=True, comment="When PubMed last revised it."),
        sa.Column("details", _JSON, nullable=False, comment="The record's remaining fields."),
        sa.Column(
            "first_seen_at", _TIME, nullable=False, comment="When it was stored for the first time."
        ),
        sa.Column(
            "updated_at", _TIME, nullable=False, comment="When its current version was stored."
        ),
        sa.CheckConstraint(
            "publication_date_precision IN ('day', 'month', 'season', 'year', 'unknown')",
            name=op.f("ck_records_publication_date_precision"),
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_records")),
        sa.UniqueConstraint("pmid", name=op.f("uq_records_pmid")),
        comment="Index entries of PubMed, each as its newest version says.",
    )
    op.create_index("ix_records_doi", "records", ["doi"])
    op.create_index("ix_records_pmcid", "records", ["pmcid"])
    op.create_index("ix_records_publication_date", "records", ["publication_date"])

    op.create_table(
        "topics",
        sa.Column("topic_id", sa.Integer(), nullable=False, comment="Number of the topic."),
        sa.Column("name", sa.String(length=100), nullable=False, comment="What people call it."),
        sa.Column("created_at", _TIME, nullable=False, comment="When it was added."),
        sa.Column(
            "retired_at", _TIME, nullable=True, comment="When it was retired; null while swept."
        ),
        sa.Column("retired_by", sa.Text(), nullable=True, comment="Who retired it."),
        sa.Column("retirement_reason", sa.Text(), nullable=True, comment="Why it was retired."),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_topics_name")),
        sa.PrimaryKeyConstraint("topic_id", name=op.f("pk_topics")),
        sa.UniqueConstraint("name", name=op.f("uq_topics_name")),
        comment="Questions under surveillance.",
    )
    op.create_table(
        "documents",
        sa.Column("document_id", sa.Integer(), nullable=False, comment="Number of the document."),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="Abstract or full text."),
        sa.Column(
            "record_id", sa.Integer(), nullable=False, comment="The record that it belongs to."
        ),
        sa.Column("title", sa.Text(), nullable=False, comment="Its title."),
        sa.Column(
            "text", sa.Text(), nullable=False, comment="The whole text; all offsets count in it."
        ),
        sa.Column("text_sha256", sa.String(length=64), nullable=False, comment="Hash of the text."),
        sa.Column(
            "content_sha256",
            sa.String(length=64),
            nullable=False,
            comment="Hash of all that a reading depends on: text, sections, language.",
        ),
        sa.Column(
            "language", sa.Text(), nullable=True, comment="Language, as the source gives it."
        ),
        sa.Column("article_type", sa.Text(), nullable=True, comment="JATS's article type."),
        sa.Column(
            "pmid", sa.BigInteger(), nullable=True, comment="PMID that the document itself states."
        ),
        sa.Column(
            "pmcid", sa.Text(), nullable=True, comment="PMCID that the document itself states."
        ),
        sa.Column("doi", sa.Text(), nullable=True, comment="DOI that the document itself states."),
        sa.Column("licence_code", sa.Text(), nullable=True, comment="Licence it states: CC BY, …"),
        sa.Column("licence_url", sa.Text(), nullable=True, comment="Address of that licence."),
        sa.Column("licence_text", sa.Text(), nullable=True, comment="Its wording."),
        sa.Column(
            "has_body",
            sa.Boolean(),
            nullable=False,
            comment="False for a full text of front matter only.",
        ),
        sa.Column("parsed_at", _TIME, nullable=False, comment="When it was read from the XML."),
        sa.CheckConstraint("kind IN ('abstract', 'full_text')", name=op.f("ck_documents_kind")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.record_id"], name=op.f("fk_documents_record_id")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_documents")),
        sa.UniqueConstraint(
            "record_id",
            "kind",
            "content_sha256",
            name=op.f("uq_documents_record_id_kind_content_sha256"),
        ),
        comment="Texts to be read. Versions, or reports, of a record that read alike share one.",
    )
    op.create_table(
        "record_authors",
        sa.Column(
            "record_id", sa.Integer(), autoincrement=False, nullable=False, comment="The record."
        ),
        sa.Column(
            "position",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="Place in the list, 0 the first.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="As citations give it: Osler W."),
        sa.Column("last_name", sa.Text(), nullable=True, comment="Family name."),
        sa.Column("fore_name", sa.Text(), nullable=True, comment="Given names."),
        sa.Column("initials", sa.Text(), nullable=True, comment="Initials."),
        sa.Column("suffix", sa.Text(), nullable=True, comment="Jr, 3rd, …"),
        sa.Column("collective_name", sa.Text(), nullable=True, comment="Name of a group instead."),
        sa.Column("orcid", sa.Text(), nullable=True, comment="ORCID, such as 0000-0002-1825-0097."),
        sa.Column(
            "affiliations", _JSON, nullable=False, comment="List of affiliations, as printed."
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.record_id"], name=op.f("fk_record_authors_record_id")
        ),
        sa.PrimaryKeyConstraint("record_id", "position", name=op.f("pk_record_authors")),
        comment="Authors of the records.",
    )
    op.create_table(
        "record_corrections",
        sa.Column(
            "record_id", sa.Integer(), autoincrement=False, nullable=False, comment="The record."
        ),
        sa.Column(
            "position",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="Place in the list, 0 the first.",
        ),
        sa.Column(
            "ref_type", sa.Text(), nullable=False, comment="RetractionIn, ErratumFor, UpdateOf, …"
        ),
        sa.Column(
            "ref_source", sa.Text(), nullable=True, comment="Citation of the other publication."
        ),
        sa.Column("pmid", sa.BigInteger(), nullable=True, comment="PMID of the other publication."),
        sa.Column("note", sa.Text(), nullable=True, comment="Remark."),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.record_id"], name=op.f("fk_record_corrections_record_id")
        ),
        sa.PrimaryKeyConstraint("record_id", "position", name=op.f("pk_record_corrections")),
        comment="Links to retractions, errata, comments, preprints and their articles.",
    )
    op.create_index("ix_record_corrections_pmid", "record_corrections", ["pmid"])

    op.create_table(
        "record_keywords",
        sa.Column(
            "record_id", sa.Integer(), autoincrement=False, nullable=False, comment="The record."
        ),
        sa.Column(
            "position",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="Place in the list, 0 the first.",
        ),
        sa.Column("text", sa.Text(), nullable=False, comment="The keyword."),
        sa.Column(
            "owner", sa.Text(), nullable=False, comment="Who assigned it; NOTNLM is the author."
        ),
        sa.Column("is_major", sa.Boolean(), nullable=False, comment="Whether it is starred."),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.record_id"], name=op.f("fk_record_keywords_record_id")
        ),
        sa.PrimaryKeyConstraint("record_id", "position", name=op.f("pk_record_keywords")),
        comment="Keywords of the records.",
    )
    op.create_table(
        "record_mesh_headings",
        sa.Column(
            "record_id", sa.Integer(), autoincrement=False, nullable=False, comment="The record."
        ),
        sa.Column(
            "position",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="Place in the list, 0 the first.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="The descriptor."),
        sa.Column("ui", sa.Text(), nullable=True, comment="Its identifier, such as D001249."),
        sa.Column(
            "is_major",
            sa.Boolean(),
            nullable=False,
            comment="Whether the descriptor itself is starred.",
        ),
        sa.Column("qualifiers", _JSON, nullable=False, comment="List of {name, ui, is_major}."),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.record_id"], name=op.f("fk_record_mesh_headings_record_id")
        ),
        sa.PrimaryKeyConstraint("record_id", "position", name=op.f("pk_record_mesh_headings")),
        comment="MeSH headings of the records.",
    )
    op.create_index("ix_record_mesh_headings_ui", "record_mesh_headings", ["ui"])

    op.create_table(
        "record_publication_types",
        sa.Column(
            "record_id", sa.Integer(), autoincrement=False, nullable=False, comment="The record."
        ),
        sa.Column(
            "position",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="Place in the list, 0 the first.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="The type's name; NLM renames types."),
        sa.Column("ui", sa.Text(), nullable=True, comment="Its identifier, such as D016428."),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.record_id"], name=op.f("fk_record_publication_types_record_id")
        ),
        sa.PrimaryKeyConstraint("record_id", "position", name=op.f("pk_record_publication_types")),
        comment="Publication types of the records.",
    )
    op.create_index("ix_record_publication_types_ui", "record_publication_types", ["ui"])

    op.create_table(
        "search_strategies",
        sa.Column(
            "search_strategy_id", sa.Integer(), nullable=False, comment="Number of the strategy."
        ),
        sa.Column(
            "topic_id", sa.Integer(), nullable=False, comment="The topic that it searches for."
        ),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=False,
            comment="1 for the first query, one more for each changed one.",
        ),
        sa.Column("query", sa.Text(), nullable=False, comment="The query, verbatim."),
        sa.Column(
            "query_sha256",
            sa.String(length=64),
            nullable=False,
            comment="Hash of the query's exact text.",
        ),
        sa.Column("author", sa.Text(), nullable=False, comment="Who wrote this version."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why this version was written."),
        sa.Column("created_at", _TIME, nullable=False, comment="When this version was written."),
        sa.CheckConstraint("length(query) > 0", name=op.f("ck_search_strategies_query")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_search_strategies_version")),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.topic_id"], name=op.f("fk_search_strategies_topic_id")
        ),
        sa.PrimaryKeyConstraint("search_strategy_id", name=op.f("pk_search_strategies")),
        sa.UniqueConstraint(
            "search_strategy_id",
            "topic_id",
            name=op.f("uq_search_strategies_search_strategy_id_topic_id"),
        ),
        sa.UniqueConstraint(
            "topic_id", "version", name=op.f("uq_search_strategies_topic_id_version")
        ),
        comment="Versions of the topics' queries; the highest is searched.",
    )
    op.create_table(
        "readings",
        sa.Column("reading_id", sa.Integer(), nullable=False, comment="Number of the reading."),
        sa.Column(
            "document_id", sa.Integer(), nullable=False, comment="The document that was read."
        ),
        sa.Column("task", sa.String(length=16), nullable=False, comment="What it was read for."),
        sa.Column(
            "fingerprint",
            sa.Text(),
            nullable=False,
            comment="Names models, prompts and settings; equal: repeatable.",
        ),
        sa.Column("failure", sa.Text(), nullable=True, comment="Why nothing came of it."),
        sa.Column("read_at", _TIME, nullable=False, comment="When it was read."),
        sa.Column("flow_run_id", sa.Text(), nullable=True, comment="Prefect's id of the flow run."),
        sa.Column("tool_version", sa.Text(), nullable=False, comment="Version of litsweep."),
        sa.CheckConstraint("task IN ('summary', 'analysis')", name=op.f("ck_readings_task")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.document_id"], name=op.f("fk_readings_document_id")
        ),
        sa.PrimaryKeyConstraint("reading_id", name=op.f("pk_readings")),
        comment="One reading of one document; a newer one stands beside the older.",
    )
    op.create_index("ix_readings_document_id", "readings", ["document_id"])
    op.create_index(
        "uq_readings_successful",
        "readings",
        ["document_id", "fingerprint"],
        unique=True,
        sqlite_where=sa.text("failure IS NULL"),
        postgresql_where=sa.text("failure IS NULL"),
    )

    op.create_table(
        "reports",
        sa.Column("report_id", sa.Integer(), nullable=False, comment="Number of the report."),
        sa.Column(
            "record_id", sa.Integer(), nullable=False, comment="The record that it belongs to."
        ),
        sa.Column(
            "pmcid", sa.Text(), nullable=False, comment="The PMCID under which it was asked for."
        ),
        sa.Column("pmc_version", sa.Integer(), nullable=True, comment="PMC's version number."),
        sa.Column("source", sa.String(length=16), nullable=False, comment="Where it was had."),
        sa.Column(
            "url", sa.Text(), nullable=False, comment="The address that it was fetched from."
        ),
        sa.Column(
            "raw_xml",
            sa.LargeBinary(),
            nullable=False,
            comment="The JATS XML as fetched, compressed with zlib.",
        ),
        sa.Column(
            "raw_sha256",
            sa.String(length=64),
            nullable=False,
            comment="Hash of the bytes before compression.",
        ),
        sa.Column("document_id", sa.Integer(), nullable=False, comment="Its text, to be read."),
        sa.Column(
            "licence_code", sa.Text(), nullable=True, comment="Licence the source states: CC BY, …"
        ),
        sa.Column("licence_url", sa.Text(), nullable=True, comment="Address of that licence."),
        sa.Column("licence_text", sa.Text(), nullable=True, comment="Its wording."),
        sa.Column("retrieved_at", _TIME, nullable=False, comment="When it was fetched."),
        sa.CheckConstraint(
            "source IN ('pmc_cloud', 'europe_pmc', 'efetch')", name=op.f("ck_reports_source")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.document_id"], name=op.f("fk_reports_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.record_id"], name=op.f("fk_reports_record_id")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_reports")),
        sa.UniqueConstraint(
            "record_id", "raw_sha256", name=op.f("uq_reports_record_id_raw_sha256")
        ),
        comment="Full texts as fetched.",
    )
    op.create_index("ix_reports_document_id", "reports", ["document_id"])

    op.create_table(
        "search_runs",
        sa.Column("search_run_id", sa.Integer(), nullable=False, comment="Number of the run."),
        sa.Column(
            "search_strategy_id",
            sa.Integer(),
            nullable=False,
            comment="The strategy that was executed.",
        ),
        sa.Column("topic_id", sa.Integer(), nullable=False, comment="Its topic."),
        sa.Column("date_field", sa.String(length=16), nullable=False, comment="Which PubMed date."),
        sa.Column(
            "first_day", sa.Date(), nullable=False, comment="First day of the window, included."
        ),
        sa.Column(
            "last_day", sa.Date(), nullable=False, comment="Last day of the window, included."
        ),
        sa.Column("status", sa.String(length=16), nullable=False, comment="Where the run stands."),
        sa.Column(
            "owner",
            sa.Text(),
            nullable=False,
            comment="The process that runs it, to tell whether it still lives.",
        ),
        sa.Column("query_sent", sa.Text(), nullable=True, comment="The term as sent to ESearch."),
        sa.Column("query_translation", sa.Text(), nullable=True, comment="What PubMed made of it."),
        sa.Column(
            "n_reported", sa.Integer(), nullable=True, comment="How many records PubMed counted."
        ),
        sa.Column(
            "warnings",
            _JSON,
            nullable=False,
            comment="List of sentences: what was ignored, what was odd.",
        ),
        sa.Column("error", sa.Text(), nullable=True, comment="What stopped the run, in words."),
        sa.Column("tool_version", sa.Text(), nullable=False, comment="Version of litsweep."),
        sa.Column("flow_run_id", sa.Text(), nullable=True, comment="Prefect's id of the flow run."),
        sa.Column("started_at", _TIME, nullable=False, comment="When the run was opened."),
        sa.Column("finished_at", _TIME, nullable=True, comment="When it was closed."),
        sa.CheckConstraint(
            "date_field IN ('crdt', 'edat', 'mdat', 'pdat')", name=op.f("ck_search_runs_date_field")
        ),
        sa.CheckConstraint(
            "status IN ('running', 'complete', 'incomplete', 'failed', 'interrupted')",
            name=op.f("ck_search_runs_status"),
        ),
        sa.CheckConstraint(
            "(status = 'running') = (finished_at IS NULL)", name=op.f("ck_search_runs_finished")
        ),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_search_runs_window")),
        sa.ForeignKeyConstraint(
            ["search_strategy_id", "topic_id"],
            ["search_strategies.search_strategy_id", "search_strategies.topic_id"],
            name=op.f("fk_search_runs_search_strategy_id_topic_id"),
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.topic_id"], name=op.f("fk_search_runs_topic_id")
        ),
        sa.PrimaryKeyConstraint("search_run_id", name=op.f("pk_search_runs")),
        comment="Executions of the strategies, one row a night and topic: the receipts.",
    )
    op.create_index("ix_search_runs_search_strategy_id", "search_runs", ["search_strategy_id"])
    op.create_index(
        "uq_search_runs_running",
        "search_runs",
        ["topic_id"],
        unique=True,
        sqlite_where=sa.text("status = 'running'"),
        postgresql_where=sa.text("status = 'running'"),
    )

    op.create_table(
        "sections",
        sa.Column(
            "document_id",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The document.",
        ),
        sa.Column(
            "position",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="Place in the document, 0 the first.",
        ),
        sa.Column(
            "kind", sa.String(length=16), nullable=False, comment="What the section is about."
        ),
        sa.Column(
            "title", sa.Text(), nullable=False, comment="Its heading; empty where it has none."
        ),
        sa.Column(
            "depth",
            sa.Integer(),
            nullable=False,
            comment="0 for a top section, 1 for one inside it, …",
        ),
        sa.Column(
            "start_offset", sa.Integer(), nullable=False, comment="Where its own paragraphs begin."
        ),
        sa.Column("end_offset", sa.Integer(), nullable=False, comment="Where they end."),
        sa.CheckConstraint(
            "kind IN ('title', 'abstract', 'introduction', 'methods', 'results', "
            "'discussion', 'conclusion', 'table', 'figure', 'supplement', 'back_matter', 'other')",
            name=op.f("ck_sections_kind"),
        ),
        sa.CheckConstraint(
            "0 <= start_offset AND start_offset <= end_offset", name=op.f("ck_sections_span")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.document_id"], name=op.f("fk_sections_document_id")
        ),
        sa.PrimaryKeyConstraint("document_id", "position", name=op.f("pk_sections")),
        comment="Sections of the documents.",
    )
    op.create_table(
        "analyses",
        sa.Column("analysis_id", sa.Integer(), nullable=False, comment="Number of the analysis."),
        sa.Column(
            "reading_id", sa.Integer(), nullable=False, comment="The reading that it belongs to."
        ),
        sa.Column("n_sentences", sa.Integer(), nullable=False, comment="Sentences of the body."),
        sa.Column(
            "n_sentences_read",
            sa.Integer(),
            nullable=False,
            comment="How many of them were looked at.",
        ),
        sa.Column("ranked_by", sa.Text(), nullable=False, comment="What looked for the passages."),
        sa.ForeignKeyConstraint(
            ["reading_id"], ["readings.reading_id"], name=op.f("fk_analyses_reading_id")
        ),
        sa.PrimaryKeyConstraint("analysis_id", name=op.f("pk_analyses")),
        sa.UniqueConstraint("reading_id", name=op.f("uq_analyses_reading_id")),
        comment="In-depth readings of full texts.",
    )
    op.create_table(
        "generations",
        sa.Column(
            "generation_id", sa.Integer(), nullable=False, comment="Number of the generation."
        ),
        sa.Column(
            "reading_id", sa.Integer(), nullable=False, comment="The reading that it belongs to."
        ),
        sa.Column(
            "position",
            sa.Integer(),
            nullable=False,
            comment="Order within the reading, 0 the first.",
        ),
        sa.Column("task", sa.String(length=16), nullable=False, comment="What it was for."),
        sa.Column("model_id", sa.Text(), nullable=False, comment="The model as published."),
        sa.Column("model_revision", sa.Text(), nullable=False, comment="Its exact revision."),
        sa.Column(
            "weights_sha256",
            sa.String(length=64),
            nullable=False,
            comment="Hash of the weights' bytes.",
        ),
        sa.Column(
            "is_demonstration",
            sa.Boolean(),
            nullable=False,
            comment="A model for show, often wrong.",
        ),
        sa.Column("prompt_name", sa.Text(), nullable=False, comment="Name of the prompt."),
        sa.Column("prompt_version", sa.Integer(), nullable=False, comment="Its version."),
        sa.Column(
            "prompt_sha256",
            sa.String(length=64),
            nullable=False,
            comment="Hash of the prompt's template.",
        ),
        sa.Column(
            "sampling", _JSON, nullable=False, comment="How words were chosen, the seed included."
        ),
        sa.Column(
            "sampling_sha256",
            sa.String(length=64),
            nullable=False,
            comment="Hash of these parameters.",
        ),
        sa.Column(
            "source_start",
            sa.Integer(),
            nullable=False,
            comment="Where the text put into the prompt begins.",
        ),
        sa.Column("source_end", sa.Integer(), nullable=False, comment="Where it ends."),
        sa.Column(
            "input_sha256",
            sa.String(length=64),
            nullable=False,
            comment="Hash of the whole prompt.",
        ),
        sa.Column("output_text", sa.Text(), nullable=False, comment="What the model wrote, raw."),
        sa.Column("n_input_tokens", sa.Integer(), nullable=False, comment="Tokens of the prompt."),
        sa.Column("n_output_tokens", sa.Integer(), nullable=False, comment="Tokens written."),
        sa.Column("stop_reason", sa.String(length=16), nullable=False, comment="Why it ended."),
        sa.Column(
            "duration_s",
            sa.Float(),
            nullable=False,
            comment="Seconds: its share of its batch's time.",
        ),
        sa.CheckConstraint("task IN ('summary', 'analysis')", name=op.f("ck_generations_task")),
        sa.CheckConstraint(
            "stop_reason IN ('end_of_text', 'stop_string', 'length')",
            name=op.f("ck_generations_stop_reason"),
        ),
        sa.CheckConstraint(
            "0 <= source_start AND source_start <= source_end", name=op.f("ck_generations_source")
        ),
        sa.ForeignKeyConstraint(
            ["reading_id"], ["readings.reading_id"], name=op.f("fk_generations_reading_id")
        ),
        sa.PrimaryKeyConstraint("generation_id", name=op.f("pk_generations")),
        sa.UniqueConstraint(
            "reading_id", "position", name=op.f("uq_generations_reading_id_position")
        ),
        comment="One model call each, kept so that it can be repeated.",
    )
    op.create_table(
        "record_failures",
        sa.Column(
            "record_failure_id", sa.Integer(), nullable=False, comment="Number of the failure."
        ),
        sa.Column(
            "pmid", sa.BigInteger(), nullable=True, comment="PMID, where that much is legible."
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why it could not be read."),
        sa.Column(
            "raw_xml",
            sa.LargeBinary(),
            nullable=False,
            comment="What was delivered, compressed with zlib.",
        ),
        sa.Column(
            "raw_sha256",
            sa.String(length=64),
            nullable=False,
            comment="Hash of the bytes as delivered.",
        ),
        sa.Column(
            "search_run_id", sa.Integer(), nullable=False, comment="The run that first met it."
        ),
        sa.Column("failed_at", _TIME, nullable=False, comment="When it was first met."),
        sa.Column(
            "tool_version",
            sa.Text(),
            nullable=False,
            comment="Version of litsweep that could not read it.",
        ),
        sa.ForeignKeyConstraint(
            ["search_run_id"],
            ["search_runs.search_run_id"],
            name=op.f("fk_record_failures_search_run_id"),
        ),
        sa.PrimaryKeyConstraint("record_failure_id", name=op.f("pk_record_failures")),
        sa.UniqueConstraint("raw_sha256", name=op.f("uq_record_failures_raw_sha256")),
        comment="Records that were delivered and could not be read, kept whole.",
    )
    op.create_table(
        "record_versions",
        sa.Column(
            "record_id", sa.Integer(), autoincrement=False, nullable=False, comment="The record."
        ),
        sa.Column(
            "version",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="1 for the first, one more for each change.",
        ),
        sa.Column(
            "pmid_version",
            sa.Integer(),
            nullable=False,
            comment="PubMed's own version number (PMID Version).",
        ),
        sa.Column(
            "raw_xml",
            sa.LargeBinary(),
            nullable=False,
            comment="The element as fetched, UTF-8, compressed with zlib.",
        ),
        sa.Column(
            "raw_sha256",
            sa.String(length=64),
            nullable=False,
            comment="Hash of the bytes before compression.",
        ),
        sa.Column(
            "document_id", sa.Integer(), nullable=False, comment="Title and abstract to be read."
        ),
        sa.Column(
            "search_run_id", sa.Integer(), nullable=False, comment="The run that fetched it."
        ),
        sa.Column("fetched_at", _TIME, nullable=False, comment="When it was fetched."),
        sa.Column(
            "tool_version",
            sa.Text(),
            nullable=False,
            comment="Version of litsweep that read the bytes.",
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_record_versions_version")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.document_id"], name=op.f("fk_record_versions_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.record_id"], name=op.f("fk_record_versions_record_id")
        ),
        sa.ForeignKeyConstraint(
            ["search_run_id"],
            ["search_runs.search_run_id"],
            name=op.f("fk_record_versions_search_run_id"),
        ),
        sa.PrimaryKeyConstraint("record_id", "version", name=op.f("pk_record_versions")),
        comment="Every state in which a record was seen, byte for byte.",
    )
    op.create_index("ix_record_versions_document_id", "record_versions", ["document_id"])
    op.create_index("ix_record_versions_search_run_id", "record_versions", ["search_run_id"])

    op.create_table(
        "retrievals",
        sa.Column("retrieval_id", sa.Integer(), nullable=False, comment="Number of the attempt."),
        sa.Column(
            "record_id", sa.Integer(), nullable=False, comment="The record whose report was sought."
        ),
        sa.Column("pmcid", sa.Text(), nullable=False, comment="The PMCID that was asked for."),
        sa.Column("report_id", sa.Integer(), nullable=True, comment="What was obtained, or null."),
        sa.Column("reason", sa.Text(), nullable=True, comment="Why it was not obtained."),
        sa.Column(
            "is_final",
            sa.Boolean(),
            nullable=False,
            comment="Whether another attempt is pointless.",
        ),
        sa.Column("attempted_at", _TIME, nullable=False, comment="When it was sought."),
        sa.CheckConstraint(
            "(report_id IS NULL) = (reason IS NOT NULL)", name=op.f("ck_retrievals_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.record_id"], name=op.f("fk_retrievals_record_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.report_id"], name=op.f("fk_retrievals_report_id")
        ),
        sa.PrimaryKeyConstraint("retrieval_id", name=op.f("pk_retrievals")),
        sa.UniqueConstraint(
            "record_id", "attempted_at", name=op.f("uq_retrievals_record_id_attempted_at")
        ),
        comment="Every attempt to obtain a full text (PRISMA: reports sought for retrieval).",
    )
    op.create_index("ix_retrievals_report_id", "retrievals", ["report_id"])

    op.create_table(
        "routes",
        sa.Column(
            "reading_id",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The reading that took it.",
        ),
        sa.Column(
            "model_name", sa.Text(), nullable=True, comment="The chosen model; null: none writes."
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why, in words."),
        sa.Column(
            "is_readable",
            sa.Boolean(),
            nullable=False,
            comment="False: the document was not read at all.",
        ),
        sa.ForeignKeyConstraint(
            ["reading_id"], ["readings.reading_id"], name=op.f("fk_routes_reading_id")
        ),
        sa.PrimaryKeyConstraint("reading_id", name=op.f("pk_routes")),
        comment="Which model reads a document, and why.",
    )
    op.create_table(
        "search_hits",
        sa.Column(
            "search_run_id",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The run that returned it.",
        ),
        sa.Column(
            "pmid", sa.BigInteger(), autoincrement=False, nullable=False, comment="The identifier."
        ),
        sa.Column("state", sa.String(length=16), nullable=False, comment="What became of it."),
        sa.Column("reason", sa.Text(), nullable=True, comment="Why it failed or is absent."),
        sa.CheckConstraint(
            "state IN ('pending', 'new', 'changed', 'unchanged', 'absent', 'failed')",
            name=op.f("ck_search_hits_state"),
        ),
        sa.ForeignKeyConstraint(
            ["search_run_id"],
            ["search_runs.search_run_id"],
            name=op.f("fk_search_hits_search_run_id"),
        ),
        sa.PrimaryKeyConstraint("search_run_id", "pmid", name=op.f("pk_search_hits")),
        comment="Identifiers that each run returned; a run's counts are counts of these.",
    )
    op.create_index("ix_search_hits_pmid", "search_hits", ["pmid"])

    op.create_table(
        "findings",
        sa.Column("finding_id", sa.Integer(), nullable=False, comment="Number of the finding."),
        sa.Column(
            "analysis_id", sa.Integer(), nullable=False, comment="The analysis that it belongs to."
        ),
        sa.Column(
            "position",
            sa.Integer(),
            nullable=False,
            comment="Order within the analysis, 0 the first.",
        ),
        sa.Column("data_item", sa.Text(), nullable=False, comment="What was looked for."),
        sa.Column(
            "state", sa.String(length=16), nullable=False, comment="Found, not reported, not found."
        ),
        sa.Column("quote", sa.Text(), nullable=True, comment="The passage, word for word."),
        sa.Column("source_start", sa.Integer(), nullable=True, comment="Where the passage begins."),
        sa.Column("source_end", sa.Integer(), nullable=True, comment="Where it ends."),
        sa.Column(
            "support",
            sa.Float(),
            nullable=False,
            comment="How near the passage is to the question, 0 to 1.",
        ),
        sa.Column("value", sa.Text(), nullable=True, comment="The model's wording; null: none."),
        sa.Column(
            "generation_id",
            sa.Integer(),
            nullable=True,
            comment="The model call that wrote the value.",
        ),
        sa.Column(
            "is_flagged",
            sa.Boolean(),
            nullable=False,
            comment="Whether a check asks for a person's look.",
        ),
        sa.CheckConstraint(
            "state IN ('found', 'not_reported', 'not_found')", name=op.f("ck_findings_state")
        ),
        sa.CheckConstraint(
            "(state = 'found') = (quote IS NOT NULL)", name=op.f("ck_findings_quote")
        ),
        sa.CheckConstraint(
            "(quote IS NULL) = (source_end IS NULL)", name=op.f("ck_findings_quote_end")
        ),
        sa.CheckConstraint(
            "(quote IS NULL) = (source_start IS NULL)", name=op.f("ck_findings_quote_start")
        ),
        sa.CheckConstraint("source_start <= source_end", name=op.f("ck_findings_span")),
        sa.CheckConstraint("support BETWEEN 0 AND 1", name=op.f("ck_findings_support")),
        sa.ForeignKeyConstraint(
            ["analysis_id"], ["analyses.analysis_id"], name=op.f("fk_findings_analysis_id")
        ),
        sa.ForeignKeyConstraint(
            ["generation_id"], ["generations.generation_id"], name=op.f("fk_findings_generation_id")
        ),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_findings")),
        sa.UniqueConstraint(
            "analysis_id", "position", name=op.f("uq_findings_analysis_id_position")
        ),
        comment="Data items of full texts, each with its quotation.",
    )
    op.create_index("ix_findings_generation_id", "findings", ["generation_id"])

    op.create_table(
        "summaries",
        sa.Column("summary_id", sa.Integer(), nullable=False, comment="Number of the summary."),
        sa.Column(
            "reading_id", sa.Integer(), nullable=False, comment="The reading that it belongs to."
        ),
        sa.Column(
            "position",
            sa.Integer(),
            nullable=False,
            comment="Order within the reading, 0 the first.",
        ),
        sa.Column(
            "method", sa.String(length=16), nullable=False, comment="Quoted or written by a model."
        ),
        sa.Column(
            "ranked_by",
            sa.Text(),
            nullable=True,
            comment="What chose the sentences that it quotes.",
        ),
        sa.Column(
            "generation_id",
            sa.Integer(),
            nullable=True,
            comment="The model call that wrote it; null for a quoted one.",
        ),
        sa.Column("text", sa.Text(), nullable=False, comment="The summary as one text."),
        sa.Column(
            "is_flagged",
            sa.Boolean(),
            nullable=False,
            comment="Whether a check asks for a person's look.",
        ),
        sa.CheckConstraint(
            "method IN ('extractive', 'generated')", name=op.f("ck_summaries_method")
        ),
        sa.CheckConstraint(
            "(method = 'generated') = (generation_id IS NOT NULL)",
            name=op.f("ck_summaries_generation"),
        ),
        sa.ForeignKeyConstraint(
            ["generation_id"],
            ["generations.generation_id"],
            name=op.f("fk_summaries_generation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["reading_id"], ["readings.reading_id"], name=op.f("fk_summaries_reading_id")
        ),
        sa.PrimaryKeyConstraint("summary_id", name=op.f("pk_summaries")),
        sa.UniqueConstraint(
            "reading_id", "position", name=op.f("uq_summaries_reading_id_position")
        ),
        comment="Summaries of abstracts: machine text, unverified.",
    )
    op.create_index("ix_summaries_generation_id", "summaries", ["generation_id"])

    op.create_table(
        "checks",
        sa.Column("check_id", sa.Integer(), nullable=False, comment="Number of the check."),
        sa.Column(
            "summary_id", sa.Integer(), nullable=True, comment="The summary tested, or null."
        ),
        sa.Column(
            "finding_id", sa.Integer(), nullable=True, comment="The finding tested, or null."
        ),
        sa.Column(
            "position",
            sa.Integer(),
            nullable=False,
            comment="Order within what was tested, 0 the first.",
        ),
        sa.Column(
            "name", sa.Text(), nullable=False, comment="The test: numbers, support, length, …"
        ),
        sa.Column(
            "verdict",
            sa.String(length=16),
            nullable=False,
            comment="Pass, or flag for a person's look.",
        ),
        sa.Column("detail", sa.Text(), nullable=False, comment="What was found, in words."),
        sa.Column(
            "sentence_position",
            sa.Integer(),
            nullable=True,
            comment="The sentence; null: the whole.",
        ),
        sa.CheckConstraint("verdict IN ('pass', 'flag')", name=op.f("ck_checks_verdict")),
        sa.CheckConstraint(
            "(summary_id IS NULL) <> (finding_id IS NULL)", name=op.f("ck_checks_tested")
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.finding_id"], name=op.f("fk_checks_finding_id")
        ),
        sa.ForeignKeyConstraint(
            ["summary_id"], ["summaries.summary_id"], name=op.f("fk_checks_summary_id")
        ),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_checks")),
        sa.UniqueConstraint("finding_id", "position", name=op.f("uq_checks_finding_id_position")),
        sa.UniqueConstraint("summary_id", "position", name=op.f("uq_checks_summary_id_position")),
        comment="Faithfulness tests of machine text against its source.",
    )
    op.create_table(
        "summary_sentences",
        sa.Column(
            "summary_id", sa.Integer(), autoincrement=False, nullable=False, comment="The summary."
        ),
        sa.Column(
            "position",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="Place in the summary, 0 the first.",
        ),
        sa.Column("text", sa.Text(), nullable=False, comment="The sentence."),
        sa.Column(
            "source_start", sa.Integer(), nullable=True, comment="Where its source sentence begins."
        ),
        sa.Column(
            "source_end", sa.Integer(), nullable=True, comment="Where that ends; null: no source."
        ),
        sa.Column(
            "support",
            sa.Float(),
            nullable=False,
            comment="How well the source supports it, 0 to 1.",
        ),
        sa.CheckConstraint(
            "(source_start IS NULL) = (source_end IS NULL)",
            name=op.f("ck_summary_sentences_source"),
        ),
        sa.CheckConstraint("source_start <= source_end", name=op.f("ck_summary_sentences_span")),
        sa.CheckConstraint("support BETWEEN 0 AND 1", name=op.f("ck_summary_sentences_support")),
        sa.ForeignKeyConstraint(
            ["summary_id"], ["summaries.summary_id"], name=op.f("fk_summary_sentences_summary_id")
        ),
        sa.PrimaryKeyConstraint("summary_id", "position", name=op.f("pk_summary_sentences")),
        comment="Sentences of the summaries, each with the source sentence nearest to it.",
    )


def downgrade() -> None:
    op.drop_table("summary_sentences")
    op.drop_table("checks")

    op.drop_table("summaries")

    op.drop_table("findings")

    op.drop_table("search_hits")
    op.drop_table("routes")

    op.drop_table("retrievals")

    op.drop_table("record_versions")
    op.drop_table("record_failures")
    op.drop_table("generations")
    op.drop_table("analyses")
    op.drop_table("sections")

    op.drop_table("search_runs")

    op.drop_table("reports")

    op.drop_table("readings")
    op.drop_table("search_strategies")

    op.drop_table("record_publication_types")

    op.drop_table("record_mesh_headings")
    op.drop_table("record_keywords")

    op.drop_table("record_corrections")
    op.drop_table("record_authors")
    op.drop_table("documents")
    op.drop_table("topics")

    op.drop_table("records")
