"""Taking a decision back once, however often it is asked for: answers get lost on the way."""

from datetime import datetime

from sqlalchemy import Connection

from db.decisions import find_standing, get_decision, undo_decision
from litsweep.domain.decisions import DecisionOrigin
from litsweep.errors import DecisionConflict


def undo_once(
    conn: Connection, decision_id: int, *, by: str, tool_version: str, now: datetime
) -> int:
    """Take back one's decision, as `db.decisions.undo_decision`; return what stands since then.

    What was taken back already, and does not stand again, is not taken back a second time: the
    number of the row that undid it is returned.

    Raises:
        UnknownNumber: the person has made no such decision.
        DecisionConflict: something else stands by now; nothing was stored.
    """
    try:
        return undo_decision(
            conn,
            decision_id,
            by=by,
            origin=DecisionOrigin.DESK,
            tool_version=tool_version,
            now=now,
        )
    except DecisionConflict:
        undone = get_decision(conn, decision_id)
        standing = find_standing(conn, undone.topic, undone.record_id, undone.stage, by)
        if standing is None or standing.undoes_id != decision_id:
            raise
        return standing.screening_decision_id
