"""Readings that people ask for: another model is to read a text once more.

Nothing is read here: what is asked for is a row, which the next reading finds.
"""

from datetime import datetime
from typing import Final

from pydantic import Field

from db.asked_readings import ask_for_reading, withdraw_request
from db.engine import Connection
from db.records import get_record
from litsweep.domain.documents import DocumentKind
from litsweep.domain.reviewers import Role
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.values import Answer, Asked, Line, Name, Number
from litsweep_app.web.judging.rereading import find_writer, list_writers
from litsweep_app.web.machine_text import list_visible_requests
from litsweep_app.web.visit import Visit


class RereadAnswer(Answer):
    """A reading that is asked for and was not made yet; `model` null: as the settings say."""

    request_id: int
    kind: DocumentKind
    model: str | None
    reason: str
    requested_by: str
    requested_at: datetime


class RereadList(Answer):
    """What is asked for of a record, the oldest first; `models` are those that can be asked."""

    record_id: int
    items: list[RereadAnswer]
    models: list[str]


class RereadAsked(Asked):
    """Which text is to be read again, with what, and why."""

    kind: DocumentKind
    model: Name = Field(description="The name of a model, or `none` for quotations alone.")
    reason: Line


def list_asked_rereads(visit: Visit, record_id: Number) -> RereadList:
    """Readings of a record that are asked for and were not made yet."""
    with visit.database.reading() as conn:
        get_record(conn, record_id=record_id)
        return _list_open(conn, visit, record_id)


def ask_for_reread(visit: Visit, record_id: Number, body: RereadAsked) -> RereadList:
    """Ask for a new reading of a record's text.

    One request is open for a text: a newer one takes its place. What was read stays.
    """
    model = find_writer(body.model, visit.settings)
    with visit.database.writing() as conn:
        ask_for_reading(
            conn,
            record_id,
            body.kind,
            model=model,
            reason=body.reason,
            requested_by=visit.me.name,
            now=visit.now,
        )
        return _list_open(conn, visit, record_id)


def withdraw_reread(visit: Visit, request_id: Number) -> RereadList:
    """Take back what I asked of a model; a lead may take back any."""
    with visit.database.writing() as conn:
        record_id = withdraw_request(
            conn, request_id, by=visit.me.name, now=visit.now, may_any=visit.may(Role.LEAD)
        )
        return _list_open(conn, visit, record_id)


def _list_open(conn: Connection, visit: Visit, record_id: int) -> RereadList:
    found = list_visible_requests(conn, visit.me, record_id)
    return RereadList(
        record_id=record_id,
        items=[RereadAnswer.model_validate(one) for one in found],
        models=list_writers(visit.settings),
    )


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/records/{record_id}/rereads",
        handler=list_asked_rereads,
        errors=(404,),
    ),
    Endpoint(
        method="POST",
        path="/records/{record_id}/rereads",
        handler=ask_for_reread,
        role=Role.REVIEWER,
        errors=(404,),
    ),
    Endpoint(
        method="POST",
        path="/rereads/{request_id}/withdraw",
        handler=withdraw_reread,
        role=Role.REVIEWER,
        errors=(404,),
    ),
)
