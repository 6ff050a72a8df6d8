"""``litsweep reviewer``: who may come to the review desk, and what they may do there."""

import getpass
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from db.api_tokens import revoke_tokens
from db.desk_sessions import end_sessions
from db.desk_tickets import INVITATION, add_ticket, end_tickets
from db.engine import open_database
from db.reviewers import (
    add_reviewer,
    disable,
    enable,
    get_reviewer,
    list_reviewers,
    set_password_hash,
    set_role,
)
from litsweep.domain.reviewers import Reviewer, Role
from litsweep.errors import UsageError
from litsweep.settings import Settings, load_settings
from litsweep_app.cli.console import say, show, show_json, show_table

app = typer.Typer(help="People with an account at the review desk.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The person's name, as it stands beside decisions.")]
OfRole = Annotated[
    Role, typer.Option(help="reader looks, reviewer also decides, lead also adds people.")
]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


@app.command("add")
def add(name: Name, role: OfRole = Role.REVIEWER, password_stdin: FromInput = False) -> None:
    """Add somebody, and print the address at which they choose a password."""
    settings = load_settings()
    made = _hash(_read_password(), name) if password_stdin else None
    with open_database(settings.database_url).writing() as conn:
        person = add_reviewer(conn, name=name, role=role, created_by=_user(), now=_now())
        if made is not None:
            set_password_hash(conn, person.reviewer_id, made)
        ticket = (
            None if made else add_ticket(conn, person.reviewer_id, holds=INVITATION, now=_now())
        )
    say(f"{person.name} is a {person.role}.")
    if ticket is not None:
        _show_link(settings, person, ticket)


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """List all accounts, disabled ones too."""
    with open_database(load_settings().database_url).reading() as conn:
        people = list_reviewers(conn)
    if as_json:
        return show_json([asdict(one) for one in people])
    if not people:
        return say("Nobody has an account: litsweep desk makes the first, for you.")
    show_table(
        ["name", "role", "password", "added", "by", "disabled"],
        [
            [
                one.name,
                one.role,
                "yes" if one.has_password else "no",
                f"{one.created_at:%Y-%m-%d}",
                one.created_by,
                f"{one.disabled_at:%Y-%m-%d}" if one.disabled_at else "",
            ]
            for one in people
        ],
    )


@app.command("role")
def role(name: Name, role: Annotated[Role, typer.Argument(help="The new role.")]) -> None:
    """Give somebody another role; it counts from their next click on."""
    with open_database(load_settings().database_url).writing() as conn:
        person = get_reviewer(conn, name)
        set_role(conn, person, role)
    say(f"{person.name} is a {role}.")


@app.command("disable")
def disable_(name: Name) -> None:
    """Let somebody in no more; what they decided stays."""
    with open_database(load_settings().database_url).writing() as conn:
        person = get_reviewer(conn, name)
        disable(conn, person, now=_now())
    say(f"{person.name} cannot come in any more; their sessions and tokens have ended.")


@app.command("enable")
def enable_(name: Name) -> None:
    """Let somebody in again, with the password that they had."""
    with open_database(load_settings().database_url).writing() as conn:
        person = get_reviewer(conn, name)
        enable(conn, person)
    say(f"{person.name} can come in again.")


@app.command("password")
def password(name: Name, password_stdin: FromInput = False) -> None:
    """Set somebody's password; everywhere they are signed out."""
    with open_database(load_settings().database_url).reading() as conn:
        person = get_reviewer(conn, name)
    made = _hash(_read_password() if password_stdin else _ask_password(), person.name)
    with open_database(load_settings().database_url).writing() as conn:
        set_password_hash(conn, person.reviewer_id, made)
        end_sessions(conn, person.reviewer_id, now=_now())
        end_tickets(conn, person.reviewer_id, now=_now())
    say(f"The password of {person.name} is set.")


@app.command("link")
def link(name: Name) -> None:
    """Print an address that lets somebody in once, within 24 hours, to choose a password.

    The password and the tokens that they have end, and they are signed out everywhere.
    """
    settings = load_settings()
    with open_database(settings.database_url).writing() as conn:
        person = get_reviewer(conn, name)
        if person.disabled_at is not None:
            raise UsageError(f"The account {person.name!r} is disabled: enable it first.")
        set_password_hash(conn, person.reviewer_id, None)
        end_sessions(conn, person.reviewer_id, now=_now())
        end_tickets(conn, person.reviewer_id, now=_now())
        revoke_tokens(conn, person.reviewer_id, now=_now())
        ticket = add_ticket(conn, person.reviewer_id, holds=INVITATION, now=_now())
    _show_link(settings, person, ticket)


def _show_link(settings: Settings, person: Reviewer, ticket: str) -> None:
    from litsweep_app.web.security.own_paths import ticket_path

    base = (settings.desk_url or f"http://127.0.0.1:{settings.desk_port}").rstrip("/")
    show(base + ticket_path(ticket, "/account"))
    say(f"It lets {person.name} in, once, within 24 hours, while litsweep desk runs.")


def _read_password() -> str:
    return sys.stdin.readline(4_096).rstrip("\r\n")


def _ask_password() -> str:
    first = getpass.getpass("New password: ")
    if first != getpass.getpass("Again: "):
        raise UsageError("The two differ: nothing was changed.")
    return first


def _hash(password: str, name: str) -> str:
    from litsweep_app.web.security.passwords import check_password, hash_password

    check_password(password, name=name)
    return hash_password(password)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container user without a name
        return "unknown"


def _now() -> datetime:
    return datetime.now(UTC)
