"""What people decided, as the API tells it."""

from datetime import datetime

from litsweep.domain.decisions import Decision, DecisionOrigin, Stage
from litsweep_app.web.api.values import Answer


class DecisionAnswer(Answer):
    """A decision; it is never changed, a newer one of the same person replaces it.

    `has_seen_machine_text` is null where nobody knows; `is_adjudication`: it settles a conflict
    of others.
    """

    screening_decision_id: int
    topic: str
    record_id: int
    stage: Stage
    decision: Decision
    exclusion_reason: str | None
    note: str | None
    labels: list[str]
    reviewer: str
    decided_at: datetime
    origin: DecisionOrigin
    has_seen_machine_text: bool | None
    reading_id: int | None
    record_version: int | None
    supersedes_id: int | None
    is_standing: bool
    is_adjudication: bool
