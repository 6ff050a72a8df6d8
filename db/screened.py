"""Marks the records of a topic that have been screened, so that a queue need not skip them.

A record has been screened at a stage when as many people as the topic's rules ask for include or
exclude it, or when a conflict about it was settled. The decisions and the rules are what
counts; the mark (``topic_records.is_screened``, of title and abstract) follows from them and is
set in the transaction that stores a decision or new rules. A queue in which a million records
are decided is read in a millisecond so, and in half a second without.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select

from db.tables import screening_decisions, screening_protocols, topic_records
from db.views.expressions import flag
from db.writing import batches
from litsweep.domain.decisions import SETTLING, Stage

SAID: Final = screening_decisions.alias("said")
"""The decisions that are counted, in the conditions of `count_settling`."""


def n_reviewers_of(topic_id: Any) -> ColumnElement[int]:
    """Return how many people a record of a topic waits for, by the rules that count now."""
    protocol = screening_protocols.alias("asked_of_people")
    newest = (
        select(protocol.c.n_reviewers)
        .where(protocol.c.topic_id == topic_id)
        .order_by(protocol.c.version.desc())
        .limit(1)
    )
    return func.coalesce(newest.scalar_subquery(), 1)


def count_settling(
    topic_id: Any, record_id: Any, stage: Any, *conditions: ColumnElement[bool]
) -> ColumnElement[int]:
    """Return how many standing decisions include or exclude a record at a stage.

    ``conditions`` on `SAID` narrow it.
    """
    return (
        select(func.count())
        .select_from(SAID)
        .where(
            SAID.c.topic_id == topic_id,
            SAID.c.record_id == record_id,
            SAID.c.stage == stage,
            flag(SAID, "is_standing"),
            SAID.c.decision.in_(SETTLING),
            *conditions,
        )
        .correlate_except(SAID)
        .scalar_subquery()
    )


def has_been_screened(topic_id: Any, record_id: Any, stage: Any) -> ColumnElement[bool]:
    """Return the condition that a record has been screened at a stage.

    The three are values, or columns of any table but `SAID`.
    """
    settled = count_settling(topic_id, record_id, stage, flag(SAID, "is_adjudication"))
    n_people = count_settling(topic_id, record_id, stage)
    return or_(n_people >= n_reviewers_of(topic_id), settled > 0)


_IS_DECIDED: Final = has_been_screened(
    topic_records.c.topic_id, topic_records.c.record_id, Stage.TITLE_ABSTRACT
)


_MARK: Final = (
    topic_records.update()
    .where(
        topic_records.c.topic_id == bindparam("of_topic"),
        topic_records.c.record_id.in_(bindparam("numbers", expanding=True)),
    )
    .values(is_screened=_IS_DECIDED)
)


def mark_screened(conn: Connection, topic_id: int, record_ids: Iterable[int]) -> None:
    """Set the marks of a topic's records as its decisions and its rules are now."""
    for batch in batches(sorted(set(record_ids))):
        conn.execute(_MARK, {"of_topic": topic_id, "numbers": batch})


def mark_topic(conn: Connection, topic_id: int) -> None:
    """Set the marks of all records of a topic, after its rules changed."""
    is_wrong = topic_records.c.is_screened != _IS_DECIDED
    conn.execute(
        topic_records.update()
        .where(topic_records.c.topic_id == topic_id, is_wrong)
        .values(is_screened=_IS_DECIDED)
    )


def count_wrong_marks(conn: Connection) -> int:
    """Count the marks that say something else than the decisions and the rules."""
    wrong = select(func.count()).where(topic_records.c.is_screened != _IS_DECIDED)
    return conn.scalar(wrong.select_from(topic_records)) or 0


def mark_anew(conn: Connection) -> None:
    """Set every mark that is wrong."""
    is_wrong = topic_records.c.is_screened != _IS_DECIDED
    conn.execute(topic_records.update().where(is_wrong).values(is_screened=_IS_DECIDED))
