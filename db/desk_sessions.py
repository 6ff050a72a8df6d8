"""Who is signed in at the desk: sessions, of which only hashes are stored."""

import secrets
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, select

from db.reviewers import build_reviewer
from db.tables import desk_sessions, reviewers
from litsweep.domain.reviewers import Reviewer


def start_session(conn: Connection, reviewer_id: int, now: datetime) -> str:
    """Begin a session and return its secret, which is not stored."""
    secret = secrets.token_urlsafe(32)
    conn.execute(
        desk_sessions.insert().values(
            session_sha256=_hash(secret), reviewer_id=reviewer_id, started_at=now, last_seen_at=now
        )
    )
    return secret


def find_person(conn: Connection, secret: str) -> Reviewer | None:
    """Return whose session it is; None where it has ended or the account is disabled."""
    row = conn.execute(
        select(reviewers)
        .join(desk_sessions, desk_sessions.c.reviewer_id == reviewers.c.reviewer_id)
        .where(
            desk_sessions.c.session_sha256 == _hash(secret),
            desk_sessions.c.ended_at.is_(None),
            reviewers.c.disabled_at.is_(None),
        )
    ).first()
    return None if row is None else build_reviewer(row)


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
