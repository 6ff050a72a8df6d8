"""What people say of a machine's sentences and data items: right or wrong, and what is right.

Append-only, as decisions are: a judgement is replaced by a newer one of the same person.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from litsweep.domain.documents import Span
from litsweep.domain.readings import FindingState
from litsweep.errors import UsageError


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
class Correction:
    """What a data item should say; ``quote`` is a passage of the report.

    A value stands on a quotation, as a machine's does; one without needs a note that says why.
    """

    state: FindingState
    value: str | None = None
    quote: str | None = None

    def __post_init__(self) -> None:
        """Refuse a correction that says nothing, or that contradicts itself."""
        says_something = bool(self.value or self.quote)
        if self.state is FindingState.FOUND and not says_something:
            raise UsageError("Say what the report says: a value, a passage of it, or both.")
        if self.state is not FindingState.FOUND and says_something:
            raise UsageError(
                f"What is {self.state.replace('_', ' ')} has neither a value nor a passage; "
                "choose “found”, or leave both empty."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a person says of a sentence or a data item, before it is stored."""

    judgement: Judgement
    fault: Fault | None = None
    note: str | None = None
    correction: Correction | None = None

    def __post_init__(self) -> None:
        """Refuse what is wrong without a fault, and a fault or correction of what is right."""
        is_wrong = self.judgement is Judgement.WRONG
        if is_wrong and self.fault is None:
            raise UsageError("Say what is wrong: choose a fault from the list.")
        if not is_wrong and self.fault is not None:
            raise UsageError(f"A fault goes with “wrong”, not with “{self.judgement}”.")
        if not is_wrong and self.correction is not None:
            raise UsageError(f"A correction goes with “wrong”, not with “{self.judgement}”.")
        if self.fault is Fault.OTHER and not (self.note or "").strip():
            raise UsageError("Say in a note what is wrong, where no fault of the list fits.")
        if self._is_free and not (self.note or "").strip():
            raise UsageError(
                "A value without a passage of the report that says so needs a note: where does "
                "it come from?"
            )

    @property
    def _is_free(self) -> bool:
        correction = self.correction
        return correction is not None and bool(correction.value) and not correction.quote


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceJudgement:
    """A person's judgement of a sentence of a summary; ``position`` is its place, 0 the first.

    ``is_audit``: chance chose the sentence, not the person.
    """

    sentence_judgement_id: int
    summary_id: int
    position: int
    judgement: Judgement
    fault: Fault | None
    note: str | None
    reviewer: str
    judged_at: datetime
    supersedes_id: int | None
    is_audit: bool = False

    @property
    def number(self) -> int:
        """The judgement's number, as ``expected_id`` asks for it."""
        return self.sentence_judgement_id


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingJudgement:
    """A person's judgement of a data item, and their correction where it is wrong.

    ``corrected_source`` is the place of ``corrected_quote`` in the report's text, half-open.
    ``is_audit``: chance chose the data item, not the person.
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
    is_audit: bool = False

    @property
    def number(self) -> int:
        """The judgement's number, as ``expected_id`` asks for it."""
        return self.finding_judgement_id
