"""The people of the desk: accounts, roles, passwords' hashes, preferences."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from db.tables import reviewers
from db.writing import add_row
from litsweep.domain.reviewers import Reviewer, Role
from litsweep.errors import UsageError


def add_reviewer(
    conn: Connection, *, name: str, role: Role, created_by: str, now: datetime
) -> Reviewer:
    """Add an account without a password.

    Raises:
        UsageError: the name is empty, too long, or taken.
    """
    name = " ".join(name.split())
    if not name or len(name) > 100:
        raise UsageError("A name has 1 to 100 letters.")
    if find_reviewer(conn, name) is not None:
        raise UsageError(f"There is an account {name!r} already.")
    add_row(
        conn,
        reviewers,
        name=name,
        role=role,
        preferences={},
        created_at=now,
        created_by=created_by,
    )
    found = find_reviewer(conn, name)
    assert found is not None
    return found


def find_reviewer(conn: Connection, name: str) -> Reviewer | None:
    """Return the account of this name, or None."""
    row = conn.execute(select(reviewers).where(reviewers.c.name == name)).first()
    return None if row is None else build_reviewer(row)


def list_reviewers(conn: Connection) -> list[Reviewer]:
    """Return all accounts by name, disabled ones too."""
    rows = conn.execute(select(reviewers).order_by(reviewers.c.name))
    return [build_reviewer(row) for row in rows]


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
