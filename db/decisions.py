"""Decisions of people about records: append-only, one standing for a person, record and stage.

A newer decision replaces the same person's former one, which stays as a row; different people
may disagree. How far the screening has come is counted in ``db.screening_progress``.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, Row, bindparam, select

from db.decision_rows import build_row, clean, content_of, set_aside
from db.screened import mark_screened
from db.tables import records, screening_decisions, topic_records, topics
from db.topics import get_topic
from db.views.expressions import flag
from db.writing import add_row, batches
from litsweep.domain.decisions import (
    Decision,
    DecisionOrigin,
    NewDecision,
    ScreeningDecision,
    Stage,
)
from litsweep.errors import DecisionConflict, UnknownNumber, UnknownRecord, UsageError


class Expected(Enum):
    """What a caller may say of the decision to be replaced, other than its number."""

    ANY = "any"
    """Whichever stands: the caller has not looked."""


ANY: Final = Expected.ANY


def add_decision(
    conn: Connection,
    topic: str,
    new: NewDecision,
    *,
    origin: DecisionOrigin,
    tool_version: str,
    expected_id: int | Literal[Expected.ANY] | None = ANY,
    decision_import_id: int | None = None,
) -> int:
    """Store a decision in place of the same person's former one; return its number.

    The decision that stands already, with the same reason, note and labels, adds nothing:
    its number is returned. ``expected_id`` is the number of the decision that the person had
    before their eyes, None for none (one withdrawn counts as none).

    Raises:
        UnknownTopic: no topic has this name.
        UnknownRecord: the record does not belong to the topic.
        UsageError: a decision is to be withdrawn, and there is none.
        DecisionConflict: what stands is not what was expected; nothing was stored.
    """
    new = clean(new)
    topic_id = get_topic(conn, topic).topic_id
    require_member(conn, topic, topic_id, new.record_id)
    standing = find_standing(conn, topic, new.record_id, new.stage, new.reviewer)
    if standing is not None and content_of(standing) == content_of(new):
        return standing.screening_decision_id
    if expected_id is not ANY:
        _require_expected(standing, new, expected_id)
    if standing is None and new.decision is Decision.WITHDRAWN:
        raise UsageError(f"{new.reviewer} has decided nothing here that could be withdrawn.")
    former = None if standing is None else standing.screening_decision_id
    if former is not None:
        set_aside(conn, [former])
    row = build_row(
        topic_id,
        new,
        origin=origin,
        tool_version=tool_version,
        decision_import_id=decision_import_id,
        supersedes_id=former,
    )
    decision_id = add_row(conn, screening_decisions, **row)
    mark_screened(conn, topic_id, [new.record_id])
    return decision_id


def undo_decision(
    conn: Connection,
    decision_id: int,
    *,
    by: str,
    origin: DecisionOrigin,
    tool_version: str,
    now: datetime,
) -> int:
    """Take back one's decision: what stood before it stands again, as a new row; return its number.

    To undo several, name them from the newest to the oldest: what an undoing brought back
    counts as the decision that it was copied from. Where none stood before it, it is withdrawn.

    Raises:
        UnknownNumber: the person has made no such decision. Whether another has is not told, for
            they may be blinded.
        DecisionConflict: something else stands by now; nothing was stored.
    """
    undone = find_decision(conn, decision_id)
    if undone is None or undone.reviewer != by.strip():
        raise UnknownNumber(
            f"{by.strip()} has made no decision {decision_id}; everybody takes back their own."
        )
    standing = find_standing(conn, undone.topic, undone.record_id, undone.stage, undone.reviewer)
    if standing is None or content_of(standing) != content_of(undone):
        raise DecisionConflict(f"Decision {decision_id} does not stand: {_describe(standing)}")
    before = get_decision(conn, undone.supersedes_id) if undone.supersedes_id else None
    return add_decision(
        conn,
        undone.topic,
        _bring_back(before, undone, now),
        origin=origin,
        tool_version=tool_version,
        expected_id=standing.screening_decision_id,
    )


def get_decision(conn: Connection, decision_id: int) -> ScreeningDecision:
    """Return the decision with this number.

    Raises:
        UnknownNumber: there is none.
    """
    found = find_decision(conn, decision_id)
    if found is None:
        raise UnknownNumber(f"There is no decision {decision_id}; `litsweep decisions list`.")
    return found


def find_decision(conn: Connection, decision_id: int) -> ScreeningDecision | None:
    """Return the decision with this number, or None."""
    statement = select_decisions(screening_decisions.c.screening_decision_id == decision_id)
    row = conn.execute(statement).first()
    return None if row is None else build_decision(row)


def find_standing(
    conn: Connection, topic: str, record_id: int, stage: Stage, reviewer: str
) -> ScreeningDecision | None:
    """Return the person's newest decision about a record at a stage, one withdrawn too, or None."""
    values = {"topic": topic, "record_id": record_id, "stage": stage, "reviewer": reviewer}
    row = conn.execute(_STANDING, values).first()
    return None if row is None else build_decision(row)


def list_decisions(
    conn: Connection,
    *,
    topic: str | None = None,
    record_id: int | None = None,
    stage: Stage | None = None,
    reviewer: str | None = None,
    standing_only: bool = True,
    limit: int | None = None,
) -> list[ScreeningDecision]:
    """Return decisions in the order in which they were stored.

    ``standing_only`` leaves out what was replaced and what was withdrawn; with a ``limit`` these
    are the last ones.

    Raises:
        UnknownTopic: no topic has this name.
    """
    decided = screening_decisions.c
    conditions: list[ColumnElement[bool]] = []
    if topic is not None:
        conditions.append(decided.topic_id == get_topic(conn, topic).topic_id)
    for column, value in (
        (decided.record_id, record_id),
        (decided.stage, stage),
        (decided.reviewer, reviewer),
    ):
        if value is not None:
            conditions.append(column == value)
    if standing_only:
        conditions.append(stands())
    statement = select_decisions(*conditions).order_by(decided.screening_decision_id.desc())
    rows = conn.execute(statement.limit(limit)).all()
    return [build_decision(row) for row in reversed(rows)]


def list_names(conn: Connection, record_ids: Sequence[int]) -> dict[int, int | None]:
    """Return the PMIDs of records, None for one that has none."""
    names: dict[int, int | None] = {}
    for batch in batches(sorted(set(record_ids))):
        statement = select(records.c.record_id, records.c.pmid)
        for row in conn.execute(statement.where(records.c.record_id.in_(batch))):
            names[row.record_id] = row.pmid
    return names


def stands() -> ColumnElement[bool]:
    """Return the condition, on ``screening_decisions``, that a decision holds now."""
    decided = screening_decisions.c
    return flag(screening_decisions, "is_standing") & (decided.decision != Decision.WITHDRAWN)


def select_decisions(*conditions: ColumnElement[bool]) -> Any:
    """Return the statement for the decisions that meet conditions on ``screening_decisions``."""
    decided = screening_decisions
    return (
        select(decided, topics.c.name.label("topic"))
        .join(topics, topics.c.topic_id == decided.c.topic_id)
        .where(*conditions)
    )


def build_decision(row: Row[Any]) -> ScreeningDecision:
    """Return the decision of a row of `select_decisions`."""
    fields = dict(row._mapping)
    for unused in ("topic_id", "tool_version"):
        del fields[unused]
    return ScreeningDecision(**fields | {"labels": tuple(row.labels)})


def require_member(conn: Connection, topic: str, topic_id: int, record_id: int) -> None:
    """Refuse a record that is none of the topic.

    Raises:
        UnknownRecord: it is not stored, or does not belong to the topic.
    """
    member = {"topic_id": topic_id, "record_id": record_id}
    if conn.execute(_MEMBER, member).first() is not None:
        return
    row = conn.execute(select(records.c.pmid).where(records.c.record_id == record_id)).first()
    if row is None:
        raise UnknownRecord(f"There is no record r{record_id}.")
    name = f"PMID {row.pmid}" if row.pmid is not None else f"Record r{record_id}"
    raise UnknownRecord(
        f"{name} is stored, but does not belong to the topic {topic!r}: no search or load of it "
        "has found this record."
    )


def _bring_back(
    before: ScreeningDecision | None, undone: ScreeningDecision, now: datetime
) -> NewDecision:
    """Return what stood before as a new decision. The undoing of an undoing is a decision again."""
    is_again = undone.undoes_id is not None
    return NewDecision(
        record_id=undone.record_id,
        stage=undone.stage,
        reviewer=undone.reviewer,
        decided_at=now,
        decision=before.decision if before else Decision.WITHDRAWN,
        exclusion_reason=before.exclusion_reason if before else None,
        note=before.note if before else None,
        labels=before.labels if before else (),
        has_seen_machine_text=before.has_seen_machine_text if before else None,
        reading_id=before.reading_id if before else None,
        record_version=before.record_version if before else None,
        is_adjudication=before.is_adjudication if before else False,
        undoes_id=None if is_again else undone.screening_decision_id,
    )


def _require_expected(
    standing: ScreeningDecision | None, new: NewDecision, expected_id: int | None
) -> None:
    if standing is not None and standing.decision is Decision.WITHDRAWN and expected_id is None:
        return
    if (standing.screening_decision_id if standing else None) != expected_id:
        raise DecisionConflict(
            f"This decision ({new.decision}) was not stored, for meanwhile another was made: "
            f"{_describe(standing)} Look at it and decide again."
        )


def _describe(standing: ScreeningDecision | None) -> str:
    if standing is None:
        return "none stands."
    reason = f" ({standing.exclusion_reason})" if standing.exclusion_reason else ""
    return (
        f"{standing.reviewer}: {standing.decision}{reason}, {standing.decided_at:%Y-%m-%d %H:%M} "
        f"UTC (decision {standing.screening_decision_id})."
    )


# Built once: building them takes longer than asking them.
_STANDING: Final = select_decisions(
    topics.c.name == bindparam("topic"),
    screening_decisions.c.record_id == bindparam("record_id"),
    screening_decisions.c.stage == bindparam("stage"),
    screening_decisions.c.reviewer == bindparam("reviewer"),
    flag(screening_decisions, "is_standing"),
)
_MEMBER: Final = select(topic_records.c.record_id).where(
    topic_records.c.topic_id == bindparam("topic_id"),
    topic_records.c.record_id == bindparam("record_id"),
)
