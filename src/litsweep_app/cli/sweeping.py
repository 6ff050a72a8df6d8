"""``litsweep sweep``: search, fetch, retrieve, read — the whole night, now and in this process."""

from datetime import datetime
from typing import Annotated

import typer

from db import runs, topics
from db.engine import open_database
from litsweep.domain.strategies import RunStatus, SearchRun
from litsweep.errors import UsageError
from litsweep.settings import Settings, load_settings
from litsweep_app.cli.console import Exit, say
from litsweep_app.cli.runs import show_receipt

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day, as 2026-10-31.")]


def sweep(
    topic: Annotated[list[str] | None, typer.Option(help="A topic; may be repeated.")] = None,
    since: Day = None,
    until: Day = None,
    read: Annotated[
        bool, typer.Option("--read/--no-read", help="Seek full texts and read, or store only.")
    ] = True,
) -> None:
    """Ask PubMed what is new on each topic, store it, and read it.

    Without days, the window that is due. Ends with 1 when a receipt does not add up or something
    could not be read: what was stored stays, and the next sweep goes on from there.
    """
    settings = load_settings()
    names = _known_topics(settings, topic)
    if settings.ncbi_email is None:
        say("NCBI_EMAIL is not set: NCBI asks for an address, and may block those without one.")
    before = _last_run_id(settings)
    # Prefect takes seconds to import: only the commands that run a flow pay for it.
    from litsweep_app.flow_runs import run_nightly

    problem = run_nightly(
        names, since=since and since.date(), until=until and until.date(), read=read
    )
    made = _runs_since(settings, before)
    for run in made:
        show_receipt(run)
    if problem is not None:
        say(problem)
    if problem is not None or any(run.status is not RunStatus.COMPLETE for run in made):
        raise typer.Exit(Exit.INCOMPLETE)


def _known_topics(settings: Settings, named: list[str] | None) -> list[str]:
    database = open_database(settings.database_url)
    with database.reading() as conn:
        if named:
            return [topics.get_topic(conn, name).name for name in dict.fromkeys(named)]
        found = [topic.name for topic in topics.list_topics(conn)]
    if not found:
        raise UsageError("There is no topic to sweep. Add one: litsweep topic add NAME --query '…'")
    return found


def _last_run_id(settings: Settings) -> int:
    with open_database(settings.database_url).reading() as conn:
        return max((run.search_run_id for run in runs.list_runs(conn, limit=1)), default=0)


def _runs_since(settings: Settings, search_run_id: int) -> list[SearchRun]:
    with open_database(settings.database_url).reading() as conn:
        found = runs.list_runs(conn)
    return [run for run in reversed(found) if run.search_run_id > search_run_id]
