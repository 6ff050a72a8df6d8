"""How a topic is screened: the rules that count now, every version, and setting new ones."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from db.screening_protocols import get_protocol, list_protocols, set_protocol
from litsweep.domain.reviewers import Role
from litsweep.domain.screening import MOST_REVIEWERS, ScreeningRules
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.values import Answer, Asked, Line, Name, number
from litsweep_app.web.visit import Visit

Words = Annotated[list[Line], Field(max_length=100)]


class RulesAnswer(Answer):
    """What people agreed on before they screen; `n_reviewers` decide about each record."""

    exclusion_reasons: list[str]
    labels: list[str]
    n_reviewers: int
    is_blinded: bool
    is_judge_first: bool
    highlighted_terms: list[str]


class ProtocolAnswer(Answer):
    """A version of a topic's rules; version 0 are the defaults, which nobody has set."""

    topic: str
    version: int
    rules: RulesAnswer
    author: str | None
    reason: str | None
    created_at: datetime | None


class ProtocolList(Answer):
    """Every version that was set, the newest first."""

    items: list[ProtocolAnswer]


class RulesAsked(Asked):
    """New rules, whole, and why they change."""

    reason: Line
    exclusion_reasons: Words = Field(default_factory=list)
    labels: Words = Field(default_factory=list)
    n_reviewers: Annotated[int, Field(ge=1, le=MOST_REVIEWERS), BeforeValidator(number)] = 1
    is_blinded: bool = False
    is_judge_first: bool = False
    highlighted_terms: Words = Field(default_factory=list)


def get_rules(visit: Visit, topic: Name) -> ProtocolAnswer:
    """The rules by which a topic is screened now."""
    with visit.database.reading() as conn:
        return ProtocolAnswer.model_validate(get_protocol(conn, topic))


def set_rules(visit: Visit, topic: Name, body: RulesAsked) -> ProtocolAnswer:
    """Set the rules by which a topic is screened; the former version stays on record.

    The same rules again add no version.
    """
    rules = ScreeningRules(
        exclusion_reasons=tuple(body.exclusion_reasons),
        labels=tuple(body.labels),
        n_reviewers=body.n_reviewers,
        is_blinded=body.is_blinded,
        is_judge_first=body.is_judge_first,
        highlighted_terms=tuple(body.highlighted_terms),
    )
    with visit.database.writing() as conn:
        found = set_protocol(
            conn, topic, rules, author=visit.me.name, reason=body.reason, now=visit.now
        )
    return ProtocolAnswer.model_validate(found)


def list_rules_versions(visit: Visit, topic: Name) -> ProtocolList:
    """Every version of a topic's rules, the newest first."""
    with visit.database.reading() as conn:
        found = list_protocols(conn, topic)
    return ProtocolList(items=[ProtocolAnswer.model_validate(one) for one in found])


ENDPOINTS: Final = (
    Endpoint(method="GET", path="/topics/{topic}/rules", handler=get_rules, errors=(404,)),
    Endpoint(
        method="PUT",
        path="/topics/{topic}/rules",
        handler=set_rules,
        role=Role.LEAD,
        errors=(404,),
    ),
    Endpoint(
        method="GET",
        path="/topics/{topic}/rules/versions",
        handler=list_rules_versions,
        errors=(404,),
    ),
)
