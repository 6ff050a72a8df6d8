"""The people of the desk: accounts, roles, passwords' hashes, preferences."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from db.tables import api_tokens, desk_sessions, desk_tickets, reviewers
from db.writing import add_row
from litsweep.domain.reviewers import Reviewer, Role, clean_name, is_same_name
from litsweep.errors import UsageError


def add_reviewer(
    conn: Connection, *, name: str, role: Role, created_by: str, now: datetime
) -> Reviewer:
    """Add an account without a password.

    Raises:
        UsageError: the name is empty, too long, not visible, or taken.
    """
    name = clean_name(name)
    for other in list_reviewers(conn):
        if is_same_name(name, other.name):
            raise UsageError(f"There is an account {other.name!r} already.")
    add_row(
        conn,
        reviewers,
        name=name,
        role=role,
        preferences={},
        created_at=now,
        created_by=created_by,
    )
    return get_reviewer(conn, name)


def find_reviewer(conn: Connection, name: str) -> Reviewer | None:
    """Return the account of this name, or None."""
    row = conn.execute(select(reviewers).where(reviewers.c.name == name)).first()
    return None if row is None else build_reviewer(row)


def get_reviewer(conn: Connection, name: str) -> Reviewer:
    """Return the account of this name.

    Raises:
        UsageError: there is none.
    """
    found = find_reviewer(conn, " ".join(name.split()))
    if found is None:
        raise UsageError(f"There is no account {name!r}: litsweep reviewer list shows all.")
    return found


def get_reviewer_by_number(conn: Connection, reviewer_id: int) -> Reviewer:
    """Return the account of this number.

    Raises:
        UsageError: there is none.
    """
    row = conn.execute(select(reviewers).where(reviewers.c.reviewer_id == reviewer_id)).first()
    if row is None:
        raise UsageError(f"There is no account {reviewer_id}.")
    return build_reviewer(row)


def list_reviewers(conn: Connection) -> list[Reviewer]:
    """Return all accounts by name, disabled ones too."""
    rows = conn.execute(select(reviewers).order_by(reviewers.c.name))
    return [build_reviewer(row) for row in rows]


def find_password_hash(conn: Connection, reviewer_id: int) -> str | None:
    """Return the hash of a person's password; None where they have none."""
    return conn.scalar(
        select(reviewers.c.password_hash).where(reviewers.c.reviewer_id == reviewer_id)
    )


def set_password_hash(conn: Connection, reviewer_id: int, password_hash: str | None) -> None:
    """Store the hash of a new password; None takes the password away."""
    _change(conn, reviewer_id, password_hash=password_hash)


def set_role(conn: Connection, person: Reviewer, role: Role) -> None:
    """Give a person another role, from their next request on.

    Raises:
        UsageError: nobody else is a lead.
    """
    if role is not Role.LEAD:
        _refuse_last_lead(conn, person)
    _change(conn, person.reviewer_id, role=role)


def disable(conn: Connection, person: Reviewer, *, now: datetime) -> None:
    """Let a person in no more: their sessions, addresses and tokens end, their decisions stay.

    Raises:
        UsageError: nobody else is a lead.
    """
    _refuse_last_lead(conn, person)
    if person.disabled_at is None:
        _change(conn, person.reviewer_id, disabled_at=now)
    for table, ended in (
        (desk_sessions, desk_sessions.c.ended_at),
        (desk_tickets, desk_tickets.c.used_at),
        (api_tokens, api_tokens.c.revoked_at),
    ):
        conn.execute(
            table.update()
            .where(table.c.reviewer_id == person.reviewer_id, ended.is_(None))
            .values({ended: now})
        )


def enable(conn: Connection, person: Reviewer) -> None:
    """Let a person in again, with the password that they had; tokens stay revoked."""
    _change(conn, person.reviewer_id, disabled_at=None)


def _change(conn: Connection, reviewer_id: int, **values: Any) -> None:
    conn.execute(reviewers.update().where(reviewers.c.reviewer_id == reviewer_id).values(values))


def _refuse_last_lead(conn: Connection, person: Reviewer) -> None:
    others = conn.scalar(
        select(func.count())
        .select_from(reviewers)
        .where(
            reviewers.c.role == Role.LEAD,
            reviewers.c.disabled_at.is_(None),
            reviewers.c.reviewer_id != person.reviewer_id,
        )
    )
    if person.role is Role.LEAD and not others:
        raise UsageError(
            f"{person.name} is the only lead: make somebody else a lead first, so that somebody "
            "can still add people and settle conflicts."
        )


def build_reviewer(row: Row[Any]) -> Reviewer:
    """Return the person of a row of ``reviewers``."""
    return Reviewer(
        reviewer_id=row.reviewer_id,
        name=row.name,
        role=row.role,
        has_password=row.password_hash is not None,
        preferences=dict(row.preferences),
        created_at=row.created_at,
        created_by=row.created_by,
        disabled_at=row.disabled_at,
    )
