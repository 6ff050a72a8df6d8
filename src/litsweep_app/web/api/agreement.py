"""How far each two people agree who decided about the same records."""

from typing import Final

from litsweep.domain.decisions import Stage
from litsweep_app.web.agreement import COUNTS
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.values import Answer, Name
from litsweep_app.web.visit import Visit


class TableAnswer(Answer):
    """Records that both decided about; `only_first`: the first includes, the second excludes."""

    both_include: int
    only_first: int
    only_second: int
    both_exclude: int
    n_unsure: int
    n_both: int


class AgreementAnswer(Answer):
    """How far two people agree; `kappa` is Cohen's, `interval` its 95 %; null with a reason."""

    first: str
    second: str
    table: TableAnswer
    observed: float | None
    expected: float | None
    kappa: float | None
    standard_error: float | None
    interval: tuple[float, float] | None
    pabak: float | None
    why_undefined: str | None


class AgreementList(Answer):
    """Each two people, by name."""

    items: list[AgreementAnswer]


def list_topic_agreement(visit: Visit, topic: Name, stage: Stage) -> AgreementList:
    """How far each two people agree at a stage."""
    with visit.database.reading() as conn:
        counted = COUNTS.find(conn, topic, visit.me.name, is_exact=True)
    found = counted.found.pairs[stage]
    return AgreementList(items=[AgreementAnswer.model_validate(one) for one in found])


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/topics/{topic}/agreement/{stage}",
        handler=list_topic_agreement,
        errors=(404,),
    ),
)
