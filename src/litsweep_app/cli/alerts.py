"""``litsweep alerts``: stored records that turned out retracted and the like."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from db import alerts as stored
from db.engine import open_database
from litsweep.domain.alerts import Alert
from litsweep.settings import load_settings
from litsweep.telling.alerts import alert_lines
from litsweep_app.cli.console import say, show, show_json

app = typer.Typer(invoke_without_command=True)


@app.callback()
def alerts(
    context: typer.Context,
    topic: Annotated[str | None, typer.Option(help="Only this topic's records.")] = None,
    include_acknowledged: Annotated[
        bool, typer.Option("--all", help="Also those that somebody took note of.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """List records that were stored and then retracted, withdrawn, doubted, or deleted.

    An alert stays open until a person takes note of it.
    """
    if context.invoked_subcommand is not None:
        return
    with open_database(load_settings().database_url).reading() as conn:
        found = stored.list_alerts(conn, topic=topic, include_acknowledged=include_acknowledged)
    if as_json:
        return show_json([asdict(alert) for alert in found])
    if not found:
        return say("No alert." if include_acknowledged else "No open alert.")
    for alert in found:
        show_alert(alert)


@app.command("acknowledge")
def acknowledge(
    number: Annotated[int, typer.Argument(help="Number of the alert.")],
    by: Annotated[str, typer.Option(help="Who takes note of it.")],
    note: Annotated[str | None, typer.Option(help="What was done about it.")] = None,
) -> None:
    """Take note of an alert: it is no longer shown as open, and stays in the database."""
    with open_database(load_settings().database_url).writing() as conn:
        alert = stored.acknowledge_alert(conn, number, by=by, note=note, now=datetime.now(UTC))
    say(
        f"Alert {alert.alert_id} (PMID {alert.pmid}): {alert.acknowledged_by} took note on "
        f"{alert.acknowledged_at:%Y-%m-%d %H:%M} UTC."
    )


def show_alert(alert: Alert) -> None:
    """Print one alert with its reasons."""
    for line in alert_lines(alert):
        show(line)
