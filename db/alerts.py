"""Alerts: stored records that turned out retracted and the like, open until a person takes note.

They are raised where statuses change, in ``db.statuses``.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from db.records import in_topic
from db.tables import alerts, publication_status_changes, records, topic_records, topics
from litsweep.domain.alerts import Alert
from litsweep.errors import UnknownNumber, UsageError


def list_alerts(
    conn: Connection, *, topic: str | None = None, include_acknowledged: bool = False
) -> list[Alert]:
    """Return the alerts, the newest first; those that nobody has taken note of, or all.

    Raises:
        UnknownTopic: no topic has this name.
    """
    statement = select_alerts().where(in_topic(conn, topic)).order_by(alerts.c.alert_id.desc())
    if not include_acknowledged:
        statement = statement.where(alerts.c.acknowledged_at.is_(None))
    return [build_alert(conn, row) for row in conn.execute(statement).all()]


def acknowledge_alert(
    conn: Connection, alert_id: int, *, by: str, note: str | None, now: datetime
) -> Alert:
    """Write down that a person took note; who did so first stays written.

    Raises:
        UnknownNumber: there is no such alert.
        UsageError: nobody is named.
    """
    if not by.strip():
        raise UsageError("Who takes note of the alert? Give a name.")
    conn.execute(
        alerts.update()
        .where(alerts.c.alert_id == alert_id, alerts.c.acknowledged_at.is_(None))
        .values(acknowledged_at=now, acknowledged_by=by, note=note)
    )
    row = conn.execute(select_alerts().where(alerts.c.alert_id == alert_id)).first()
    if row is None:
        raise UnknownNumber(
            f"There is no alert {alert_id}; `litsweep alerts` lists those there are."
        )
    return build_alert(conn, row)


def select_alerts() -> Select[Any]:
    """Return the query for alerts with what `build_alert` needs, and ``record_id``."""
    return (
        select(
            alerts,
            publication_status_changes.c.old_status,
            publication_status_changes.c.new_status,
            publication_status_changes.c.reasons,
            records.c.record_id,
            records.c.pmid,
            records.c.title,
        )
        .select_from(alerts)
        .join(publication_status_changes)
        .join(records, records.c.record_id == publication_status_changes.c.record_id)
    )


def build_alert(conn: Connection, row: Row[Any]) -> Alert:
    """Return the alert of a row of `select_alerts`, with the names of its record's topics."""
    names = (
        select(topics.c.name)
        .join(topic_records, topic_records.c.topic_id == topics.c.topic_id)
        .where(topic_records.c.record_id == row.record_id)
        .order_by(topics.c.name)
    )
    return Alert(
        alert_id=row.alert_id,
        pmid=row.pmid,
        title=row.title,
        topics=tuple(conn.scalars(names)),
        old_status=row.old_status,
        new_status=row.new_status,
        reasons=tuple(row.reasons),
        raised_at=row.raised_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        note=row.note,
    )
