"""The person whose token it is."""

from datetime import datetime
from typing import Final

from litsweep.domain.reviewers import Role
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.values import Answer
from litsweep_app.web.visit import Visit


class Me(Answer):
    """Who asks; `name` stands beside their decisions."""

    reviewer_id: int
    name: str
    role: Role
    created_at: datetime


def get_me(visit: Visit) -> Me:
    """Who I am."""
    me = visit.me
    return Me(reviewer_id=me.reviewer_id, name=me.name, role=me.role, created_at=me.created_at)


ENDPOINTS: Final = (Endpoint(method="GET", path="/me", handler=get_me),)
