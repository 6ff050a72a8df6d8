"""Rows of ``screening_decisions``: what is the same decision, and how rows are written.

Whether a decision may be stored is for ``db.decisions`` and ``db.decision_imports`` to say.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row

from db.screened import mark_screened
from db.tables import screening_decisions
from db.writing import batches
from litsweep.domain.decisions import Decision, DecisionOrigin, NewDecision, ScreeningDecision

Content = tuple[Decision, str | None, str | None, tuple[str, ...], bool]


def content_of(decision: NewDecision | ScreeningDecision | Row[Any]) -> Content:
    """Return what makes two decisions of a person about a record the same one."""
    return (
        decision.decision,
        decision.exclusion_reason,
        decision.note,
        tuple(decision.labels),
        decision.is_adjudication,
    )


def clean(new: NewDecision) -> NewDecision:
    """Return it without what a database cannot hold, nor blanks around the names."""
    return replace(
        new,
        reviewer=" ".join(plain_text(new.reviewer).split()),
        exclusion_reason=plain_text(new.exclusion_reason or "").strip() or None,
        note=plain_text(new.note or "").strip() or None,
        labels=tuple(dict.fromkeys(plain_text(one).strip() for one in new.labels if one.strip())),
    )


def plain_text(text: str) -> str:
    """Return ``text`` without what no database can hold: halves of letters, and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def build_row(
    topic_id: int,
    new: NewDecision,
    *,
    origin: DecisionOrigin,
    tool_version: str,
    decision_import_id: int | None,
    supersedes_id: int | None,
) -> dict[str, Any]:
    """Return the row of a new decision, which stands."""
    return {
        "topic_id": topic_id,
        "record_id": new.record_id,
        "stage": new.stage,
        "decision": new.decision,
        "exclusion_reason": new.exclusion_reason,
        "note": new.note,
        "labels": list(new.labels),
        "reviewer": new.reviewer,
        "decided_at": new.decided_at,
        "origin": origin,
        "decision_import_id": decision_import_id,
        "has_seen_machine_text": new.has_seen_machine_text,
        "reading_id": new.reading_id,
        "record_version": new.record_version,
        "is_adjudication": new.is_adjudication,
        "undoes_id": new.undoes_id,
        "supersedes_id": supersedes_id,
        "is_standing": True,
        "tool_version": tool_version,
    }


def replace_standing(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows of `build_row`, none two of one person, record and stage."""
    set_aside(conn, [row["supersedes_id"] for row in rows if row["supersedes_id"] is not None])
    if rows:
        conn.execute(screening_decisions.insert(), list(rows))
    for topic_id in {row["topic_id"] for row in rows}:
        of_topic = [row["record_id"] for row in rows if row["topic_id"] == topic_id]
        mark_screened(conn, topic_id, of_topic)


def set_aside(conn: Connection, decision_ids: Sequence[int]) -> None:
    """Let decisions stand no more; what replaces them must be inserted after."""
    for batch in batches(decision_ids):
        conn.execute(
            screening_decisions.update()
            .where(screening_decisions.c.screening_decision_id.in_(batch))
            .values(is_standing=False)
        )
