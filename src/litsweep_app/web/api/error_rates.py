"""How often each model and prompt was wrong, by what people judged."""

from typing import Final

from pydantic import Field

from db.error_rates import measure_error_rates
from litsweep.domain.judgements import Fault
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.values import Answer, Asked, Name
from litsweep_app.web.visit import Visit


class MakerAnswer(Answer):
    """What made it; names are empty, and the version 0, where no model wrote."""

    task: str
    method: str
    model_id: str
    model_revision: str
    prompt_name: str
    prompt_version: int


class TallyAnswer(Answer):
    """What people judged; `rate` is the share of wrong ones among those not disputed.

    `interval` is Wilson's of 95 %; both are null where nothing was judged.
    """

    n_right: int
    n_wrong: int
    n_disputed: int
    rate: float | None
    interval: tuple[float, float] | None


class ErrorRateAnswer(Answer):
    """`judged` is what people chose to judge; `audited` what chance chose, which speaks for all."""

    maker: MakerAnswer
    n_shown: int
    judged: TallyAnswer
    audited: TallyAnswer
    faults: dict[Fault, int]


class ErrorRateList(Answer):
    """What people found of each maker."""

    items: list[ErrorRateAnswer]


class AskedRates(Asked):
    """Of which texts."""

    topic: Name | None = Field(None, description="Only of this topic's records.")


def list_error_rates(visit: Visit, query: AskedRates) -> ErrorRateList:
    """How often each model, prompt and method was wrong."""
    with visit.database.reading() as conn:
        found = measure_error_rates(conn, query.topic)
    return ErrorRateList(items=[ErrorRateAnswer.model_validate(one) for one in found])


ENDPOINTS: Final = (
    Endpoint(method="GET", path="/error-rates", handler=list_error_rates, errors=(404,)),
)
