"""``litsweep sweep``: search, fetch, retrieve, read — the whole night, now and in this process."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from db import alerts, holds, notifications, runs, topics
from db.engine import open_database
from litsweep.domain.strategies import DateField, DateWindow, RunStatus, SearchRun
from litsweep.errors import UsageError
from litsweep.models.choosing import require_models
from litsweep.settings import Settings, load_settings
from litsweep_app.cli.console import Exit, say, show
from litsweep_app.cli.days import day_option
from litsweep_app.cli.notices import mention_alerts, mention_holds, mention_waiting
from litsweep_app.cli.runs import show_receipt


def sweep(
    topic: Annotated[
        list[str] | None,
        typer.Option(help="A topic, may be repeated; without it, all that are not retired."),
    ] = None,
    since: Annotated[date | None, day_option("First day that records entered PubMed.")] = None,
    until: Annotated[date | None, day_option("Last such day; without it, today.")] = None,
    read: Annotated[
        bool, typer.Option("--read/--no-read", help="Seek full texts and read, or store only.")
    ] = True,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what would be searched and read, and store nothing."),
    ] = False,
) -> None:
    """Ask PubMed what is new on each topic, store it, and read it.

    Without days, the window that is due is searched.
    Ends with 1 when a receipt does not add up, or something was not read:
    what was stored stays, and the next sweep goes on from there.
    """
    settings = load_settings()
    _check_window(since, until)
    names = _known_topics(settings, topic)
    if read:
        require_models(settings)
    if settings.ncbi_email is None:
        say("NCBI_EMAIL is not set: NCBI asks for an address, and may block those without one.")
    if dry_run:
        return _show_plan(names, since, until, reads_of=topic or [None], reads=read)
    before = _last_run_id(settings)
    # Prefect takes seconds to import: only the commands that run a flow pay for it.
    from litsweep_app.flow_runs import run_nightly

    problem = run_nightly(names, since=since, until=until, read=read)
    made = _runs_since(settings, before)
    for run in made:
        show_receipt(run, with_error=False)
    for complaint in _complaints(made, problem):
        say(complaint)
    _mention(settings)
    if problem is not None or any(run.status is not RunStatus.COMPLETE for run in made):
        raise typer.Exit(Exit.INCOMPLETE)


def _show_plan(
    names: list[str],
    since: date | None,
    until: date | None,
    *,
    reads_of: Sequence[str | None],
    reads: bool,
) -> None:
    # No flow is run, and no server needed: only counts are asked for.
    from flows.plans import conclude, describe
    from tasks.planning import plan_night

    plan = plan_night(names, since, until, reading_of=reads_of if reads else [])
    for line in describe(plan):
        show(line)
    say(conclude(plan))


def _complaints(made: list[SearchRun], problem: str | None) -> Iterator[str]:
    """Yield what went wrong, each thing once: a run's error is mostly the whole's as well."""
    rest = problem or ""
    for run in made:
        if run.error:
            yield f"{run.topic}: {run.error}"
            rest = rest.replace(run.error, "")
    if rest.strip():
        yield rest.strip()


def _mention(settings: Settings) -> None:
    """Say what is open whatever this sweep brought."""
    with open_database(settings.database_url).reading() as conn:
        sentences = (
            mention_alerts(alerts.list_alerts(conn)),
            mention_holds(holds.list_holds(conn)),
            mention_waiting(notifications.list_waiting(conn)),
        )
    for sentence in filter(None, sentences):
        say(sentence)


def _check_window(since: date | None, until: date | None) -> None:
    if since is not None:
        last_day = until or datetime.now(UTC).date()
        DateWindow(date_field=DateField.CRDT, first_day=since, last_day=last_day)


def _known_topics(settings: Settings, named: list[str] | None) -> list[str]:
    # Opened for writing: a database that cannot be written is found out now, not after the search.
    with open_database(settings.database_url).writing() as conn:
        found = (
            [topics.get_swept_topic(conn, name) for name in dict.fromkeys(named)]
            if named
            else topics.list_topics(conn)
        )
    if not found:
        raise UsageError("There is no topic to sweep. Add one: litsweep topic add NAME --query '…'")
    return [topic.name for topic in found]


def _last_run_id(settings: Settings) -> int:
    with open_database(settings.database_url).reading() as conn:
        return max((run.search_run_id for run in runs.list_runs(conn, limit=1)), default=0)


def _runs_since(settings: Settings, search_run_id: int) -> list[SearchRun]:
    with open_database(settings.database_url).reading() as conn:
        found = runs.list_runs(conn)
    return [run for run in reversed(found) if run.search_run_id > search_run_id]
