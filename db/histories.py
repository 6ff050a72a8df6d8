"""What one person decided, replaced decisions too: in pages of any order, and whole for a file.

Nobody's decisions but the person's own are read here, so that nothing is to be hidden.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, Connection, Select, func, select

from db.decisions import build_decision, select_decisions
from db.membership import is_among
from db.sorted_pages import MOST_SORTED, turn_page
from db.tables import records, screening_decisions
from db.topics import get_topic
from db.views.expressions import flag
from db.walking import Walked
from litsweep.domain.decisions import ScreeningDecision, Stage

_AT_ONCE: Final = 5_000


class HistorySort(StrEnum):
    """In which order a history comes; each can be turned round."""

    DECIDED_AT = "decided_at"
    """The last decision first."""
    TITLE = "title"
    """By the record's title, as the database compares letters in lower case."""
    DECISION = "decision"
    """By what was decided, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedHistory:
    """A person's decisions, of one topic or all, at one stage or both.

    ``after`` is the number of the last decision of the page before.
    """

    reviewer: str
    topic: str | None = None
    stage: Stage | None = None
    sort: HistorySort = HistorySort.DECIDED_AT
    is_reversed: bool = False
    after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """A page; ``after`` is where the next one begins, None at the end.

    ``order_reason`` says why it is not in the order that was asked for.
    """

    decisions: tuple[ScreeningDecision, ...]
    after: int | None
    sort: HistorySort
    order_reason: str | None = None


def list_history_page(conn: Connection, asked: AskedHistory, *, limit: int) -> HistoryPage:
    """Return a page of a person's decisions.

    Raises:
        UnknownTopic: no topic has this name.
    """
    sort, reason = asked.sort, None
    if sort is not HistorySort.DECIDED_AT and _is_long(conn, asked):
        sort = HistorySort.DECIDED_AT
        reason = (
            f"There are more than {MOST_SORTED:,} decisions: they are not put in this order, "
            "and come by their time."
        )
    turn = _turn_by_time if sort is HistorySort.DECIDED_AT else _turn_by_value
    walked = turn(conn, asked, limit)
    return HistoryPage(
        decisions=tuple(_load(conn, walked.keys)),
        after=walked.after,
        sort=sort,
        order_reason=reason,
    )


def iter_history(conn: Connection, asked: AskedHistory) -> Iterator[ScreeningDecision]:
    """Iterate over all of a person's decisions, in the order of their pages.

    Raises:
        UnknownTopic: no topic has this name.
    """
    after = None
    while True:
        page = list_history_page(conn, replace(asked, after=after), limit=_AT_ONCE)
        yield from page.decisions
        after = page.after
        if after is None:
            return


def list_decided_records(conn: Connection, asked: AskedHistory, *, limit: int) -> Sequence[int]:
    """Return the numbers of the records of a history, each once, the last decided first.

    Raises:
        UnknownTopic: no topic has this name.
    """
    decided = screening_decisions.c
    statement = (
        select(decided.record_id)
        .where(*_list_conditions(conn, asked))
        .group_by(decided.record_id)
        .order_by(func.max(decided.screening_decision_id).desc())
        .limit(limit)
    )
    return conn.scalars(statement).all()


def find_newest(conn: Connection, reviewer: str, topic_id: int, stages: Sequence[Stage]) -> int:
    """Return the number of a person's newest decision in a topic, 0: there is none.

    The newest of all is the newest about its record, and stands.
    """
    decided = screening_decisions.c
    newest = select(func.max(decided.screening_decision_id)).where(
        decided.reviewer == reviewer,
        decided.topic_id == topic_id,
        flag(screening_decisions, "is_standing"),
    )
    return max(conn.scalar(newest.where(decided.stage == stage)) or 0 for stage in stages)


def _is_long(conn: Connection, asked: AskedHistory) -> bool:
    numbers = _select_numbers(conn, asked).limit(MOST_SORTED + 1).subquery()
    return (conn.scalar(select(func.count()).select_from(numbers)) or 0) > MOST_SORTED


def _turn_by_time(conn: Connection, asked: AskedHistory, limit: int) -> Walked:
    number = screening_decisions.c.screening_decision_id
    statement = _select_numbers(conn, asked)
    if asked.after is not None:
        is_behind = number > asked.after if asked.is_reversed else number < asked.after
        statement = statement.where(is_behind)
    statement = statement.order_by(number if asked.is_reversed else number.desc())
    keys = tuple(conn.scalars(statement.limit(limit + 1)))
    after = keys[limit - 1] if len(keys) > limit else None
    return Walked(keys=keys[:limit], after=after, is_cut=False)


def _turn_by_value(conn: Connection, asked: AskedHistory, limit: int) -> Walked:
    decided = screening_decisions.c
    value = records.c.title if asked.sort is HistorySort.TITLE else decided.decision
    statement = (
        select(decided.screening_decision_id, value)
        .join(records, records.c.record_id == decided.record_id)
        .where(*_list_conditions(conn, asked))
    )
    values = {number: str(value) for number, value in conn.execute(statement)}
    return turn_page(values, values, asked.after, limit, is_falling=asked.is_reversed)


def _select_numbers(conn: Connection, asked: AskedHistory) -> Select[int]:
    number = screening_decisions.c.screening_decision_id
    return select(number).where(*_list_conditions(conn, asked))


def _list_conditions(conn: Connection, asked: AskedHistory) -> list[ColumnElement[bool]]:
    decided = screening_decisions.c
    conditions: list[ColumnElement[bool]] = [decided.reviewer == asked.reviewer]
    if asked.topic is not None:
        topic_id = get_topic(conn, asked.topic).topic_id
        conditions.append(decided.topic_id == topic_id)
        # Else all that the person decided later, elsewhere, is passed over row by row.
        stages = [*Stage] if asked.stage is None else [asked.stage]
        newest = find_newest(conn, asked.reviewer, topic_id, stages)
        conditions.append(decided.screening_decision_id <= newest)
    if asked.stage is not None:
        conditions.append(decided.stage == asked.stage)
    return conditions


def _load(conn: Connection, numbers: Sequence[int]) -> Iterator[ScreeningDecision]:
    is_one = is_among(conn, screening_decisions.c.screening_decision_id, numbers)
    rows = conn.execute(select_decisions(is_one)).all()
    found = {row.screening_decision_id: build_decision(row) for row in rows}
    return (found[number] for number in numbers)
