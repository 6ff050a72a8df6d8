"""``litsweep duplicates``: what was marked as a duplicate, why, and taking that back."""

from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated, Final

import typer

from db import duplicates as marks
from db.duplicate_findings import DuplicateFinding, list_duplicates, list_numbers
from db.engine import open_database
from db.records import get_record
from litsweep.domain.identifiers import parse_pmid
from litsweep.domain.publication_status import PublicationStatus
from litsweep.settings import load_settings
from litsweep_app.cli.console import say, show, show_json
from litsweep_app.cli.names import name_record

app = typer.Typer(
    help="Look over what was marked as a duplicate; nothing is ever deleted.",
    no_args_is_help=True,
)

_HELP: Final = "PMID, or for a record without one its number, such as r17."
By = Annotated[str, typer.Option(help="Who says so.")]
Reason = Annotated[str, typer.Option(help="Why.")]


@app.command("list")
def list_(
    topic: Annotated[str | None, typer.Option(help="Only this topic's records.")] = None,
    with_undone: Annotated[
        bool, typer.Option("--all", help="Those taken back too, with the reason.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """List the records that are marked as duplicates, each with the kept one and the reason."""
    with open_database(load_settings().database_url).reading() as conn:
        found = list_duplicates(conn, topic=topic, include_undone=with_undone)
    if as_json:
        return show_json([asdict(one) for one in found])
    if not found:
        return say("No record is marked as a duplicate.")
    for one in found:
        _show(one)


@app.command("undo")
def undo(
    record: Annotated[str, typer.Argument(help=f"The duplicate: {_HELP}")],
    by: By,
    reason: Reason,
) -> None:
    """Take back that a record is a duplicate; the same pair is not marked again by itself."""
    with open_database(load_settings().database_url).writing() as conn:
        number = get_record(conn, **_read(record)).record_id
        marks.undo_duplicate(conn, number, by=by, reason=reason, now=datetime.now(UTC))
    say(f"{record} counts as a record of its own again.")


@app.command("mark")
def mark(
    record: Annotated[str, typer.Argument(help=f"The duplicate: {_HELP}")],
    of: Annotated[str, typer.Option(help=f"The record to keep: {_HELP}")],
    by: By,
    reason: Reason,
) -> None:
    """Mark a record as a duplicate of another, which is kept in its place."""
    with open_database(load_settings().database_url).writing() as conn:
        marks.mark_by_person(
            conn,
            get_record(conn, **_read(record)).record_id,
            get_record(conn, **_read(of)).record_id,
            by=by,
            reason=reason,
            now=datetime.now(UTC),
        )
    say(f"{record} is marked as a duplicate of {of}; litsweep duplicates undo takes it back.")


@app.command("find")
def find() -> None:
    """Look for duplicates among all stored records; new ones are looked at as they come."""
    with open_database(load_settings().database_url).writing() as conn:
        n_marked = marks.mark_duplicates(
            conn,
            list_numbers(conn),
            found_by=f"litsweep {version('litsweep')}",
            now=datetime.now(UTC),
        )
    say(f"{n_marked} duplicates marked: litsweep duplicates list")


def _read(reference: str) -> dict[str, int]:
    """Return by what a record is asked for: its number, such as r17, or its PMID."""
    if reference[:1] == "r" and reference[1:].isdecimal():
        return {"record_id": int(reference[1:])}
    return {"pmid": parse_pmid(reference)}


def _show(one: DuplicateFinding) -> None:
    duplicate = name_record(one.pmid, one.record_id)
    show(f"{duplicate} is a duplicate of {name_record(one.kept_pmid, one.kept_id)}")
    show(f"  {one.title}")
    if one.kept_title != one.title:
        show(f"  {one.kept_title} (kept)")
    show(f"  {one.rule}: {one.reason} ({one.found_by}, {one.found_at:%Y-%m-%d})")
    if one.undone_at is not None:
        show(f"  taken back by {one.undone_by}, {one.undone_at:%Y-%m-%d}: {one.undone_reason}")
    elif one.kept_status is not PublicationStatus.AS_PUBLISHED:
        show(f"  ! the kept record is {one.kept_status.value.replace('_', ' ')}")
