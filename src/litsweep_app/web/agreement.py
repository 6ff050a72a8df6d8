"""How far people agree about a topic, and how far each has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from db.agreement import measure_agreement
from db.engine import Connection
from db.screening_progress import StageProgress, count_decisions
from db.screening_protocols import get_protocol
from litsweep.domain.agreement import Agreement
from litsweep.domain.agreement_words import LIMITS, describe_kappa
from litsweep.domain.decisions import Stage
from litsweep.domain.reviewers import Role
from litsweep_app.web.kept_counts import KeptCounts
from litsweep_app.web.page import Page
from litsweep_app.web.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """How far each has come at the stages, and each pair of people at each."""

    progress: tuple[StageProgress, ...]
    pairs: Mapping[Stage, Sequence[Agreement]]


def _count(conn: Connection, topic: str, viewer: str | None) -> _Counts:
    return _Counts(
        progress=count_decisions(conn, topic, viewer=viewer),
        pairs={stage: measure_agreement(conn, topic, stage, viewer=viewer) for stage in Stage},
    )


COUNTS: Final[KeptCounts[_Counts]] = KeptCounts(_count)
"""How far people are and agree, for the page and the JSON API."""


def show_agreement(visit: Visit) -> Response:
    """Show each pair of people and each person, by the decisions that the visitor may see."""
    topic, name = visit.text_of("topic"), visit.me.name
    with visit.database.reading() as conn:
        rules = get_protocol(conn, topic).rules
        counted = COUNTS.find(conn, topic, name)
    return visit.render(
        "agreement.html",
        topic=topic,
        rules=rules,
        progress=counted.found.progress,
        pairs=counted.found.pairs,
        counted_at=counted.at,
        describe=describe_kappa,
        limits=LIMITS,
    )


PAGES: Final[Sequence[Page]] = (
    Page(
        path="/topics/{topic}/agreement",
        name="agreement",
        handler=show_agreement,
        role=Role.READER,
    ),
)
