"""``litsweep notify``: send the messages that wait, or try every channel."""

from contextlib import nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from db import notifications
from db.engine import open_database
from litsweep.domain.notifications import Delivery
from litsweep.errors import DeliveryFailed
from litsweep.settings import Settings, load_settings
from litsweep_app.cli.console import Exit, say, show, show_json

if TYPE_CHECKING:
    from tasks.telling import Channel

_NO_CHANNEL = (
    "No channel is set: people are told nothing. Set mail_to, mail_from and smtp_host for e-mail, "
    "or notification_blocks for Prefect's blocks."
)


def notify(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what waits; send nothing.")
    ] = False,
    test: Annotated[
        bool, typer.Option("--test", help="Send a test message by every channel instead.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what waits afterwards as JSON for a program.")
    ] = False,
) -> None:
    """Send the messages about failures, gaps, alerts, digests and holds that wait.

    Every run sends them at its end; this is for what could not be sent then.
    Ends with 1 when something could not be sent and waits on.
    """
    settings = load_settings()
    if dry_run:
        return _show_waiting(_list_waiting(settings), as_json=as_json)
    # Settings decide, and Prefect takes seconds to import.
    from tasks import telling

    channels = telling.list_channels(settings)
    if not channels:
        say(_NO_CHANNEL)
        raise typer.Exit(Exit.INCOMPLETE)
    if test:
        return _test(channels, settings)
    with _server(settings):
        telling.raise_due()
        sent = telling.send_waiting()
    say(f"Sent: {sent.n_sent}.")
    for problem in sent.problems:
        say(problem)
    _show_waiting(_list_waiting(settings), as_json=as_json)
    if sent.problems:
        raise typer.Exit(Exit.INCOMPLETE)


def _test(channels: "list[Channel]", settings: Settings) -> None:
    from tasks import telling

    message = telling.build_test(datetime.now(UTC))
    is_whole = True
    with _server(settings):
        for channel in channels:
            try:
                channel.send(message)
            except DeliveryFailed as error:
                is_whole = False
                show(f"{channel.label}: {error}")
            else:
                show(f"{channel.label}: it took the test message; look whether it arrived.")
    if not is_whole:
        raise typer.Exit(Exit.INCOMPLETE)


def _server(settings: Settings) -> Any:
    """Use the Prefect server where a block is needed: only a lasting one has any."""
    if not settings.notification_blocks:
        return nullcontext()
    from litsweep_app.prefect_server import recording_server

    return recording_server(say)


def _list_waiting(settings: Settings) -> list[Delivery]:
    with open_database(settings.database_url).reading() as conn:
        return notifications.list_waiting(conn)


def _show_waiting(waiting: list[Delivery], *, as_json: bool) -> None:
    if as_json:
        return show_json([asdict(one) for one in waiting])
    if not waiting:
        return say("Nothing waits.")
    for one in waiting:
        tried = f", tried {one.attempts} times" if one.attempts else ""
        show(f"{one.raised_at:%Y-%m-%d %H:%M} {one.channel}{tried}: {one.subject}")
        if one.last_error:
            show(f"  ! {one.last_error}")
