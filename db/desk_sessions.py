"""Who is signed in at the desk: sessions, of which only hashes are stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Update, bindparam, func, select

from db.desk_secrets import hash_secret, make_secret
from db.reviewers import build_reviewer
from db.tables import desk_sessions, reviewers
from litsweep.domain.reviewers import DeskSession, Reviewer

_SEEN_EVERY: Final = timedelta(minutes=1)
_KEPT: Final = timedelta(days=30)
_ID_LETTERS: Final = 16
_Moment = datetime | ColumnElement[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """When a session ends by itself: unused for ``idle``, and ``longest`` after its beginning."""

    idle: timedelta = timedelta(hours=12)
    longest: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSession:
    """Whose session it is; ``is_seen_to_be_noted`` where its last use was noted long ago."""

    person: Reviewer
    is_seen_to_be_noted: bool


def start_session(conn: Connection, reviewer_id: int, now: datetime) -> str:
    """Begin a session and return its secret, which is not stored; drop those long over."""
    conn.execute(desk_sessions.delete().where(desk_sessions.c.last_seen_at < now - _KEPT))
    secret = make_secret()
    conn.execute(
        desk_sessions.insert().values(
            session_sha256=hash_secret(secret),
            reviewer_id=reviewer_id,
            started_at=now,
            last_seen_at=now,
        )
    )
    return secret


def find_session(
    conn: Connection, secret: str, *, ends: Ends, now: datetime
) -> FoundSession | None:
    """Return whose session it is; None where it has ended or the account is disabled."""
    row = conn.execute(
        _BY_SECRET,
        {
            "hash": hash_secret(secret),
            "seen_after": now - ends.idle,
            "started_after": now - ends.longest,
        },
    ).first()
    if row is None:
        return None
    return FoundSession(
        person=build_reviewer(row), is_seen_to_be_noted=row.last_seen_at < now - _SEEN_EVERY
    )


def note_seen(conn: Connection, secret: str, *, now: datetime) -> None:
    """Store that a session was used now."""
    conn.execute(_of(secret).values(last_seen_at=now))


def end_session(conn: Connection, secret: str, *, now: datetime) -> None:
    """End a session; one that has ended stays so."""
    conn.execute(_of(secret).where(desk_sessions.c.ended_at.is_(None)).values(ended_at=now))


def end_sessions(
    conn: Connection, reviewer_id: int, *, now: datetime, but: str | None = None
) -> None:
    """End all sessions of a person, except the one whose secret is ``but``."""
    ending = desk_sessions.update().where(
        desk_sessions.c.reviewer_id == reviewer_id, desk_sessions.c.ended_at.is_(None)
    )
    if but is not None:
        ending = ending.where(desk_sessions.c.session_sha256 != hash_secret(but))
    conn.execute(ending.values(ended_at=now))


def end_session_of(conn: Connection, reviewer_id: int, session_id: str, *, now: datetime) -> bool:
    """End one of a person's sessions by its id; tell whether there was one to end."""
    if len(session_id) != _ID_LETTERS:
        return False
    ended = conn.execute(
        desk_sessions.update()
        .where(
            desk_sessions.c.reviewer_id == reviewer_id,
            desk_sessions.c.session_sha256.startswith(session_id, autoescape=True),
            desk_sessions.c.ended_at.is_(None),
        )
        .values(ended_at=now)
    )
    return bool(ended.rowcount)


def list_sessions(
    conn: Connection, reviewer_id: int, *, secret: str, ends: Ends, now: datetime
) -> list[DeskSession]:
    """Return a person's open sessions, last seen first; ``secret`` is that of the asking one."""
    rows = conn.execute(
        select(desk_sessions)
        .where(
            desk_sessions.c.reviewer_id == reviewer_id,
            _is_open(now - ends.idle, now - ends.longest),
        )
        .order_by(desk_sessions.c.last_seen_at.desc(), desk_sessions.c.session_sha256)
    )
    return [_build(row, hash_secret(secret)) for row in rows]


def list_last_seen(conn: Connection) -> dict[int, datetime]:
    """Return when each person was last here, by their number; who was not for long is absent."""
    rows = conn.execute(
        select(desk_sessions.c.reviewer_id, func.max(desk_sessions.c.last_seen_at)).group_by(
            desk_sessions.c.reviewer_id
        )
    )
    return {reviewer_id: seen for reviewer_id, seen in rows}


def _is_open(seen_after: _Moment, started_after: _Moment) -> ColumnElement[bool]:
    return (
        desk_sessions.c.ended_at.is_(None)
        & (desk_sessions.c.last_seen_at > seen_after)
        & (desk_sessions.c.started_at > started_after)
    )


# Built once: every request asks it, and building it takes longer than asking.
_BY_SECRET: Final = (
    select(reviewers, desk_sessions.c.last_seen_at)
    .join(desk_sessions, desk_sessions.c.reviewer_id == reviewers.c.reviewer_id)
    .where(
        desk_sessions.c.session_sha256 == bindparam("hash"),
        _is_open(bindparam("seen_after"), bindparam("started_after")),
        reviewers.c.disabled_at.is_(None),
    )
)


def _of(secret: str) -> Update:
    return desk_sessions.update().where(desk_sessions.c.session_sha256 == hash_secret(secret))


def _build(row: Row[Any], own_hash: str) -> DeskSession:
    return DeskSession(
        session_id=row.session_sha256[:_ID_LETTERS],
        started_at=row.started_at,
        last_seen_at=row.last_seen_at,
        is_this=row.session_sha256 == own_hash,
    )
