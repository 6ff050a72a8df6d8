"""What came of each record of a topic at each stage, by the decisions that stand.

The same judgement as `litsweep.domain.screening.judge`, for all records at once. A record counts
once: a decision about one that is marked as a duplicate is counted for the record that is kept
in its place.
"""

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    String,
    Subquery,
    and_,
    case,
    distinct,
    func,
    select,
    true,
    type_coerce,
)

from db.decisions import list_decisions, stands
from db.duplicates import is_shown
from db.screening_protocols import get_protocol
from db.tables import records, screening_decisions
from db.topics import get_topic
from litsweep.domain.decisions import SETTLING, Decision, ScreeningDecision, Stage
from litsweep.domain.screening import Outcome


def judge_records(conn: Connection, topic: str, *, viewer: str | None = None) -> Subquery:
    """Return what came of each record that somebody decided about: kept_id, stage, outcome.

    ``outcome`` is an `Outcome`. ``first_reason`` and ``last_reason`` are the first and the last,
    by the alphabet, of the reasons to exclude that count: of who settled a conflict, else of all.
    To a ``viewer`` who is blinded, what enough people have not decided yet is as their own
    decision says: nothing, where they made none.

    Raises:
        UnknownTopic: no topic has this name.
    """
    rules = get_protocol(conn, topic).rules
    decided = screening_decisions.c
    settles = decided.decision.in_(SETTLING)
    is_seen_by_all = viewer is None or not rules.is_blinded
    is_own = true() if is_seen_by_all else decided.reviewer == viewer
    said = (
        select(
            _kept_number(conn, topic).label("kept_id"),
            decided.stage,
            _count_people(rules.n_reviewers).label("n_people"),
            _is_there(settles, is_own).label("own_settles"),
            _is_there(is_own).label("own_says"),
            *(
                _is_there(decided.decision == decision, *conditions).label(name)
                for name, decision, *conditions in (
                    ("included", Decision.INCLUDE),
                    ("excluded", Decision.EXCLUDE),
                    ("settled_in", Decision.INCLUDE, decided.is_adjudication),
                    ("settled_out", Decision.EXCLUDE, decided.is_adjudication),
                )
            ),
            *(
                summarize(case((is_counted, decided.exclusion_reason))).label(name)
                for name, summarize, is_counted in (
                    ("first_settled", func.min, decided.is_adjudication),
                    ("first_given", func.min, ~decided.is_adjudication),
                    ("last_settled", func.max, decided.is_adjudication),
                    ("last_given", func.max, ~decided.is_adjudication),
                )
            ),
        )
        .join(records, records.c.record_id == decided.record_id)
        .where(
            decided.topic_id == get_topic(conn, topic).topic_id,
            stands(),
        )
        .group_by("kept_id", decided.stage)
        .subquery("said")
    )
    is_settled = said.c.settled_out == 1
    outcome = _build_outcome(said, rules.n_reviewers)
    found = select(
        said.c.kept_id,
        said.c.stage,
        outcome.label("outcome"),
        case((is_settled, said.c.first_settled), else_=said.c.first_given).label("first_reason"),
        case((is_settled, said.c.last_settled), else_=said.c.last_given).label("last_reason"),
    )
    return found.where(outcome.is_not(None)).subquery("judged")


def list_about(
    conn: Connection, topic: str, record_id: int, stage: Stage
) -> tuple[ScreeningDecision, ...]:
    """Return what stands about a record and its duplicates at a stage.

    Raises:
        UnknownTopic: no topic has this name.
    """
    numbers = conn.scalars(
        select(records.c.record_id)
        .where((records.c.record_id == record_id) | (records.c.duplicate_of_id == record_id))
        .order_by(records.c.record_id)
    ).all()
    return tuple(
        found
        for number in numbers
        for found in list_decisions(conn, topic=topic, record_id=number, stage=stage)
    )


def _kept_number(conn: Connection, topic: str) -> ColumnElement[int]:
    return case((is_shown(conn, topic), records.c.record_id), else_=records.c.duplicate_of_id)


def _build_outcome(said: Subquery, n_reviewers: int) -> ColumnElement[str]:
    found = said.c
    is_open = found.n_people < n_reviewers
    outcome = case(
        (and_(found.settled_in == 1, found.settled_out == 1), Outcome.CONFLICT.value),
        (found.settled_in == 1, Outcome.INCLUDED.value),
        (found.settled_out == 1, Outcome.EXCLUDED.value),
        (and_(is_open, found.own_settles == 1), Outcome.PARTLY.value),
        (and_(is_open, found.own_says == 1), Outcome.UNSURE.value),
        (is_open, None),
        (and_(found.included == 1, found.excluded == 1), Outcome.CONFLICT.value),
        (found.included == 1, Outcome.INCLUDED.value),
        else_=Outcome.EXCLUDED.value,
    )
    return type_coerce(outcome, String)


def _count_people(n_reviewers: int) -> ColumnElement[int]:
    """Return how many people include or exclude it; where one is enough, whether anybody does."""
    settles = screening_decisions.c.decision.in_(SETTLING)
    if n_reviewers == 1:
        return _is_there(settles)
    return func.count(distinct(case((settles, screening_decisions.c.reviewer))))


def _is_there(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.max(case((and_(*conditions), 1), else_=0), type_=Integer)
