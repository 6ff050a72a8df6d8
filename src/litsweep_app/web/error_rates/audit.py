"""The random audit: one sentence or data item after the other, drawn by chance, to be judged.

What is judged here carries a seal, so that it counts as drawn; the pages that store it are
``litsweep_app.web.judging``'s.
"""

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from db.audit_draws import Lot, count_audited, draw
from db.judged_texts import JudgedFinding, JudgedSentence, get_judged_finding, get_judged_sentence
from db.topics import list_topics
from litsweep.domain.reviewers import Role
from litsweep.errors import UsageError
from litsweep_app.web.judging.forms import make_seal
from litsweep_app.web.judging.texts import describe
from litsweep_app.web.page import Page
from litsweep_app.web.visit import Visit


def show_next(visit: Visit) -> Response:
    """Show what chance draws next for this person, with its source and the form to judge it."""
    topic = visit.query.get("topic") or None
    lot = _read_lot(visit.query.get("of") or Lot.SENTENCES)
    n_passed = _read_number(visit.query.get("passed") or "0")
    judged: JudgedSentence | JudgedFinding | None = None
    with visit.database.reading() as conn:
        topics = [one.name for one in list_topics(conn)]
        n_audited = count_audited(conn, visit.me.name)
        seed = f"{visit.me.name}/{topic}/{lot}/{n_audited}/{n_passed}"
        drawn = draw(conn, lot, topic=topic, seed=seed)
        if drawn is not None and lot.is_of_findings:
            judged = get_judged_finding(conn, *drawn)
        elif drawn is not None:
            judged = get_judged_sentence(conn, *drawn)
    kind = "finding" if lot.is_of_findings else "sentence"
    context: dict[str, Any] = {"judged": None, "item": None}
    if judged is not None and drawn is not None:
        context = describe(visit, judged) | {"seal": make_seal(visit, kind, *drawn)}
        # What others said would be before the eyes of who is to look at it afresh.
        context |= {"others": [], "corrections": [context["mine"]] if context["mine"] else []}
    return visit.render(
        "audit.html",
        topic=topic,
        topics=topics,
        lot=lot,
        lots=list(Lot),
        n_audited=n_audited,
        n_passed=n_passed,
        **context,
    )


def _read_lot(given: str) -> Lot:
    if given not in list(Lot):
        raise UsageError(f"{given[:40]!r} is no lot of an audit: {', '.join(Lot)}.")
    return Lot(given)


def _read_number(given: str) -> int:
    if not (given.isascii() and given.isdigit() and len(given) < 7):
        raise UsageError(f"{given[:40]!r} is not a number.")
    return int(given)


PAGES: Final[Sequence[Page]] = (
    Page(path="/error-rates/audit", name="audit", handler=show_next, role=Role.REVIEWER),
)
