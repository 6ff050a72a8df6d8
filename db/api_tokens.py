"""Tokens with which people's programs use the desk's JSON API; only hashes are stored."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Row, select
from sqlalchemy.engine import ScalarResult

from db.desk_secrets import hash_secret, make_secret
from db.reviewers import build_reviewer
from db.tables import api_tokens, reviewers
from db.writing import add_row
from litsweep.domain.reviewers import ApiToken, Reviewer
from litsweep.errors import UsageError

_PREFIX: Final = "litsweep_"
"""What a token begins with, so that a scanner of secrets finds one that was published."""
_MOST: Final = 50
_SEEN_EVERY: Final = timedelta(minutes=1)


def add_token(
    conn: Connection, reviewer_id: int, name: str, *, expires_at: datetime | None, now: datetime
) -> str:
    """Make a token and return it; it is not stored and cannot be shown again.

    Raises:
        UsageError: the name is empty, too long or in use, the end has passed, or the person has
            50 tokens that hold.
    """
    name = " ".join(name.split())
    if not name or len(name) > 100:
        raise UsageError("A token's name has 1 to 100 letters.")
    if expires_at is not None and expires_at <= now:
        raise UsageError("A token's last day must be after today.")
    held = [one for one in list_tokens(conn, reviewer_id) if one.is_valid(now)]
    if any(one.name == name for one in held):
        raise UsageError(f"You have a token {name!r} already: revoke it, or choose another name.")
    if len(held) >= _MOST:
        raise UsageError(f"You have {_MOST} tokens: revoke those that are not used.")
    token = make_secret(_PREFIX)
    add_row(
        conn,
        api_tokens,
        reviewer_id=reviewer_id,
        name=name,
        token_sha256=hash_secret(token),
        created_at=now,
        expires_at=expires_at,
    )
    return token


def find_person_by_token(conn: Connection, token: str, *, now: datetime) -> Reviewer | None:
    """Return whose token it is; None where it is none, has ended, or the account is disabled."""
    row = conn.execute(
        select(reviewers, api_tokens.c.expires_at)
        .join(api_tokens, api_tokens.c.reviewer_id == reviewers.c.reviewer_id)
        .where(
            api_tokens.c.token_sha256 == hash_secret(token),
            api_tokens.c.revoked_at.is_(None),
            reviewers.c.disabled_at.is_(None),
        )
    ).first()
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    return build_reviewer(row)


def is_use_to_be_noted(conn: Connection, token: str, *, now: datetime) -> bool:
    """Tell whether the token's last use was noted more than a minute ago, or never."""
    last = _stored_use(conn, token).one_or_none()
    return last is None or last < now - _SEEN_EVERY


def note_use(conn: Connection, token: str, *, now: datetime) -> None:
    """Store that a token was used now."""
    conn.execute(
        api_tokens.update()
        .where(api_tokens.c.token_sha256 == hash_secret(token))
        .values(last_used_at=now)
    )


def list_tokens(conn: Connection, reviewer_id: int) -> list[ApiToken]:
    """Return a person's tokens, newest first, revoked ones too."""
    rows = conn.execute(
        select(api_tokens)
        .where(api_tokens.c.reviewer_id == reviewer_id)
        .order_by(api_tokens.c.api_token_id.desc())
    )
    return [_build(row) for row in rows]


def revoke_token(conn: Connection, reviewer_id: int, api_token_id: int, *, now: datetime) -> None:
    """Take a token of this person back; one that is taken back already stays so.

    Raises:
        UsageError: the person has no such token.
    """
    changed = conn.execute(
        api_tokens.update()
        .where(
            api_tokens.c.api_token_id == api_token_id,
            api_tokens.c.reviewer_id == reviewer_id,
            api_tokens.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    if changed.rowcount:
        return
    if all(one.api_token_id != api_token_id for one in list_tokens(conn, reviewer_id)):
        raise UsageError(f"You have no token {api_token_id}.")


def revoke_tokens(conn: Connection, reviewer_id: int, *, now: datetime) -> None:
    """Take back all tokens of a person that still hold."""
    conn.execute(
        api_tokens.update()
        .where(api_tokens.c.reviewer_id == reviewer_id, api_tokens.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def _stored_use(conn: Connection, token: str) -> ScalarResult[datetime | None]:
    return conn.scalars(
        select(api_tokens.c.last_used_at).where(api_tokens.c.token_sha256 == hash_secret(token))
    )


def _build(row: Row[tuple[object, ...]]) -> ApiToken:
    return ApiToken(
        api_token_id=row.api_token_id,
        name=row.name,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
