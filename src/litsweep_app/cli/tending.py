"""``litsweep tend``: end in the Prefect server what has died, so that the next night can begin."""

import time
from typing import Annotated

import typer

from db.engine import open_database
from litsweep.errors import DatabaseError, OrchestrationError
from litsweep.settings import load_settings
from litsweep_app.cli.console import say, show


def tend(
    every: Annotated[
        float | None,
        typer.Option(min=1, help="Go on, with a pass every so many seconds, until Ctrl-C."),
    ] = None,
) -> None:
    """End flow runs that never began or whose process has died, and free their slots.

    A run that lives is left alone. Run it every minute or two where the server's own automations
    are not to be relied on; what it did is printed, and nothing where all is well. It ends with
    1 when the server does not answer; with --every it says so and goes on.
    """
    if every is None:
        return _tend()
    while True:
        try:
            _tend()
        except (OrchestrationError, DatabaseError) as error:
            say(str(error))
        time.sleep(every)


def _tend() -> None:
    # Prefect takes seconds to import: only the commands that need it pay for it.
    from litsweep_app.tending.reaper import tend_once

    database = open_database(load_settings().database_url)
    try:
        for sentence in tend_once(database):
            show(sentence)
    finally:
        database.close()
