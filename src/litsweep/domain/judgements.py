"""What people say of a machine's sentences and data items: right or wrong, and what is right.

Append-only, as decisions are: a judgement is replaced by a newer one of the same person.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from litsweep.domain.documents import Span
from litsweep.domain.readings import FindingState


class Judgement(StrEnum):
    """What a person says of a sentence or a data item."""

    RIGHT = "right"
    """The source says so."""
    WRONG = "wrong"
    """It does not."""
    WITHDRAWN = "withdrawn"
    """The person takes the former judgement back."""


class Fault(StrEnum):
    """What is wrong with a sentence, or with a data item."""

    NOT_IN_SOURCE = "not_in_source"
    """The source does not say this at all."""
    WRONG_NUMBER = "wrong_number"
    """A number, a unit or a name is another one."""
    REVERSED = "reversed"
    """The source says the contrary: a negation or a direction is lost."""
    OVERSTATED = "overstated"
    """The source says less, of fewer people, or less surely."""
    MISSED = "missed"
    """The source says it, and the machine did not find it."""
    OTHER = "other"
    """See the note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceJudgement:
    """A person's judgement of a sentence of a summary; ``position`` is its place, 0 the first."""

    sentence_judgement_id: int
    summary_id: int
    position: int
    judgement: Judgement
    fault: Fault | None
    note: str | None
    reviewer: str
    judged_at: datetime
    supersedes_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingJudgement:
    """A person's judgement of a data item, and their correction where it is wrong.

    ``corrected_source`` is the place of ``corrected_quote`` in the report's text, half-open.
    """

    finding_judgement_id: int
    finding_id: int
    judgement: Judgement
    fault: Fault | None
    corrected_state: FindingState | None
    corrected_value: str | None
    corrected_quote: str | None
    corrected_source: Span | None
    note: str | None
    reviewer: str
    judged_at: datetime
    supersedes_id: int | None
