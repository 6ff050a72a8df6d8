"""``litsweep runs``: the receipts of all searches."""

from typing import Annotated, Any

import typer

from db import runs as stored
from db import topics
from db.engine import open_database
from litsweep.domain.strategies import SearchRoute, SearchRun
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
    show(f"{run.topic}, {_searched(run)}: {run.status.value}")
    if run.n_reported is None:
        show("  the search gave no result")
    else:
        show(f"  {_sum(run)}")
        show(f"  {run.n_new} new, {run.n_changed} changed, {run.n_failed} unreadable")
    if run.n_beside:
        n_came = run.n_beside - run.n_beside_absent
        show(f"  {run.n_beside} asked for beside: {n_came} came, {run.n_beside_absent} absent")
    for warning in run.warnings:
        show(f"  ! {warning}")
    if run.error and with_error:
        show(f"  ! {run.error}")


def _searched(run: SearchRun) -> str:
    if run.window is None:
        return "without dates"
    return f"{'backfill ' if run.route is SearchRoute.BACKFILL else ''}{run.window}"


def _sum(run: SearchRun) -> str:
    slices = f"{run.n_in_slices} in {len(run.slices)} slices"
    seen = f"{run.n_known} seen before"
    if not run.adds_up:
        return (
            f"PubMed counted {run.n_reported}, {slices}; {run.n_ids} ids came, {run.n_fetched} "
            f"were fetched, {seen}, {run.n_absent} are absent"
        )
    parts = [f"PubMed counted {run.n_reported}"]
    parts += [slices] if len(run.slices) > 1 else []
    parts.append(f"{run.n_ids} ids")
    accounted = f"{run.n_fetched} fetched + {run.n_absent} absent"
    parts.append(f"{accounted} + {seen}" if run.n_known else accounted)
    return " = ".join(parts)


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
