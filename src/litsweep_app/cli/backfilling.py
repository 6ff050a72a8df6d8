"""``litsweep backfill``: a topic's history, window by window, beside its nightly sweep."""

from datetime import date
from typing import Annotated

import typer

from db import runs, topics
from db.engine import open_database
from litsweep.domain.strategies import SearchRoute, SearchRun
from litsweep.settings import Settings, load_settings
from litsweep_app.cli.console import Exit, say
from litsweep_app.cli.days import day_option
from litsweep_app.cli.runs import show_receipt


def backfill(
    topic: Annotated[str, typer.Argument(help="Name of the topic.")],
    since: Annotated[date, day_option("First day that records entered PubMed.")],
    until: Annotated[date | None, day_option("Last such day; without it, yesterday.")] = None,
    days: Annotated[int, typer.Option(min=1, help="Days of one window.")] = 31,
    workers: Annotated[int, typer.Option(min=1, max=8, help="Windows at a time.")] = 2,
) -> None:
    """Search a topic's history by day of entry, window by window, and store all that is found.

    Windows that were searched to their end with the topic's present query are left out, so that
    the same command goes on where it was stopped. `litsweep read` then reads what was stored.
    """
    settings = load_settings()
    before = _find_last_run(settings, topic)
    if settings.ncbi_email is None:
        say("NCBI_EMAIL is not set: NCBI asks for an address, and may block those without one.")
    from litsweep_app.flow_runs import run_backfill

    problem = run_backfill(topic, since=since, until=until, days=days, workers=workers)
    for run in _list_made(settings, topic, before):
        show_receipt(run, with_error=problem is None)
    if problem is not None:
        say(problem)
        raise typer.Exit(Exit.INCOMPLETE)
    say("Every window is complete.")


def _find_last_run(settings: Settings, topic: str) -> int:
    # Opened for writing: a database that cannot be written is found out before the first search.
    with open_database(settings.database_url).writing() as conn:
        topics.get_swept_topic(conn, topic)
        return max((run.search_run_id for run in runs.list_runs(conn, limit=1)), default=0)


def _list_made(settings: Settings, topic: str, before: int) -> list[SearchRun]:
    with open_database(settings.database_url).reading() as conn:
        found = runs.list_runs(conn, topic=topic)
    ours = (run for run in found if run.search_run_id > before)
    return [run for run in reversed(list(ours)) if run.route is SearchRoute.BACKFILL]
