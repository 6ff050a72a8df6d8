"""Alerts as people go through them: those of records that somebody includes apart from the rest."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, func, select

from db.alerts import build_alert, select_alerts
from db.blinding import visible_to
from db.decisions import stands
from db.records import in_topic
from db.search import SearchCount
from db.tables import alerts, publication_status_changes, records, screening_decisions, topics
from litsweep.domain.alerts import Alert
from litsweep.domain.decisions import Decision

MOST_COUNTED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """An alert with the number of its record, and the topics for which somebody includes that."""

    alert: Alert
    record_id: int
    included_for: tuple[str, ...]


def list_alert_lines(
    conn: Connection,
    *,
    viewer: str,
    is_included: bool | None,
    topic: str | None = None,
    include_acknowledged: bool = False,
    before: int | None = None,
    limit: int = 100,
) -> list[AlertLine]:
    """Return alerts, the newest first: of records that somebody includes, or of the others.

    With ``is_included`` None it is all of them.

    Only decisions that the ``viewer`` may see tell which is which. ``before`` is the number of
    the last alert of the page before.

    Raises:
        UnknownTopic: no topic has this name.
    """
    statement = (
        select_alerts().where(in_topic(conn, topic)).order_by(alerts.c.alert_id.desc()).limit(limit)
    )
    if is_included is not None:
        includes = _is_included(viewer)
        statement = statement.where(includes if is_included else ~includes)
    if not include_acknowledged:
        statement = statement.where(alerts.c.acknowledged_at.is_(None))
    if before is not None:
        statement = statement.where(alerts.c.alert_id < before)
    rows = conn.execute(statement).all()
    included_for = _list_included_for(conn, [row.record_id for row in rows], viewer)
    return [
        AlertLine(
            alert=build_alert(conn, row),
            record_id=row.record_id,
            included_for=tuple(included_for[row.record_id]),
        )
        for row in rows
    ]


def list_alert_records(
    conn: Connection,
    *,
    topic: str | None = None,
    include_acknowledged: bool = False,
    limit: int,
) -> Sequence[int]:
    """Return the numbers of the records of alerts, each once, those of the newest alerts first.

    Raises:
        UnknownTopic: no topic has this name.
    """
    statement = (
        select(records.c.record_id)
        .select_from(alerts)
        .join(publication_status_changes)
        .join(records, records.c.record_id == publication_status_changes.c.record_id)
        .where(in_topic(conn, topic))
        .group_by(records.c.record_id)
        .order_by(func.max(alerts.c.alert_id).desc())
        .limit(limit)
    )
    if not include_acknowledged:
        statement = statement.where(alerts.c.acknowledged_at.is_(None))
    return conn.scalars(statement).all()


def count_open(conn: Connection, *, topic: str | None = None) -> SearchCount:
    """Count the alerts that nobody has taken note of.

    Raises:
        UnknownTopic: no topic has this name.
    """
    found = (
        select(alerts.c.alert_id)
        .join(publication_status_changes)
        .join(records, records.c.record_id == publication_status_changes.c.record_id)
        .where(in_topic(conn, topic), alerts.c.acknowledged_at.is_(None))
        .limit(MOST_COUNTED + 1)
    )
    n = conn.scalar(select(func.count()).select_from(found.subquery())) or 0
    return SearchCount(n_records=min(n, MOST_COUNTED), is_exact=n <= MOST_COUNTED)


def _is_included(viewer: str) -> ColumnElement[bool]:
    decided = screening_decisions.c
    return exists().where(
        decided.record_id == records.c.record_id,
        decided.decision == Decision.INCLUDE,
        stands(),
        visible_to(viewer),
    )


def _list_included_for(
    conn: Connection, record_ids: Sequence[int], viewer: str
) -> defaultdict[int, list[str]]:
    decided = screening_decisions.c
    statement = (
        select(decided.record_id, topics.c.name)
        .join(topics, topics.c.topic_id == decided.topic_id)
        .where(
            decided.record_id.in_(record_ids),
            decided.decision == Decision.INCLUDE,
            stands(),
            visible_to(viewer),
        )
        .distinct()
        .order_by(topics.c.name)
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for record_id, name in conn.execute(statement):
        found[record_id].append(name)
    return found
