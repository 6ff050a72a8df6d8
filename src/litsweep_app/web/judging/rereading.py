"""Asking for a new reading of a record with another model; every reading of it, side by side.

The desk reads nothing: what is asked for is a row, which the next reading finds.
"""

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from db.asked_readings import (
    ReadingLine,
    ask_for_reading,
    list_readings,
    withdraw_request,
)
from db.card_texts import CardReading, load_card_reading
from db.engine import Connection
from db.records import get_record
from litsweep.domain.documents import DocumentKind
from litsweep.domain.reviewers import Role
from litsweep.errors import UnknownModel, UnknownRecord, UsageError
from litsweep.models.registry import get_spec, list_models
from litsweep.settings import Settings
from litsweep_app.web.faults import status_of
from litsweep_app.web.judging.forms import go_back
from litsweep_app.web.machine_text import is_withheld, list_visible_requests
from litsweep_app.web.page import Page
from litsweep_app.web.visit import Visit

_MOST_CHARACTERS: Final = 500
_COMPARED: Final = 6


def list_writers(settings: Settings) -> list[str]:
    """Return the names of the models that can be asked for, here or on another machine."""
    return [spec.name for spec in list_models(settings) if spec.kind.can_write]


def find_writer(name: str, settings: Settings) -> str:
    """Return the name under which a model is asked for; ``none`` asks for quotations alone.

    Raises:
        UnknownModel: there is no such model, or it writes nothing.
    """
    if name == "none":
        return name
    spec = get_spec(name[:200], settings)
    if not spec.kind.can_write:
        raise UnknownModel(f"{spec.name} compares sentences and cannot write: choose another.")
    return spec.name


def ask(visit: Visit) -> Response:
    """Store that a person wants a text of a record read again."""
    record_id = visit.number_of("record_id")
    error = None
    try:
        model, kind = _read_model(visit), _read_kind(visit.field_of("kind"))
        with visit.database.writing() as conn:
            ask_for_reading(
                conn,
                record_id,
                kind,
                model=model,
                reason=visit.field_of("reason")[:_MOST_CHARACTERS],
                requested_by=visit.me.name,
                now=visit.now,
            )
    except UnknownRecord:
        raise
    except UsageError as refused:
        error = refused
    if error is None and not visit.is_fragment:
        return go_back(visit, record_id, "rereading")
    if not visit.is_fragment:
        return _show(visit, record_id, error)
    with visit.database.reading() as conn:
        requests = list_visible_requests(conn, visit.me, record_id)
    return visit.render(
        "_asked.html",
        status=200 if error is None else status_of(error),
        record_id=record_id,
        requests=requests,
        models=list_writers(visit.settings),
        error=error and str(error),
    )


def withdraw(visit: Visit) -> Response:
    """Take back what was asked of a model: one's own request, or for a lead any."""
    with visit.database.writing() as conn:
        record_id = withdraw_request(
            conn,
            visit.number_of("request_id"),
            by=visit.me.name,
            now=visit.now,
            may_any=visit.may(Role.LEAD),
        )
    return go_back(visit, record_id, "rereading")


def show_readings(visit: Visit) -> Response:
    """Show every reading of a record, the newest first, with what differs between them.

    Nothing of them is shown where the person judges first, until they have decided.
    """
    return _show(visit, visit.number_of("record_id"), None)


def _show(visit: Visit, record_id: int, error: UsageError | None) -> Response:
    with visit.database.reading() as conn:
        record = get_record(conn, record_id=record_id)
        requests = list_visible_requests(conn, visit.me, record_id)
        groups = [_compare(conn, visit, record_id, kind) for kind in DocumentKind]
    return visit.render(
        "readings.html",
        status=200 if error is None else status_of(error),
        record=record,
        requests=requests,
        groups=[group for group in groups if group["lines"] or group["is_hidden"]],
        models=list_writers(visit.settings),
        error=error and str(error),
    )


def _compare(conn: Connection, visit: Visit, record_id: int, kind: DocumentKind) -> dict[str, Any]:
    is_hidden = is_withheld(conn, visit.me, record_id, kind)
    lines = [] if is_hidden else list_readings(conn, record_id, kind)
    good = [line for line in lines if line.failure is None][:_COMPARED]
    cards = [(line, load_card_reading(conn, line.reading_id)) for line in good]
    return {
        "kind": kind,
        "lines": lines,
        "is_hidden": is_hidden,
        "cards": cards,
        "items": _line_up(cards) if kind is DocumentKind.FULL_TEXT else [],
        "only_here": _list_only_here([card for _, card in cards]),
    }


def _list_only_here(cards: Sequence[CardReading]) -> list[frozenset[str]]:
    """Return for each reading the sentences that no other one has; none where it is alone."""
    if len(cards) < 2:
        return [frozenset() for _ in cards]
    texts = [
        frozenset(one.text for summary in card.summaries for one in summary.sentences)
        for card in cards
    ]
    return [text.difference(*(other for other in texts if other is not text)) for text in texts]


def _line_up(cards: Sequence[tuple[ReadingLine, CardReading]]) -> list[dict[str, Any]]:
    """Return a row for each data item: what each reading says of it, and whether all agree."""
    names = dict.fromkeys(one.finding.data_item for _, card in cards for one in card.findings)
    rows = []
    for name in names:
        cells = [
            [one for one in card.findings if one.finding.data_item == name] for _, card in cards
        ]
        said = {
            tuple((one.finding.state, one.finding.value or one.finding.quote) for one in cell)
            for cell in cells
        }
        rows.append({"name": name, "cells": cells, "differs": len(said) > 1})
    return rows


def _read_model(visit: Visit) -> str:
    return find_writer(visit.field_of("model"), visit.settings)


def _read_kind(given: str) -> DocumentKind:
    if given not in list(DocumentKind):
        raise UsageError("Say what is to be read again: the abstract or the full text.")
    return DocumentKind(given)


PAGES: Final[Sequence[Page]] = (
    Page(
        path="/records/{record_id}/rereads",
        name="ask_for_reading",
        handler=ask,
        role=Role.REVIEWER,
        methods=("POST",),
    ),
    Page(
        path="/rereads/{request_id}/withdraw",
        name="withdraw_request",
        handler=withdraw,
        role=Role.REVIEWER,
        methods=("POST",),
    ),
    Page(
        path="/records/{record_id}/readings",
        name="readings",
        handler=show_readings,
        role=Role.READER,
    ),
)
