"""How far people agree about a topic, and how far each has come."""

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from db.agreement import measure_agreement
from db.screening_progress import count_decisions
from db.screening_protocols import get_protocol
from litsweep.domain.agreement_words import LIMITS, describe_kappa
from litsweep.domain.decisions import Stage
from litsweep.domain.reviewers import Role
from litsweep_app.web.page import Page
from litsweep_app.web.visit import Visit


def show_agreement(visit: Visit) -> Response:
    """Show each pair of people and each person, by the decisions that the visitor may see."""
    topic, name = visit.text_of("topic"), visit.me.name
    with visit.database.reading() as conn:
        rules = get_protocol(conn, topic).rules
        progress = count_decisions(conn, topic, viewer=name)
        pairs = {stage: measure_agreement(conn, topic, stage, viewer=name) for stage in Stage}
    return visit.render(
        "agreement.html",
        topic=topic,
        rules=rules,
        progress=progress,
        pairs=pairs,
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
