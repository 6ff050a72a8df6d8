"""What the desk asks about one person: how far they came, and in which session they saw a card."""

from sqlalchemy import Connection, func, select

from db.decisions import stands
from db.tables import desk_sessions, screening_decisions
from db.topics import get_topic
from litsweep.domain.decisions import Decision, Stage


def count_decided(conn: Connection, topic: str, stage: Stage, reviewer: str) -> int:
    """Count the records of a topic that a person includes or excludes at a stage.

    Raises:
        UnknownTopic: no topic has this name.
    """
    decided = screening_decisions.c
    statement = select(func.count()).where(
        decided.topic_id == get_topic(conn, topic).topic_id,
        decided.stage == stage,
        decided.reviewer == reviewer,
        stands(),
        decided.decision != Decision.UNSURE,
    )
    return conn.scalar(statement) or 0


def find_session_sha256(conn: Connection, reviewer_id: int, beginning: str) -> str | None:
    """Return the stored hash of a person's session that begins so, ended or not, or None."""
    stored = desk_sessions.c.session_sha256
    return conn.scalar(
        select(stored)
        .where(
            desk_sessions.c.reviewer_id == reviewer_id,
            stored.startswith(beginning, autoescape=True),
        )
        .limit(1)
    )
