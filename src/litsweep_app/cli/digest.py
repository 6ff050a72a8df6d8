"""``litsweep digest``: what the last night brought, as plain text to read or to send."""

from dataclasses import asdict
from datetime import UTC, date, datetime, time
from typing import Annotated

import typer

from db.digests import build_digest
from db.engine import open_database
from db.holds import list_holds
from litsweep.domain.digests import Digest
from litsweep.settings import load_settings
from litsweep.telling.digest import digest_lines
from litsweep.telling.notices import NLM_NOTICE
from litsweep_app.cli.console import say, show, show_json
from litsweep_app.cli.days import day_option
from litsweep_app.cli.notices import mention_holds
from litsweep_app.cli.runs import receipt_json


def digest(
    topic: Annotated[str | None, typer.Option(help="Only this topic's runs.")] = None,
    since: Annotated[date | None, day_option("Runs begun on this day (UTC) or later.")] = None,
    runs: Annotated[int | None, typer.Option(min=1, help="Only the newest N runs.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Tell what the last night brought: receipts, news, changes, alerts, and what is missing."""
    begun = None if since is None else datetime.combine(since, time(), UTC)
    with open_database(load_settings().database_url).reading() as conn:
        found = build_digest(conn, topic=topic, since=begun, n_runs=runs)
        held = mention_holds(list_holds(conn))
    if as_json:
        receipts = [receipt_json(run) for run in found.runs]
        return show_json(asdict(found) | {"runs": receipts, "notice": NLM_NOTICE})
    show_digest(found)
    if held:
        say(held)


def show_digest(found: Digest) -> None:
    """Print a digest for people."""
    for line in digest_lines(found):
        show(line)
