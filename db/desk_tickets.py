"""Addresses that let a person in once; only hashes of their secrets are stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from db.desk_secrets import hash_secret, make_secret
from db.reviewers import build_reviewer
from db.tables import desk_tickets, reviewers
from litsweep.domain.reviewers import Reviewer

FIRST: Final = timedelta(minutes=15)
"""How long the address holds that `litsweep desk` prints."""
INVITATION: Final = timedelta(hours=24)
"""How long an address holds that is sent to somebody who chooses a password."""
_KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTicket:
    """Who comes in with a ticket that holds."""

    person: Reviewer
    expires_at: datetime


def add_ticket(conn: Connection, reviewer_id: int, *, holds: timedelta, now: datetime) -> str:
    """Make a ticket and return its secret, which is not stored; drop those long over."""
    conn.execute(desk_tickets.delete().where(desk_tickets.c.expires_at < now - _KEPT))
    secret = make_secret()
    conn.execute(
        desk_tickets.insert().values(
            ticket_sha256=hash_secret(secret),
            reviewer_id=reviewer_id,
            made_at=now,
            expires_at=now + holds,
        )
    )
    return secret


def find_ticket(conn: Connection, secret: str, *, now: datetime) -> FoundTicket | None:
    """Return who comes in with a ticket; None where it was used, is too old, or is none."""
    row = conn.execute(
        select(reviewers, desk_tickets.c.expires_at)
        .join(desk_tickets, desk_tickets.c.reviewer_id == reviewers.c.reviewer_id)
        .where(
            desk_tickets.c.ticket_sha256 == hash_secret(secret),
            desk_tickets.c.used_at.is_(None),
            desk_tickets.c.expires_at > now,
            reviewers.c.disabled_at.is_(None),
        )
    ).first()
    if row is None:
        return None
    return FoundTicket(person=build_reviewer(row), expires_at=row.expires_at)


def use_ticket(conn: Connection, secret: str, *, now: datetime) -> Reviewer | None:
    """Use a ticket up and return who comes in; None as for `find_ticket`. Of two, one gets in."""
    found = find_ticket(conn, secret, now=now)
    if found is None:
        return None
    used = conn.execute(
        desk_tickets.update()
        .where(
            desk_tickets.c.ticket_sha256 == hash_secret(secret), desk_tickets.c.used_at.is_(None)
        )
        .values(used_at=now)
    )
    return found.person if used.rowcount else None


def end_tickets(conn: Connection, reviewer_id: int, *, now: datetime) -> None:
    """Let nobody in any more with the tickets that a person has."""
    conn.execute(
        desk_tickets.update()
        .where(desk_tickets.c.reviewer_id == reviewer_id, desk_tickets.c.used_at.is_(None))
        .values(used_at=now)
    )
