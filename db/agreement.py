"""How far people agree: for each two of them, over the records that both decided about.

Agreement is a property of independent judgements. What counts is therefore what each had said
when both had decided for the first time: who gives way later, after talking, does not raise it.
Settlements and decisions that their author took back by undoing do not count.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, literal, or_, select

from db.screened import has_been_screened
from db.screening_protocols import is_blinded
from db.tables import screening_decisions
from db.topics import get_topic
from db.views.expressions import flag
from litsweep.domain.agreement import Agreement, AgreementTable, measure
from litsweep.domain.decisions import SETTLING, Decision, Stage

_Said = tuple[Decision, Decision]


def measure_agreement(
    conn: Connection, topic: str, stage: Stage, *, viewer: str | None = None
) -> list[Agreement]:
    """Return the agreement of each two people who decided about the same records, by name.

    To a ``viewer`` who is blinded, only records count that have been screened (`db.blinding`).

    Raises:
        UnknownTopic: no topic has this name.
    """
    pairs: dict[tuple[str, str], dict[_Said, int]] = defaultdict(lambda: defaultdict(int))
    for rows in _iter_records(conn, get_topic(conn, topic).topic_id, stage, viewer):
        by_person: dict[str, list[Any]] = defaultdict(list)
        for row in rows:
            by_person[row.reviewer].append(row)
        for first, second in combinations(sorted(by_person), 2):
            said = _compare(by_person[first], by_person[second])
            if Decision.WITHDRAWN not in said:
                pairs[first, second][said] += 1
    return [measure(*names, _build_table(said)) for names, said in sorted(pairs.items())]


def _iter_records(
    conn: Connection, topic_id: int, stage: Stage, viewer: str | None
) -> Iterator[list[Any]]:
    """Yield, for each record that several people said something about, all of it in order."""
    decided = screening_decisions.c
    of_several = (
        select(decided.record_id)
        .where(
            decided.topic_id == topic_id,
            decided.stage == stage,
            flag(screening_decisions, "is_standing"),
        )
        .group_by(decided.record_id)
        .having(func.count() > 1)
    )
    undone = screening_decisions.alias("undone")
    was_undone = select(undone.c.undoes_id).where(
        undone.c.topic_id == topic_id, undone.c.undoes_id.is_not(None)
    )
    statement = (
        select(decided.record_id, decided.reviewer, decided.decision, decided.screening_decision_id)
        .where(
            decided.topic_id == topic_id,
            decided.stage == stage,
            decided.record_id.in_(of_several),
            decided.screening_decision_id.not_in(was_undone),
            ~decided.is_adjudication,
            *([] if viewer is None else [_is_open(topic_id)]),
        )
        .order_by(decided.record_id, decided.screening_decision_id)
    )
    found = conn.execute(statement, execution_options={"yield_per": 5000})
    for _, rows in groupby(found, key=lambda row: row.record_id):
        yield list(rows)


def _is_open(topic_id: int) -> ColumnElement[bool]:
    decided = screening_decisions.c
    is_screened = has_been_screened(topic_id, decided.record_id, decided.stage)
    return or_(~is_blinded(literal(topic_id)), is_screened)


def _compare(first: Sequence[Any], second: Sequence[Any]) -> _Said:
    """Return what each had said when both had included or excluded for the first time.

    Where one of the two never did, what each said last.
    """
    begun = [
        next((row.screening_decision_id for row in rows if row.decision in SETTLING), None)
        for rows in (first, second)
    ]
    moment = None if None in begun else max(one for one in begun if one is not None)
    said = []
    for rows in (first, second):
        until = [row for row in rows if moment is None or row.screening_decision_id <= moment]
        said.append(until[-1].decision)
    return said[0], said[1]


def _build_table(said: dict[_Said, int]) -> AgreementTable:
    include, exclude = Decision.INCLUDE, Decision.EXCLUDE
    return AgreementTable(
        both_include=said.get((include, include), 0),
        only_first=said.get((include, exclude), 0),
        only_second=said.get((exclude, include), 0),
        both_exclude=said.get((exclude, exclude), 0),
        n_unsure=sum(n for pair, n in said.items() if Decision.UNSURE in pair),
    )
