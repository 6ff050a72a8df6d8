"""``litsweep runs``: the receipts of all searches."""

from typing import Annotated, Any

import typer

from db import runs as stored
from db import topics
from db.engine import open_database
from litsweep.domain.strategies import SearchRun
from litsweep.settings import load_settings
from litsweep_app.cli.console import say, show, show_json


def runs(
    topic: Annotated[str | None, typer.Option(help="Only this topic's.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the newest N.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """List the search runs, newest first: what was asked, counted, fetched, and how it ended."""
    with open_database(load_settings().database_url).reading() as conn:
        if topic is not None:
            topics.get_topic(conn, topic)
        found = stored.list_runs(conn, topic=topic, limit=limit)
    if as_json:
        return show_json([receipt_json(run) for run in found])
    if not found:
        return say("No run yet: litsweep sweep")
    for run in found:
        show(f"run {run.search_run_id}, {run.started_at:%Y-%m-%d %H:%M} UTC")
        show_receipt(run)


def show_receipt(run: SearchRun, *, with_error: bool = True) -> None:
    """Print a receipt in words, so that it can be seen to add up or not."""
    show(f"{run.topic}, {run.window}: {run.status.value}")
    if run.n_reported is None:
        show("  the search gave no result")
    else:
        show(
            f"  PubMed counted {run.n_reported} = {run.n_ids} ids = "
            f"{run.n_fetched} fetched + {run.n_absent} absent"
            if run.adds_up
            else f"  PubMed counted {run.n_reported}, {run.n_ids} ids came, "
            f"{run.n_fetched} were fetched, {run.n_absent} are absent"
        )
        show(f"  {run.n_new} new, {run.n_changed} changed, {run.n_failed} unreadable")
    for warning in run.warnings:
        show(f"  ! {warning}")
    if run.error and with_error:
        show(f"  ! {run.error}")


def receipt_json(run: SearchRun) -> dict[str, Any]:
    """Return a receipt as a program reads it; the keys are part of the command's promise."""
    return {
        "search_run_id": run.search_run_id,
        "topic": run.topic,
        "strategy_version": run.strategy_version,
        "query": run.query,
        "query_translation": run.query_translation,
        "date_field": run.window.date_field.value,
        "window": {"since": run.window.first_day, "until": run.window.last_day},
        "count": run.n_reported,
        "ids_returned": run.n_ids,
        "fetched": run.n_fetched,
        "new": run.n_new,
        "changed": run.n_changed,
        "absent": run.n_absent,
        "failed": run.n_failed,
        "warnings": list(run.warnings),
        "error": run.error,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "status": run.status.value,
    }
