"""All commands, gathered. Each is in the module that its group is named after."""

from importlib.metadata import version
from typing import Annotated

import typer

from litsweep.errors import SettingsError
from litsweep.settings import load_settings
from litsweep_app.cli import (
    alerts,
    backfilling,
    database,
    deciding,
    demo,
    desk,
    digest,
    doctor,
    duplicates,
    exporting,
    gpu_worker,
    initialise,
    judging,
    lag,
    loading,
    models,
    notifying,
    reading,
    results,
    reviewers,
    routing,
    runs,
    sandbox,
    searching,
    similar,
    sql,
    sweeping,
    tending,
    topics,
    up,
)
from litsweep_app.cli.console import show
from litsweep_app.cli.logs import speak

app = typer.Typer(
    name="litsweep",
    help="Keeps a literature review alive: sweeps PubMed, reads what is new, stores it for review.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(initialise.init)
app.command("doctor")(doctor.doctor)
app.add_typer(topics.app, name="topic")
app.command("sweep")(sweeping.sweep)
app.command("backfill")(backfilling.backfill)
app.command("load")(loading.load)
app.command("read")(reading.read)
app.command("reread")(reading.reread)
app.command("route")(routing.route_record)
app.command("search", context_settings=searching.CONTEXT)(searching.search)
app.command("similar")(similar.similar)
app.command("embed")(similar.embed)
app.command("show")(results.show_record)
app.command("sql")(sql.sql)
app.command("export")(exporting.export)
app.command("runs")(runs.runs)
app.command("digest")(digest.digest)
app.add_typer(alerts.app, name="alerts")
app.command("notify")(notifying.notify)
app.command("lag")(lag.lag)
app.command("loads")(loading.loads)
app.command("sandbox")(sandbox.sandbox)
app.command("demo")(demo.demo)
app.command("desk")(desk.desk)
app.add_typer(reviewers.app, name="reviewer")
app.command("gpu-worker")(gpu_worker.gpu_worker)
app.command("up")(up.up)
app.command("tend")(tending.tend)
app.add_typer(duplicates.app, name="duplicates")
app.command("decide")(deciding.decide)
app.add_typer(deciding.app, name="decisions")
app.add_typer(judging.app, name="judgements")
app.add_typer(database.app, name="db")
app.add_typer(models.app, name="models")


def _show_version(wanted: bool) -> None:
    if wanted:
        show(f"litsweep {version('litsweep')}")
        raise typer.Exit


@app.callback()
def _every_command(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    try:
        speak(load_settings().log_level)
    except SettingsError:
        speak("WARNING")  # the command says what is wrong with them, if it needs any
