"""Which machine texts wait for a person's own decision, in topics that are judged first.

A summary waits for the decision by title and abstract, the analysis of a full text for that at
the full text, or for the exclusion by title and abstract, after which nobody asks for another.
How a page leaves them out is the desk's.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, and_, exists, or_, select

from db.decisions import stands
from db.membership import is_among
from db.screening_protocols import is_judged_first
from db.tables import screening_decisions, topic_records
from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.documents import DocumentKind


def list_unjudged(
    conn: Connection,
    record_ids: Iterable[int],
    kind: DocumentKind,
    reviewer: str,
    *,
    in_every_topic: bool = False,
) -> set[int]:
    """Return those of ``record_ids`` of which a person has yet to judge this text by themselves.

    One topic of a record that waits is enough. ``in_every_topic``: the person wants it so
    everywhere, whatever the rules of a topic are.
    """
    found, decided = topic_records.c, screening_decisions.c
    has_judged = exists().where(
        decided.topic_id == found.topic_id,
        decided.record_id == found.record_id,
        decided.reviewer == reviewer,
        decided.decision != Decision.WITHDRAWN,
        stands(),
        _is_enough(kind),
    )
    statement = (
        select(found.record_id)
        .where(is_among(conn, found.record_id, record_ids), ~has_judged)
        .distinct()
    )
    if not in_every_topic:
        statement = statement.where(is_judged_first(found.topic_id))
    return set(conn.scalars(statement))


def _is_enough(kind: DocumentKind) -> Any:
    decided = screening_decisions.c
    if kind is DocumentKind.ABSTRACT:
        return decided.stage == Stage.TITLE_ABSTRACT
    is_out = and_(decided.stage == Stage.TITLE_ABSTRACT, decided.decision == Decision.EXCLUDE)
    return or_(decided.stage == Stage.FULL_TEXT, is_out)
