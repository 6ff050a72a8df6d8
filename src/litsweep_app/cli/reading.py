"""``litsweep read`` and ``litsweep reread``: summaries and analyses of what is stored."""

from datetime import UTC, date, datetime, time
from typing import Annotated

import typer

from db import asked_readings, reading_runs, topics
from db.engine import open_database
from db.reading_runs import ReadingRun
from litsweep.domain.documents import DocumentKind
from litsweep.models.choosing import require_models
from litsweep.settings import Settings, load_settings
from litsweep_app.cli.console import Exit, say
from litsweep_app.cli.days import day_option
from litsweep_app.cli.names import name_record

_N_QUARANTINED = 10


def read(
    topic: Annotated[str | None, typer.Option(help="Only this topic's documents.")] = None,
    retrieve: Annotated[
        bool, typer.Option("--retrieve/--no-retrieve", help="Seek missing full texts first.")
    ] = True,
) -> None:
    """Read every abstract and full text that nothing has read yet, or that is to be read again.

    Several of these commands may run at once, on any number of machines with one database:
    they share the work.
    """
    settings = load_settings()
    # Opened for writing: a database that cannot be written is found out before anything is read.
    with open_database(settings.database_url).writing() as conn:
        if topic is not None:
            topics.get_topic(conn, topic)
    require_models(settings)
    since = datetime.now(UTC)
    from litsweep_app.flow_runs import run_reading

    problem = run_reading(topic, retrieve=retrieve)
    _tell_runs(settings, since)
    _tell_quarantined(topic)
    if problem is not None:
        say(problem)
        raise typer.Exit(Exit.INCOMPLETE)
    say("Everything that waited here has been read.")
    _tell_unanswered(settings)


def reread(
    since: Annotated[
        date | None, day_option("Only what was read on this day (UTC) or later.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Only what this model read: NAME, ID, or ID@REVISION.")
    ] = None,
    topic: Annotated[str | None, typer.Option(help="Only this topic's documents.")] = None,
    kind: Annotated[
        list[DocumentKind] | None, typer.Option(help="Only such documents; may be repeated.")
    ] = None,
    reader: Annotated[
        str | None,
        typer.Option(
            "--with", help="The model that is to read: NAME, or none; as it is set unless given."
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it is kept.")] = "a person asked for it",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how many it would be, and ask for none.")
    ] = False,
) -> None:
    """Have documents read again; the older readings stay, marked.

    The next `litsweep read`, or the next night, reads them. What failed too often to be tried
    again is tried again. What was read just as it would be read now is left: an equal way gives
    an equal reading.
    """
    from litsweep_app.rereading import Wanted, request

    start = None if since is None else datetime.combine(since, time.min, UTC)
    kinds = tuple(kind or DocumentKind)
    wanted = Wanted(since=start, model=model, topic=topic, kinds=kinds, reader=reader)
    counts = request(load_settings(), wanted, reason=reason, dry_run=dry_run)
    would = "would be" if dry_run else "are to be"
    then = "" if dry_run else " The next `litsweep read`, or the next night, reads them."
    say(f"{counts.n_queued} documents {would} read again.{then}")
    if counts.n_same:
        say(f"{counts.n_same} were read the same way already: nothing to gain.")
    if counts.n_better_elsewhere:
        say(
            f"{counts.n_better_elsewhere} of them were read with a model, and none reads here: "
            "they wait for a worker that has one."
        )


def _tell_runs(settings: Settings, since: datetime) -> None:
    from tasks.policies import this_process

    with open_database(settings.database_url).reading() as conn:
        made = reading_runs.list_reading_runs(conn, owner=this_process(), since=since)
    for run in reversed(made):
        say(describe_run(run))


def describe_run(run: ReadingRun) -> str:
    """Return what one run read, with what, how fast, and with how much memory, in words."""
    said = f"{run.kind.replace('_', ' ')}s: {run.n_documents - run.n_failed} read"
    if run.n_failed:
        said += f", {run.n_failed} failed"
    if run.model_name is None:
        return f"{said}, without a model"
    said += f", by {run.model_name} on {run.engine}"
    if run.tokens_per_second is not None:
        said += f", {run.tokens_per_second:.1f} tokens/s"
    return f"{said}, most memory {run.peak_memory_bytes / 1e9:.2f} GB"


def _tell_unanswered(settings: Settings) -> None:
    with open_database(settings.database_url).reading() as conn:
        waiting = asked_readings.list_named_requests(conn)
    if waiting:
        models = ", ".join(sorted({one.model or "" for one in waiting}))
        say(f"{len(waiting)} readings that people asked for wait for a machine with {models}.")


def _tell_quarantined(topic: str | None) -> None:
    from tasks.read import list_quarantined

    held = list_quarantined(topic)
    if not held:
        return
    say(
        f"{len(held)} documents failed too often and are not tried again; `litsweep reread` has "
        "them tried again:"
    )
    for one in held[:_N_QUARANTINED]:
        say(f"  {name_record(one.pmid, one.record_id)}: {one.reason}")
    if len(held) > _N_QUARANTINED:
        say(f"  … and {len(held) - _N_QUARANTINED} more")
