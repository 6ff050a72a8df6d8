"""The numbers of a topic's PRISMA 2020 flow diagram."""

from typing import Final

from litsweep.domain.strategies import SearchRoute
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.values import Answer, Name
from litsweep_app.web.flow import FLOWS
from litsweep_app.web.visit import Visit


class StageCountsAnswer(Answer):
    """What came of the records of a stage; `n_partly` wait for another person."""

    n_included: int
    n_excluded: int
    n_conflicts: int
    n_partly: int
    n_unsure: int


class FlowAnswer(Answer):
    """Each record is counted in one place; `not_retrieved` and `excluded` are pairs of reason
    and number.
    """

    identified: dict[SearchRoute, int]
    n_identified: int
    n_duplicates: int
    n_automation: int
    n_deleted: int
    n_to_screen: int
    n_unscreened: int
    screened: StageCountsAnswer
    n_sought: int
    n_sought_besides: int
    not_retrieved: list[tuple[str, int]]
    n_not_retrieved: int
    n_unassessed: int
    assessed: StageCountsAnswer
    excluded: list[tuple[str, int]]


def get_topic_flow(visit: Visit, topic: Name) -> FlowAnswer:
    """The numbers of a topic's flow diagram (PRISMA 2020, item 16a)."""
    with visit.database.reading() as conn:
        counted = FLOWS.find(conn, topic, visit.me.name, is_exact=True)
    return FlowAnswer.model_validate(counted.found)


ENDPOINTS: Final = (
    Endpoint(method="GET", path="/topics/{topic}/flow", handler=get_topic_flow, errors=(404,)),
)
