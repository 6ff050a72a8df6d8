"""What people decide about records: include, exclude or unsure, by whom, when, having seen what.

Append-only: a decision is replaced by a newer one of the same person, never changed.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from litsweep.errors import UsageError


class Stage(StrEnum):
    """At which stage of screening a decision is made (PRISMA 2020)."""

    TITLE_ABSTRACT = "title_abstract"
    """On the title and the abstract of the record."""
    FULL_TEXT = "full_text"
    """On the report: eligibility."""


class Decision(StrEnum):
    """What a person says of a record at a stage."""

    INCLUDE = "include"
    """It goes on to the next stage, or into the review."""
    EXCLUDE = "exclude"
    """It does not."""
    UNSURE = "unsure"
    """The person leaves it open; it still waits for a decision."""
    WITHDRAWN = "withdrawn"
    """The person takes the former decision back and puts none in its place."""


SETTLING: Final = (Decision.INCLUDE, Decision.EXCLUDE)
"""What makes a record wait no more, once enough people said it; the others leave it open."""


class DecisionOrigin(StrEnum):
    """Where a decision was made."""

    DESK = "desk"
    """At the review desk."""
    COMMAND_LINE = "command_line"
    """With ``litsweep decide``."""
    IMPORTED = "imported"
    """With another tool, whose file was imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningDecision:
    """One decision as it is stored.

    ``reviewer`` is the person; ``has_seen_machine_text`` is None where nobody knows;
    ``reading_id`` is the reading and ``record_version`` the version of the record that was shown;
    ``supersedes_id`` is the same person's decision that it replaces; ``is_standing`` tells that no
    newer one replaces it. ``is_adjudication``: it settles a conflict of others, and counts alone.
    ``undoes_id`` is the person's own decision that was taken back with it, or None.
    """

    screening_decision_id: int
    topic: str
    record_id: int
    stage: Stage
    decision: Decision
    exclusion_reason: str | None
    note: str | None
    labels: tuple[str, ...]
    reviewer: str
    decided_at: datetime
    origin: DecisionOrigin
    decision_import_id: int | None
    has_seen_machine_text: bool | None
    reading_id: int | None
    supersedes_id: int | None
    is_standing: bool
    is_adjudication: bool = False
    record_version: int | None = None
    undoes_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDecision:
    """A decision to be stored; ``decided_at`` is aware, the rest as in `ScreeningDecision`."""

    record_id: int
    stage: Stage
    decision: Decision
    reviewer: str
    decided_at: datetime
    exclusion_reason: str | None = None
    note: str | None = None
    labels: tuple[str, ...] = ()
    has_seen_machine_text: bool | None = None
    reading_id: int | None = None
    record_version: int | None = None
    is_adjudication: bool = False
    undoes_id: int | None = None

    def __post_init__(self) -> None:
        """Refuse a decision of nobody, and a reason to exclude what is not excluded."""
        if not self.reviewer.strip():
            raise UsageError("Who decides? Give a name.")
        if self.exclusion_reason is not None and self.decision is not Decision.EXCLUDE:
            raise UsageError(
                f"A reason to exclude goes with the decision exclude, not {self.decision}; "
                "write a note instead."
            )
        if self.is_adjudication and self.decision not in SETTLING:
            raise UsageError(
                f"A conflict is settled by include or exclude, not by {self.decision}."
            )
