"""What people outside the house are told, and whether it reached them."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Table, Text, text

from db.tables.columns import column, count, key, metadata, parent
from db.types import MachineText, Time, state
from litsweep.domain.notifications import NotificationKind

notifications = Table(
    "notifications",
    metadata,
    key("notification_id", "Number of the message."),
    column("kind", state(NotificationKind, "kind"), comment="What it is about."),
    column("subject", MachineText, comment="Its subject, one line."),
    column("body", MachineText, comment="Its words, as every channel gets them."),
    column("raised_at", Time, comment="When it was written."),
    CheckConstraint("length(subject) > 0", name="subject"),
    comment="Messages to people outside the house, written before any is sent.",
)

notification_items = Table(
    "notification_items",
    metadata,
    column(
        "item_key",
        String(200),
        primary_key=True,
        comment="What is told, once: alert:17, run:12, gap:run 12, hold:3, failure:….",
    ),
    parent("notification_id", "notifications.notification_id", "The message that tells it."),
    CheckConstraint("length(item_key) > 0", name="item_key"),
    Index("ix_notification_items_notification_id", "notification_id"),
    comment="The things that messages tell: no two messages tell the same.",
)

notification_deliveries = Table(
    "notification_deliveries",
    metadata,
    column(
        "notification_id",
        Integer,
        ForeignKey("notifications.notification_id"),
        primary_key=True,
        autoincrement=False,
        comment="The message.",
    ),
    column(
        "channel",
        String(200),
        primary_key=True,
        comment="By which way: mail/HASH for an address, or TYPE/NAME of a Prefect block.",
    ),
    count("attempts", "How often it was tried.", server_default=text("0")),
    column("claimed_by", Text, nullable=True, comment="The process that is sending it, or null."),
    column(
        "claimed_until",
        Time,
        nullable=True,
        comment="When that process counts as dead and another may send it.",
    ),
    column("delivered_at", Time, nullable=True, comment="When it was sent; null: it waits."),
    column("last_error", MachineText, nullable=True, comment="Why the last attempt failed."),
    CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="claimed"),
    CheckConstraint("delivered_at IS NULL OR claimed_by IS NULL", name="delivered"),
    # Few wait, of all that were ever sent.
    Index(
        "ix_notification_deliveries_waiting",
        "channel",
        "notification_id",
        sqlite_where=text("delivered_at IS NULL"),
        postgresql_where=text("delivered_at IS NULL"),
    ),
    comment="Each message on each channel: tried, claimed, sent.",
)
