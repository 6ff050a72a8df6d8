"""Decisions, and their undoing.

A form is answered with the next card (303: nothing is sent twice by loading again), a script with
JSON. What is sent again, for its answer was lost, is stored once: the same content has the same
number. Where something else stands by now, both are shown, and the person chooses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from db.card_facts import list_titles
from db.decisions import find_standing, get_decision
from db.engine import Connection
from db.records import get_record
from db.screening import decide, find_last_undoable
from db.undoing import undo_once
from litsweep.domain.decisions import Decision, NewDecision, ScreeningDecision, Stage
from litsweep.domain.reviewers import Role
from litsweep.errors import DecisionConflict, LitsweepError, UsageError
from litsweep_app.web.faults import status_of
from litsweep_app.web.page import Page
from litsweep_app.web.queue import path_of_card, read_number, read_stage, take_next
from litsweep_app.web.seal import read_seal
from litsweep_app.web.visible_text import shown_plainly
from litsweep_app.web.visit import TOOL_VERSION, Visit, path_to


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A decision as a form sends it; ``place`` is where the queue goes on after it, or empty."""

    topic: str
    stage: Stage
    record_id: int
    decision: Decision
    exclusion_reason: str | None
    note: str | None
    labels: tuple[str, ...]
    expected_id: int | None
    seal: str
    place: str


def decide_on(visit: Visit) -> Response:
    """Store a decision and go on to the next card."""
    try:
        wanted = _read_wanted(visit)
        with visit.database.writing() as conn:
            decision_id = _store(conn, visit, wanted)
    except DecisionConflict as error:
        return _show_conflict(visit, wanted, str(error))
    except LitsweepError as error:
        if visit.is_fragment:
            return _refuse(error)
        raise
    if visit.is_fragment:
        return JSONResponse({"decision_id": decision_id, "record_id": wanted.record_id})
    return visit.redirect(_find_way_on(visit, wanted))


def undo(visit: Visit) -> Response:
    """Take a decision back and show its card again, or the history that it was undone in."""
    decision_id = visit.number_of("decision_id")
    try:
        _require_person(visit)
        with visit.database.writing() as conn:
            standing_id = undo_once(
                conn, decision_id, by=visit.me.name, tool_version=TOOL_VERSION, now=visit.now
            )
            undone = get_decision(conn, decision_id)
            before = get_decision(conn, standing_id)
            last = find_last_undoable(conn, visit.me.name, undone.topic, undone.stage)
            title = list_titles(conn, [last.record_id])[last.record_id] if last else ""
    except LitsweepError as error:
        if visit.is_fragment:
            return _refuse(error)
        raise
    if visit.is_fragment:
        is_open = before.decision is Decision.WITHDRAWN
        return JSONResponse(
            {
                "decision_id": standing_id,
                "record_id": undone.record_id,
                "expected_id": None if is_open else standing_id,
                "next": None if last is None else _as_json(last, title),
            }
        )
    if visit.field_of("to") == "history":
        return visit.redirect(path_to("topics", undone.topic, "decisions", stage=undone.stage))
    return visit.redirect(path_of_card(undone.topic, undone.stage, undone.record_id))


def _read_wanted(visit: Visit) -> Wanted:
    _require_person(visit)
    reason_of_button = visit.field_of("exclude_for")
    decision = _read_decision("exclude" if reason_of_button else visit.field_of("decision"))
    reason = reason_of_button or visit.field_of("exclusion_reason")
    expected = visit.field_of("expected_id")
    return Wanted(
        topic=visit.text_of("topic"),
        stage=read_stage(visit.field_of("stage")),
        record_id=read_number(visit.field_of("record_id")),
        decision=decision,
        exclusion_reason=(reason or None) if decision is Decision.EXCLUDE else None,
        note=visit.field_of("note") or None,
        labels=tuple(str(one) for one in visit.form.getlist("labels")),
        expected_id=read_number(expected) if expected else None,
        seal=visit.field_of("seal"),
        place=visit.field_of("place"),
    )


def _require_person(visit: Visit) -> None:
    """Refuse what another person decided in this browser, before this one signed in."""
    given = visit.field_of("person")
    if given and given != str(visit.me.reviewer_id):
        raise HTTPException(
            403,
            "Somebody else decided this in this browser. Nothing was stored: sign in as that "
            "person, or load the page again and decide yourself.",
        )


def _read_decision(given: str) -> Decision:
    if given not in (Decision.INCLUDE, Decision.EXCLUDE, Decision.UNSURE):
        raise UsageError(f"Include, exclude or unsure? {given[:40]!r} is none of them.")
    return Decision(given)


def _store(conn: Connection, visit: Visit, wanted: Wanted) -> int:
    shown = read_seal(
        conn,
        visit,
        wanted.seal,
        topic=wanted.topic,
        stage=wanted.stage,
        record_id=wanted.record_id,
    )
    new = NewDecision(
        record_id=wanted.record_id,
        stage=wanted.stage,
        decision=wanted.decision,
        reviewer=visit.me.name,
        decided_at=visit.now,
        exclusion_reason=wanted.exclusion_reason,
        note=wanted.note,
        labels=wanted.labels,
        has_seen_machine_text=shown.has_machine_text,
        reading_id=shown.reading_id,
        record_version=shown.record_version,
    )
    return decide(
        conn, wanted.topic, new, expected_id=wanted.expected_id, tool_version=TOOL_VERSION
    )


def _find_way_on(visit: Visit, wanted: Wanted) -> str:
    topic, stage = wanted.topic, wanted.stage
    if not wanted.place:
        return path_to("records", wanted.record_id, topic=topic, stage=stage)
    following = take_next(visit, topic, stage, after=wanted.place)
    if following is None or following.record_id == wanted.record_id:
        return path_to("topics", topic, "queue", stage)
    return path_of_card(topic, stage, following.record_id)


def _show_conflict(visit: Visit, wanted: Wanted, message: str) -> Response:
    with visit.database.reading() as conn:
        standing = find_standing(conn, wanted.topic, wanted.record_id, wanted.stage, visit.me.name)
        record = get_record(conn, record_id=wanted.record_id)
    context: dict[str, Any] = {
        "wanted": wanted,
        "standing": standing,
        "record": record,
        "message": message,
        "expected_id": _expected_of(standing),
        "keep_path": path_to(
            "topics", wanted.topic, "queue", wanted.stage, after=wanted.place or None
        ),
    }
    template = "card_conflict.html" if visit.is_fragment else "conflict_of_tabs.html"
    return visit.render(template, status=409, **context)


def _expected_of(standing: ScreeningDecision | None) -> int | None:
    is_open = standing is None or standing.decision is Decision.WITHDRAWN
    return None if is_open or standing is None else standing.screening_decision_id


def _refuse(error: LitsweepError) -> Response:
    return JSONResponse({"error": str(error)}, status_code=status_of(error))


def _as_json(one: ScreeningDecision, title: str) -> dict[str, Any]:
    return {
        "decision_id": one.screening_decision_id,
        "record_id": one.record_id,
        "decision": one.decision,
        "reason": shown_plainly(one.exclusion_reason or ""),
        "title": shown_plainly(title),
    }


PAGES: Final[Sequence[Page]] = (
    Page(
        path="/topics/{topic}/decisions",
        name="decide",
        handler=decide_on,
        role=Role.REVIEWER,
        takes_turns=True,
        methods=("POST",),
    ),
    Page(
        path="/decisions/{decision_id}/undo",
        name="undo",
        handler=undo,
        role=Role.REVIEWER,
        takes_turns=True,
        methods=("POST",),
    ),
)
