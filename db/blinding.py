"""Who may see whose decisions: blinded people do not influence each other.

In a topic whose rules are blinded, a decision of another person is seen once its record has been
screened at that stage (`db.screened`), be that with a conflict; before, nobody sees it, leads
included. No viewer means no blinding: whoever has the database itself reads everything.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select, true

from db.screened import has_been_screened
from db.screening_protocols import is_blinded
from db.tables import screening_decisions
from db.writing import batches
from litsweep.domain.decisions import ScreeningDecision


def visible_to(viewer: str | None, decisions: Any = screening_decisions) -> ColumnElement[bool]:
    """Return the condition, on rows of ``decisions``, that the person of this name may see them.

    ``decisions`` is ``screening_decisions`` or an alias of it.
    """
    if viewer is None:
        return true()
    found = decisions.c
    return or_(
        found.reviewer == viewer,
        ~is_blinded(found.topic_id),
        has_been_screened(found.topic_id, found.record_id, found.stage),
    )


def hide_blinded(
    conn: Connection, decisions: Sequence[ScreeningDecision], viewer: str | None
) -> list[ScreeningDecision]:
    """Return those of ``decisions`` that the person may see, in their order."""
    if viewer is None:
        return list(decisions)
    own = {one.screening_decision_id for one in decisions if one.reviewer == viewer}
    others = [each.screening_decision_id for each in decisions]
    seen: set[int] = set(own)
    for batch in batches([one for one in others if one not in own]):
        found = screening_decisions.c.screening_decision_id
        seen |= set(conn.scalars(select(found).where(found.in_(batch), visible_to(viewer))))
    return [one for one in decisions if one.screening_decision_id in seen]
