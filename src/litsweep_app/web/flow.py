"""The flow of a topic's records, from what was found to what is included (PRISMA 2020)."""

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from db.engine import Connection
from db.prisma_flow import FlowCounts, count_flow
from litsweep.domain.reviewers import Role
from litsweep_app.web.charts.flow import draw_flow
from litsweep_app.web.flow_lines import list_lines
from litsweep_app.web.kept_counts import KeptCounts
from litsweep_app.web.page import Page
from litsweep_app.web.visit import Visit


def _count(conn: Connection, topic: str, viewer: str | None) -> FlowCounts:
    return count_flow(conn, topic, viewer=viewer)


FLOWS: Final[KeptCounts[FlowCounts]] = KeptCounts(_count)
"""The flows of topics, for the page and the JSON API."""


def show_flow(visit: Visit) -> Response:
    """Show the diagram, and its numbers as a table."""
    topic = visit.text_of("topic")
    with visit.database.reading() as conn:
        counted = FLOWS.find(conn, topic, visit.me.name)
    return visit.render(
        "flow.html",
        topic=topic,
        flow=counted.found,
        lines=list_lines(counted.found),
        counted_at=counted.at,
        diagram=draw_flow(counted.found),
    )


PAGES: Final[Sequence[Page]] = (
    Page(path="/topics/{topic}/flow", name="flow", handler=show_flow, role=Role.READER),
)
