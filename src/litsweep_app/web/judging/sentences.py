"""Pages that judge a sentence of a summary, or all of them at once."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from db.engine import Connection
from db.judged_texts import JudgedSentence, get_judged_sentence
from db.judgements import judge_all_right, judge_sentence
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


def show_sentence(visit: Visit) -> Response:
    """Show one sentence with its source, and the form to judge it."""
    return visit.render("sentence.html", **_context(visit, *_numbers(visit)))


def judge(visit: Visit) -> Response:
    """Store what the person says of a sentence."""
    summary_id, position = _numbers(visit)
    drawn = ("sentence", summary_id, position)
    given = read_given(visit)
    try:
        opinion = read_opinion(given, visit.field_of("judgement"))
        with visit.database.writing() as conn:
            if not is_sealed(visit, *drawn):
                _require_judged(conn, visit, get_judged_sentence(conn, summary_id, position))
            judge_sentence(
                conn,
                summary_id,
                position,
                opinion,
                reviewer=visit.me.name,
                now=visit.now,
                tool_version=TOOL_VERSION,
                expected_id=read_expected(visit),
                is_audit=is_sealed(visit, *drawn),
            )
    except (UsageError, DecisionConflict) as error:
        template = "_judged_sentence.html" if visit.is_fragment else "sentence.html"
        seal = make_seal(visit, *drawn) if is_sealed(visit, *drawn) else ""
        context = _context(visit, summary_id, position, given=given) | {"seal": seal}
        return refuse(visit, template, error, context)
    context = _context(visit, summary_id, position)
    if visit.is_fragment:
        return visit.render("_judged_sentence.html", **context)
    record_id = context["judged"].record.record_id
    return go_back(visit, record_id, f"judging-s{summary_id}-{position}")


def judge_all(visit: Visit) -> Response:
    """Store that every sentence of a summary is right which the person has not judged yet."""
    summary_id = visit.number_of("summary_id")
    with visit.database.writing() as conn:
        judged = get_judged_sentence(conn, summary_id, 0)
        _require_judged(conn, visit, judged)
        judge_all_right(
            conn,
            summary_id,
            reviewer=visit.me.name,
            now=visit.now,
            tool_version=TOOL_VERSION,
        )
        record_id = judged.record.record_id
    return go_back(visit, record_id, f"judging-s{summary_id}-0")


def _numbers(visit: Visit) -> tuple[int, int]:
    return visit.number_of("summary_id"), visit.number_of("position")


def _context(
    visit: Visit, summary_id: int, position: int, *, given: Given | None = None
) -> dict[str, Any]:
    with visit.database.reading() as conn:
        judged = get_judged_sentence(conn, summary_id, position)
        if not is_sealed(visit, "sentence", summary_id, position):
            _require_judged(conn, visit, judged)
    return {"judged": judged, "given": given, "error": None, "seal": ""} | divide(visit, judged)


def _require_judged(conn: Connection, visit: Visit, judged: JudgedSentence) -> None:
    kind = judged.reading.stored.reading.document.kind
    require_judged(conn, visit.me, judged.record.record_id, kind)


def divide(visit: Visit, judged: JudgedSentence) -> dict[str, Any]:
    """Return the visitor's own judgement as ``mine``, and those of ``others``."""
    mine = [one for one in judged.judgements if one.reviewer == visit.me.name]
    others = [one for one in judged.judgements if one.reviewer != visit.me.name]
    return {"mine": mine[0] if mine else None, "others": others}


PAGES: Final[Sequence[Page]] = (
    Page(
        path="/sentences/{summary_id}/{position}",
        name="sentence",
        handler=show_sentence,
        role=Role.READER,
    ),
    Page(
        path="/sentences/{summary_id}/{position}/judgements",
        name="judge_sentence",
        handler=judge,
        role=Role.REVIEWER,
        methods=("POST",),
    ),
    Page(
        path="/summaries/{summary_id}/judgements",
        name="judge_summary",
        handler=judge_all,
        role=Role.REVIEWER,
        methods=("POST",),
    ),
)
