"""Messages to people, and queries that wait for a person's decision.

Revision: 0005, after 0004. Only new tables: no row of an older one changes. Going back loses
which messages were sent and what was decided of held queries.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True).with_variant(sa.String(length=32), "sqlite")
_STATE = sa.String(length=16)
_KINDS = "kind IN ('failure', 'gap', 'alert', 'digest', 'hold')"
_COUNTS = ("n_now", "n_before", "n_now_in_window", "n_before_in_window")


def upgrade() -> None:
    _create_holds()
    _create_notifications()
    _create_items()
    _create_deliveries()


def downgrade() -> None:
    for table in (
        "notification_deliveries",
        "notification_items",
        "notifications",
        "query_holds",
    ):
        op.drop_table(table)


def _number(name: str, comment: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable, comment=comment)


def _text(name: str, comment: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, comment=comment)


def _time(name: str, comment: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, _TIME, nullable=nullable, comment=comment)


def _create_holds() -> None:
    op.create_table(
        "query_holds",
        _number("query_hold_id", "Number of the hold."),
        _number("topic_id", "Its topic."),
        _number("search_strategy_id", "The version of the query that is held."),
        _number(
            "compared_strategy_id",
            "The version that it is compared with: the last one that was searched to its end.",
        ),
        _number("search_run_id", "The run that was closed without fetching."),
        _number("n_now", "How many records PubMed counts for it in all."),
        _number(
            "n_before",
            "How many it counts for the version before; null: PubMed refuses that by now.",
            nullable=True,
        ),
        _number(
            "n_now_in_window", "How many of them in the days of the run, or null.", nullable=True
        ),
        _number("n_before_in_window", "How many of those before in them, or null.", nullable=True),
        _text("translation_now", "What PubMed made of the query."),
        _text("translation_before", "What it makes of the former.", nullable=True),
        _text("reason", "Why it is held, as a sentence."),
        _time("opened_at", "When it was held."),
        _text(
            "review_flow_run_id",
            "Prefect's id of the run that asks a person, or null.",
            nullable=True,
        ),
        _time("decided_at", "When a person decided; null: it waits.", nullable=True),
        _text("decided_by", "Who decided.", nullable=True),
        sa.Column(
            "is_approved",
            sa.Boolean(),
            comment="Whether it may be searched; false: not before it is changed.",
        ),
        _text("note", "What that person remarked.", nullable=True),
        *(
            sa.CheckConstraint(f"{name} >= 0", name=op.f(f"ck_query_holds_{name}"))
            for name in _COUNTS
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL) AND "
            "(decided_at IS NULL) = (is_approved IS NULL)",
            name=op.f("ck_query_holds_decided"),
        ),
        sa.CheckConstraint("length(decided_by) > 0", name=op.f("ck_query_holds_decided_by")),
        sa.CheckConstraint(
            "search_strategy_id <> compared_strategy_id", name=op.f("ck_query_holds_compared")
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.topic_id"], name=op.f("fk_query_holds_topic_id")
        ),
        *_parents_of_holds(),
        sa.PrimaryKeyConstraint("query_hold_id", name=op.f("pk_query_holds")),
        comment="Changed queries that find far more than before, and what a person decided of "
        "them.",
    )
    for column in ("topic_id", "search_strategy_id", "compared_strategy_id", "search_run_id"):
        op.create_index(f"ix_query_holds_{column}", "query_holds", [column])
    is_open = sa.text("decided_at IS NULL")
    op.create_index(
        "uq_query_holds_open",
        "query_holds",
        ["search_strategy_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def _parents_of_holds() -> list[sa.ForeignKeyConstraint]:
    parents = {
        "search_strategy_id": "search_strategies.search_strategy_id",
        "compared_strategy_id": "search_strategies.search_strategy_id",
        "search_run_id": "search_runs.search_run_id",
    }
    return [
        sa.ForeignKeyConstraint(
            [column, "topic_id"],
            [parent, f"{parent.split('.')[0]}.topic_id"],
            name=op.f(f"fk_query_holds_{column}"),
        )
        for column, parent in parents.items()
    ]


def _create_notifications() -> None:
    op.create_table(
        "notifications",
        _number("notification_id", "Number of the message."),
        sa.Column("kind", _STATE, nullable=False, comment="What it is about."),
        _text("subject", "Its subject, one line."),
        _text("body", "Its words, as every channel gets them."),
        _time("raised_at", "When it was written."),
        sa.CheckConstraint(_KINDS, name=op.f("ck_notifications_kind")),
        sa.CheckConstraint("length(subject) > 0", name=op.f("ck_notifications_subject")),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_notifications")),
        comment="Messages to people outside the house, written before any is sent.",
    )


def _create_items() -> None:
    op.create_table(
        "notification_items",
        sa.Column(
            "item_key",
            sa.String(200),
            nullable=False,
            comment="What is told, once: alert:17, run:12, gap:run 12, hold:3, failure:….",
        ),
        _number("notification_id", "The message that tells it."),
        sa.CheckConstraint("length(item_key) > 0", name=op.f("ck_notification_items_item_key")),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notifications.notification_id"],
            name=op.f("fk_notification_items_notification_id"),
        ),
        sa.PrimaryKeyConstraint("item_key", name=op.f("pk_notification_items")),
        comment="The things that messages tell: no two messages tell the same.",
    )
    op.create_index(
        "ix_notification_items_notification_id", "notification_items", ["notification_id"]
    )


def _create_deliveries() -> None:
    op.create_table(
        "notification_deliveries",
        sa.Column(
            "notification_id",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="The message.",
        ),
        sa.Column(
            "channel",
            sa.String(200),
            nullable=False,
            comment="By which way: mail/HASH for an address, or TYPE/NAME of a Prefect block.",
        ),
        sa.Column(
            "attempts",
            sa.Integer(),
            nullable=False,
            server_default=sa.text("0"),
            comment="How often it was tried.",
        ),
        _text("claimed_by", "The process that is sending it, or null.", nullable=True),
        _time(
            "claimed_until",
            "When that process counts as dead and another may send it.",
            nullable=True,
        ),
        _time("delivered_at", "When it was sent; null: it waits.", nullable=True),
        _text("last_error", "Why the last attempt failed.", nullable=True),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_notification_deliveries_attempts")),
        sa.CheckConstraint(
            "(claimed_by IS NULL) = (claimed_until IS NULL)",
            name=op.f("ck_notification_deliveries_claimed"),
        ),
        sa.CheckConstraint(
            "delivered_at IS NULL OR claimed_by IS NULL",
            name=op.f("ck_notification_deliveries_delivered"),
        ),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notifications.notification_id"],
            name=op.f("fk_notification_deliveries_notification_id"),
        ),
        sa.PrimaryKeyConstraint(
            "notification_id", "channel", name=op.f("pk_notification_deliveries")
        ),
        comment="Each message on each channel: tried, claimed, sent.",
    )
    waiting = sa.text("delivered_at IS NULL")
    op.create_index(
        "ix_notification_deliveries_waiting",
        "notification_deliveries",
        ["channel", "notification_id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
