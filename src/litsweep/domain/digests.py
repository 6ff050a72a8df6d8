"""What some runs brought, gathered for people: news, changes, alerts, and what is missing."""

from dataclasses import dataclass

from litsweep.domain.alerts import Alert
from litsweep.domain.changes import Change
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.strategies import SearchRoute, SearchRun


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecord:
    """A record that a topic did not have before; ``lag_days`` counts from its creation."""

    topic: str
    record_id: int
    pmid: int | None
    title: str
    journal: str | None
    publication_status: PublicationStatus
    route: SearchRoute
    is_late: bool
    lag_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRecord:
    """A stored record that came otherwise than before; ``changes`` may be empty for old forms."""

    pmid: int | None
    title: str
    version: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedStatus:
    """A stored record whose publication status became another one."""

    pmid: int | None
    title: str
    old_status: PublicationStatus
    new_status: PublicationStatus
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """An identifier that was counted and is not stored, with the reason."""

    topic: str
    pmid: int
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Some runs told to people; ``runs`` and what they brought are in the order of time.

    ``alerts`` are all that nobody has taken note of. ``n_unread`` are texts that no reading was
    made of yet, ``n_stale`` readings of what a record or its report said before.
    """

    runs: tuple[SearchRun, ...]
    new: tuple[NewRecord, ...]
    changed: tuple[ChangedRecord, ...]
    status_changes: tuple[ChangedStatus, ...]
    alerts: tuple[Alert, ...]
    absent: tuple[Gap, ...]
    unreadable: tuple[Gap, ...]
    n_unread: int
    n_stale: int
