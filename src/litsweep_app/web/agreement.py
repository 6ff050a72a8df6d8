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
from litsweep_app.web.filters import Reader
from litsweep_app.web.kept_counts import KeptCounts
from litsweep_app.web.ordering import Ordering, build_headings, read_ordering, sort_rows
from litsweep_app.web.page import Page
from litsweep_app.web.table_columns import PROGRESS, AgreementRow, ProgressRow
from litsweep_app.web.visit import Visit, path_to


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementCounts:
    """How far each has come at the stages, and each pair of people at each."""

    progress: tuple[StageProgress, ...]
    pairs: Mapping[Stage, Sequence[Agreement]]


def _count(conn: Connection, topic: str, viewer: str | None) -> AgreementCounts:
    return AgreementCounts(
        progress=count_decisions(conn, topic, viewer=viewer),
        pairs={stage: measure_agreement(conn, topic, stage, viewer=viewer) for stage in Stage},
    )


COUNTS: Final[KeptCounts[AgreementCounts]] = KeptCounts(_count)
"""How far people are and agree, for the page and the JSON API."""


def list_progress(counts: AgreementCounts) -> list[ProgressRow]:
    """Return how far each has come, one stage after the other."""
    return [ProgressRow(one.stage, person) for one in counts.progress for person in one.reviewers]


def list_pairs(counts: AgreementCounts) -> list[AgreementRow]:
    """Return each two people, one stage after the other."""
    return [AgreementRow(stage, pair) for stage, pairs in counts.pairs.items() for pair in pairs]


def show_agreement(visit: Visit) -> Response:
    """Show each pair of people and each person, by the decisions that the visitor may see."""
    topic = visit.text_of("topic")
    ordering = read_ordering(Reader(visit.query), [one.name for one in PROGRESS])
    with visit.database.reading() as conn:
        rules = get_protocol(conn, topic).rules
        counted = COUNTS.find(conn, topic, visit.me.name)
    return visit.render(
        "agreement.html",
        topic=topic,
        rules=rules,
        progress=counted.found.progress,
        people=_list_by_stage(counted.found, ordering),
        headings=build_headings(
            PROGRESS,
            ordering,
            lambda one: path_to("topics", topic, "agreement", **one.as_query()),
            own="reviewer",
        ),
        pairs=counted.found.pairs,
        counted_at=counted.at,
        describe=describe_kappa,
        limits=LIMITS,
    )


def _list_by_stage(counts: AgreementCounts, ordering: Ordering) -> dict[Stage, list[ProgressRow]]:
    rows = sort_rows(list_progress(counts), PROGRESS, ordering)
    return {stage: [one for one in rows if one.stage is stage] for stage in Stage}


PAGES: Final[Sequence[Page]] = (
    Page(
        path="/topics/{topic}/agreement",
        name="agreement",
        handler=show_agreement,
        role=Role.READER,
    ),
)
