"""Pages that judge a sentence of a summary, or a data item, which they also correct.

The two differ in the numbers that say which one it is, and in what `db` is asked; the templates
show a data item where there is an ``item``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from starlette.responses import Response

from db.engine import Connection
from db.judged_texts import JudgedFinding, JudgedSentence, get_judged_finding, get_judged_sentence
from db.judgements import judge_finding, judge_sentence
from litsweep.domain.reviewers import Role
from litsweep.errors import DecisionConflict, UsageError
from litsweep_app.web.judging.forms import (
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is judged: its ``name``, the numbers in its address, and who loads and stores it."""

    name: str
    numbers: tuple[str, ...]
    get: Callable[..., JudgedSentence | JudgedFinding]
    store: Callable[..., int]

    @property
    def path(self) -> str:
        """Its address, as a route."""
        return "/".join([f"/{self.name}s", *(f"{{{number}}}" for number in self.numbers)])


SENTENCE: Final = Kind(
    name="sentence",
    numbers=("summary_id", "position"),
    get=get_judged_sentence,
    store=judge_sentence,
)
FINDING: Final = Kind(
    name="finding", numbers=("finding_id",), get=get_judged_finding, store=judge_finding
)


def show(visit: Visit, kind: Kind) -> Response:
    """Show one with its source, and the form to judge it."""
    return visit.render("judged.html", **_load(visit, kind))


def judge(visit: Visit, kind: Kind) -> Response:
    """Store what the person says of one."""
    which = _which(visit, kind)
    is_drawn = is_sealed(visit, kind.name, *which)
    given = read_given(visit)
    try:
        opinion = read_opinion(given, visit.field_of("judgement"))
        with visit.database.writing() as conn:
            if not is_drawn:
                _require_judged(conn, visit, kind.get(conn, *which))
            kind.store(
                conn,
                *which,
                opinion,
                reviewer=visit.me.name,
                now=visit.now,
                tool_version=TOOL_VERSION,
                expected_id=read_expected(visit),
                is_audit=is_drawn,
            )
    except (UsageError, DecisionConflict) as error:
        template = "_judged.html" if visit.is_fragment else "judged.html"
        seal = make_seal(visit, kind.name, *which) if is_drawn else ""
        context = _load(visit, kind) | {"given": given, "seal": seal}
        return refuse(visit, template, error, context)
    context = _load(visit, kind)
    if visit.is_fragment:
        return visit.render("_judged.html", **context)
    return go_back(visit, context["judged"].record.record_id, context["place"])


def describe(visit: Visit, judged: JudgedSentence | JudgedFinding) -> dict[str, Any]:
    """Return what the templates show of one: ``mine`` is the visitor's judgement, or None."""
    mine = [one for one in judged.judgements if one.reviewer == visit.me.name]
    return {
        "judged": judged,
        "item": judged.finding.finding if isinstance(judged, JudgedFinding) else None,
        "corrections": judged.judgements,
        "mine": mine[0] if mine else None,
        "others": [one for one in judged.judgements if one.reviewer != visit.me.name],
        "given": None,
        "error": None,
        "seal": "",
    }


def _load(visit: Visit, kind: Kind) -> dict[str, Any]:
    which = _which(visit, kind)
    with visit.database.reading() as conn:
        judged = kind.get(conn, *which)
        if not is_sealed(visit, kind.name, *which):
            _require_judged(conn, visit, judged)
    place = f"judging-{kind.name[0]}{'-'.join(map(str, which))}"
    return {"place": place} | describe(visit, judged)


def _which(visit: Visit, kind: Kind) -> list[int]:
    return [visit.number_of(number) for number in kind.numbers]


def _require_judged(conn: Connection, visit: Visit, judged: JudgedSentence | JudgedFinding) -> None:
    read = judged.reading.stored.reading.document.kind
    require_judged(conn, visit.me, judged.record.record_id, read)


def _list_pages(kind: Kind) -> Sequence[Page]:
    return (
        Page(path=kind.path, name=kind.name, handler=partial(show, kind=kind), role=Role.READER),
        Page(
            path=f"{kind.path}/judgements",
            name=f"judge_{kind.name}",
            handler=partial(judge, kind=kind),
            role=Role.REVIEWER,
            methods=("POST",),
        ),
    )


PAGES: Final[Sequence[Page]] = (*_list_pages(SENTENCE), *_list_pages(FINDING))
