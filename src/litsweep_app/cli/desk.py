"""``litsweep desk``: the review desk on this machine, and an address that lets one person in."""

import getpass
from contextlib import suppress
from datetime import UTC, datetime
from socket import socket
from typing import Annotated, Final

import typer

from db.desk_tickets import FIRST, add_ticket
from db.engine import Database, open_database
from db.reviewers import add_reviewer, get_reviewer, list_reviewers
from litsweep.domain.reviewers import Reviewer, Role
from litsweep.errors import UsageError
from litsweep.settings import Settings, load_settings
from litsweep_app.cli.console import say, show

_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


def desk(
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port; 0: any free one. Default: desk_port, 8765."),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(help="Address to listen on; any but loopback needs a desk_url with https."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer.")] = 1,
    name: Annotated[
        str | None, typer.Option("--as", help="Who comes in by the address that is printed.")
    ] = None,
) -> None:
    """Serve the review desk, and print one address that lets you in, once.

    On a desk without accounts the first one is made for you, as lead; --as gives it another name
    than that of your user on this machine. Where there are accounts, --as says whose you are;
    `litsweep reviewer add` makes more. Ctrl-C ends it.
    """
    from litsweep_app.web.serving import check_exposure, serve

    settings = load_settings()
    wanted = host or settings.desk_host
    check_exposure(settings, wanted)
    database = open_database(settings.database_url)
    try:
        person = _find_person(database, name)
        with _listen(settings, wanted, port) as listener:
            _say_address(database, _base(settings, wanted, listener), person)
            # Ctrl-C is how it is meant to end.
            with suppress(KeyboardInterrupt):
                serve(settings, listener, n_processes=workers)
    finally:
        database.close()
    say("\nThe desk is closed.")


def _find_person(database: Database, name: str | None) -> Reviewer | None:
    """Return who comes in by the printed address, None where nobody can tell.

    Raises:
        UsageError: nobody has this name, or their account is disabled.
    """
    with database.writing() as conn:
        people = list_reviewers(conn)
        if not people:
            mine = name or _user()
            say(f"The desk has no accounts yet: {mine} is its first, a lead.")
            return add_reviewer(
                conn, name=mine, role=Role.LEAD, created_by="litsweep desk", now=_now()
            )
        if name is not None:
            return _refuse_disabled(get_reviewer(conn, name))
    leads = [one for one in people if one.role is Role.LEAD and one.disabled_at is None]
    return leads[0] if len(leads) == 1 else None


def _refuse_disabled(person: Reviewer) -> Reviewer:
    if person.disabled_at is not None:
        raise UsageError(
            f"The account {person.name!r} is disabled: litsweep reviewer enable lets it in again."
        )
    return person


def _listen(settings: Settings, host: str, port: int | None) -> socket:
    """Listen on the port that was asked for, or else on that of the settings or any free one.

    Raises:
        UsageError: the port that was asked for is taken, or the address is not this machine's.
    """
    from litsweep_app.web.serving import listen

    if port is not None:
        return listen(host, port)
    try:
        return listen(host, settings.desk_port)
    except UsageError:
        listener = listen(host, 0)
    say(f"Port {settings.desk_port} is taken; the desk uses another one that is free.")
    return listener


def _base(settings: Settings, host: str, listener: socket) -> str:
    if settings.desk_url and host not in {"127.0.0.1", "localhost", "::1"}:
        return settings.desk_url.rstrip("/")
    named = _EVERYWHERE.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{named}:{listener.getsockname()[1]}"


def _say_address(database: Database, base: str, person: Reviewer | None) -> None:
    from litsweep_app.web.security.own_paths import ticket_path

    if person is None:
        show(f"{base}/sign-in")
        say("Sign in with your name and password; --as NAME prints an address that lets NAME in.")
    else:
        with database.writing() as conn:
            ticket = add_ticket(conn, person.reviewer_id, holds=FIRST, now=_now())
        show(f"{base}{ticket_path(ticket)}")
        minutes = round(FIRST.total_seconds() / 60)
        say(f"This lets {person.name} in, once, within {minutes} minutes. Keep it to yourself.")
    say("Ctrl-C ends the desk.")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container user without a name
        raise UsageError("Your user has no name on this machine: say --as NAME.") from None


def _now() -> datetime:
    return datetime.now(UTC)
