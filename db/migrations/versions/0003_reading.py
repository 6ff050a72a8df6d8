"""Readings that can be traced: ways, runs, leases, re-reads, windows, sections, references.

Revision: 0003, after 0002. Rows keep what they say: how an older reading was made is not known in
full, so that its way is empty, and one window held all that it looked at.
"""

from typing import Literal

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations
from sqlalchemy.dialects import postgresql

from litsweep.domain.documents import Licence, stricter_licence

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True).with_variant(sa.String(length=32), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_STATE = sa.String(length=16)
_SECTION = sa.String(length=24)

_OLD_SECTIONS = (
    "'title', 'abstract', 'introduction', 'methods', 'results', 'discussion', 'conclusion', "
    "'table', 'figure', 'supplement'"
)
_NEW_SECTIONS = "'funding', 'conflicts', 'data_availability', 'ethics', 'footnote'"
_SECTIONS = f"{_OLD_SECTIONS}, {_NEW_SECTIONS}, 'back_matter', 'other'"
_TASKS = "task IN ('summary', 'analysis')"
_KINDS = "kind IN ('abstract', 'full_text')"
_SHOWN = "is_shown"
_SUCCESSFUL = "failure IS NULL"


def upgrade() -> None:
    _create_texts()
    _create_runs()
    _create_leases()
    for kind, texts in (("summary", "abstracts"), ("analysis", "full texts")):
        comment = f"Its own choice for {texts}: auto, none, a model's name; null: the settings'."
        op.add_column("topics", sa.Column(f"{kind}_model", sa.Text(), comment=comment))
    _alter_reports()
    with op.batch_alter_table("sections") as table:
        _widen_kinds(table)
    _alter_readings()
    _create_rereads()
    _alter_routes()
    _alter_generations()
    _alter_summaries()
    _alter_analyses()
    _alter_findings()


def _number(
    name: str, comment: str, *, autoincrement: bool | Literal["auto"] = "auto"
) -> sa.Column[int]:
    return sa.Column(
        name, sa.Integer(), nullable=False, comment=comment, autoincrement=autoincrement
    )


def _of_document() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        _number("document_id", "The document.", autoincrement=False),
        _number("position", "Place in the reference list, 0 the first.", autoincrement=False),
    )


def _text(name: str, comment: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, comment=comment)


def _to_document(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["document_id"], ["documents.document_id"], name=op.f(f"fk_{table}_document_id")
    )


def _create_texts() -> None:
    op.create_table(
        "document_references",
        *_of_document(),
        _text("label", "Number or name printed before it; empty where none is."),
        _text("text", "The entry as printed."),
        sa.Column("pmid", sa.BigInteger(), comment="PMID of the cited work."),
        _text("pmcid", "PMCID of the cited work.", nullable=True),
        _text("doi", "DOI of the cited work.", nullable=True),
        _text("year", "Year as printed, such as 2019a.", nullable=True),
        _text("publication_type", "JATS's: journal, book, data, …", nullable=True),
        _to_document("document_references"),
        sa.PrimaryKeyConstraint("document_id", "position", name=op.f("pk_document_references")),
        comment="Reference lists of the full texts.",
    )
    for column in ("pmid", "doi"):
        op.create_index(f"ix_document_references_{column}", "document_references", [column])
    op.create_table(
        "sub_articles",
        _number("document_id", "The document.", autoincrement=False),
        _number("position", "Place after the report, 0 the first.", autoincrement=False),
        _text("article_type", "JATS's: reply, reviewer-report, …", nullable=True),
        _text("title", "Its title; empty where it has none."),
        _text("text", "Its text."),
        _text("language", "Its language, as the source gives it.", nullable=True),
        _to_document("sub_articles"),
        sa.PrimaryKeyConstraint("document_id", "position", name=op.f("pk_sub_articles")),
        comment="Texts printed with a report that are no part of it: replies, reviews, "
        "translations.",
    )


def _create_runs() -> None:
    memory = "Most memory used: the GPU's where the model is on one, else the process's."
    op.create_table(
        "reading_runs",
        _number("reading_run_id", "Number of the run."),
        _text("owner", "The process that read."),
        _text("flow_run_id", "Prefect's id of the flow run.", nullable=True),
        sa.Column("kind", _STATE, nullable=False, comment="What it read: abstracts or full texts."),
        _text("model_name", "The model; null: none wrote.", nullable=True),
        _text("model_id", "The model as published.", nullable=True),
        _text("model_revision", "Its exact revision.", nullable=True),
        _text("engine", "What ran the model, with versions; empty: no model."),
        _text("device", "Where the model ran: cpu, cuda:0, …; empty: no model here."),
        _number("n_documents", "Documents read, the failed ones included."),
        _number("n_failed", "Documents that could not be read."),
        sa.Column(
            "n_prompt_tokens", sa.BigInteger(), nullable=False, comment="Tokens of all prompts."
        ),
        sa.Column(
            "n_output_tokens",
            sa.BigInteger(),
            nullable=False,
            comment="Tokens written.",
        ),
        sa.Column(
            "generating_s", sa.Float(), nullable=False, comment="Seconds in which the model wrote."
        ),
        sa.Column("peak_memory_bytes", sa.BigInteger(), nullable=False, comment=memory),
        _text("tool_version", "Version of litsweep."),
        sa.Column("started_at", _TIME, nullable=False, comment="When its first batch began."),
        sa.Column("finished_at", _TIME, comment="When it ended; null: not yet, or it died."),
        sa.CheckConstraint(_KINDS, name=op.f("ck_reading_runs_kind")),
        sa.PrimaryKeyConstraint("reading_run_id", name=op.f("pk_reading_runs")),
        comment="What one worker read with one model in one run, with its speed and memory.",
    )


def _create_leases() -> None:
    op.create_table(
        "reading_leases",
        _number("document_id", "The document.", autoincrement=False),
        sa.Column("task", _STATE, nullable=False, comment="What it is being read for."),
        _text("owner", "The process that reads it."),
        sa.Column("leased_at", _TIME, nullable=False, comment="When that process took it."),
        sa.Column("renewed_at", _TIME, nullable=False, comment="Its last sign of life."),
        sa.Column(
            "expires_at",
            _TIME,
            nullable=False,
            comment="When another may take it without a further sign of life.",
        ),
        _number("n_lost", "How many processes died, or fell silent, reading it."),
        sa.CheckConstraint("n_lost >= 0", name=op.f("ck_reading_leases_n_lost")),
        sa.CheckConstraint(_TASKS, name=op.f("ck_reading_leases_task")),
        _to_document("reading_leases"),
        sa.PrimaryKeyConstraint("document_id", "task", name=op.f("pk_reading_leases")),
        comment="Documents that a worker is reading now; a row goes when the reading is stored.",
    )
    op.create_index("ix_reading_leases_owner", "reading_leases", ["owner"])


def _create_rereads() -> None:
    op.create_table(
        "reread_requests",
        _number("reread_request_id", "Number of the request."),
        _number("document_id", "The document to be read again."),
        sa.Column("task", _STATE, nullable=False, comment="What it is to be read for."),
        _text("reason", "Why: what changed, or what the person said."),
        sa.Column("requested_at", _TIME, nullable=False, comment="When it was asked for."),
        _text("requested_by", "Who asked: a person, or litsweep."),
        sa.Column(
            "fulfilled_by_id",
            sa.Integer(),
            comment="The reading that answers it; null: it is still to be read.",
        ),
        sa.CheckConstraint(_TASKS, name=op.f("ck_reread_requests_task")),
        _to_document("reread_requests"),
        sa.ForeignKeyConstraint(
            ["fulfilled_by_id"],
            ["readings.reading_id"],
            name=op.f("fk_reread_requests_fulfilled_by_id"),
        ),
        sa.PrimaryKeyConstraint("reread_request_id", name=op.f("pk_reread_requests")),
        comment="Documents that were read and are to be read again, with the reason.",
    )
    _index_where(
        "uq_reread_requests_open",
        "reread_requests",
        ["document_id", "task"],
        "fulfilled_by_id IS NULL",
    )
    op.create_index("ix_reread_requests_fulfilled_by_id", "reread_requests", ["fulfilled_by_id"])


def _index_where(name: str, table: str, columns: list[str], rule: str) -> None:
    where = sa.text(rule)
    op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)


def _add_filled(table: str, column: sa.Column[object], value: str) -> None:
    """Add a column and give every row ``value``, an SQL expression."""
    op.add_column(table, column)
    op.execute(f"UPDATE {table} SET {column.name} = {value}")  # noqa: S608


def _alter_reports() -> None:
    comment = (
        "Whether the stricter of the licences, the source's and the report's own, lets its text "
        "leave in an export; false where both are unknown."
    )
    _add_filled("reports", sa.Column("may_export", sa.Boolean(), comment=comment), "false")
    _weigh_licences()
    with op.batch_alter_table("reports") as table:
        table.alter_column("may_export", nullable=False)


def _weigh_licences() -> None:
    # By the code that weighs those of new reports: two rules would part company.
    names = ("licence_code", "licence_url", "licence_text", "document_id")
    reports = sa.table("reports", *map(sa.column, ("report_id", "may_export", *names)))
    documents = sa.table("documents", *map(sa.column, names))
    rows = op.get_bind().execute(
        sa.select(
            reports.c.report_id,
            *(reports.c[name] for name in names[:3]),
            *(documents.c[name].label(f"own_{name}") for name in names[:3]),
        ).join(documents, documents.c.document_id == reports.c.document_id)
    )
    free = [
        row.report_id
        for row in rows
        if stricter_licence(
            Licence(code=row.licence_code, url=row.licence_url, text=row.licence_text),
            Licence(code=row.own_licence_code, url=row.own_licence_url, text=row.own_licence_text),
        ).may_export
    ]
    for report_id in free:
        op.execute(reports.update().where(reports.c.report_id == report_id).values(may_export=True))


def _widen_kinds(table: BatchOperations) -> None:
    table.drop_constraint(op.f("ck_sections_kind"), type_="check")
    table.alter_column("kind", type_=_SECTION, existing_type=_STATE, existing_nullable=False)
    table.create_check_constraint(op.f("ck_sections_kind"), f"kind IN ({_SECTIONS})")


def _alter_readings() -> None:
    comment = "What the fingerprint is a hash of: models, prompts, decoding, …; empty: not kept."
    _add_filled("readings", sa.Column("way", _JSON, comment=comment), "'{}'")
    op.add_column(
        "readings",
        sa.Column("reading_run_id", sa.Integer(), comment="The run that read it, or null."),
    )
    op.add_column(
        "readings",
        sa.Column(
            "superseded_by_id",
            sa.Integer(),
            comment="The newer reading, made another way, that is shown instead; null: none.",
        ),
    )
    # SQLite makes the table anew, and would make this index without its condition.
    op.drop_index("uq_readings_successful", table_name="readings")
    with op.batch_alter_table("readings") as table:
        table.alter_column("way", nullable=False)
        table.create_foreign_key(
            op.f("fk_readings_reading_run_id"),
            "reading_runs",
            ["reading_run_id"],
            ["reading_run_id"],
        )
        table.create_foreign_key(
            op.f("fk_readings_superseded_by_id"), "readings", ["superseded_by_id"], ["reading_id"]
        )
        table.create_check_constraint(
            op.f("ck_readings_superseded"), "superseded_by_id <> reading_id"
        )
    _index_where("uq_readings_successful", "readings", ["document_id", "fingerprint"], _SUCCESSFUL)
    for column in ("reading_run_id", "superseded_by_id"):
        op.create_index(f"ix_readings_{column}", "readings", [column])


def _alter_routes() -> None:
    for column, comment in (
        ("n_tokens", "The document's length under the model's own tokenizer; null: not counted."),
        ("n_windows", "Into how many windows it was cut; null: not counted."),
    ):
        op.add_column("routes", sa.Column(column, sa.Integer(), comment=comment))


def _alter_generations() -> None:
    comment = "What ran the model, with versions, device, precision; empty: not kept."
    op.add_column(
        "generations",
        sa.Column("engine", sa.Text(), nullable=False, server_default="", comment=comment),
    )
    _set_stop_reasons("'end_of_text', 'stop_string', 'sentences', 'length', 'time'")


def _set_stop_reasons(reasons: str) -> None:
    with op.batch_alter_table("generations") as table:
        table.drop_constraint(op.f("ck_generations_stop_reason"), type_="check")
        table.create_check_constraint(
            op.f("ck_generations_stop_reason"), f"stop_reason IN ({reasons})"
        )


def _alter_summaries() -> None:
    comment = "Whether it is the one of its reading to be shown."
    _add_filled("summaries", sa.Column("is_shown", sa.Boolean(), comment=comment), "false")
    # The first generated one that no check flags; where there is none, the first quoted one.
    for method in ("generated", "extractive"):
        op.execute(
            "UPDATE summaries SET is_shown = true WHERE summary_id IN ("  # noqa: S608
            f"SELECT min(summary_id) FROM summaries WHERE method = '{method}' "
            "AND (method = 'extractive' OR NOT is_flagged) GROUP BY reading_id) "
            "AND reading_id NOT IN (SELECT reading_id FROM summaries WHERE is_shown)"
        )
    with op.batch_alter_table("summaries") as table:
        table.alter_column("is_shown", nullable=False)
    _index_where("uq_summaries_shown", "summaries", ["reading_id"], _SHOWN)


def _alter_analyses() -> None:
    for column, kind, value, comment in (
        ("n_windows", sa.Integer(), "1", "Into how many windows the body was cut."),
        ("left_out", _JSON, "'[]'", "List of {start, end, reason}: parts that were in no window."),
    ):
        _add_filled("analyses", sa.Column(column, kind, comment=comment), value)
    with op.batch_alter_table("analyses") as table:
        for column in ("n_windows", "left_out"):
            table.alter_column(column, nullable=False)


_FINDING_CHECKS = {
    "section": f"section IN ({_SECTIONS})",
    "value_method": "value_method IN ('rule', 'ranking', 'model')",
    "value_quoted": "value IS NULL OR quote IS NOT NULL",
    "value_made": "value_method IS NULL OR value IS NOT NULL",
}


def _alter_findings() -> None:
    for column, kind, value, comment in (
        ("section", _SECTION, "NULL", "Kind of the section in which the passage stands."),
        ("section_title", sa.Text(), "''", "That section's heading; empty where it has none."),
        (
            "value_method",
            _STATE,
            "CASE WHEN value IS NOT NULL THEN 'model' END",
            "How the value came to be: by a rule, by ranking labels, written by a model.",
        ),
        (
            "structured",
            _JSON,
            "'{}'",
            "The value as data: measure, estimate, interval, … as printed; else empty.",
        ),
    ):
        _add_filled("findings", sa.Column(column, kind, comment=comment), value)
    with op.batch_alter_table("findings") as table:
        for column in ("section_title", "structured"):
            table.alter_column(column, nullable=False)
        table.alter_column(
            "value", comment="The answer taken from the quote; null: only the quote answers."
        )
        for check, rule in _FINDING_CHECKS.items():
            table.create_check_constraint(op.f(f"ck_findings_{check}"), rule)


def downgrade() -> None:
    """Go back; what only the newer tables can hold would be lost, so that is refused.

    Raises:
        RuntimeError: there are rows that the older schema has no place for.
    """
    _refuse_loss()
    op.drop_table("reread_requests")
    op.drop_table("reading_leases")
    op.drop_index("uq_summaries_shown", table_name="summaries")
    op.drop_index("uq_readings_successful", table_name="readings")
    for column in ("reading_run_id", "superseded_by_id"):
        op.drop_index(f"ix_readings_{column}", table_name="readings")
    with op.batch_alter_table("findings") as table:
        for check in _FINDING_CHECKS:
            table.drop_constraint(op.f(f"ck_findings_{check}"), type_="check")
        for column in ("section", "section_title", "value_method", "structured"):
            table.drop_column(column)
    with op.batch_alter_table("readings") as table:
        table.drop_constraint(op.f("ck_readings_superseded"), type_="check")
        for column in ("reading_run_id", "superseded_by_id"):
            table.drop_constraint(op.f(f"fk_readings_{column}"), type_="foreignkey")
            table.drop_column(column)
        table.drop_column("way")
    _index_where("uq_readings_successful", "readings", ["document_id", "fingerprint"], _SUCCESSFUL)
    with op.batch_alter_table("sections") as table:
        table.drop_constraint(op.f("ck_sections_kind"), type_="check")
        table.alter_column("kind", type_=_STATE, existing_type=_SECTION, existing_nullable=False)
        table.create_check_constraint(
            op.f("ck_sections_kind"), f"kind IN ({_OLD_SECTIONS}, 'back_matter', 'other')"
        )
    _set_stop_reasons("'end_of_text', 'stop_string', 'length'")
    for table_name, columns in (
        ("analyses", ("n_windows", "left_out")),
        ("summaries", ("is_shown",)),
        ("generations", ("engine",)),
        ("routes", ("n_tokens", "n_windows")),
        ("reports", ("may_export",)),
        ("topics", ("summary_model", "analysis_model")),
    ):
        for column in columns:
            op.drop_column(table_name, column)
    for table_name in ("reading_runs", "sub_articles", "document_references"):
        op.drop_table(table_name)


def _refuse_loss() -> None:
    for what, statement in (
        ("references", "SELECT 1 FROM document_references"),
        ("sub-articles", "SELECT 1 FROM sub_articles"),
        ("kinds of sections", f"SELECT 1 FROM sections WHERE kind IN ({_NEW_SECTIONS})"),  # noqa: S608
        (
            "ends of generations",
            "SELECT 1 FROM generations WHERE stop_reason IN ('time', 'sentences')",
        ),
        ("reading runs", "SELECT 1 FROM reading_runs"),
        ("requests to read again", "SELECT 1 FROM reread_requests"),
        (
            "the topics' own models",
            "SELECT 1 FROM topics WHERE summary_model IS NOT NULL OR analysis_model IS NOT NULL",
        ),
    ):
        if op.get_bind().execute(sa.text(statement)).first():
            raise RuntimeError(f"The older schema has no place for {what}; keep this one.")
