"""The outbox: messages written once about each thing, and their delivery by each channel.

A message is written before any is sent, with a delivery for every channel; what is not marked as
delivered waits. One process claims a delivery, sends outside of any transaction, and marks it: so
nothing is lost, and nothing is sent twice unless a process dies, or outlasts its claim, between
the sending and the mark. Nothing is sent here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, exists, select

from db.tables import notification_deliveries, notification_items, notifications
from db.writing import add_row, add_rows, batches
from litsweep.domain.notifications import Delivery, Draft, Notification

CLAIM: Final = timedelta(minutes=10)
"""After this a process that is sending counts as dead: several times what the time-outs allow."""

# A failure that nobody could be told of is told by whoever can within these days; what is older
# would be a flood on the first night with a channel.
_ADOPTED_FOR: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One message that this process is to send by one channel."""

    notification: Notification
    channel: str


def add_notification(
    conn: Connection, draft: Draft, channels: Iterable[str], now: datetime
) -> int | None:
    """Write a message; return its number, or None where all it is about was told before.

    The words are the caller's: it leaves out what `list_told` knows.
    """
    told = list_told(conn, draft.about)
    about = [key for key in dict.fromkeys(draft.about) if key not in told]
    if not about:
        return None
    notification_id = add_row(
        conn,
        notifications,
        kind=draft.kind,
        subject=draft.subject,
        body=draft.body,
        raised_at=now,
    )
    add_rows(
        conn,
        notification_items,
        [{"item_key": key, "notification_id": notification_id} for key in about],
    )
    _add_deliveries(conn, notification_id, channels)
    return notification_id


def list_told(conn: Connection, keys: Sequence[str]) -> set[str]:
    """Return those of ``keys`` that a message tells already."""
    key = notification_items.c.item_key
    return {
        found
        for batch in batches(keys)
        for found in conn.scalars(select(key).where(key.in_(batch)))
    }


def adopt(conn: Connection, channels: Sequence[str], now: datetime) -> None:
    """Let ``channels`` deliver recent messages that were written where no channel was set."""
    without = select(notifications.c.notification_id).where(
        notifications.c.raised_at > now - _ADOPTED_FOR,
        ~exists().where(
            notification_deliveries.c.notification_id == notifications.c.notification_id
        ),
    )
    for notification_id in conn.scalars(without).all():
        _add_deliveries(conn, notification_id, channels)


def claim_next(
    conn: Connection, channel: str, *, owner: str, now: datetime, after: int = 0
) -> Claim | None:
    """Claim the oldest message that waits for ``channel`` and has a number above ``after``.

    None: nothing waits that no living process has claimed.
    """
    row = conn.execute(
        _select_waiting()
        .where(
            notification_deliveries.c.channel == channel,
            notification_deliveries.c.notification_id > after,
            notification_deliveries.c.claimed_until.is_(None)
            | (notification_deliveries.c.claimed_until <= now),
        )
        .order_by(notification_deliveries.c.notification_id)
        .limit(1)
    ).first()
    if row is None:
        return None
    conn.execute(
        notification_deliveries.update()
        .where(_is(row.notification_id, channel))
        .values(
            claimed_by=owner,
            claimed_until=now + CLAIM,
            attempts=notification_deliveries.c.attempts + 1,
        )
    )
    return Claim(notification=_build(conn, row), channel=channel)


def mark_delivered(conn: Connection, claim: Claim, now: datetime) -> None:
    """Write down that a channel took the message."""
    _end(conn, claim, delivered_at=now, last_error=None)


def mark_failed(conn: Connection, claim: Claim, error: str) -> None:
    """Give a claimed message back, with what went wrong; it waits for the next attempt."""
    _end(conn, claim, last_error=error)


def list_waiting(conn: Connection) -> list[Delivery]:
    """Return what waits to be sent, oldest first."""
    rows = conn.execute(
        _select_waiting().order_by(
            notification_deliveries.c.notification_id, notification_deliveries.c.channel
        )
    )
    return [
        Delivery(
            notification_id=row.notification_id,
            kind=row.kind,
            subject=row.subject,
            raised_at=row.raised_at,
            channel=row.channel,
            attempts=row.attempts,
            last_error=row.last_error,
        )
        for row in rows
    ]


def _add_deliveries(conn: Connection, notification_id: int, channels: Iterable[str]) -> None:
    rows = [{"notification_id": notification_id, "channel": name} for name in channels]
    if rows:
        conn.execute(notification_deliveries.insert(), rows)


def _end(conn: Connection, claim: Claim, **values: Any) -> None:
    conn.execute(
        notification_deliveries.update()
        .where(
            _is(claim.notification.notification_id, claim.channel),
            notification_deliveries.c.delivered_at.is_(None),
        )
        .values(claimed_by=None, claimed_until=None, **values)
    )


def _is(notification_id: int, channel: str) -> Any:
    return (notification_deliveries.c.notification_id == notification_id) & (
        notification_deliveries.c.channel == channel
    )


def _select_waiting() -> Select[Any]:
    return (
        select(
            notifications,
            notification_deliveries.c.channel,
            notification_deliveries.c.attempts,
            notification_deliveries.c.last_error,
        )
        .join(
            notification_deliveries,
            notification_deliveries.c.notification_id == notifications.c.notification_id,
        )
        .where(notification_deliveries.c.delivered_at.is_(None))
    )


def _build(conn: Connection, row: Row[Any]) -> Notification:
    keys = (
        select(notification_items.c.item_key)
        .where(notification_items.c.notification_id == row.notification_id)
        .order_by(notification_items.c.item_key)
    )
    return Notification(
        notification_id=row.notification_id,
        kind=row.kind,
        about=tuple(conn.scalars(keys)),
        subject=row.subject,
        body=row.body,
        raised_at=row.raised_at,
    )
