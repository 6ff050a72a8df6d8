"""``litsweep show``: one record, whole. Nothing here writes."""

from dataclasses import asdict
from typing import Annotated

import typer

from db import results
from db.engine import open_database
from litsweep.settings import load_settings
from litsweep_app.cli.cards import show_card
from litsweep_app.cli.console import show_json
from litsweep_app.cli.names import read_name

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


def show_record(
    pmid: Annotated[str, typer.Argument(help="PMID, or a number such as r123, of a record.")],
    as_json: AsJson = False,
) -> None:
    """Show one record: what PubMed says, and every machine sentence beside its source."""
    with open_database(load_settings().database_url).reading() as conn:
        card = results.get_card(conn, **read_name(pmid))
    if as_json:
        return show_json(asdict(card))
    show_card(card)
