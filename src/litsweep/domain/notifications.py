"""What people are told outside the house: messages, each about things that are told once."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NotificationKind(StrEnum):
    """What a message is about."""

    FAILURE = "failure"
    """A search or a reading failed: what, why, and what to do."""
    GAP = "gap"
    """A receipt does not add up, or records are absent or unreadable."""
    ALERT = "alert"
    """Stored records turned out retracted and the like."""
    DIGEST = "digest"
    """What the searches since the last digest brought, nothing new included."""
    HOLD = "hold"
    """A changed query waits for a person, since it finds far more than it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One message; ``about`` are the keys of the things that it tells, such as ``alert:17``.

    No thing is told by two messages.
    """

    notification_id: int
    kind: NotificationKind
    about: tuple[str, ...]
    subject: str
    body: str
    raised_at: datetime
