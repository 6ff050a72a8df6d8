"""Routes, receipts with slices, statuses and alerts, duplicates, files, a shared rate limit.

Revision: 0002, after 0001. Rows keep what they say: every run so far was a search by day of
creation, every version came by a run, and a topic's records are those that its runs delivered.
"""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations
from sqlalchemy.dialects import postgresql

from litsweep.matching.titles import title_key

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True).with_variant(sa.String(length=32), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_STATE = sa.String(length=16)

_CAME = "(search_run_id IS NULL) <> (load_file_id IS NULL)"
_ROUTES = "'created', 'modified', 'undated', 'backfill', 'asked_again', 'loaded'"
_STATUSES = (
    "'as_published', 'corrected', 'republished', 'of_concern', 'partly_retracted', "
    "'retracted', 'withdrawn', 'deleted'"
)
_FORMATS = "'pubmed_xml', 'nbib', 'ris'"
_HIT_STATES = "'pending', 'new', 'changed', 'unchanged', 'absent', 'failed'"

_CHECKS = {
    "records": {
        "publication_status": f"publication_status IN ({_STATUSES})",
        "identity": "pmid IS NOT NULL OR import_key IS NOT NULL",
        "duplicate": "duplicate_of_id <> record_id",
    },
    "record_versions": {"raw_format": f"raw_format IN ({_FORMATS})", "came": _CAME},
    "record_failures": {"came": _CAME},
    "search_hits": {
        "state": f"state IN ({_HIT_STATES}, 'known')",
        "origin": "origin IN ('search', 'asked_again', 'gone')",
    },
    "search_runs": {
        "route": f"route IN ({_ROUTES})",
        "days": (
            "(first_day IS NULL) = (last_day IS NULL) AND (first_day IS NULL) = "
            "(date_field IS NULL)"
        ),
        "undated": "(route = 'undated') = (first_day IS NULL)",
        "searched": "route NOT IN ('asked_again', 'loaded')",
    },
}


_CHILD_COLUMNS = (
    (
        "record_authors",
        "affiliation_ids",
        _JSON,
        "'[]'",
        "List of [source, identifier], such as ROR's.",
    ),
    (
        "record_authors",
        "is_equal_contributor",
        sa.Boolean(),
        "false",
        "Whether marked as contributing equally.",
    ),
    (
        "record_mesh_headings",
        "is_automatic",
        sa.Boolean(),
        "false",
        "Whether NLM's program assigned it (AutoHM).",
    ),
)


def upgrade() -> None:
    _create_tables()
    _alter_search_runs()
    _alter_search_hits()
    _alter_records()
    _alter_record_versions()
    _alter_record_failures()
    _alter_children()
    op.add_column(
        "record_corrections",
        sa.Column(
            "doi", sa.Text(), nullable=True, comment="DOI of it, where the citation gives one."
        ),
    )
    op.create_index("ix_record_corrections_doi", "record_corrections", ["doi"])
    op.add_column(
        "readings",
        sa.Column(
            "stale_since",
            _TIME,
            nullable=True,
            comment="Since when the record says something else than what was read; null: it does "
            "not.",
        ),
    )
    _keep_topics()


def _add_checks(table: BatchOperations, name: str) -> None:
    for check, rule in _CHECKS[name].items():
        table.create_check_constraint(op.f(f"ck_{name}_{check}"), rule)


def _create_tables() -> None:
    op.create_table(
        "load_files",
        sa.Column("load_file_id", sa.Integer(), nullable=False, comment="Number of the load."),
        sa.Column(
            "topic_id", sa.Integer(), nullable=True, comment="The topic that it was loaded for."
        ),
        sa.Column(
            "name", sa.Text(), nullable=False, comment="Name of the file, without its folder."
        ),
        sa.Column("file_format", _STATE, nullable=False, comment="PubMed XML, NBIB or RIS."),
        sa.Column(
            "file_number",
            sa.Integer(),
            nullable=True,
            comment="Number of a baseline or update file: 1335 of pubmed26n1335.xml.gz.",
        ),
        sa.Column(
            "sha256", sa.String(length=64), nullable=False, comment="Hash of the file's bytes."
        ),
        sa.Column("status", _STATE, nullable=False, comment="Where the load stands."),
        sa.Column(
            "owner",
            sa.Text(),
            nullable=False,
            comment="The process that loads it, to tell whether it still lives.",
        ),
        sa.Column(
            "n_done",
            sa.Integer(),
            nullable=False,
            comment="Entries done so far; a repeated load goes on from there.",
        ),
        sa.Column(
            "n_new", sa.Integer(), nullable=False, comment="Entries stored for the first time."
        ),
        sa.Column(
            "n_changed",
            sa.Integer(),
            nullable=False,
            comment="Entries that differ from what was stored.",
        ),
        sa.Column(
            "n_unchanged",
            sa.Integer(),
            nullable=False,
            comment="Entries that were stored already, or are older.",
        ),
        sa.Column(
            "n_failed",
            sa.Integer(),
            nullable=False,
            comment="Entries that could not be read; they are kept.",
        ),
        sa.Column(
            "n_deleted", sa.Integer(), nullable=False, comment="PMIDs of its deletion notices."
        ),
        sa.Column("error", sa.Text(), nullable=True, comment="What stopped the load, in words."),
        sa.Column("tool_version", sa.Text(), nullable=False, comment="Version of litsweep."),
        sa.Column("started_at", _TIME, nullable=False, comment="When the load was begun."),
        sa.Column("finished_at", _TIME, nullable=True, comment="When it ended; null: it has not."),
        sa.CheckConstraint(
            "(status = 'loading') = (finished_at IS NULL)", name=op.f("ck_load_files_finished")
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.topic_id"], name=op.f("fk_load_files_topic_id")
        ),
        sa.CheckConstraint(f"file_format IN ({_FORMATS})", name=op.f("ck_load_files_file_format")),
        sa.CheckConstraint(
            "status IN ('loading', 'complete', 'failed')", name=op.f("ck_load_files_status")
        ),
        sa.PrimaryKeyConstraint("load_file_id", name=op.f("pk_load_files")),
        comment="Files that were loaded: baseline, updates, exports of other tools.",
    )
    op.create_index("ix_load_files_sha256", "load_files", ["sha256"], unique=False)
    op.create_table(
        "topic_records",
        sa.Column(
            "topic_id", sa.Integer(), autoincrement=False, nullable=False, comment="The topic."
        ),
        sa.Column(
            "record_id", sa.Integer(), autoincrement=False, nullable=False, comment="The record."
        ),
        sa.Column("route", _STATE, nullable=False, comment="By which way it was first found."),
        sa.Column(
            "search_run_id", sa.Integer(), nullable=True, comment="The run that found it, or null."
        ),
        sa.Column(
            "load_file_id",
            sa.Integer(),
            nullable=True,
            comment="The file that brought it, or null.",
        ),
        sa.Column("found_at", _TIME, nullable=False, comment="When it was found for this topic."),
        sa.Column(
            "is_late",
            sa.Boolean(),
            nullable=False,
            comment="Whether its day of creation had been searched before, to the end, without it.",
        ),
        sa.Column(
            "lag_days",
            sa.Integer(),
            nullable=True,
            comment="Days from its creation in PubMed to its finding; null: creation unknown.",
        ),
        sa.CheckConstraint(_CAME, name=op.f("ck_topic_records_came")),
        sa.ForeignKeyConstraint(
            ["load_file_id"],
            ["load_files.load_file_id"],
            name=op.f("fk_topic_records_load_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.record_id"], name=op.f("fk_topic_records_record_id")
        ),
        sa.ForeignKeyConstraint(
            ["search_run_id"],
            ["search_runs.search_run_id"],
            name=op.f("fk_topic_records_search_run_id"),
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.topic_id"], name=op.f("fk_topic_records_topic_id")
        ),
        sa.CheckConstraint(f"route IN ({_ROUTES})", name=op.f("ck_topic_records_route")),
        sa.PrimaryKeyConstraint("topic_id", "record_id", name=op.f("pk_topic_records")),
        comment="Which records belong to which topic, each with the way it was first found.",
    )
    op.create_index("ix_topic_records_record_id", "topic_records", ["record_id"], unique=False)
    op.create_index(
        "ix_topic_records_search_run_id", "topic_records", ["search_run_id"], unique=False
    )
    op.create_table(
        "deleted_pmids",
        sa.Column(
            "pmid", sa.BigInteger(), autoincrement=False, nullable=False, comment="The identifier."
        ),
        sa.Column(
            "reason",
            sa.Text(),
            nullable=False,
            comment="Who says so: a deletion notice, or PubMed by silence.",
        ),
        sa.Column(
            "search_run_id",
            sa.Integer(),
            nullable=True,
            comment="The run that noticed it, or null.",
        ),
        sa.Column(
            "load_file_id",
            sa.Integer(),
            nullable=True,
            comment="The update file with the notice, or null.",
        ),
        sa.Column("noticed_at", _TIME, nullable=False, comment="When it was noticed."),
        sa.CheckConstraint(_CAME, name=op.f("ck_deleted_pmids_came")),
        sa.ForeignKeyConstraint(
            ["load_file_id"],
            ["load_files.load_file_id"],
            name=op.f("fk_deleted_pmids_load_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["search_run_id"],
            ["search_runs.search_run_id"],
            name=op.f("fk_deleted_pmids_search_run_id"),
        ),
        sa.PrimaryKeyConstraint("pmid", name=op.f("pk_deleted_pmids")),
        comment="Records that PubMed has deleted (DeleteCitation); what was stored of them stays.",
    )
    op.create_table(
        "publication_status_changes",
        sa.Column(
            "publication_status_change_id",
            sa.Integer(),
            nullable=False,
            comment="Number of the change.",
        ),
        sa.Column("record_id", sa.Integer(), nullable=False, comment="The record."),
        sa.Column("old_status", _STATE, nullable=False, comment="What it was."),
        sa.Column("new_status", _STATE, nullable=False, comment="What it became."),
        sa.Column("reasons", _JSON, nullable=False, comment="List of sentences: who says so."),
        sa.Column(
            "is_first",
            sa.Boolean(),
            nullable=False,
            comment="Whether it was so when the record was first stored.",
        ),
        sa.Column(
            "search_run_id",
            sa.Integer(),
            nullable=True,
            comment="The run that noticed it, or null.",
        ),
        sa.Column(
            "load_file_id",
            sa.Integer(),
            nullable=True,
            comment="The file that brought it, or null.",
        ),
        sa.Column("changed_at", _TIME, nullable=False, comment="When it was noticed."),
        sa.CheckConstraint(_CAME, name=op.f("ck_publication_status_changes_came")),
        sa.ForeignKeyConstraint(
            ["load_file_id"],
            ["load_files.load_file_id"],
            name=op.f("fk_publication_status_changes_load_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["records.record_id"],
            name=op.f("fk_publication_status_changes_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["search_run_id"],
            ["search_runs.search_run_id"],
            name=op.f("fk_publication_status_changes_search_run_id"),
        ),
        sa.CheckConstraint(
            f"old_status IN ({_STATUSES})", name=op.f("ck_publication_status_changes_old_status")
        ),
        sa.CheckConstraint(
            f"new_status IN ({_STATUSES})", name=op.f("ck_publication_status_changes_new_status")
        ),
        sa.PrimaryKeyConstraint(
            "publication_status_change_id", name=op.f("pk_publication_status_changes")
        ),
        comment="Every change of a publication status, with its reasons.",
    )
    op.create_index(
        "ix_publication_status_changes_record_id",
        "publication_status_changes",
        ["record_id"],
        unique=False,
    )
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.Integer(), nullable=False, comment="Number of the alert."),
        sa.Column(
            "publication_status_change_id",
            sa.Integer(),
            nullable=False,
            comment="What it warns of.",
        ),
        sa.Column("raised_at", _TIME, nullable=False, comment="When it was raised."),
        sa.Column(
            "acknowledged_at", _TIME, nullable=True, comment="When a person took note; or null."
        ),
        sa.Column("acknowledged_by", sa.Text(), nullable=True, comment="Who took note."),
        sa.Column("note", sa.Text(), nullable=True, comment="What that person remarked."),
        sa.CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by IS NULL)",
            name=op.f("ck_alerts_acknowledged"),
        ),
        sa.ForeignKeyConstraint(
            ["publication_status_change_id"],
            ["publication_status_changes.publication_status_change_id"],
            name=op.f("fk_alerts_publication_status_change_id"),
        ),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alerts")),
        sa.UniqueConstraint(
            "publication_status_change_id", name=op.f("uq_alerts_publication_status_change_id")
        ),
        comment="Stored records that turned out retracted and the like, until a person takes note.",
    )
    op.create_table(
        "duplicate_findings",
        sa.Column(
            "duplicate_finding_id", sa.Integer(), nullable=False, comment="Number of the finding."
        ),
        sa.Column("record_id", sa.Integer(), nullable=False, comment="The duplicate."),
        sa.Column(
            "duplicate_of_id", sa.Integer(), nullable=False, comment="The record that is kept."
        ),
        sa.Column(
            "rule",
            sa.Text(),
            nullable=False,
            comment="What gave it away: doi, pmcid, title, or person.",
        ),
        sa.Column("score", sa.Float(), nullable=True, comment="How alike the titles are, 0 to 1."),
        sa.Column("reason", sa.Text(), nullable=False, comment="The reason in words."),
        sa.Column(
            "found_by", sa.Text(), nullable=False, comment="The version of litsweep, or the person."
        ),
        sa.Column("found_at", _TIME, nullable=False, comment="When it was found."),
        sa.Column(
            "undone_at", _TIME, nullable=True, comment="When a person took it back; or null."
        ),
        sa.Column("undone_by", sa.Text(), nullable=True, comment="Who took it back."),
        sa.Column("undone_reason", sa.Text(), nullable=True, comment="Why it was taken back."),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_duplicate_findings_undone")
        ),
        sa.CheckConstraint(
            "record_id <> duplicate_of_id", name=op.f("ck_duplicate_findings_two_records")
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 1", name=op.f("ck_duplicate_findings_score")),
        sa.ForeignKeyConstraint(
            ["duplicate_of_id"],
            ["records.record_id"],
            name=op.f("fk_duplicate_findings_duplicate_of_id"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.record_id"], name=op.f("fk_duplicate_findings_record_id")
        ),
        sa.PrimaryKeyConstraint("duplicate_finding_id", name=op.f("pk_duplicate_findings")),
        comment="Every time a record was found to be a duplicate; nothing is deleted for it.",
    )
    op.create_index(
        "uq_duplicate_findings_record_id",
        "duplicate_findings",
        ["record_id"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    for column in ("record_id", "duplicate_of_id"):
        op.create_index(f"ix_duplicate_findings_{column}", "duplicate_findings", [column])
    op.create_table(
        "request_slots",
        sa.Column(
            "name",
            sa.String(length=64),
            nullable=False,
            comment="Hash of the API key, or of the host.",
        ),
        sa.Column(
            "next_start",
            sa.Float(),
            nullable=False,
            comment="Seconds since 1970 at which the next request may start.",
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_request_slots")),
        comment="The rate limit that all processes of one API key share (PostgreSQL).",
    )


def _alter_search_runs() -> None:
    for column, kind, comment in (
        ("route", _STATE, "By which way records are looked for."),
        ("translations", _JSON, "List of [what was written, what PubMed searched]."),
        (
            "slices",
            _JSON,
            "List of [first PMID, last PMID, count]: the parts in which it was searched.",
        ),
    ):
        op.add_column("search_runs", sa.Column(column, kind, nullable=True, comment=comment))
    op.execute("UPDATE search_runs SET route = 'created', translations = '[]', slices = '[]'")
    # A search that came through was given whole: one part, from the first PMID to the last.
    array = "jsonb_build_array" if op.get_bind().dialect.name == "postgresql" else "json_array"
    op.execute(
        f"UPDATE search_runs SET slices = {array}({array}(1, 17179869184, n_reported)) "  # noqa: S608
        "WHERE n_reported IS NOT NULL"
    )
    op.drop_index("uq_search_runs_running", table_name="search_runs")
    with op.batch_alter_table("search_runs") as table:
        for column in ("route", "translations", "slices"):
            table.alter_column(column, nullable=False)
        for column in ("first_day", "last_day", "date_field"):
            table.alter_column(column, nullable=True)
        table.alter_column("date_field", comment="Which PubMed date; null: a search without dates.")
        _add_checks(table, "search_runs")
    _index_running("uq_search_runs_running", ["topic_id"], "route <> 'backfill'")
    _index_running(
        "uq_search_runs_backfilling", ["topic_id", "first_day", "last_day"], "route = 'backfill'"
    )


def _index_running(name: str, columns: list[str], rule: str) -> None:
    where = sa.text(f"status = 'running' AND {rule}" if rule else "status = 'running'")
    op.create_index(
        name, "search_runs", columns, unique=True, sqlite_where=where, postgresql_where=where
    )


def _alter_search_hits() -> None:
    comment = "Whether this search returned it, or it was asked for beside."
    op.add_column("search_hits", sa.Column("origin", _STATE, nullable=True, comment=comment))
    op.execute("UPDATE search_hits SET origin = 'search'")
    with op.batch_alter_table("search_hits") as table:
        table.alter_column("origin", nullable=False)
        table.drop_constraint(op.f("ck_search_hits_state"), type_="check")
        _add_checks(table, "search_hits")


def _alter_records() -> None:
    for column, kind, comment in (
        (
            "publication_status",
            _STATE,
            "Retracted, corrected, …: the gravest thing said of it, by it or by a notice.",
        ),
        (
            "duplicate_of_id",
            sa.Integer(),
            "The record that is kept in its place; null: it is no duplicate.",
        ),
        (
            "import_key",
            sa.String(length=64),
            "Hash of the exported entry, for a record without PMID.",
        ),
        (
            "title_key",
            sa.String(length=32),
            "First letters of the title, folded, to look up duplicates; null: too short.",
        ),
    ):
        op.add_column("records", sa.Column(column, kind, nullable=True, comment=comment))
    op.execute("UPDATE records SET publication_status = 'as_published'")
    _weigh_statuses()
    with op.batch_alter_table("records") as table:
        table.alter_column("publication_status", nullable=False)
        table.alter_column(
            "pmid",
            nullable=True,
            comment="PubMed identifier; null: known only from an export that gives none.",
        )
        table.create_unique_constraint(op.f("uq_records_import_key"), ["import_key"])
        table.create_foreign_key(
            op.f("fk_records_duplicate_of_id"), "records", ["duplicate_of_id"], ["record_id"]
        )
        _add_checks(table, "records")
    for column in ("duplicate_of_id", "title_key"):
        op.create_index(f"ix_records_{column}", "records", [column])
    _fill_title_keys()


def _fill_title_keys() -> None:
    # By the code that will look for them: keys made otherwise would find nothing.
    records = sa.table("records", *map(sa.column, ("record_id", "title", "title_key")))
    bind = op.get_bind()
    last = 0
    while rows := bind.execute(
        sa.select(records.c.record_id, records.c.title)
        .where(records.c.record_id > last)
        .order_by(records.c.record_id)
        .limit(1000)
    ).all():
        last = rows[-1].record_id
        bind.execute(
            records.update().where(records.c.record_id == sa.bindparam("number")),
            [{"number": row.record_id, "title_key": title_key(row.title)} for row in rows],
        )


def _weigh_statuses() -> None:
    """Give each record the gravest status that a link, of its own or a notice's, says."""
    for status, own, notice in (
        ("corrected", "ErratumIn", "ErratumFor"),
        ("republished", "CorrectedandRepublishedIn", "CorrectedandRepublishedFrom"),
        ("of_concern", "ExpressionOfConcernIn", "ExpressionOfConcernFor"),
        ("partly_retracted", "PartialRetractionIn", "PartialRetractionOf"),
        ("retracted", "RetractedandRepublishedIn", "RetractedandRepublishedFrom"),
        ("retracted", "RetractionIn", "RetractionOf"),
    ):
        op.execute(
            f"UPDATE records SET publication_status = '{status}' WHERE record_id IN "  # noqa: S608
            f"(SELECT record_id FROM record_corrections WHERE ref_type = '{own}') OR pmid IN "
            f"(SELECT pmid FROM record_corrections WHERE ref_type = '{notice}')"
        )


def _alter_record_versions() -> None:
    for column, kind, comment in (
        ("raw_format", _STATE, "PubMed XML, NBIB or RIS."),
        ("changes", _JSON, "List of {field, before, after}; empty in the first version."),
        (
            "unknown_elements",
            _JSON,
            "List of [path, number]: elements that this litsweep does not know.",
        ),
        ("load_file_id", sa.Integer(), "The file that it was loaded from, or null."),
    ):
        op.add_column("record_versions", sa.Column(column, kind, nullable=True, comment=comment))
    op.execute(
        "UPDATE record_versions "
        "SET raw_format = 'pubmed_xml', changes = '[]', unknown_elements = '[]'"
    )
    with op.batch_alter_table("record_versions") as table:
        for column in ("raw_format", "changes", "unknown_elements"):
            table.alter_column(column, nullable=False)
        table.alter_column(
            "raw_xml",
            new_column_name="raw",
            comment="The entry as it came, UTF-8, compressed with zlib.",
        )
        table.alter_column(
            "search_run_id", nullable=True, comment="The run that fetched it, or null."
        )
        table.alter_column("fetched_at", comment="When it was fetched or loaded.")
        table.create_foreign_key(
            op.f("fk_record_versions_load_file_id"),
            "load_files",
            ["load_file_id"],
            ["load_file_id"],
        )
        _add_checks(table, "record_versions")
    op.create_index("ix_record_versions_load_file_id", "record_versions", ["load_file_id"])


def _alter_children() -> None:
    for parent, column, kind, default, comment in _CHILD_COLUMNS:
        op.add_column(parent, sa.Column(column, kind, nullable=True, comment=comment))
        op.execute(f"UPDATE {parent} SET {column} = {default}")  # noqa: S608
    for name in ("record_authors", "record_mesh_headings"):
        with op.batch_alter_table(name) as table:
            for parent, column, *_ in _CHILD_COLUMNS:
                if parent == name:
                    table.alter_column(column, nullable=False)
    op.add_column(
        "record_mesh_headings",
        sa.Column("kind", sa.Text(), nullable=True, comment="Geographic, or null."),
    )


def _alter_record_failures() -> None:
    comment = "The file in which it was first met, or null."
    op.add_column(
        "record_failures", sa.Column("load_file_id", sa.Integer(), nullable=True, comment=comment)
    )
    with op.batch_alter_table("record_failures") as table:
        table.alter_column(
            "raw_xml", new_column_name="raw", comment="What was delivered, compressed with zlib."
        )
        table.alter_column(
            "search_run_id", nullable=True, comment="The run that first met it, or null."
        )
        table.create_foreign_key(
            op.f("fk_record_failures_load_file_id"),
            "load_files",
            ["load_file_id"],
            ["load_file_id"],
        )
        _add_checks(table, "record_failures")


def _keep_topics() -> None:
    """List each topic's records with the first run that delivered them; lags were not kept."""
    op.execute(
        "INSERT INTO topic_records "
        "(topic_id, record_id, route, search_run_id, found_at, is_late, lag_days) "
        "SELECT found.topic_id, found.record_id, 'created', found.search_run_id, "
        "search_runs.started_at, false, NULL "
        "FROM (SELECT search_runs.topic_id, records.record_id, "
        "min(search_runs.search_run_id) AS search_run_id "
        "FROM search_hits "
        "JOIN search_runs ON search_runs.search_run_id = search_hits.search_run_id "
        "JOIN records ON records.pmid = search_hits.pmid "
        "WHERE search_hits.state IN ('new', 'changed', 'unchanged') "
        "GROUP BY search_runs.topic_id, records.record_id) AS found "
        "JOIN search_runs ON search_runs.search_run_id = found.search_run_id"
    )


def downgrade() -> None:
    """Go back; what only the newer tables can hold would be lost, so that is refused.

    Raises:
        RuntimeError: there are records, runs or versions that the older schema has no place for.
    """
    _refuse_loss()
    op.drop_column("readings", "stale_since")
    op.drop_column("record_mesh_headings", "kind")
    for parent, column, *_ in _CHILD_COLUMNS:
        op.drop_column(parent, column)
    op.drop_index("ix_record_corrections_doi", table_name="record_corrections")
    op.drop_column("record_corrections", "doi")
    with op.batch_alter_table("record_failures") as table:
        _drop_checks(table, "record_failures")
        table.drop_constraint(op.f("fk_record_failures_load_file_id"), type_="foreignkey")
        table.drop_column("load_file_id")
        table.alter_column("raw", new_column_name="raw_xml")
        table.alter_column("search_run_id", nullable=False)
    op.drop_index("ix_record_versions_load_file_id", table_name="record_versions")
    with op.batch_alter_table("record_versions") as table:
        _drop_checks(table, "record_versions")
        table.drop_constraint(op.f("fk_record_versions_load_file_id"), type_="foreignkey")
        for column in ("raw_format", "changes", "unknown_elements", "load_file_id"):
            table.drop_column(column)
        table.alter_column("raw", new_column_name="raw_xml")
        table.alter_column("search_run_id", nullable=False)
    for column in ("duplicate_of_id", "title_key"):
        op.drop_index(f"ix_records_{column}", table_name="records")
    with op.batch_alter_table("records") as table:
        _drop_checks(table, "records")
        table.drop_constraint(op.f("fk_records_duplicate_of_id"), type_="foreignkey")
        table.drop_constraint(op.f("uq_records_import_key"), type_="unique")
        for column in ("publication_status", "duplicate_of_id", "import_key", "title_key"):
            table.drop_column(column)
        table.alter_column("pmid", nullable=False)
    with op.batch_alter_table("search_hits") as table:
        _drop_checks(table, "search_hits")
        table.drop_column("origin")
        table.create_check_constraint(op.f("ck_search_hits_state"), f"state IN ({_HIT_STATES})")
    op.drop_index("uq_search_runs_backfilling", table_name="search_runs")
    op.drop_index("uq_search_runs_running", table_name="search_runs")
    with op.batch_alter_table("search_runs") as table:
        _drop_checks(table, "search_runs")
        for column in ("route", "translations", "slices"):
            table.drop_column(column)
        for column in ("first_day", "last_day", "date_field"):
            table.alter_column(column, nullable=False)
    _index_running("uq_search_runs_running", ["topic_id"], "")
    for name in (
        "request_slots",
        "duplicate_findings",
        "alerts",
        "publication_status_changes",
        "deleted_pmids",
        "topic_records",
        "load_files",
    ):
        op.drop_table(name)


def _refuse_loss() -> None:
    for what, statement in (
        (
            "searches without dates or backfills",
            "SELECT 1 FROM search_runs WHERE route <> 'created'",
        ),
        ("loaded files", "SELECT 1 FROM load_files"),
    ):
        if op.get_bind().execute(sa.text(statement)).first():
            raise RuntimeError(f"The older schema has no place for {what}; keep this one.")


def _drop_checks(table: BatchOperations, name: str) -> None:
    for check in _CHECKS[name]:
        table.drop_constraint(op.f(f"ck_{name}_{check}"), type_="check")
