"""``litsweep demo``: a whole night on a local NCBI with fictitious records, and its outcome."""

import os
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer

from db import outcomes, results, runs, topics
from db.engine import Database, open_database
from litsweep.errors import UsageError
from litsweep.models.loading import is_available
from litsweep.models.registry import get_spec
from litsweep.settings import SETTINGS_FILE, Settings, load_settings
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
_DATABASE_FILE: Final = "litsweep.db"
_MODEL: Final = "smollm2-demo"
_EXAMPLE_PMID: Final = 99000001


def demo(
    folder: Annotated[
        Path, typer.Option(help="Where the demo keeps its settings and database.")
    ] = Path("demo"),
) -> None:
    """Sweep a local NCBI with fictitious records: search, fetch, read, check, store, show."""
    _prepare(folder)
    activation = _activation()
    with sandbox.running([sandbox.sample_data()]) as address:
        say(
            f"[1/4] A local NCBI serves {address.n_records} fictitious records and "
            f"{address.n_reports} full texts at {address.eutils_url}"
        )
        # Settings are read from the working folder, by this command and by the tasks it runs.
        os.chdir(folder)
        database = _open(address)
        say(f"[2/4] The topic under surveillance is {TOPIC!r}: {QUERY}")
        _add_topic(database)
        say(
            "[3/4] The night: PubMed is searched, what it found is fetched, full texts are sought, "
            "and everything is read on this machine's processor (a minute or two). What a model "
            "writes is checked against the source and stored."
        )
        # Prefect takes seconds to import: only the commands that run a flow pay for it.
        from litsweep_app.flow_runs import run_nightly

        problem = run_nightly([TOPIC], since=SINCE, until=None, read=True)
    say(f"[4/4] What came of it, stored in {folder / _DATABASE_FILE}\n")
    _show_outcome(database)
    _show_next_steps(folder, activation, address.port)
    if problem is not None:
        say(problem)
        raise typer.Exit(Exit.INCOMPLETE)


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_ours = _is_ours(folder / SETTINGS_FILE)
    except OSError as error:
        raise UsageError(
            f"The demo cannot use the folder {folder} ({error.strerror}): choose another --folder."
        ) from error
    if not is_ours and any((folder / name).exists() for name in (SETTINGS_FILE, _DATABASE_FILE)):
        raise UsageError(
            f"{folder.absolute()} holds a litsweep that is not the demo's: choose another --folder."
        )


def _is_ours(path: Path) -> bool:
    return path.is_file() and path.read_bytes().startswith(_MARK.encode())


def _open(address: sandbox.SandboxAddress) -> Database:
    own = {
        "database_url": f"sqlite:///{_DATABASE_FILE}",
        "eutils_url": address.eutils_url,
        "pmc_cloud_url": address.pmc_cloud_url,
        "europe_pmc_url": address.europe_pmc_url,
    }
    settings = _set_up(own, model=_MODEL)
    found = is_available(get_spec(_MODEL), settings)
    if not found.is_available:
        say(f"The demonstration model is left out: {found.reason}")
        settings = _set_up(own, model="none")
    # An address or a database of the environment's is somebody's real one.
    foreign = [name for name, value in own.items() if getattr(settings, name) != value]
    if foreign:
        raise UsageError(
            f"The environment sets {', '.join(foreign)}, and the demo must have its own: unset "
            "the LITSWEEP_… variables for it."
        )
    return open_database(settings.database_url, create=True)


def _set_up(own: dict[str, str], *, model: str) -> Settings:
    others = {"ncbi_email": "demo@example.org", "summary_model": model, "analysis_model": model}
    lines = [_MARK, *(f'{name} = "{value}"' for name, value in (own | others).items())]
    try:
        Path(SETTINGS_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"The demo cannot write into its folder ({error.strerror}): choose another --folder."
        ) from error
    return load_settings()


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
        outcome = outcomes.find_outcome(conn, TOPIC)
        card = results.get_card(conn, _EXAMPLE_PMID)
    show_receipt(receipt)
    _show_counts(counts, outcome)
    show("\nOne of the records (everything about it is invented):\n")
    show_card(card)


def _show_counts(counts: results.TopicCounts, outcome: outcomes.TopicOutcome) -> None:
    n_sought = counts.n_reports + len(outcome.not_retrieved)
    show(f"{counts.n_records} records stored; {n_sought} of them have a full text in PMC:")
    show(f"  {counts.n_reports} retrieved, {len(outcome.not_retrieved)} not")
    for pmcid, reason in outcome.not_retrieved:
        show(f"    {pmcid}: {reason}")
    n_empty = counts.n_abstracts_read - outcome.n_extracted
    show(f"{outcome.n_extracted} abstracts summarised; {n_empty} records have none:")
    show(f"  {outcome.n_extracted} summaries made of sentences of the source")
    show(
        f"  {outcome.n_generated} summaries written by the demonstration model, "
        f"{outcome.n_generated_flagged} of them flagged by a check"
    )
    flags = ", ".join(f"{name} {number}" for name, number in outcome.flags)
    show(f"    {flags or 'no flags'}")
    show(f"{counts.n_full_texts_read} full texts analysed:")
    show(f"  {outcome.n_found} data items found and quoted, {outcome.n_not_found} not found")
    show(
        f"  {outcome.n_worded} of those found are put in words by the model, "
        f"{outcome.n_worded_flagged} of these flagged by a check"
    )


def _activation() -> str | None:
    """Return the command that brings ``litsweep`` into the shell, or None where it is there."""
    script = Path(sys.prefix) / "bin" / "activate"
    if shutil.which("litsweep") or not script.is_file():
        return None
    here = Path.cwd()
    return f". {script.relative_to(here) if script.is_relative_to(here) else script}"


def _show_next_steps(folder: Path, activation: str | None, port: int) -> None:
    show("\nWhere to look next:")
    if activation is not None:
        show(f"  {activation}")
    for command, what in (
        (f"cd {folder}", "its settings and its database"),
        ("litsweep desk", "the review desk: open the address that it prints"),
        ("litsweep runs", "the receipts"),
        ("litsweep search delirium", "the stored records"),
        (f"litsweep show {_EXAMPLE_PMID}", "one record, machine text beside its source"),
        ("litsweep sql 'SELECT name, verdict, count(*) FROM checks GROUP BY 1, 2'", ""),
    ):
        show(f"  {command:<30} {what}".rstrip())
    show("\nThe local NCBI has ended. To sweep it again, start it in one terminal")
    show(f"  litsweep sandbox --port {port}")
    show(f"and, in {folder}, sweep from another:")
    show(f"  litsweep sweep --since {SINCE}")
