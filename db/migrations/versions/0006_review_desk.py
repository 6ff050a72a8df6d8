"""The review desk: rules of screening, claims, judgements of machine text, people and tokens.

Revision: 0006, after 0005. New tables, and four columns that older rows leave at their default.
Going back loses accounts, protocols and judgements; decisions stay.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import SetColumnComment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True).with_variant(sa.String(length=32), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_STATE = sa.String(length=16)
_STANDING = sa.text("is_standing")
_FAULTS = "fault IN ('not_in_source', 'wrong_number', 'reversed', 'overstated', 'missed', 'other')"
_TABLES = (
    "login_attempts",
    "api_tokens",
    "desk_tickets",
    "desk_sessions",
    "reviewers",
    "finding_judgements",
    "sentence_judgements",
    "screening_claims",
    "screening_protocols",
)

# Indexes of the few rows of a large table that a condition picks.
_FEW = {
    "ix_records_spoken_against": (
        "records",
        "record_id",
        "publication_status <> 'as_published'",
    ),
    "ix_readings_failed": ("readings", "document_id", "failure IS NOT NULL"),
    "ix_summaries_flagged": ("summaries", "reading_id", "is_flagged"),
    "ix_findings_flagged": ("findings", "analysis_id", "is_flagged"),
}


_SCREENED = (
    "Whether somebody's standing decision on title and abstract includes or excludes it: follows "
    "from screening_decisions."
)
_SCREENED_BY_RULES = (
    "Whether enough people's standing decisions on title and abstract include or exclude it, or a "
    "conflict about it was settled: follows from screening_decisions and from n_reviewers of the "
    "topic's last protocol."
)


def upgrade() -> None:
    _create_screening_protocols()
    _create_screening_claims()
    _create_sentence_judgements()
    _create_finding_judgements()
    _create_reviewers()
    _create_desk_sessions()
    _create_desk_tickets()
    _create_api_tokens()
    _create_login_attempts()
    _extend()
    _index_lists()
    _tell_what_is_screened(_SCREENED_BY_RULES)


def downgrade() -> None:
    _tell_what_is_screened(_SCREENED)
    for index, (table, *_) in _FEW.items():
        op.drop_index(index, table)
    op.drop_index("ix_topic_records_found", "topic_records")
    op.drop_index("ix_screening_decisions_decided_at", table_name="screening_decisions")
    op.drop_index("ix_screening_decisions_own", table_name="screening_decisions")
    op.drop_index("ix_screening_decisions_reviewer", table_name="screening_decisions")
    op.drop_index("ix_screening_decisions_decided", table_name="screening_decisions")
    op.drop_column("screening_decisions", "undoes_id")
    op.drop_column("screening_decisions", "record_version")
    op.drop_column("screening_decisions", "is_adjudication")
    op.drop_column("reread_requests", "model")
    for table in _TABLES:
        op.drop_table(table)


def _index_lists() -> None:
    op.create_index("ix_topic_records_found", "topic_records", ["topic_id", "found_at"])
    for index, (table, column, rule) in _FEW.items():
        where = sa.text(rule)
        op.create_index(index, table, [column], sqlite_where=where, postgresql_where=where)


def _tell_what_is_screened(words: str) -> None:
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        column: sa.Column[bool] = sa.Column("is_screened", sa.Boolean(), comment=words)
        sa.Table("topic_records", sa.MetaData(), column)
        op.execute(SetColumnComment(column))


def _extend() -> None:
    op.add_column(
        "reread_requests",
        sa.Column(
            "model",
            sa.Text(),
            comment="The model that the person asks for, by name, or none; null: as it is set.",
        ),
    )
    op.add_column(
        "screening_decisions",
        sa.Column(
            "is_adjudication",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it settles a conflict of others: then it alone counts.",
        ),
    )
    op.add_column(
        "screening_decisions",
        sa.Column(
            "record_version",
            sa.Integer(),
            comment="The version of the record that was shown; null: not known.",
        ),
    )
    op.add_column(
        "screening_decisions",
        sa.Column(
            "undoes_id",
            sa.Integer(),
            comment="The same person's decision that was taken back with this one; or null.",
        ),
    )
    op.create_index(
        "ix_screening_decisions_decided",
        "screening_decisions",
        ["topic_id", "stage", "decision", "record_id"],
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )
    op.create_index(
        "ix_screening_decisions_reviewer",
        "screening_decisions",
        ["reviewer", "screening_decision_id"],
    )
    op.create_index(
        "ix_screening_decisions_own",
        "screening_decisions",
        [
            *("reviewer", "topic_id", "stage"),
            *("screening_decision_id", "decision", "is_adjudication"),
        ],
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )
    op.create_index(
        "ix_screening_decisions_decided_at",
        "screening_decisions",
        ["topic_id", "decided_at", "decision"],
    )


def _create_screening_protocols() -> None:
    op.create_table(
        "screening_protocols",
        sa.Column(
            "screening_protocol_id", sa.Integer(), nullable=False, comment="Number of the version."
        ),
        sa.Column("topic_id", sa.Integer(), nullable=False, comment="The topic."),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=False,
            comment="1 for the first, one more for each change.",
        ),
        sa.Column(
            "exclusion_reasons",
            _JSON,
            nullable=False,
            comment="List of the reasons to choose from.",
        ),
        sa.Column("labels", _JSON, nullable=False, comment="List of the labels that are offered."),
        sa.Column(
            "n_reviewers",
            sa.Integer(),
            nullable=False,
            comment="How many people include or exclude a record before it has been screened.",
        ),
        sa.Column(
            "is_blinded",
            sa.Boolean(),
            nullable=False,
            comment="Whether nobody sees another's decision before so many have decided.",
        ),
        sa.Column(
            "is_judge_first",
            sa.Boolean(),
            nullable=False,
            comment="Whether the machine's text is shown only after the decision.",
        ),
        sa.Column(
            "highlighted_terms",
            _JSON,
            nullable=False,
            comment="List of words that are marked in the texts.",
        ),
        sa.Column("author", sa.Text(), nullable=False, comment="Who set it."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why."),
        sa.Column("created_at", _TIME, nullable=False, comment="When."),
        sa.CheckConstraint(
            "n_reviewers BETWEEN 1 AND 9", name=op.f("ck_screening_protocols_n_reviewers")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_screening_protocols_version")),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.topic_id"], name=op.f("fk_screening_protocols_topic_id")
        ),
        sa.PrimaryKeyConstraint("screening_protocol_id", name=op.f("pk_screening_protocols")),
        sa.UniqueConstraint(
            "topic_id", "version", name=op.f("uq_screening_protocols_topic_id_version")
        ),
        comment="How a topic is screened, every version of it.",
    )


def _create_screening_claims() -> None:
    op.create_table(
        "screening_claims",
        sa.Column(
            "topic_id", sa.Integer(), autoincrement=False, nullable=False, comment="The topic."
        ),
        sa.Column(
            "record_id", sa.Integer(), autoincrement=False, nullable=False, comment="The record."
        ),
        sa.Column("stage", _STATE, nullable=False, comment="The stage."),
        sa.Column("reviewer", sa.Text(), nullable=False, comment="Who has it before their eyes."),
        sa.Column(
            "claimed_at", _TIME, nullable=False, comment="Since when; an old claim counts no more."
        ),
        sa.CheckConstraint(
            "stage IN ('title_abstract', 'full_text')", name=op.f("ck_screening_claims_stage")
        ),
        sa.ForeignKeyConstraint(
            ["topic_id", "record_id"],
            ["topic_records.topic_id", "topic_records.record_id"],
            name=op.f("fk_screening_claims_topic_id_record_id"),
        ),
        sa.PrimaryKeyConstraint(
            "topic_id", "record_id", "stage", "reviewer", name=op.f("pk_screening_claims")
        ),
        comment="Which records are before whose eyes, so that two people do not do one's work.",
    )
    op.create_index(
        "ix_screening_claims_reviewer", "screening_claims", ["reviewer", "topic_id", "stage"]
    )


def _create_sentence_judgements() -> None:
    op.create_table(
        "sentence_judgements",
        sa.Column(
            "sentence_judgement_id",
            sa.Integer(),
            nullable=False,
            comment="Number of the judgement.",
        ),
        sa.Column("summary_id", sa.Integer(), nullable=False, comment="The summary."),
        sa.Column(
            "position",
            sa.Integer(),
            nullable=False,
            comment="Place of the sentence in it, 0 the first.",
        ),
        sa.Column("judgement", _STATE, nullable=False, comment="Right, wrong, withdrawn."),
        sa.Column("fault", _STATE, comment="What is wrong; or null."),
        sa.Column("note", sa.Text(), comment="What the person remarked."),
        sa.Column("reviewer", sa.Text(), nullable=False, comment="Who judged."),
        sa.Column("judged_at", _TIME, nullable=False, comment="When."),
        sa.Column(
            "supersedes_id",
            sa.Integer(),
            comment="The same person's judgement in place of which it stands; null: the first.",
        ),
        sa.Column(
            "is_standing",
            sa.Boolean(),
            nullable=False,
            comment="Whether no newer one of that person replaces it.",
        ),
        sa.Column(
            "is_audit",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether chance chose what was judged, so that its rate speaks for the rest.",
        ),
        sa.Column("tool_version", sa.Text(), nullable=False, comment="Version of litsweep."),
        sa.CheckConstraint(_FAULTS, name=op.f("ck_sentence_judgements_fault")),
        sa.CheckConstraint(
            "judgement IN ('right', 'wrong', 'withdrawn')",
            name=op.f("ck_sentence_judgements_judgement"),
        ),
        sa.CheckConstraint("length(reviewer) > 0", name=op.f("ck_sentence_judgements_reviewer")),
        sa.CheckConstraint(
            "supersedes_id <> sentence_judgement_id", name=op.f("ck_sentence_judgements_supersedes")
        ),
        sa.CheckConstraint(
            "judgement <> 'withdrawn' OR supersedes_id IS NOT NULL",
            name=op.f("ck_sentence_judgements_withdrawn"),
        ),
        sa.CheckConstraint(
            "(judgement = 'wrong') = (fault IS NOT NULL)", name=op.f("ck_sentence_judgements_wrong")
        ),
        sa.ForeignKeyConstraint(
            ["summary_id", "position"],
            ["summary_sentences.summary_id", "summary_sentences.position"],
            name=op.f("fk_sentence_judgements_sentence"),
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id", "summary_id", "position", "reviewer"],
            [
                "sentence_judgements.sentence_judgement_id",
                "sentence_judgements.summary_id",
                "sentence_judgements.position",
                "sentence_judgements.reviewer",
            ],
            name=op.f("fk_sentence_judgements_supersedes_id"),
        ),
        sa.PrimaryKeyConstraint("sentence_judgement_id", name=op.f("pk_sentence_judgements")),
        sa.UniqueConstraint(
            "sentence_judgement_id",
            "summary_id",
            "position",
            "reviewer",
            name=op.f("uq_sentence_judgements_judged"),
        ),
        comment="What people say of the sentences of summaries, append-only.",
    )
    op.create_index(
        "uq_sentence_judgements_standing",
        "sentence_judgements",
        ["summary_id", "position", "reviewer"],
        unique=True,
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )
    op.create_index(
        "uq_sentence_judgements_supersedes_id",
        "sentence_judgements",
        ["supersedes_id"],
        unique=True,
    )


def _create_finding_judgements() -> None:
    op.create_table(
        "finding_judgements",
        sa.Column(
            "finding_judgement_id", sa.Integer(), nullable=False, comment="Number of the judgement."
        ),
        sa.Column("finding_id", sa.Integer(), nullable=False, comment="The data item."),
        sa.Column("judgement", _STATE, nullable=False, comment="Right, wrong, withdrawn."),
        sa.Column("fault", _STATE, comment="What is wrong; or null."),
        sa.Column("note", sa.Text(), comment="What the person remarked."),
        sa.Column("reviewer", sa.Text(), nullable=False, comment="Who judged."),
        sa.Column("judged_at", _TIME, nullable=False, comment="When."),
        sa.Column(
            "supersedes_id",
            sa.Integer(),
            comment="The same person's judgement in place of which it stands; null: the first.",
        ),
        sa.Column(
            "is_standing",
            sa.Boolean(),
            nullable=False,
            comment="Whether no newer one of that person replaces it.",
        ),
        sa.Column(
            "is_audit",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether chance chose what was judged, so that its rate speaks for the rest.",
        ),
        sa.Column("tool_version", sa.Text(), nullable=False, comment="Version of litsweep."),
        sa.Column(
            "corrected_state",
            _STATE,
            comment="What it should be: found, not reported, not found; null: not corrected.",
        ),
        sa.Column("corrected_value", sa.Text(), comment="The value that is right, or null."),
        sa.Column("corrected_quote", sa.Text(), comment="The passage that says so, or null."),
        sa.Column("corrected_start", sa.Integer(), comment="Where that passage begins."),
        sa.Column("corrected_end", sa.Integer(), comment="Where it ends."),
        sa.CheckConstraint(
            "corrected_state IS NULL OR judgement = 'wrong'",
            name=op.f("ck_finding_judgements_corrected"),
        ),
        sa.CheckConstraint(
            "corrected_state IN ('found', 'not_reported', 'not_found')",
            name=op.f("ck_finding_judgements_corrected_state"),
        ),
        sa.CheckConstraint(
            "corrected_state IS NOT NULL OR (corrected_value IS NULL AND corrected_quote IS NULL)",
            name=op.f("ck_finding_judgements_corrected_value"),
        ),
        sa.CheckConstraint(_FAULTS, name=op.f("ck_finding_judgements_fault")),
        sa.CheckConstraint(
            "judgement IN ('right', 'wrong', 'withdrawn')",
            name=op.f("ck_finding_judgements_judgement"),
        ),
        sa.CheckConstraint("length(reviewer) > 0", name=op.f("ck_finding_judgements_reviewer")),
        sa.CheckConstraint(
            "(corrected_start IS NULL) = (corrected_end IS NULL)",
            name=op.f("ck_finding_judgements_source"),
        ),
        sa.CheckConstraint(
            "0 <= corrected_start AND corrected_start <= corrected_end",
            name=op.f("ck_finding_judgements_span"),
        ),
        sa.CheckConstraint(
            "supersedes_id <> finding_judgement_id", name=op.f("ck_finding_judgements_supersedes")
        ),
        sa.CheckConstraint(
            "judgement <> 'withdrawn' OR supersedes_id IS NOT NULL",
            name=op.f("ck_finding_judgements_withdrawn"),
        ),
        sa.CheckConstraint(
            "(judgement = 'wrong') = (fault IS NOT NULL)", name=op.f("ck_finding_judgements_wrong")
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.finding_id"], name=op.f("fk_finding_judgements_finding_id")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id", "finding_id", "reviewer"],
            [
                "finding_judgements.finding_judgement_id",
                "finding_judgements.finding_id",
                "finding_judgements.reviewer",
            ],
            name=op.f("fk_finding_judgements_supersedes_id"),
        ),
        sa.PrimaryKeyConstraint("finding_judgement_id", name=op.f("pk_finding_judgements")),
        sa.UniqueConstraint(
            "finding_judgement_id",
            "finding_id",
            "reviewer",
            name=op.f("uq_finding_judgements_judged"),
        ),
        comment="What people say of the data items of analyses: append-only.",
    )
    op.create_index(
        "uq_finding_judgements_standing",
        "finding_judgements",
        ["finding_id", "reviewer"],
        unique=True,
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )
    op.create_index(
        "uq_finding_judgements_supersedes_id", "finding_judgements", ["supersedes_id"], unique=True
    )


def _create_reviewers() -> None:
    op.create_table(
        "reviewers",
        sa.Column("reviewer_id", sa.Integer(), nullable=False, comment="Number of the person."),
        sa.Column(
            "name",
            sa.String(length=100),
            nullable=False,
            comment="The name beside their decisions.",
        ),
        sa.Column("role", _STATE, nullable=False, comment="Reader, reviewer or lead."),
        sa.Column("password_hash", sa.Text(), comment="Argon2id's; null: no password yet."),
        sa.Column(
            "preferences",
            _JSON,
            nullable=False,
            comment="Their own: {keys: {action: key}, judge_first: bool}.",
        ),
        sa.Column("created_at", _TIME, nullable=False, comment="When the account was made."),
        sa.Column("created_by", sa.Text(), nullable=False, comment="Who made it."),
        sa.Column("disabled_at", _TIME, comment="Since when nobody can sign in; or null."),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_reviewers_name")),
        sa.CheckConstraint(
            "role IN ('reader', 'reviewer', 'lead')", name=op.f("ck_reviewers_role")
        ),
        sa.PrimaryKeyConstraint("reviewer_id", name=op.f("pk_reviewers")),
        sa.UniqueConstraint("name", name=op.f("uq_reviewers_name")),
        comment="People with an account at the review desk.",
    )


def _create_desk_sessions() -> None:
    op.create_table(
        "desk_sessions",
        sa.Column(
            "session_sha256",
            sa.String(length=64),
            nullable=False,
            comment="Hash of what the browser's cookie holds.",
        ),
        sa.Column("reviewer_id", sa.Integer(), nullable=False, comment="Whose session it is."),
        sa.Column("started_at", _TIME, nullable=False, comment="When the person signed in."),
        sa.Column(
            "last_seen_at", _TIME, nullable=False, comment="When it was last used, to the minute."
        ),
        sa.Column("ended_at", _TIME, comment="When it was ended; null: it is not."),
        sa.CheckConstraint(
            "length(session_sha256) = 64", name=op.f("ck_desk_sessions_session_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewers.reviewer_id"], name=op.f("fk_desk_sessions_reviewer_id")
        ),
        sa.PrimaryKeyConstraint("session_sha256", name=op.f("pk_desk_sessions")),
        comment="Who is signed in at the review desk.",
    )
    op.create_index("ix_desk_sessions_reviewer_id", "desk_sessions", ["reviewer_id"])


def _create_desk_tickets() -> None:
    op.create_table(
        "desk_tickets",
        sa.Column(
            "ticket_sha256",
            sa.String(length=64),
            nullable=False,
            comment="Hash of what the address holds.",
        ),
        sa.Column("reviewer_id", sa.Integer(), nullable=False, comment="Who comes in with it."),
        sa.Column("made_at", _TIME, nullable=False, comment="When it was made."),
        sa.Column("expires_at", _TIME, nullable=False, comment="Until when it can be used."),
        sa.Column("used_at", _TIME, comment="When it was used, once; or null."),
        sa.CheckConstraint(
            "length(ticket_sha256) = 64", name=op.f("ck_desk_tickets_ticket_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewers.reviewer_id"], name=op.f("fk_desk_tickets_reviewer_id")
        ),
        sa.PrimaryKeyConstraint("ticket_sha256", name=op.f("pk_desk_tickets")),
        comment="Addresses that let a person in once: the desk's first, or for a new password.",
    )
    op.create_index("ix_desk_tickets_reviewer_id", "desk_tickets", ["reviewer_id"])


def _create_api_tokens() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("api_token_id", sa.Integer(), nullable=False, comment="Number of the token."),
        sa.Column(
            "reviewer_id",
            sa.Integer(),
            nullable=False,
            comment="Whose token it is: it may what they may.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="What the person calls it."),
        sa.Column(
            "token_sha256", sa.String(length=64), nullable=False, comment="Hash of the token."
        ),
        sa.Column("created_at", _TIME, nullable=False, comment="When it was made."),
        sa.Column("expires_at", _TIME, comment="Until when it holds; null: no end."),
        sa.Column("last_used_at", _TIME, comment="When it was last used, to the minute."),
        sa.Column("revoked_at", _TIME, comment="When it was taken back; or null."),
        sa.CheckConstraint("length(token_sha256) = 64", name=op.f("ck_api_tokens_token_sha256")),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewers.reviewer_id"], name=op.f("fk_api_tokens_reviewer_id")
        ),
        sa.PrimaryKeyConstraint("api_token_id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_api_tokens_token_sha256")),
        comment="Tokens with which people's programs use the desk's JSON API.",
    )
    op.create_index("ix_api_tokens_reviewer_id", "api_tokens", ["reviewer_id"])


def _create_login_attempts() -> None:
    op.create_table(
        "login_attempts",
        sa.Column(
            "login_attempt_id", sa.Integer(), nullable=False, comment="Number of the attempt."
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="The name that was given."),
        sa.Column("address", sa.Text(), nullable=False, comment="Where it came from."),
        sa.Column("attempted_at", _TIME, nullable=False, comment="When it failed."),
        sa.PrimaryKeyConstraint("login_attempt_id", name=op.f("pk_login_attempts")),
        comment="Failed attempts to sign in, of the last day: they slow the next ones down.",
    )
    op.create_index("ix_login_attempts_address", "login_attempts", ["address", "attempted_at"])
    op.create_index("ix_login_attempts_name", "login_attempts", ["name", "attempted_at"])
