"""``litsweep search``, ``show`` and ``sql``: looking at what is stored. Nothing here writes."""

from dataclasses import asdict
from typing import Annotated, Any

import pandas as pd
import typer

from db import console as sql_console
from db import results
from db.engine import open_database
from litsweep.domain.identifiers import parse_pmid
from litsweep.settings import load_settings
from litsweep_app.cli.cards import show_card
from litsweep_app.cli.console import out, say, show_json, show_table

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


def search(
    words: Annotated[list[str], typer.Argument(help='Words, or a "quoted phrase".')],
    topic: Annotated[str | None, typer.Option(help="Only this topic's records.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Find stored records whose title or abstract holds every word, newest first."""
    with open_database(load_settings().database_url).reading() as conn:
        found = results.search_records(conn, " ".join(words), topic=topic, limit=limit)
    if as_json:
        return show_json([asdict(one) for one in found])
    if not found:
        return say("No stored record holds all of these words.")
    show_table(
        ["PMID", "published", "title", "journal"],
        [[one.pmid, one.publication_date_text, one.title, one.journal] for one in found],
    )


def show_record(
    pmid: Annotated[str, typer.Argument(help="PMID of a stored record.")], as_json: AsJson = False
) -> None:
    """Show one record: what PubMed says, and every machine sentence beside its source."""
    with open_database(load_settings().database_url).reading() as conn:
        card = results.get_card(conn, parse_pmid(pmid))
    if as_json:
        return show_json(asdict(card))
    show_card(card)


def sql(
    statement: Annotated[str, typer.Argument(help="One SELECT.")],
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=1, help="How many rows at most.")] = 100_000,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds it may take.")] = 60.0,
) -> None:
    """Run one SELECT on the results database; nothing can be changed by it."""
    found = sql_console.run_select(
        load_settings().database_url, statement, max_rows=limit, timeout_s=timeout
    )
    # dtype=object: pandas would otherwise turn a column of integers with a NULL into floats.
    frame = pd.DataFrame(list(found.rows), columns=list(found.columns), dtype=object)
    frame = frame.map(_plain)
    if csv:
        out.file.write(frame.to_csv(index=False, lineterminator="\n"))
    elif as_json:
        show_json(frame.to_dict("records"))
    else:
        rows: list[list[Any]] = frame.to_numpy().tolist()
        show_table([str(column) for column in frame.columns], rows)
    if found.is_cut:
        say(f"Cut after {limit:,} rows; there are more (--limit).")


def _plain(value: Any) -> Any:
    return f"0x{value.hex()}" if isinstance(value, bytes | memoryview) else value
