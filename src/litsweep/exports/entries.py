"""What leaves in an export, as values: one entry a record, the same for every format.

Where it comes from is ``db.export_entries``'s business; how it is written is each format's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.publication_status import ALARMING, PublicationStatus
from litsweep.domain.readings import FindingState, SummaryMethod, ValueMethod
from litsweep.domain.records import Author, MeshHeading, PublicationDate

WITHHELD: Final = "withheld: licence"
"""What stands in place of a report's own words where its licence does not let them leave."""

UNVERIFIED: Final = "machine-generated, unverified"
"""What is said of every text that a machine chose or wrote."""

_MOST_CHARACTERS_OF_A_FACT: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryJournal:
    """The journal, or for a chapter the book; ``issns`` are as printed, each once."""

    title: str | None = None
    abbreviation: str | None = None
    nlm_unique_id: str | None = None
    issns: tuple[str, ...] = ()
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    publisher: str | None = None
    publisher_place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDecision:
    """A standing decision of one person for one topic at one stage.

    ``is_adjudication``: it settles a conflict of others, and counts alone.
    """

    topic: str
    stage: Stage
    decision: Decision
    reviewer: str
    decided_at: datetime
    exclusion_reason: str | None = None
    note: str | None = None
    labels: tuple[str, ...] = ()
    is_adjudication: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySummary:
    """The summary that is shown of a record: machine text, unverified.

    ``model`` and ``model_revision`` are None where no model wrote it; ``ranked_by`` is what chose
    the sentences of a quoted one. ``flags`` say in words what a check found; ``objections`` which
    sentences people found wrong, and who. ``is_current`` is False where it is of an earlier
    version of the abstract.
    """

    text: str
    method: SummaryMethod
    model: str | None = None
    model_revision: str | None = None
    ranked_by: str | None = None
    flags: tuple[str, ...] = ()
    is_current: bool = True
    objections: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """How it came to be, in one line: method, model, revision, flags, unverified."""
        if self.method is SummaryMethod.EXTRACTIVE:
            how = f"sentences of the abstract chosen by {self.ranked_by or 'rules'}"
        else:
            how = f"written by {self.model}, revision {self.model_revision}"
        parts = [UNVERIFIED, how]
        if not self.is_current:
            parts.append("of an earlier version of the abstract")
        parts += [f"flagged: {flag}" for flag in self.flags]
        parts += self.objections
        return "; ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCorrection:
    """What a person put beside a machine's answer; ``quote`` is the report's, or `WITHHELD`."""

    state: FindingState
    value: str | None
    quote: str | None
    reviewer: str
    corrected_at: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFinding:
    """One data item of the report: what a machine found, unverified.

    ``judged`` says who found it right or wrong; ``correction`` is the newest that stands.
    ``flags`` are ``name: what was found`` of each check that flags it.
    ``quote`` is the report's own passage, or `WITHHELD`. ``is_withheld`` tells that the
    report's licence kept its words back. ``structured`` is the value as data.
    """

    data_item: str
    state: FindingState
    value: str | None = None
    value_method: ValueMethod | None = None
    structured: Mapping[str, Any] = field(default_factory=dict)
    quote: str | None = None
    section: str | None = None
    section_title: str = ""
    model: str | None = None
    model_revision: str | None = None
    flags: tuple[str, ...] = ()
    is_withheld: bool = False
    judged: tuple[str, ...] = ()
    correction: EntryCorrection | None = None

    def without_words(self) -> "EntryFinding":
        """Return it as it may leave where the report's licence does not let its words leave.

        The quotation and the heading are the report's text. A value is the machine's answer
        and stays, unless a rule took it word for word from the quotation and it is longer
        than a number, an interval or a name needs: then it is a quotation itself. The value
        as data stays: numbers, labels, identifiers.
        """
        corrected = self.correction
        return replace(
            self,
            value=_as_fact(self.value, self.quote),
            quote=None if self.quote is None else WITHHELD,
            correction=corrected
            and replace(
                corrected,
                value=_as_fact(corrected.value, corrected.quote),
                quote=None if corrected.quote is None else WITHHELD,
            ),
            section_title="",
            structured={name: one for name, one in self.structured.items() if _is_fact(one)},
            # A check tells what it found in the text's own words; its name stays.
            flags=tuple(flag.partition(":")[0] for flag in self.flags),
            is_withheld=self.quote is not None
            or (corrected is not None and corrected.quote is not None),
        )


def _as_fact(value: str | None, quote: str | None) -> str | None:
    is_quotation = (
        value is not None and len(value) > _MOST_CHARACTERS_OF_A_FACT and value in (quote or "")
    )
    return WITHHELD if is_quotation else value


def _is_fact(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _MOST_CHARACTERS_OF_A_FACT
    return not isinstance(value, list | tuple | dict) or all(map(_is_fact, value))


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryReport:
    """The full text that the findings are of; the text itself is never in an export."""

    pmcid: str
    url: str
    licence_code: str | None
    may_export: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportEntry:
    """A record as it leaves.

    ``abstract`` has one part a line. ``status_reasons`` are sentences. ``duplicate_of`` names
    the record that is kept in its place, such as ``PMID 12`` or ``record 7``. ``decisions``
    are those that stand. ``summary`` and ``findings`` are machine text.
    """

    record_id: int
    pmid: int | None
    title: str
    publication_date: PublicationDate
    publication_status: PublicationStatus
    journal: EntryJournal
    doi: str | None = None
    pmcid: str | None = None
    abstract: str = ""
    authors: tuple[Author, ...] = ()
    created_on: date | None = None
    first_seen_at: datetime | None = None
    publication_types: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    mesh_headings: tuple[MeshHeading, ...] = ()
    keywords: tuple[str, ...] = ()
    registry_numbers: tuple[str, ...] = ()
    is_book: bool = False
    status_reasons: tuple[str, ...] = ()
    duplicate_of: str | None = None
    topics: tuple[str, ...] = ()
    decisions: tuple[EntryDecision, ...] = ()
    summary: EntrySummary | None = None
    report: EntryReport | None = None
    findings: tuple[EntryFinding, ...] = ()

    @property
    def key(self) -> str:
        """A citation key that no other record has and that never changes: ``pmid123``."""
        return f"pmid{self.pmid}" if self.pmid is not None else f"record{self.record_id}"

    @property
    def year(self) -> int | None:
        """The year of publication, where one could be read."""
        day = self.publication_date.sortable
        return None if day is None else day.year

    @property
    def is_alarming(self) -> bool:
        """Whether a person must be told before using it: retracted, of concern, …"""
        return self.publication_status in ALARMING

    @property
    def status_mark(self) -> str | None:
        """``RETRACTED``, ``CORRECTED``, …, or None where nothing is said against it."""
        if self.publication_status is PublicationStatus.AS_PUBLISHED:
            return None
        return self.publication_status.value.replace("_", " ").upper()

    @property
    def status_note(self) -> str | None:
        """The mark with the reasons, in one line; None where nothing is said against it."""
        if self.status_mark is None:
            return None
        return f"{self.status_mark}. {' '.join(self.status_reasons)}".strip()

    def agreed_decision(self, stage: Stage) -> Decision | None:
        """Return what all who decided at ``stage`` say, or None where nobody did or they differ.

        Where a conflict was settled, it is what settled it.
        """
        labels = {(one.topic, one.decision) for one in self._decided(stage)}
        return next(iter(labels))[1] if len(labels) == 1 else None

    def is_conflict(self, stage: Stage) -> bool:
        """Whether two people, of one topic, say different things at ``stage``."""
        labels = {(one.topic, one.decision) for one in self._decided(stage)}
        return len({topic for topic, _ in labels}) < len(labels)

    def without_abstract(self) -> "ExportEntry":
        """Return it without the abstract's words, those that a summary quotes included."""
        quotes = self.summary is not None and self.summary.method is SummaryMethod.EXTRACTIVE
        return replace(self, abstract="", summary=None if quotes else self.summary)

    def without_machine_text(self, *, and_summary: bool) -> "ExportEntry":
        """Return it without what machines made of the full text, and of the abstract too."""
        return replace(self, summary=None if and_summary else self.summary, findings=())

    def _decided(self, stage: Stage) -> Sequence[EntryDecision]:
        decided = [
            one
            for one in self.decisions
            if one.stage is stage and one.decision is not Decision.WITHDRAWN
        ]
        settled = {one.topic for one in decided if one.is_adjudication}
        return [one for one in decided if one.is_adjudication or one.topic not in settled]
