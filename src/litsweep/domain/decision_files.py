"""Decisions that were made with another tool: what its file says, and what came of importing it.

Whose record an entry is, is not known here.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from litsweep.domain.decisions import Decision, Stage


class DecisionTool(StrEnum):
    """Which tool wrote a file of decisions."""

    ASREVIEW = "asreview"
    """ASReview LAB: a column ``asreview_label`` or ``included``, or notes such as
    ``ASReview_relevant``."""
    RAYYAN = "rayyan"
    """Rayyan: notes such as ``RAYYAN-INCLUSION: {"Ada"=>"Included"}``."""
    OTHER = "other"
    """Any other table or RIS file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherDecision:
    """What one person decided, as the file says; None is what it does not say.

    ``decision`` is never withdrawn; ``decided_at`` is aware.
    """

    decision: Decision
    reviewer: str | None = None
    exclusion_reason: str | None = None
    note: str | None = None
    labels: tuple[str, ...] = ()
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionEntry:
    """An entry of the file, by which its record is to be found, and everybody's decision.

    ``place`` is where it stands, such as ``row 7``; ``doi`` is in lower case; there is no
    decision where nobody decided. ``remark`` is a sentence about what is not in the decisions.
    """

    place: str
    decisions: tuple[OtherDecision, ...]
    pmid: int | None = None
    doi: str | None = None
    title: str = ""
    year: int | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFailure:
    """An entry that could not be read; ``title`` is empty where not even that could be."""

    place: str
    reason: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFile:
    """A file of decisions as read; ``remarks`` are sentences about the file as a whole."""

    tool: DecisionTool
    entries: tuple[DecisionEntry | EntryFailure, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTaken:
    """A decision, or an entry without one, that was not stored, and why."""

    entry: str
    title: str
    reviewer: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionImport:
    """The import of one file: its receipt, which adds up.

    ``n_entries`` counts every person's decision, and every entry that has none or could not be
    read: ``n_entries = n_added + n_unchanged + n_undecided + len(unmatched)``.
    """

    decision_import_id: int
    topic: str
    stage: Stage
    name: str
    sha256: str
    tool: str
    n_entries: int
    n_added: int
    n_unchanged: int
    n_undecided: int
    unmatched: tuple[NotTaken, ...]
    imported_by: str
    imported_at: datetime
