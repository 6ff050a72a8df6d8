"""``litsweep db``: the state of the results database and its migrations."""

import typer

from db import schema
from db.engine import open_database
from litsweep.settings import hide_password, load_settings
from litsweep_app.cli.console import Exit, say

app = typer.Typer(help="Upgrade and check the results database.", no_args_is_help=True)


@app.command("upgrade")
def upgrade() -> None:
    """Bring the database to the schema of this litsweep; a missing one is made."""
    url = load_settings().database_url
    before = schema.current_revision(url)
    schema.upgrade(url)
    after = schema.current_revision(url)
    say(f"{hide_password(url)} is at revision {after}" + (" already." if before == after else "."))


@app.command("check")
def check() -> None:
    """Say whether the database can be used; ends with 1 when it cannot."""
    url = load_settings().database_url
    state = schema.check(url)
    if state is schema.SchemaState.CURRENT:
        open_database(url).close()
        say(f"{hide_password(url)} is ready.")
        return
    say(f"{hide_password(url)}: {state.value}.")
    raise typer.Exit(Exit.INCOMPLETE)
