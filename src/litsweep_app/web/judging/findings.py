"""Pages that judge a data item, and correct it."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from db.engine import Connection
from db.judged_texts import JudgedFinding, get_judged_finding
from db.judgements import judge_finding
from litsweep.domain.reviewers import Role
from litsweep.errors import DecisionConflict, UsageError
from litsweep_app.web.judging.forms import (
    Given,
    go_back,
    is_sealed,
    make_seal,
    read_expected,
    read_given,
    read_opinion,
    refuse,
)
from litsweep_app.web.machine_text import require_judged
from litsweep_app.web.page import Page
from litsweep_app.web.visit import TOOL_VERSION, Visit


def show_finding(visit: Visit) -> Response:
    """Show one data item with its passage, and the form to judge and correct it."""
    return visit.render("finding.html", **_context(visit, visit.number_of("finding_id")))


def judge(visit: Visit) -> Response:
    """Store what the person says of a data item, with their correction."""
    finding_id = visit.number_of("finding_id")
    drawn = ("finding", finding_id)
    given = read_given(visit)
    try:
        opinion = read_opinion(given, visit.field_of("judgement"))
        with visit.database.writing() as conn:
            if not is_sealed(visit, *drawn):
                _require_judged(conn, visit, get_judged_finding(conn, finding_id))
            judge_finding(
                conn,
                finding_id,
                opinion,
                reviewer=visit.me.name,
                now=visit.now,
                tool_version=TOOL_VERSION,
                expected_id=read_expected(visit),
                is_audit=is_sealed(visit, *drawn),
            )
    except (UsageError, DecisionConflict) as error:
        template = "_judged_finding.html" if visit.is_fragment else "finding.html"
        seal = make_seal(visit, *drawn) if is_sealed(visit, *drawn) else ""
        context = _context(visit, finding_id, given=given) | {"seal": seal}
        return refuse(visit, template, error, context)
    context = _context(visit, finding_id)
    if visit.is_fragment:
        return visit.render("_judged_finding.html", **context)
    return go_back(visit, context["judged"].record.record_id, f"judging-f{finding_id}")


def _context(visit: Visit, finding_id: int, *, given: Given | None = None) -> dict[str, Any]:
    with visit.database.reading() as conn:
        judged = get_judged_finding(conn, finding_id)
        if not is_sealed(visit, "finding", finding_id):
            _require_judged(conn, visit, judged)
    return {
        "judged": judged,
        "item": judged.finding.finding,
        "corrections": judged.judgements,
        "given": given,
        "error": None,
        "seal": "",
    } | divide(visit, judged)


def _require_judged(conn: Connection, visit: Visit, judged: JudgedFinding) -> None:
    kind = judged.reading.stored.reading.document.kind
    require_judged(conn, visit.me, judged.record.record_id, kind)


def divide(visit: Visit, judged: JudgedFinding) -> dict[str, Any]:
    """Return the visitor's own judgement as ``mine``, and those of ``others``."""
    mine = [one for one in judged.judgements if one.reviewer == visit.me.name]
    others = [one for one in judged.judgements if one.reviewer != visit.me.name]
    return {"mine": mine[0] if mine else None, "others": others}


PAGES: Final[Sequence[Page]] = (
    Page(path="/findings/{finding_id}", name="finding", handler=show_finding, role=Role.READER),
    Page(
        path="/findings/{finding_id}/judgements",
        name="judge_finding",
        handler=judge,
        role=Role.REVIEWER,
        methods=("POST",),
    ),
)
