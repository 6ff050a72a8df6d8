"""``litsweep runs``: the receipts of all searches."""

from typing import Annotated, Any

import typer

from db import runs as stored
from db import topics
from db.engine import open_database
from db.holds import list_holds
from litsweep.domain.strategies import SearchRun
from litsweep.settings import load_settings
from litsweep.telling.receipts import receipt_lines
from litsweep_app.cli.console import say, show, show_json
from litsweep_app.cli.notices import mention_holds


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
        held = mention_holds(list_holds(conn))
    if as_json:
        return show_json([receipt_json(run) for run in found])
    if not found:
        return say("No run yet: litsweep sweep")
    for run in found:
        show(f"run {run.search_run_id}, {run.started_at:%Y-%m-%d %H:%M} UTC")
        show_receipt(run)
    if held:
        say(held)


def show_receipt(run: SearchRun, *, with_error: bool = True) -> None:
    """Print a receipt in words, so that it can be seen to add up or not."""
    for line in receipt_lines(run, with_error=with_error):
        show(line)


def receipt_json(run: SearchRun) -> dict[str, Any]:
    """Return a receipt as a program reads it; the keys are part of the command's promise."""
    return {
        "search_run_id": run.search_run_id,
        "topic": run.topic,
        "strategy_version": run.strategy_version,
        "query": run.query,
        "query_translation": run.query_translation,
        "translations": [list(pair) for pair in run.translations],
        "route": run.route.value,
        "date_field": run.window and run.window.date_field.value,
        "window": run.window and {"since": run.window.first_day, "until": run.window.last_day},
        "count": run.n_reported,
        "slices": [[part.first_pmid, part.last_pmid, part.count] for part in run.slices],
        "ids_returned": run.n_ids,
        "fetched": run.n_fetched,
        "seen_before": run.n_known,
        "new": run.n_new,
        "changed": run.n_changed,
        "absent": run.n_absent,
        "failed": run.n_failed,
        "asked_beside": run.n_beside,
        "asked_beside_absent": run.n_beside_absent,
        "warnings": list(run.warnings),
        "error": run.error,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "status": run.status.value,
    }
