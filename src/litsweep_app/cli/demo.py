"""``litsweep demo``: a whole night on a local NCBI with fictitious records, and its outcome."""

import os
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer

from db import results, runs, topics
from db.engine import Database, open_database
from litsweep.errors import UsageError
from litsweep.settings import SETTINGS_FILE, load_settings
from litsweep_app import sandbox
from litsweep_app.cli.cards import show_card
from litsweep_app.cli.console import Exit, say, show
from litsweep_app.cli.runs import show_receipt

TOPIC: Final = "lorvaxidine"
QUERY: Final = 'lorvaxidine[tiab] OR (delirium[tiab] AND "hip fracture"[tiab])'
# The sample records entered the fictitious PubMed in 2025 and 2026, whatever day it is now.
SINCE: Final = date(2025, 1, 1)

_MARK: Final = (
    "# Made by `litsweep demo`: a local NCBI, and a demonstration model that is often wrong."
)
_EXAMPLE_PMID: Final = 99000001


def demo(
    folder: Annotated[
        Path, typer.Option(help="Where the demo keeps its settings and database.")
    ] = Path("demo"),
) -> None:
    """Sweep a local NCBI with fictitious records: search, fetch, read, check, store, show."""
    folder.mkdir(parents=True, exist_ok=True)
    with sandbox.running([sandbox.sample_data()]) as address:
        say(
            f"[1/4] A local NCBI serves {address.n_records} fictitious records and "
            f"{address.n_reports} full texts at {address.eutils_url}"
        )
        # Settings are read from the working folder, by this command and by the tasks it runs.
        os.chdir(folder)
        _write_settings(address)
        database = open_database(load_settings().database_url, create=True)
        say(f"[2/4] Topic {TOPIC!r}: {QUERY}")
        _add_topic(database)
        say("[3/4] The night: identification, retrieval, reading, checking")
        from litsweep_app.flow_runs import run_nightly

        problem = run_nightly([TOPIC], since=SINCE, until=None, read=True)
    say(f"[4/4] What came of it, stored in {folder / 'litsweep.db'}")
    _show_outcome(database)
    _show_next_steps(folder)
    if problem is not None:
        say(problem)
        raise typer.Exit(Exit.INCOMPLETE)


def _write_settings(address: sandbox.SandboxAddress) -> None:
    path = Path(SETTINGS_FILE)
    if path.exists() and not path.read_text("utf-8").startswith(_MARK):
        raise UsageError(
            f"{path.resolve()} is there and is not the demo's: choose another --folder."
        )
    path.write_text(
        f"{_MARK}\n"
        f'eutils_url = "{address.eutils_url}"\n'
        f'pmc_cloud_url = "{address.pmc_cloud_url}"\n'
        f'europe_pmc_url = "{address.europe_pmc_url}"\n'
        'ncbi_email = "demo@example.org"\n'
        'summary_model = "smollm2-demo"\n'
        'analysis_model = "smollm2-demo"\n',
        encoding="utf-8",
    )


def _add_topic(database: Database) -> None:
    with database.writing() as conn:
        if topics.find_topic(conn, TOPIC) is None:
            topics.add_topic(
                conn, name=TOPIC, query=QUERY, author="litsweep demo", reason="sample data"
            )


def _show_outcome(database: Database) -> None:
    with database.reading() as conn:
        (receipt,) = runs.list_runs(conn, topic=TOPIC, limit=1)
        counts = results.count_topic(conn, TOPIC)
        card = results.get_card(conn, _EXAMPLE_PMID)
    show_receipt(receipt)
    show(
        f"{counts.n_records} records, {counts.n_abstracts_read} abstracts read; "
        f"{counts.n_reports} full texts retrieved, {counts.n_full_texts_read} analysed."
    )
    show("\nOne of them (everything about it is invented):\n")
    show_card(card)


def _show_next_steps(folder: Path) -> None:
    show("\nWhere to look next (`litsweep` is in the environment: . .venv/bin/activate):")
    for command, what in (
        (f"cd {folder}", "its settings and its database"),
        ("litsweep runs", "the receipts"),
        ("litsweep search delirium", "the stored records"),
        (f"litsweep show {_EXAMPLE_PMID}", "one record, machine sentences beside their source"),
        ("litsweep sql 'SELECT name, verdict, count(*) FROM checks GROUP BY 1, 2'", ""),
        ("litsweep sandbox", "start the local NCBI again, to sweep once more"),
    ):
        show(f"  {command:<30} {what}")
