"""``litsweep show`` and ``sql``: looking at what is stored. Nothing here writes."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from db import console as sql_console
from db import results
from db.engine import open_database
from litsweep.errors import UsageError
from litsweep.settings import load_settings
from litsweep_app.cli.cards import show_card
from litsweep_app.cli.console import out, say, show_json, show_table
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


def sql(
    statement: Annotated[str, typer.Argument(help="One SELECT.")],
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=1, help="How many rows at most.")] = 100_000,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds it may take.")] = 60.0,
) -> None:
    """Run one SELECT on the results database; nothing can be changed by it."""
    if csv and as_json:
        raise UsageError("Choose one of --csv and --json.")
    settings = load_settings()
    url = settings.reader_database_url or settings.database_url
    found = sql_console.run_select(url, statement, max_rows=limit, timeout_s=timeout)
    if found.warning:
        say(found.warning)
    rows = [[_plain(value) for value in row] for row in found.rows]
    if csv:
        out.file.write(_to_csv(found.columns, rows))
    elif as_json:
        _refuse_twins(found.columns)
        show_json([dict(zip(found.columns, row, strict=True)) for row in rows])
    else:
        show_table(list(found.columns), rows)
    if found.is_cut:
        say(f"Cut after {len(found.rows):,} rows; there are more (--limit).")


def _to_csv(columns: tuple[str, ...], rows: list[list[Any]]) -> str:
    # It takes a third of a second to import, which the other commands need not wait for.
    import pandas as pd

    # dtype=object: pandas would otherwise turn a column of integers with a NULL into floats.
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    text: str = frame.to_csv(index=False, lineterminator="\n")
    return text


def _refuse_twins(columns: tuple[str, ...]) -> None:
    twins = sorted({name for name in columns if columns.count(name) > 1})
    if twins:
        raise UsageError(
            f"Several columns are called {', '.join(twins)}, and in JSON only one can be: "
            "name them with AS."
        )


def _plain(value: Any) -> Any:
    return f"0x{value.hex()}" if isinstance(value, bytes | memoryview) else value
