"""What people set for themselves at the desk: their keys, whether they judge first."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from db.tables import reviewers


def set_preferences(conn: Connection, reviewer_id: int, changed: Mapping[str, object]) -> None:
    """Store a person's preferences beside those that stay as they are."""
    mine = reviewers.c.reviewer_id == reviewer_id
    before = conn.scalar(select(reviewers.c.preferences).where(mine)) or {}
    statement = reviewers.update().where(mine)
    conn.execute(statement.values(preferences={**before, **changed}))
