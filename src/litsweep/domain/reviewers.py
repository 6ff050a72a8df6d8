"""The people of a review desk, and what each may do there."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a person may do at the desk; each role may do what those before it may."""

    READER = "reader"
    """Looks at everything, searches and exports; decides nothing."""
    REVIEWER = "reviewer"
    """Decides, judges sentences and data items, asks for new readings."""
    LEAD = "lead"
    """Settles conflicts, sets how a topic is screened, adds people."""

    def may(self, needed: "Role") -> bool:
        """Tell whether who has this role may do what ``needed`` is asked for."""
        return _RANKS.index(self) >= _RANKS.index(needed)


_RANKS: Final = (Role.READER, Role.REVIEWER, Role.LEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """A person with an account; ``name`` is the one that stands beside their decisions.

    ``preferences`` are the person's own: ``keys`` (action to key), ``judge_first``.
    """

    reviewer_id: int
    name: str
    role: Role
    has_password: bool
    preferences: dict[str, object]
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
