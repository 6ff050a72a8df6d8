"""Stored records that turned out retracted and the like, until a person takes note."""

from datetime import datetime
from typing import Final

from pydantic import Field

from db.alerts import acknowledge_alert, list_alerts
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.reviewers import Role
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.values import Answer, Asked, LongText, Name, Number, Truth
from litsweep_app.web.visit import Visit


class AlertAnswer(Answer):
    """What a person who has used a record must know; open while `acknowledged_at` is null."""

    alert_id: int
    pmid: int | None
    title: str
    topics: list[str]
    old_status: PublicationStatus
    new_status: PublicationStatus
    reasons: list[str]
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    note: str | None


class AlertList(Answer):
    """Alerts, the newest first."""

    items: list[AlertAnswer]


class AskedAlerts(Asked):
    """Which alerts."""

    topic: Name | None = Field(None, description="Only about this topic's records.")
    include_acknowledged: Truth = Field(False, description="Those too that someone took note of.")


class SeenAlert(Asked):
    """What the person who takes note writes about it."""

    note: LongText | None = None


def list_open_alerts(visit: Visit, query: AskedAlerts) -> AlertList:
    """Alerts, the newest first."""
    with visit.database.reading() as conn:
        found = list_alerts(
            conn, topic=query.topic, include_acknowledged=query.include_acknowledged
        )
    return AlertList(items=[AlertAnswer.model_validate(one) for one in found])


def mark_alert_seen(visit: Visit, alert_id: Number, body: SeenAlert) -> AlertAnswer:
    """Write down that I took note of an alert.

    Who did so first stays written; again changes nothing.
    """
    with visit.database.writing() as conn:
        found = acknowledge_alert(conn, alert_id, by=visit.me.name, note=body.note, now=visit.now)
    return AlertAnswer.model_validate(found)


ENDPOINTS: Final = (
    Endpoint(method="GET", path="/alerts", handler=list_open_alerts, errors=(404,)),
    Endpoint(
        method="POST",
        path="/alerts/{alert_id}/seen",
        handler=mark_alert_seen,
        role=Role.REVIEWER,
        errors=(404,),
    ),
)
