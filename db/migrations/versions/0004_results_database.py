"""Decisions, vectors, the full-text index and the views; rules that no row may break.

Revision: 0004, after 0003. Rows keep what they say; every stored record is indexed. A row that
breaks a rule stops the upgrade, and the database names the rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from db import search_index

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True).with_variant(sa.String(length=32), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_STATE = sa.String(length=16)
_STAGES = "stage IN ('title_abstract', 'full_text')"
_DECISIONS = "decision IN ('include', 'exclude', 'unsure', 'withdrawn')"
_ORIGINS = "origin IN ('desk', 'command_line', 'imported')"
_DECIDED = ("topic_id", "record_id", "stage", "reviewer")
_SPAN = "0 <= source_start AND source_start <= source_end"


@dataclass(frozen=True, kw_only=True)
class _Altered:
    """What one table gains; of ``hashes`` and ``counts`` each column gets its rule.

    ``replaced`` are the rules of ``rules`` that were there before, as they were. ``parents`` maps
    the columns that name a parent, where only the first did, to that parent. ``partial`` are the
    indexes with a condition, which SQLite would make anew without it.
    """

    rules: Mapping[str, str] = field(default_factory=dict)
    hashes: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    replaced: Mapping[str, str] = field(default_factory=dict)
    unique: tuple[str, ...] = ()
    parents: Mapping[tuple[str, str], str] = field(default_factory=dict)
    indexes: tuple[str, ...] = ()
    partial: Mapping[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)

    @property
    def all_rules(self) -> dict[str, str]:
        """Every rule by its name in the table."""
        return (
            {name: f"length({name}) = 64" for name in self.hashes}
            | {name: f"{name} >= 0" for name in self.counts}
            | dict(self.rules)
        )


_RUNNING = "status = 'running' AND route"
_READ = ("n_documents", "n_failed", "n_prompt_tokens", "n_output_tokens")
_LOADED = ("n_done", "n_new", "n_changed", "n_unchanged", "n_failed", "n_deleted")
_PMID = {"pmid": "pmid > 0"}
_VERSION = {"version": "version >= 1"}
_CAME = ("search_run_id", "load_file_id")

# Parents before their children: a key must be there before another table aims at it.
_TABLES = {
    "topics": _Altered(
        rules={
            "retired": "(retired_at IS NULL) = (retired_by IS NULL) AND "
            "(retired_at IS NULL) = (retirement_reason IS NULL)"
        }
    ),
    "search_strategies": _Altered(hashes=("query_sha256",)),
    "search_runs": _Altered(
        counts=("n_reported",),
        rules={
            "counted": "status <> 'complete' OR n_reported IS NOT NULL",
            "explained": "status NOT IN ('failed', 'interrupted') OR error IS NOT NULL",
        },
        unique=("search_run_id", "topic_id"),
        indexes=("topic_id",),
        partial={
            "uq_search_runs_running": (("topic_id",), f"{_RUNNING} <> 'backfill'"),
            "uq_search_runs_backfilling": (
                ("topic_id", "first_day", "last_day"),
                f"{_RUNNING} = 'backfill'",
            ),
        },
    ),
    "search_hits": _Altered(rules=_PMID),
    "load_files": _Altered(
        hashes=("sha256",),
        counts=_LOADED,
        unique=("load_file_id", "topic_id"),
        indexes=("topic_id",),
    ),
    "records": _Altered(
        hashes=("import_key", "raw_sha256"),
        rules=_PMID
        | _VERSION
        | {"dated": "(publication_date IS NULL) = (publication_date_precision = 'unknown')"},
    ),
    "documents": _Altered(
        hashes=("text_sha256", "content_sha256"), unique=("document_id", "record_id")
    ),
    "record_versions": _Altered(
        hashes=("raw_sha256",), parents={("document_id", "record_id"): "documents"}
    ),
    "record_failures": _Altered(hashes=("raw_sha256",), indexes=_CAME),
    "topic_records": _Altered(
        rules={"loaded": "(route = 'loaded') = (load_file_id IS NOT NULL)"},
        parents={
            ("search_run_id", "topic_id"): "search_runs",
            ("load_file_id", "topic_id"): "load_files",
        },
    ),
    "deleted_pmids": _Altered(rules=_PMID, indexes=_CAME),
    "publication_status_changes": _Altered(
        rules={"change": "old_status <> new_status"}, indexes=_CAME
    ),
    "duplicate_findings": _Altered(
        rules={
            "rule": "rule IN ('doi', 'pmcid', 'title', 'person')",
            "undone": "(undone_at IS NULL) = (undone_by IS NULL) AND "
            "(undone_at IS NULL) = (undone_reason IS NULL)",
        },
        replaced={"undone": "(undone_at IS NULL) = (undone_by IS NULL)"},
        partial={"uq_duplicate_findings_record_id": (("record_id",), "undone_at IS NULL")},
    ),
    "reports": _Altered(
        hashes=("raw_sha256",),
        unique=("report_id", "record_id"),
        parents={("document_id", "record_id"): "documents"},
    ),
    "retrievals": _Altered(parents={("report_id", "record_id"): "reports"}),
    "sections": _Altered(counts=("depth",)),
    "reading_runs": _Altered(
        counts=(*_READ, "generating_s", "peak_memory_bytes"),
        rules={"failed": "n_failed <= n_documents"},
    ),
    "routes": _Altered(counts=("n_tokens", "n_windows")),
    "generations": _Altered(
        hashes=("weights_sha256", "prompt_sha256", "sampling_sha256", "input_sha256"),
        counts=("n_input_tokens", "n_output_tokens", "duration_s"),
        unique=("generation_id", "reading_id"),
    ),
    "summaries": _Altered(
        rules={"shown": "NOT (is_shown AND is_flagged AND method = 'generated')"},
        parents={("generation_id", "reading_id"): "generations"},
        partial={"uq_summaries_shown": (("reading_id",), "is_shown")},
    ),
    "summary_sentences": _Altered(
        rules={"span": _SPAN}, replaced={"span": "source_start <= source_end"}
    ),
    "analyses": _Altered(
        counts=("n_sentences", "n_sentences_read", "n_windows"),
        rules={"read": "n_sentences_read <= n_sentences"},
    ),
    "findings": _Altered(rules={"span": _SPAN}, replaced={"span": "source_start <= source_end"}),
}

# Indexes of the few rows of a large table that a condition picks.
_FEW = {
    "ix_topic_records_load_file_id": (
        "topic_records",
        "load_file_id",
        "load_file_id IS NOT NULL",
    ),
    "ix_records_deleted": ("records", "record_id", "publication_status = 'deleted'"),
}


def upgrade() -> None:
    op.add_column("topic_records", _screened())
    _type_rules(_STATE, "What gave it away.")
    for name, altered in _TABLES.items():
        _alter(name, altered)
    op.create_index("ix_findings_data_item", "findings", ["analysis_id", "data_item", "position"])
    for index, (table, column, rule) in _FEW.items():
        where = sa.text(rule)
        op.create_index(index, table, [column], sqlite_where=where, postgresql_where=where)
    _index_waiting()
    _create_embeddings()
    _create_imports()
    _create_decisions()
    search_index.install(op.get_bind())


def downgrade() -> None:
    search_index.uninstall(op.get_bind())
    op.drop_index("ix_topic_records_waiting", "topic_records")
    for table in ("screening_decisions", "decision_imports", "document_embeddings"):
        op.drop_table(table)
    for index, (table, *_) in _FEW.items():
        op.drop_index(index, table)
    op.drop_index("ix_findings_data_item", "findings")
    for name in reversed(_TABLES):
        _alter_back(name, _TABLES[name])
    _type_rules(sa.Text(), "What gave it away: doi, pmcid, title, or person.")
    with op.batch_alter_table("topic_records") as rows:
        rows.drop_column("is_screened")


def _screened() -> sa.Column[bool]:
    return sa.Column(
        "is_screened",
        sa.Boolean(),
        nullable=False,
        server_default=sa.text("false"),
        comment="Whether somebody's standing decision on title and abstract includes or excludes "
        "it: follows from screening_decisions.",
    )


def _index_waiting() -> None:
    where = sa.text("NOT is_screened")
    op.create_index(
        "ix_topic_records_waiting",
        "topic_records",
        ["topic_id", "found_at", "record_id"],
        sqlite_where=where,
        postgresql_where=where,
    )


def _alter(name: str, altered: _Altered) -> None:
    _drop_partial(name, altered)
    with op.batch_alter_table(name) as table:
        for rule in altered.replaced:
            table.drop_constraint(op.f(f"ck_{name}_{rule}"), type_="check")
        for rule, sql in altered.all_rules.items():
            table.create_check_constraint(op.f(f"ck_{name}_{rule}"), sql)
        if altered.unique:
            key = op.f(f"uq_{name}_{'_'.join(altered.unique)}")
            table.create_unique_constraint(key, list(altered.unique))
        for columns, parent in altered.parents.items():
            table.drop_constraint(op.f(f"fk_{name}_{columns[0]}"), type_="foreignkey")
            key = op.f(f"fk_{name}_{'_'.join(columns)}")
            table.create_foreign_key(key, parent, list(columns), list(columns))
    _create_partial(altered, name)
    for column in altered.indexes:
        op.create_index(f"ix_{name}_{column}", name, [column])


def _alter_back(name: str, altered: _Altered) -> None:
    for column in altered.indexes:
        op.drop_index(f"ix_{name}_{column}", name)
    _drop_partial(name, altered)
    with op.batch_alter_table(name) as table:
        for columns, parent in altered.parents.items():
            table.drop_constraint(op.f(f"fk_{name}_{'_'.join(columns)}"), type_="foreignkey")
            key = op.f(f"fk_{name}_{columns[0]}")
            table.create_foreign_key(key, parent, [columns[0]], [columns[0]])
        if altered.unique:
            key = op.f(f"uq_{name}_{'_'.join(altered.unique)}")
            table.drop_constraint(key, type_="unique")
        for rule in altered.all_rules:
            table.drop_constraint(op.f(f"ck_{name}_{rule}"), type_="check")
        for rule, sql in altered.replaced.items():
            table.create_check_constraint(op.f(f"ck_{name}_{rule}"), sql)
    _create_partial(altered, name)


def _drop_partial(name: str, altered: _Altered) -> None:
    for index in altered.partial:
        op.drop_index(index, name)


def _create_partial(altered: _Altered, name: str) -> None:
    for index, (columns, rule) in altered.partial.items():
        where = sa.text(rule)
        op.create_index(
            index, name, list(columns), unique=True, sqlite_where=where, postgresql_where=where
        )


def _type_rules(kind: sa.types.TypeEngine[str], comment: str) -> None:
    """Give the rules by which duplicates are found the type of a state, or take it back."""
    index = _Altered(partial=_TABLES["duplicate_findings"].partial)
    _drop_partial("duplicate_findings", index)
    with op.batch_alter_table("duplicate_findings") as table:
        table.alter_column("rule", type_=kind, existing_nullable=False, comment=comment)
    _create_partial(index, "duplicate_findings")


def _number(name: str, comment: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable, comment=comment)


def _text(name: str, comment: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, comment=comment)


def _time(name: str, comment: str) -> sa.Column[object]:
    return sa.Column(name, _TIME, nullable=False, comment=comment)


def _create_embeddings() -> None:
    op.create_table(
        "document_embeddings",
        sa.Column(
            "document_id",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The document.",
        ),
        _text("encoder", "The sentence encoder: model, revision and hash of its weights."),
        _number("n_dimensions", "Length of the vector."),
        sa.Column(
            "vector",
            sa.LargeBinary(),
            nullable=False,
            comment="Unit vector, float32, little-endian.",
        ),
        _time("embedded_at", "When it was computed."),
        sa.CheckConstraint(
            "n_dimensions > 0 AND length(vector) = 4 * n_dimensions",
            name=op.f("ck_document_embeddings_vector"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.document_id"],
            name=op.f("fk_document_embeddings_document_id"),
        ),
        sa.PrimaryKeyConstraint("document_id", "encoder", name=op.f("pk_document_embeddings")),
        comment="Meaning of the texts as vectors, to find what is alike; each can be computed "
        "anew.",
    )


def _create_imports() -> None:
    op.create_table(
        "decision_imports",
        _number("decision_import_id", "Number of the import."),
        _number("topic_id", "The topic that the decisions are for."),
        sa.Column("stage", _STATE, nullable=False, comment="The stage that they are of."),
        _text("name", "Name of the file, without its folder."),
        sa.Column("sha256", sa.String(64), nullable=False, comment="Hash of the file's bytes."),
        _text("tool", "The tool that wrote the file: asreview, rayyan, …"),
        _number("n_entries", "Decisions of the file, and entries without one."),
        _number("n_added", "Decisions that were new here."),
        _number("n_unchanged", "Decisions that stood here already."),
        _number("n_undecided", "Entries without a decision."),
        sa.Column(
            "unmatched",
            _JSON,
            nullable=False,
            comment="List of {entry, title, reviewer, reason}: what was not taken over.",
        ),
        _text("imported_by", "Who imported the file."),
        _time("imported_at", "When it was imported."),
        _text("tool_version", "Version of litsweep."),
        sa.CheckConstraint(_STAGES, name=op.f("ck_decision_imports_stage")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_decision_imports_sha256")),
        *(
            sa.CheckConstraint(f"{name} >= 0", name=op.f(f"ck_decision_imports_{name}"))
            for name in ("n_entries", "n_added", "n_unchanged", "n_undecided")
        ),
        sa.UniqueConstraint(
            "decision_import_id", "topic_id", "stage", name=op.f("uq_decision_imports_scope")
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.topic_id"], name=op.f("fk_decision_imports_topic_id")
        ),
        sa.PrimaryKeyConstraint("decision_import_id", name=op.f("pk_decision_imports")),
        comment="Files of decisions that were made with other tools: the receipts.",
    )
    op.create_index("ix_decision_imports_topic_id", "decision_imports", ["topic_id"])


def _create_decisions() -> None:
    op.create_table(
        "screening_decisions",
        _number("screening_decision_id", "Number of the decision."),
        _number("topic_id", "The topic that it is for."),
        _number("record_id", "The record that it is about."),
        sa.Column(
            "stage", _STATE, nullable=False, comment="On title and abstract, or on the full text."
        ),
        sa.Column(
            "decision",
            _STATE,
            nullable=False,
            comment="Include, exclude, unsure, or withdrawn: nothing stands in place of the "
            "former.",
        ),
        _text("exclusion_reason", "Why it is excluded.", nullable=True),
        _text("note", "What the person remarked.", nullable=True),
        sa.Column("labels", _JSON, nullable=False, comment="List of the person's own labels."),
        _text("reviewer", "Who decided."),
        _time("decided_at", "When it was decided; for an import: where unknown, then."),
        sa.Column("origin", _STATE, nullable=False, comment="Where it was made."),
        _number("decision_import_id", "The file that brought it, or null.", nullable=True),
        sa.Column(
            "has_seen_machine_text",
            sa.Boolean(),
            comment="Whether the machine's text was before the person's eyes; null: not known.",
        ),
        _number("reading_id", "The reading that was shown, or null.", nullable=True),
        _number(
            "supersedes_id",
            "The same person's decision in place of which it stands; null: the first.",
            nullable=True,
        ),
        sa.Column(
            "is_standing",
            sa.Boolean(),
            nullable=False,
            comment="Whether no newer one of the same person replaces it.",
        ),
        _text("tool_version", "Version of litsweep."),
        *_checks(),
        *_parents(),
        sa.UniqueConstraint(
            "screening_decision_id", *_DECIDED, name=op.f("uq_screening_decisions_decided")
        ),
        sa.PrimaryKeyConstraint("screening_decision_id", name=op.f("pk_screening_decisions")),
        comment="What people decided about the records, append-only.",
    )
    where = sa.text("is_standing")
    op.create_index(
        "uq_screening_decisions_standing",
        "screening_decisions",
        list(_DECIDED),
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_index(
        "uq_screening_decisions_supersedes_id",
        "screening_decisions",
        ["supersedes_id"],
        unique=True,
    )
    for column in ("record_id", "decision_import_id", "reading_id"):
        op.create_index(f"ix_screening_decisions_{column}", "screening_decisions", [column])


def _checks() -> list[sa.CheckConstraint]:
    rules = {
        "stage": _STAGES,
        "decision": _DECISIONS,
        "origin": _ORIGINS,
        "reason": "exclusion_reason IS NULL OR decision = 'exclude'",
        "imported": "(origin = 'imported') = (decision_import_id IS NOT NULL)",
        "supersedes": "supersedes_id <> screening_decision_id",
        "reviewer": "length(reviewer) > 0",
        "withdrawn": "decision <> 'withdrawn' OR supersedes_id IS NOT NULL",
    }
    return [
        sa.CheckConstraint(rule, name=op.f(f"ck_screening_decisions_{name}"))
        for name, rule in rules.items()
    ]


def _parents() -> list[sa.ForeignKeyConstraint]:
    scope = ["decision_import_id", "topic_id", "stage"]
    decided = ["screening_decision_id", *_DECIDED]
    parents = (
        ("topic_id_record_id", ["topic_id", "record_id"], "topic_records", None),
        ("decision_import_id", scope, "decision_imports", None),
        ("reading_id", ["reading_id"], "readings", None),
        ("supersedes_id", ["supersedes_id", *_DECIDED], "screening_decisions", decided),
    )
    return [
        sa.ForeignKeyConstraint(
            columns,
            [f"{table}.{target}" for target in targets or columns],
            name=op.f(f"fk_screening_decisions_{name}"),
        )
        for name, columns, table, targets in parents
    ]
