"""Decisions, vectors, the full-text index and the views.

Revision: 0004, after 0003. Rows keep what they say; every stored record is indexed.
"""

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


def upgrade() -> None:
    op.create_index(
        "ix_topic_records_found", "topic_records", ["topic_id", "found_at", "record_id"]
    )
    _create_embeddings()
    _create_imports()
    _create_decisions()
    search_index.install(op.get_bind())


def downgrade() -> None:
    search_index.uninstall(op.get_bind())
    for table in ("screening_decisions", "decision_imports", "document_embeddings"):
        op.drop_table(table)
    op.drop_index("ix_topic_records_found", "topic_records")


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
            "length(vector) = 4 * n_dimensions", name=op.f("ck_document_embeddings_vector")
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
        _number("n_entries", "Entries of the file."),
        _number("n_added", "Decisions that were new here."),
        _number("n_unchanged", "Decisions that stood here already."),
        _number("n_undecided", "Entries without a decision."),
        sa.Column(
            "unmatched",
            _JSON,
            nullable=False,
            comment="List of {entry, title, reason}: decisions about no record.",
        ),
        _text("imported_by", "Who imported the file."),
        _time("imported_at", "When it was imported."),
        _text("tool_version", "Version of litsweep."),
        sa.CheckConstraint(_STAGES, name=op.f("ck_decision_imports_stage")),
        sa.CheckConstraint(
            "n_entries >= 0 AND n_added >= 0 AND n_unchanged >= 0 AND n_undecided >= 0",
            name=op.f("ck_decision_imports_counts"),
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
        sa.PrimaryKeyConstraint("screening_decision_id", name=op.f("pk_screening_decisions")),
        comment="What people decided about the records, append-only.",
    )
    where = sa.text("is_standing")
    op.create_index(
        "uq_screening_decisions_standing",
        "screening_decisions",
        ["topic_id", "record_id", "stage", "reviewer"],
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
    }
    return [
        sa.CheckConstraint(rule, name=op.f(f"ck_screening_decisions_{name}"))
        for name, rule in rules.items()
    ]


def _parents() -> list[sa.ForeignKeyConstraint]:
    parents = (
        (["topic_id", "record_id"], "topic_records", ["topic_id", "record_id"]),
        (["decision_import_id"], "decision_imports", ["decision_import_id"]),
        (["reading_id"], "readings", ["reading_id"]),
        (["supersedes_id"], "screening_decisions", ["screening_decision_id"]),
    )
    return [
        sa.ForeignKeyConstraint(
            columns,
            [f"{table}.{target}" for target in targets],
            name=op.f(f"fk_screening_decisions_{'_'.join(columns)}"),
        )
        for columns, table, targets in parents
    ]
