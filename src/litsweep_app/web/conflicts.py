"""Where people disagree, and how somebody else settles it."""

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from db.conflicts import ConflictPage, list_open_conflicts, list_settlements
from db.decisions import list_names
from db.engine import Connection
from db.screening import adjudicate
from db.screening_protocols import get_protocol
from litsweep.domain.decisions import SETTLING, Decision, NewDecision, ScreeningDecision, Stage
from litsweep.domain.reviewers import Role
from litsweep.errors import DecisionConflict, UsageError
from litsweep.exports.formats import FORMATS
from litsweep_app.web import agreement
from litsweep_app.web.filters import Reader
from litsweep_app.web.page import Page
from litsweep_app.web.visit import TOOL_VERSION, Visit, path_to

PAGE: Final = 10


def show_conflicts(visit: Visit) -> Response:
    """Show the conflicts of a stage: a lead all of them, others those that they are part of."""
    reader = Reader(visit.query)
    stage = _read_stage(visit.text_of("stage"))
    return _show(visit, stage, after=reader.number("after"), settled=reader.number("settled"))


def settle(visit: Visit) -> Response:
    """Store what settles a conflict, or takes such a decision back; go on to the next one."""
    topic, reader = visit.text_of("topic"), Reader(visit.form)
    stage = _read_stage(visit.field_of("stage"))
    record_id = reader.number("record_id")
    decision = reader.word("decision", Decision)
    if record_id is None or decision is None:
        raise UsageError("A conflict is settled by include or exclude, for one record.")
    try:
        new = NewDecision(
            record_id=record_id,
            stage=stage,
            decision=decision,
            reviewer=visit.me.name,
            decided_at=visit.now,
            exclusion_reason=_read_reason(visit, decision),
            note=visit.field_of("note")[:5000] or None,
            record_version=reader.number("record_version"),
        )
        with visit.database.writing() as conn:
            adjudicate(
                conn,
                topic,
                new,
                expected_id=reader.number("expected_id"),
                tool_version=TOOL_VERSION,
            )
    except DecisionConflict as error:
        return _show(visit, stage, problem=str(error), about=record_id, status=409)
    except UsageError as error:
        return _show(visit, stage, problem=str(error), about=record_id, status=400)
    after = None if decision is Decision.WITHDRAWN else record_id
    return visit.redirect(
        path_to("topics", topic, "conflicts", stage, after=after, settled=record_id)
    )


def _show(
    visit: Visit,
    stage: Stage,
    *,
    after: int | None = None,
    settled: int | None = None,
    problem: str | None = None,
    about: int | None = None,
    status: int = 200,
) -> Response:
    topic = visit.text_of("topic")
    with visit.database.reading() as conn:
        protocol = get_protocol(conn, topic)
        found = _load(visit, conn, stage, after)
        if after is not None and not found.conflicts:
            # Behind the last one the first is the next.
            after, found = None, _load(visit, conn, stage, None)
        settlements = list_settlements(conn, topic, stage, visit.me.name)
        names = list_names(conn, [one.record_id for one in settlements])
    next_page = found.page.after
    here = ("topics", topic, "conflicts", stage)
    return visit.render(
        "conflicts.html",
        status=status,
        topic=topic,
        stage=stage,
        stages=list(Stage),
        found=found,
        rules=protocol.rules,
        settled=settled,
        settlements=settlements,
        names=names,
        problem=problem,
        about=about,
        typed={name: visit.field_of(name) for name in ("decision", "reason", "note")},
        is_lead=visit.may(Role.LEAD),
        may_settle=lambda decisions: _may_settle(visit, decisions),
        own_id=lambda decisions: _own_id(visit, decisions),
        first_page=None if after is None else path_to(*here),
        next_page=None if next_page is None else path_to(*here, after=next_page),
        export=path_to("export", topic=topic, list="conflicts", stage=stage),
        formats=FORMATS.values(),
    )


def _load(visit: Visit, conn: Connection, stage: Stage, after: int | None) -> ConflictPage:
    return list_open_conflicts(
        conn,
        visit.text_of("topic"),
        stage,
        viewer=visit.me.name,
        only_own=not visit.may(Role.LEAD),
        after=after,
        limit=PAGE,
    )


def _may_settle(visit: Visit, decisions: Sequence[ScreeningDecision]) -> bool:
    """Tell whether the person may: a lead who is not one of those that disagree."""
    is_party = any(
        one.reviewer == visit.me.name and one.decision in SETTLING for one in decisions
    )
    return visit.may(Role.LEAD) and not is_party


def _own_id(visit: Visit, decisions: Sequence[ScreeningDecision]) -> int | None:
    own = (one.screening_decision_id for one in decisions if one.reviewer == visit.me.name)
    return next(own, None)


def _read_reason(visit: Visit, decision: Decision) -> str | None:
    return (visit.field_of("reason")[:1000] or None) if decision is Decision.EXCLUDE else None


def _read_stage(given: str) -> Stage:
    try:
        return Stage(given)
    except ValueError:
        listed = " and ".join(Stage)
        raise UsageError(f"There is no stage {given[:40]!r}; there are {listed}.") from None


PAGES: Final[Sequence[Page]] = (
    Page(
        path="/topics/{topic}/conflicts/{stage}",
        name="conflicts",
        handler=show_conflicts,
        role=Role.REVIEWER,
    ),
    Page(
        path="/topics/{topic}/adjudications",
        name="adjudications",
        handler=settle,
        role=Role.LEAD,
        methods=("POST",),
    ),
    *agreement.PAGES,
)
