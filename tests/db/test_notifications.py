"""The outbox: each thing is told once, each message goes to each channel, by one process."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from db import notifications
from db.engine import Database
from db.notifications import CLAIM, Claim
from db.tables import notification_deliveries
from litsweep.domain.notifications import Draft, NotificationKind

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
MAIL, BLOCK = "mail/0123456789ab", "slack-webhook/team"

Add = Callable[..., int | None]


@pytest.fixture
def add(database: Database) -> Add:
    """Write a message about things."""

    def write(
        *about: str,
        channels: tuple[str, ...] = (MAIL,),
        kind: NotificationKind = NotificationKind.ALERT,
        now: datetime = NOW,
    ) -> int | None:
        draft = Draft(kind=kind, about=about, subject=f"about {about[0]}", body="words\n")
        with database.writing() as conn:
            return notifications.add_notification(conn, draft, channels, now)

    return write


def claim(database: Database, channel: str = MAIL, now: datetime = NOW) -> Claim | None:
    with database.writing() as conn:
        return notifications.claim_next(conn, channel, owner="here/1/1", now=now)


def waiting(database: Database) -> list[tuple[str, int, str | None]]:
    with database.reading() as conn:
        return [
            (one.channel, one.attempts, one.last_error) for one in notifications.list_waiting(conn)
        ]


def test_a_thing_is_told_once(database: Database, add: Add) -> None:
    assert add("alert:1", "alert:2", "alert:1") is not None
    assert add("alert:2", "alert:1") is None
    assert add("alert:2", "alert:3") is not None
    assert len(waiting(database)) == 2
    with database.reading() as conn:
        assert notifications.list_told(conn, ["alert:1", "alert:3", "alert:4"]) == {
            "alert:1",
            "alert:3",
        }


def test_what_was_sent_by_one_channel_waits_for_the_other(database: Database, add: Add) -> None:
    add("alert:1", "alert:2", channels=(MAIL, BLOCK))
    claimed = claim(database)
    assert claimed is not None
    assert claimed.notification.about == ("alert:1", "alert:2")
    assert claimed.notification.raised_at == NOW
    with database.writing() as conn:
        notifications.mark_delivered(conn, claimed, NOW)
    assert waiting(database) == [(BLOCK, 0, None)]
    assert claim(database) is None


def test_two_processes_do_not_send_the_same(database: Database, add: Add) -> None:
    add("alert:1")
    add("alert:2")
    first, second, third = (claim(database) for _ in range(3))
    assert first is not None and second is not None
    assert first.notification.about != second.notification.about
    assert third is None


def test_what_a_dead_process_claimed_is_sent_by_another(database: Database, add: Add) -> None:
    add("alert:1")
    assert claim(database) is not None
    assert claim(database, now=NOW + CLAIM - timedelta(seconds=1)) is None
    late = claim(database, now=NOW + CLAIM)
    assert late is not None
    assert waiting(database) == [(MAIL, 2, None)]


def test_what_failed_waits_with_the_reason(database: Database, add: Add) -> None:
    add("alert:1")
    claimed = claim(database)
    assert claimed is not None
    with database.writing() as conn:
        notifications.mark_failed(conn, claimed, "The mail server is away.")
    assert waiting(database) == [(MAIL, 1, "The mail server is away.")]
    again = claim(database)
    assert again is not None
    with database.writing() as conn:
        notifications.mark_delivered(conn, again, NOW)
        # Said by a process that outlasted its claim: what was delivered stays delivered.
        notifications.mark_failed(conn, again, "too late")
    assert waiting(database) == []


def test_a_message_of_a_machine_without_channels_is_adopted(database: Database, add: Add) -> None:
    add("failure:flow old", channels=(), now=NOW - timedelta(days=4))
    add("failure:flow new", channels=(), now=NOW - timedelta(days=2))
    add("alert:1")
    for _ in range(2):
        with database.writing() as conn:
            notifications.adopt(conn, [BLOCK], NOW)
    claimed = claim(database, BLOCK)
    assert claimed is not None
    assert claimed.notification.about == ("failure:flow new",)
    assert claim(database, BLOCK) is None
    with database.reading() as conn:
        assert conn.scalar(select(func.count()).select_from(notification_deliveries)) == 2
