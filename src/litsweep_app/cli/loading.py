"""``litsweep load`` and ``loads``: records from files instead of a search, and their receipts."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from db import loads as stored
from db import topics
from db.engine import open_database
from litsweep.domain.loads import LoadFile, LoadStatus
from litsweep.errors import FileRefused
from litsweep.parsing.file_formats import HEAD_BYTES, detect_format
from litsweep.settings import Settings, load_settings
from litsweep.sources.record_files import RecordFile, find_md5, list_files, read_head
from litsweep_app.cli.console import Exit, say, show, show_json

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


def load(
    files: Annotated[list[str], typer.Argument(help="Files, folders or quoted wild cards.")],
    topic: Annotated[str | None, typer.Option(help="The topic that the records are for.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also what was loaded before.")] = False,
) -> None:
    """Load NLM's baseline and update files, PubMed XML, NBIB, or RIS exports of other tools.

    What a file is, is told by its content; .gz is unpacked, an .md5 file beside it is checked.
    A load that was stopped goes on where it was when the same file is loaded again.
    Ends with 1 when a file was not loaded to its end, or an entry could not be read.
    """
    settings = load_settings()
    # Opened for writing: a database that cannot be written is found out before anything is read.
    with open_database(settings.database_url).writing() as conn:
        if topic is not None:
            topics.get_topic(conn, topic)
    found = list_files(files)
    _say_what_is_odd(settings, found)
    begun = datetime.now(UTC)
    from litsweep_app.flow_runs import run_load

    paths = [str(Path(one).expanduser().absolute()) for one in files]
    numbers, problem = run_load(paths, topic=topic, again=again)
    done = _list_made(settings, numbers)
    for one in done:
        _show_made(one, begun)
    if problem is not None:
        say(problem)
    if problem is not None or any(one.n_failed for one in done):
        raise typer.Exit(Exit.INCOMPLETE)


def loads(
    topic: Annotated[str | None, typer.Option(help="Only what was loaded for this one.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the newest N.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the loads of files, newest first: what each brought, and how it ended."""
    with open_database(load_settings().database_url).reading() as conn:
        found = stored.list_loads(conn, topic=topic, limit=limit)
    if as_json:
        return show_json([_load_json(one) for one in found])
    if not found:
        return say("No file was loaded yet: litsweep load FILES")
    for one in found:
        show(f"load {one.load_file_id}, {one.started_at:%Y-%m-%d %H:%M} UTC")
        _show_receipt(one)


def _say_what_is_odd(settings: Settings, files: list[RecordFile]) -> None:
    for file in files:
        if not file.is_named and detect_format(read_head(file.path, HEAD_BYTES)) is None:
            say(f"{file.path.name} is left out: it is neither PubMed XML nor NBIB nor RIS.")
        if file.number is not None and not _has_md5(file):
            say(f"{file.path.name} has no .md5 file beside it: its transfer is not checked.")
    for year in sorted({file.year for file in files if file.year is not None}):
        given = {f.number for f in files if f.year == year and f.number is not None}
        with open_database(settings.database_url).reading() as conn:
            known = given | stored.list_loaded_numbers(conn, year)
        for number in sorted(given):
            below = max((one for one in known if one < number), default=number - 1)
            if below < number - 1:
                say(_describe_gap(year, below + 1, number - 1))


def _has_md5(file: RecordFile) -> bool:
    try:
        return find_md5(file.path) is not None
    except FileRefused:
        return True  # the load itself refuses it, and says why


def _describe_gap(year: int, first: int, last: int) -> str:
    named = f"pubmed{year:02}n{first:04}" + (f" to {last:04}" if last > first else "")
    return (
        f"Warning: {named} was never loaded, but files before and after it were or are now. "
        "Load it too, in any order: what is older never replaces what is newer."
    )


def _list_made(settings: Settings, numbers: list[int]) -> list[LoadFile]:
    with open_database(settings.database_url).reading() as conn:
        found = {one.load_file_id: one for one in stored.list_loads(conn, load_file_ids=numbers)}
    return [found[number] for number in dict.fromkeys(numbers)]


def _show_made(load: LoadFile, begun: datetime) -> None:
    if load.finished_at is not None and load.finished_at < begun:
        return show(
            f"{load.name}: loaded already on {load.finished_at:%Y-%m-%d} (load "
            f"{load.load_file_id}); skipped (--again loads it anew)"
        )
    _show_receipt(load, with_error=False)


def _show_receipt(load: LoadFile, *, with_error: bool = True) -> None:
    """Print a receipt in words, so that it can be seen to add up."""
    target = f" for {load.topic}" if load.topic else ""
    show(f"{load.name}{target}: {load.status.value}")
    show(
        f"  {load.n_done} entries = {load.n_new} new + {load.n_changed} changed + "
        f"{load.n_unchanged} unchanged + {load.n_failed} unreadable"
    )
    if load.n_deleted:
        show(f"  {load.n_deleted} deleted by PubMed (its notices of deletion)")
    if load.status is LoadStatus.LOADING:
        show("  ! It is going on, or was killed: load the same file again to go on with it.")
    if load.error and with_error:
        show(f"  ! {load.error}")


def _load_json(load: LoadFile) -> dict[str, Any]:
    return {
        "load_file_id": load.load_file_id,
        "topic": load.topic,
        "name": load.name,
        "file_format": load.file_format.value,
        "file_number": load.file_number,
        "sha256": load.sha256,
        "status": load.status.value,
        "entries": load.n_done,
        "new": load.n_new,
        "changed": load.n_changed,
        "unchanged": load.n_unchanged,
        "failed": load.n_failed,
        "deleted": load.n_deleted,
        "error": load.error,
        "started_at": load.started_at,
        "finished_at": load.finished_at,
    }
