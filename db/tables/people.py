"""The accounts of the desk: who may come in, who is in, and who failed to."""

from sqlalchemy import CheckConstraint, Index, String, Table, Text

from db.tables.columns import column, key, metadata, parent, sha256
from db.types import Json, Time, state
from litsweep.domain.reviewers import Role

reviewers = Table(
    "reviewers",
    metadata,
    key("reviewer_id", "Number of the person."),
    column("name", String(100), unique=True, comment="The name beside their decisions."),
    column("role", state(Role, "role"), comment="Reader, reviewer or lead."),
    column("password_hash", Text, nullable=True, comment="Argon2id's; null: no password yet."),
    column("preferences", Json, comment="Their own: {keys: {action: key}, judge_first: bool}."),
    column("created_at", Time, comment="When the account was made."),
    column("created_by", Text, comment="Who made it."),
    column("disabled_at", Time, nullable=True, comment="Since when nobody can sign in; or null."),
    CheckConstraint("length(name) > 0", name="name"),
    comment="People with an account at the review desk.",
)

desk_sessions = Table(
    "desk_sessions",
    metadata,
    sha256("session_sha256", "Hash of what the browser's cookie holds.", primary_key=True),
    parent("reviewer_id", "reviewers.reviewer_id", "Whose session it is."),
    column("started_at", Time, comment="When the person signed in."),
    column("last_seen_at", Time, comment="When it was last used, to the minute."),
    column("ended_at", Time, nullable=True, comment="When it was ended; null: it is not."),
    Index("ix_desk_sessions_reviewer_id", "reviewer_id"),
    comment="Who is signed in at the review desk.",
)

desk_tickets = Table(
    "desk_tickets",
    metadata,
    sha256("ticket_sha256", "Hash of what the address holds.", primary_key=True),
    parent("reviewer_id", "reviewers.reviewer_id", "Who comes in with it."),
    column("made_at", Time, comment="When it was made."),
    column("expires_at", Time, comment="Until when it can be used."),
    column("used_at", Time, nullable=True, comment="When it was used, once; or null."),
    Index("ix_desk_tickets_reviewer_id", "reviewer_id"),
    comment="Addresses that let a person in once: the desk's first, or for a new password.",
)

api_tokens = Table(
    "api_tokens",
    metadata,
    key("api_token_id", "Number of the token."),
    parent("reviewer_id", "reviewers.reviewer_id", "Whose token it is: it may what they may."),
    column("name", Text, comment="What the person calls it."),
    sha256("token_sha256", "Hash of the token.", unique=True),
    column("created_at", Time, comment="When it was made."),
    column("expires_at", Time, nullable=True, comment="Until when it holds; null: no end."),
    column("last_used_at", Time, nullable=True, comment="When it was last used, to the minute."),
    column("revoked_at", Time, nullable=True, comment="When it was taken back; or null."),
    Index("ix_api_tokens_reviewer_id", "reviewer_id"),
    comment="Tokens with which people's programs use the desk's JSON API.",
)

login_attempts = Table(
    "login_attempts",
    metadata,
    key("login_attempt_id", "Number of the attempt."),
    column("name", Text, comment="The name that was given."),
    column("address", Text, comment="Where it came from."),
    column("attempted_at", Time, comment="When it failed."),
    Index("ix_login_attempts_name", "name", "attempted_at"),
    Index("ix_login_attempts_address", "address", "attempted_at"),
    comment="Failed attempts to sign in, of the last day: they slow the next ones down.",
)
