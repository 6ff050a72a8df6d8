"""What is searched for, over which days, and what became of one execution of it."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from litsweep.errors import UsageError


class SearchRoute(StrEnum):
    """By which way a record is looked for, or was first found."""

    CREATED = "created"
    """The nightly search by day of creation (CRDT)."""
    MODIFIED = "modified"
    """The nightly search by day of last modification (MDAT)."""
    UNDATED = "undated"
    """The monthly search without days, compared with all that was ever seen."""
    BACKFILL = "backfill"
    """A window of the topic's history (CRDT), searched on request."""
    ASKED_AGAIN = "asked_again"
    """No search: it was absent on an earlier night, and came when it was asked for again."""
    LOADED = "loaded"
    """No search: it came in a file."""


class DateField(StrEnum):
    """The PubMed date that a window is about (E-utilities ``datetype``)."""

    CRDT = "crdt"
    """Creation date: when the record entered PubMed. Never reset, hence the sweep's own."""
    EDAT = "edat"
    """Entrez date: reset to the publication date for late additions."""
    MDAT = "mdat"
    """Date of the last modification of the record."""
    PDAT = "pdat"
    """Publication date: may be imprecise or lie in the future."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateWindow:
    """Days to search, both ends included; the days are those of NCBI's calendar."""

    date_field: DateField
    first_day: date
    last_day: date

    def __post_init__(self) -> None:
        """Refuse a window that ends before it begins."""
        if self.last_day < self.first_day:
            raise UsageError(
                f"The window ends ({self.last_day}) before it begins ({self.first_day}); "
                "give a first day (since) that is not after the last one (until)."
            )

    def __str__(self) -> str:
        """Show the window as people write it: ``crdt 2026-10-01 to 2026-10-31``."""
        return f"{self.date_field} {self.first_day} to {self.last_day}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchStrategy:
    """One version of a topic's query, verbatim, with who wrote it and why (PRISMA-S, item 8)."""

    search_strategy_id: int
    topic: str
    version: int
    query: str
    author: str
    reason: str
    created_at: datetime

    @property
    def query_sha256(self) -> str:
        """Hash of the query's exact text, in hexadecimal."""
        return hashlib.sha256(self.query.encode()).hexdigest()


class RunStatus(StrEnum):
    """Where one search run stands."""

    RUNNING = "running"
    """Begun and not closed; if its process is gone, the next sweep turns it into INTERRUPTED."""
    COMPLETE = "complete"
    """Every identifier that NCBI counted was fetched and stored, or is listed as absent."""
    INCOMPLETE = "incomplete"
    """Finished, but the counts do not add up; the window stays open."""
    FAILED = "failed"
    """Stopped by an error; what was stored stays, the window stays open."""
    INTERRUPTED = "interrupted"
    """Its process ended before it could close the run; the window stays open."""


class HitOrigin(StrEnum):
    """Why an identifier is among those of a run."""

    SEARCH = "search"
    """This run's search returned it; the receipt counts these."""
    ASKED_AGAIN = "asked_again"
    """It was absent on an earlier night, or is known from an export only: asked for beside."""
    GONE = "gone"
    """The search without days returned it before and does so no more: asked for beside."""


class HitState(StrEnum):
    """What became of one identifier of a run."""

    PENDING = "pending"
    """Returned by the search, not fetched yet."""
    NEW = "new"
    """Fetched and stored for the first time."""
    CHANGED = "changed"
    """Fetched; differs from what was stored, so a version was added."""
    UNCHANGED = "unchanged"
    """Fetched; the same as what was stored."""
    ABSENT = "absent"
    """Asked for and not delivered, also when asked again on its own."""
    FAILED = "failed"
    """Delivered but not readable; the reason is kept with it."""
    KNOWN = "known"
    """Seen before, and this route fetches only what it has not seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A part of a search: PMIDs from first to last, both included, and PubMed's count of them."""

    first_pmid: int
    last_pmid: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRun:
    """One execution of a strategy: the receipt of a night.

    ``window`` is None for a search without days. The counts ``n_ids``, ``n_fetched``, ``n_known``,
    ``n_absent``, ``n_failed`` are of identifiers that the search returned; ``n_beside`` were asked
    for beside it (absent before, or gone from the search), and ``n_beside_absent`` of these did
    not come. ``n_new`` and ``n_changed`` count both. Lists of PMIDs are ascending.
    """

    search_run_id: int
    topic: str
    strategy_version: int
    query: str
    route: SearchRoute
    window: DateWindow | None
    status: RunStatus
    query_translation: str | None
    translations: tuple[tuple[str, str], ...]
    n_reported: int | None
    slices: tuple[Slice, ...]
    n_ids: int
    n_fetched: int
    n_known: int
    n_new: int
    n_changed: int
    n_absent: int
    n_failed: int
    n_beside: int
    n_beside_absent: int
    warnings: tuple[str, ...]
    error: str | None
    started_at: datetime
    finished_at: datetime | None

    @property
    def n_in_slices(self) -> int:
        """What the parts in which it was searched sum to."""
        return sum(part.count for part in self.slices)

    @property
    def adds_up(self) -> bool:
        """Whether count = sum of slices = ids returned = fetched + seen before + absent."""
        accounted = self.n_fetched + self.n_known + self.n_absent
        return self.n_reported == self.n_in_slices == self.n_ids == accounted


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A question under surveillance, with the version of its query that is searched now."""

    topic_id: int
    name: str
    created_at: datetime
    retired_at: datetime | None
    strategy: SearchStrategy


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """What one search returned: NCBI's count, the identifiers, and what it made of the query.

    ``pmids`` are in ascending order and distinct. ``slices`` are the parts in which they were
    had, one where all came at once. ``translations`` are pairs of what was written and what NCBI
    searched for it. ``warnings`` are sentences for people: phrases not found, fields not found,
    anything that NCBI ignored.
    """

    n_reported: int
    slices: tuple[Slice, ...]
    pmids: tuple[int, ...]
    query_sent: str
    query_translation: str
    translations: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
