"""Alerts: stored records that turned out retracted and the like, open until a person takes note."""

from dataclasses import dataclass
from datetime import datetime

from litsweep.domain.publication_status import PublicationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What a person who has used a record must know; ``acknowledged_at`` is None while open."""

    alert_id: int
    pmid: int | None
    title: str
    topics: tuple[str, ...]
    old_status: PublicationStatus
    new_status: PublicationStatus
    reasons: tuple[str, ...]
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    note: str | None
