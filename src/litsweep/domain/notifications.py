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
class Draft:
    """A message before it is stored; ``about`` are the keys of the things that it tells."""

    kind: NotificationKind
    about: tuple[str, ...]
    subject: str
    body: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message that waits to be sent by one channel; ``last_error`` is None before the first try.

    ``channel`` is ``mail/HASH`` for one address, or ``TYPE/NAME`` of a Prefect block.
    """

    notification_id: int
    kind: NotificationKind
    subject: str
    raised_at: datetime
    channel: str
    attempts: int
    last_error: str | None
