"""``litsweep read``: summaries and analyses of what is stored and not read yet."""

from typing import Annotated

import typer

from db import topics
from db.engine import open_database
from litsweep.models.choosing import require_models
from litsweep.settings import load_settings
from litsweep_app.cli.console import Exit, say


def read(
    topic: Annotated[str | None, typer.Option(help="Only this topic's documents.")] = None,
    retrieve: Annotated[
        bool, typer.Option("--retrieve/--no-retrieve", help="Seek missing full texts first.")
    ] = True,
) -> None:
    """Read every abstract and full text that nothing has read yet."""
    settings = load_settings()
    # Opened for writing: a database that cannot be written is found out before anything is read.
    with open_database(settings.database_url).writing() as conn:
        if topic is not None:
            topics.get_topic(conn, topic)
    require_models(settings)
    from litsweep_app.flow_runs import run_reading

    problem = run_reading(topic, retrieve=retrieve)
    if problem is not None:
        say(problem)
        raise typer.Exit(Exit.INCOMPLETE)
    say("Everything that is stored has been read.")
