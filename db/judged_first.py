"""Which machine texts wait for a person's own decision, in topics that are judged first.

A summary waits for the decision by title and abstract, the analysis of a full text for that at
the full text, or for the exclusion by title and abstract, after which nobody asks for another.
How a page leaves them out is the desk's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from db.decisions import stands
from db.membership import is_among
from db.screening_protocols import is_judged_first
from db.tables import screening_decisions, topic_records
from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.documents import DocumentKind


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstJudge:
    """A person who decides before they see what machines wrote, where a topic wants it so.

    ``in_every_topic``: they want it themselves, whatever the rules of a topic are.
    """

    reviewer: str
    in_every_topic: bool = False


def list_unjudged(
    conn: Connection, record_ids: Iterable[int], kind: DocumentKind, judge: FirstJudge
) -> set[int]:
    """Return those of ``record_ids`` of which a person has yet to judge this text by themselves."""
    number = topic_records.c.record_id
    is_asked = is_among(conn, number, record_ids)
    statement = select(number).where(is_asked, *_list_conditions(topic_records, kind, judge))
    return set(conn.scalars(statement.distinct()))


def waits(
    record_id: ColumnElement[int], kind: DocumentKind, judge: FirstJudge
) -> ColumnElement[bool]:
    """Return the condition that a record's text waits for this person's own judgement first."""
    found = topic_records.alias("judged_of")
    return exists().where(found.c.record_id == record_id, *_list_conditions(found, kind, judge))


def _list_conditions(found: Any, kind: DocumentKind, judge: FirstJudge) -> list[Any]:
    """Return when a text waits in a topic of a record; one topic in which it does is enough.

    ``found`` is ``topic_records`` or an alias of it.
    """
    decided = screening_decisions.c
    has_judged = exists().where(
        decided.topic_id == found.c.topic_id,
        decided.record_id == found.c.record_id,
        decided.reviewer == judge.reviewer,
        decided.decision != Decision.WITHDRAWN,
        stands(),
        _is_enough(kind),
    )
    if judge.in_every_topic:
        return [~has_judged]
    return [is_judged_first(found.c.topic_id), ~has_judged]


def _is_enough(kind: DocumentKind) -> Any:
    decided = screening_decisions.c
    if kind is DocumentKind.ABSTRACT:
        return decided.stage == Stage.TITLE_ABSTRACT
    is_out = and_(decided.stage == Stage.TITLE_ABSTRACT, decided.decision == Decision.EXCLUDE)
    return or_(decided.stage == Stage.FULL_TEXT, is_out)
