"""Marks the records of a topic that somebody has decided upon, so that a queue need not skip them.

The decisions are what counts; the mark (``topic_records.is_screened``) follows from them and is
set in the transaction that stores a decision. A queue in which a million records are decided
is read in a millisecond so, and in half a second without.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, exists, func, select

from db.tables import screening_decisions, topic_records
from db.writing import batches
from litsweep.domain.decisions import Decision, Stage

_IS_DECIDED: Final = (
    exists()
    .where(
        screening_decisions.c.topic_id == topic_records.c.topic_id,
        screening_decisions.c.record_id == topic_records.c.record_id,
        screening_decisions.c.stage == Stage.TITLE_ABSTRACT,
        screening_decisions.c.is_standing,
        screening_decisions.c.decision.in_((Decision.INCLUDE, Decision.EXCLUDE)),
    )
    .correlate(topic_records)
)


def mark_screened(conn: Connection, topic_id: int, record_ids: Iterable[int]) -> None:
    """Set the marks of a topic's records as its decisions are now."""
    for batch in batches(sorted(set(record_ids))):
        conn.execute(
            topic_records.update()
            .where(topic_records.c.topic_id == topic_id, topic_records.c.record_id.in_(batch))
            .values(is_screened=_IS_DECIDED)
        )


def count_wrong_marks(conn: Connection) -> int:
    """Count the marks that say something else than the decisions."""
    wrong = select(func.count()).where(topic_records.c.is_screened != _IS_DECIDED)
    return conn.scalar(wrong.select_from(topic_records)) or 0


def mark_anew(conn: Connection) -> None:
    """Set every mark that is wrong."""
    is_wrong = topic_records.c.is_screened != _IS_DECIDED
    conn.execute(topic_records.update().where(is_wrong).values(is_screened=_IS_DECIDED))
