"""``litsweep topic holds``, ``approve`` and ``refuse``: changed queries that wait for a person."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from db import holds as stored
from db.engine import open_database
from litsweep.domain.holds import QueryHold
from litsweep.settings import load_settings
from litsweep.telling.messages import hold_lines
from litsweep_app.cli.console import say, show, show_json

Name = Annotated[str, typer.Argument(help="Name of the topic.")]
By = Annotated[str, typer.Option(help="Who decides.")]
Note = Annotated[str | None, typer.Option(help="Why.")]


def holds(
    include_decided: Annotated[
        bool, typer.Option("--all", help="Also those that somebody decided upon.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """List changed queries that find far more than before, and wait for a decision.

    Nothing of them is fetched until somebody approves.
    """
    with open_database(load_settings().database_url).reading() as conn:
        found = stored.list_holds(conn, include_decided=include_decided)
    if as_json:
        return show_json([asdict(hold) for hold in found])
    if not found:
        return say("No query was ever held." if include_decided else "No query waits.")
    for hold in found:
        for line in hold_lines(hold):
            show(line)


def approve(name: Name, by: By, note: Note = None) -> None:
    """Let a held query be searched; the next sweep fetches what it finds."""
    hold = _decide(name, is_approved=True, by=by, note=note)
    say(f"{stored.describe_decision(hold)} The next sweep fetches what it finds.")


def refuse(name: Name, by: By, note: Note = None) -> None:
    """Refuse a held query: the topic is not swept before its query is changed."""
    hold = _decide(name, is_approved=False, by=by, note=note)
    say(
        f"{stored.describe_decision(hold)} {name} is not swept before its query is changed: "
        f"`litsweep topic change {name!r}`."
    )


def _decide(name: str, *, is_approved: bool, by: str, note: str | None) -> QueryHold:
    with open_database(load_settings().database_url).writing() as conn:
        hold = stored.find_open_hold(conn, name)
        return stored.decide(
            conn,
            hold.query_hold_id,
            is_approved=is_approved,
            by=by,
            note=note,
            now=datetime.now(UTC),
        )
