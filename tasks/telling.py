"""Telling people: write the messages that are due, and send what waits, by every channel.

The guarantee, as it is: every message reaches every channel at least once, as soon as the channel
works and any run or `litsweep notify` comes by; and twice only if a process dies, or is held up
for longer than its claim, just after the channel took the message. An e-mail has the same
Message-ID both times. A channel that does not work costs nobody a night.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from db import notifications, runs, untold
from db.engine import Database
from db.notifications import Claim
from db.untold import Untold
from litsweep.domain.notifications import Draft, Notification, NotificationKind
from litsweep.errors import ChannelUnreachable, DeliveryFailed, LitsweepError
from litsweep.settings import Settings
from litsweep.telling.mail import list_recipients, send_mail
from litsweep.telling.messages import Writer
from tasks.policies import results, this_process


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way to people: ``name`` is what the outbox calls it, ``label`` what people do."""

    name: str
    label: str
    send: Callable[[Notification], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What a round of sending did; ``problems`` are sentences, one a channel and message."""

    n_sent: int
    problems: tuple[str, ...]


def list_channels(settings: Settings) -> list[Channel]:
    """Return the channels that the settings name.

    Raises:
        SettingsError: they cannot be used as they are set.
    """
    channels = [
        Channel(
            name=one.channel,
            label=str(one),
            send=partial(send_mail, recipient=one, settings=settings),
        )
        for one in list_recipients(settings)
    ]
    if settings.notification_blocks:
        from tasks.blocks import list_blocks, send_by_block

        channels += [
            Channel(name=name, label=f"block {name}", send=partial(send_by_block, name=name))
            for name in list_blocks(settings)
        ]
    return channels


def list_untold() -> Untold:
    """Return what no message tells yet."""
    with results() as (_, database), database.reading() as conn:
        return untold.find_untold(conn)


def raise_due(problems: Sequence[str] = (), flow_run_id: str | None = None) -> list[int]:
    """Write the messages that are due, with ``problems`` of that flow run; return their numbers.

    Where no channel is set, only failures are written: nothing else is lost by waiting.

    Raises:
        SettingsError: the channels cannot be used as they are set.
    """
    with results() as (settings, database):
        names = [channel.name for channel in list_channels(settings)]
        with database.reading() as conn:
            found = untold.find_untold(conn)
        drafts = _write(found, problems, flow_run_id, Writer(settings.desk_url))
        if not names:
            drafts = [draft for draft in drafts if draft.kind is NotificationKind.FAILURE]
        now = datetime.now(UTC)
        with database.writing() as conn:
            # Looked at again: another process may have told some of it meanwhile.
            numbers = [notifications.add_notification(conn, one, names, now) for one in drafts]
            notifications.adopt(conn, names, now)
    return [number for number in numbers if number is not None]


def send_waiting(*, only: Sequence[Channel] | None = None) -> Sending:
    """Send what waits, oldest first; a channel that cannot be used now keeps its messages.

    Raises:
        SettingsError: the channels cannot be used as they are set.
    """
    n_sent, problems = 0, []
    with results() as (settings, database):
        for channel in list_channels(settings) if only is None else only:
            n_more, said = _send_by(channel, database)
            n_sent += n_more
            problems += said
    return Sending(n_sent=n_sent, problems=tuple(problems))


def note_on_receipt(sentences: Sequence[str]) -> Sequence[str]:
    """Write what could not be told on the newest receipt, as warnings; returns nothing more."""
    with results() as (_, database), database.writing() as conn:
        newest = runs.list_runs(conn, limit=1)
        for sentence in sentences if newest else ():
            runs.add_warning(conn, newest[0].search_run_id, sentence)
    return ()


def build_test(now: datetime) -> Notification:
    """Return a message that says that messages arrive."""
    return Notification(
        notification_id=0,
        kind=NotificationKind.DIGEST,
        about=("test",),
        subject="litsweep: a test message",
        body="A test: failures, gaps, alerts, digests and held queries are told this way.\n",
        raised_at=now,
    )


def _write(
    found: Untold, problems: Sequence[str], flow_run_id: str | None, writer: Writer
) -> list[Draft]:
    drafts = (
        writer.write_alerts(found.alerts),
        writer.write_holds(found.holds),
        writer.write_failures(found.failed, problems, flow_run_id),
        writer.write_gaps(found.incomplete, found.absent, found.unreadable),
        writer.write_digest(found.digest),
    )
    return [draft for draft in drafts if draft is not None]


def _send_by(channel: Channel, database: Database) -> tuple[int, list[str]]:
    n_sent, last = 0, 0
    problems: list[str] = []
    while True:
        with database.writing() as conn:
            claim = notifications.claim_next(
                conn, channel.name, owner=this_process(), now=datetime.now(UTC), after=last
            )
        if claim is None:
            return n_sent, problems
        last = claim.notification.notification_id
        error = _attempt(claim, channel, database)
        if error is None:
            n_sent += 1
            continue
        problems.append(f"“{claim.notification.subject}” waits ({channel.label}): {error}")
        if isinstance(error, ChannelUnreachable):
            return n_sent, problems


def _attempt(claim: Claim, channel: Channel, database: Database) -> LitsweepError | None:
    try:
        channel.send(claim.notification)
    except DeliveryFailed as error:
        with database.writing() as conn:
            notifications.mark_failed(conn, claim, str(error))
        return error
    except BaseException as error:
        # Ctrl-C and the like: whether it was sent is not known, so it waits.
        with database.writing() as conn:
            notifications.mark_failed(conn, claim, f"stopped by {type(error).__name__}")
        raise
    with database.writing() as conn:
        notifications.mark_delivered(conn, claim, datetime.now(UTC))
    return None
