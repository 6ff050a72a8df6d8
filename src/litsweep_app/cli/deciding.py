"""``litsweep decide`` and ``decisions``: what people decide about records, here or elsewhere."""

import getpass
import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

import typer

from db import decision_imports, screening_progress
from db import decisions as stored
from db.agreement import measure_agreement
from db.engine import open_database
from db.imported_decisions import ImportSource
from db.records import get_record
from litsweep.domain.decision_files import DecisionEntry, DecisionFile, DecisionImport
from litsweep.domain.decisions import Decision, DecisionOrigin, NewDecision, Stage
from litsweep.errors import FileRefused
from litsweep.parsing.decision_files import MAX_BYTES, parse_decision_file
from litsweep.settings import load_settings
from litsweep_app.cli.console import Exit, keep_newest, say, show, show_json, show_table
from litsweep_app.cli.names import (
    describe_agreement,
    describe_decision,
    name_record,
    read_name,
)

app = typer.Typer(
    help="Decisions of people about records: list, count, compare, take over from other tools.",
    no_args_is_help=True,
)


class Said(StrEnum):
    """What a person may say on the command line."""

    INCLUDE = "include"
    """It goes on."""
    EXCLUDE = "exclude"
    """It does not."""
    UNSURE = "unsure"
    """Left open."""
    WITHDRAW = "withdraw"
    """The former decision is taken back."""


class Every(StrEnum):
    """What all entries of a list may be."""

    INCLUDE = "include"
    """A list of what was included."""
    EXCLUDE = "exclude"
    """A list of what was excluded."""


_SHOWN: Final = 20

Record = Annotated[str, typer.Argument(help="PMID, or a number such as r123, of a record.")]
Topic = Annotated[str | None, typer.Option(help="Only of this topic.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Only the newest N.")]
AtStage = Annotated[Stage, typer.Option(help="On title and abstract, or on the full text.")]
OnlyStage = Annotated[Stage | None, typer.Option(help="Only at this stage.")]


def decide(
    record: Record,
    decision: Annotated[Said, typer.Argument(help="What you say of it.")],
    topic: Annotated[str, typer.Option(help="The topic that you screen.")],
    by: Annotated[str, typer.Option(help="Who decides.")],
    stage: AtStage = Stage.TITLE_ABSTRACT,
    reason: Annotated[str | None, typer.Option(help="Why it is excluded.")] = None,
    note: Annotated[str | None, typer.Option(help="A remark.")] = None,
    label: Annotated[list[str] | None, typer.Option(help="A label; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Decide about a record; your former decision is replaced, and stays in the history."""
    said = Decision.WITHDRAWN if decision is Said.WITHDRAW else Decision(decision.value)
    with open_database(load_settings().database_url).writing() as conn:
        number = get_record(conn, **read_name(record)).record_id
        new = NewDecision(
            record_id=number,
            stage=stage,
            decision=said,
            reviewer=by,
            decided_at=datetime.now(UTC),
            exclusion_reason=reason,
            note=note,
            labels=tuple(label or ()),
        )
        decision_id = stored.add_decision(
            conn,
            topic,
            new,
            origin=DecisionOrigin.COMMAND_LINE,
            tool_version=f"litsweep {version('litsweep')}",
        )
        done = stored.get_decision(conn, decision_id)
    if as_json:
        return show_json(asdict(done))
    show(f"{record}, {describe_decision(done)} (decision {decision_id})")


@app.command("list")
def list_(
    record: Annotated[str | None, typer.Argument(help="Only about this PMID, or r123.")] = None,
    topic: Topic = None,
    stage: OnlyStage = None,
    by: Annotated[str | None, typer.Option(help="Only this person's.")] = None,
    with_former: Annotated[
        bool, typer.Option("--all", help="Those replaced or withdrawn too.")
    ] = False,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """List decisions, the oldest first."""
    with open_database(load_settings().database_url).reading() as conn:
        number = get_record(conn, **read_name(record)).record_id if record else None
        found = stored.list_decisions(
            conn,
            topic=topic,
            record_id=number,
            stage=stage,
            reviewer=by,
            standing_only=not with_former,
            limit=None if limit is None else limit + 1,
        )
        found = keep_newest(found, limit)
        names = stored.list_names(conn, [one.record_id for one in found])
    if as_json:
        return show_json([{"pmid": names[one.record_id], **asdict(one)} for one in found])
    if not found:
        return say("No decision: litsweep decide PMID include --topic TOPIC --by NAME")
    for one in found:
        former = "" if one.is_standing else ", replaced"
        named = name_record(names[one.record_id], one.record_id)
        told = describe_decision(one, with_topic=topic is None)
        show(f"{one.screening_decision_id}: {named}, {told}{former}")


@app.command("undo")
def undo(
    decision: Annotated[int, typer.Argument(help="Number of the decision, from the list.")],
    by: Annotated[str, typer.Option(help="Whose it is: only that person can undo it.")],
) -> None:
    """Take back a decision: what stood before it stands again. The newest first, to any depth."""
    with open_database(load_settings().database_url).writing() as conn:
        number = stored.undo_decision(
            conn,
            decision,
            by=by,
            origin=DecisionOrigin.COMMAND_LINE,
            tool_version=f"litsweep {version('litsweep')}",
            now=datetime.now(UTC),
        )
        done = stored.get_decision(conn, number)
    show(f"Decision {decision} is taken back; now {describe_decision(done)} (decision {number})")


@app.command("conflicts")
def conflicts(topic: Topic = None, stage: OnlyStage = None, as_json: AsJson = False) -> None:
    """List the records that one person includes and another excludes."""
    with open_database(load_settings().database_url).reading() as conn:
        found = screening_progress.list_conflicts(conn, topic=topic, stage=stage)
    if as_json:
        return show_json([asdict(one) for one in found])
    if not found:
        return say("Nobody excludes what another includes.")
    for one in found:
        show(f"{name_record(one.pmid, one.record_id)}  {one.title or '(no title)'}")
        for decision in one.decisions:
            show(f"  {describe_decision(decision, with_topic=topic is None)}")


@app.command("progress")
def progress(
    topic: Annotated[str, typer.Argument(help="The topic that is screened.")],
    as_json: AsJson = False,
) -> None:
    """Count how far the screening of a topic has come, at each stage and for each person."""
    with open_database(load_settings().database_url).reading() as conn:
        found = screening_progress.count_decisions(conn, topic)
    if as_json:
        return show_json([asdict(one) for one in found])
    for one in found:
        partly = f"{one.n_partly} decided by some + " if one.n_partly else ""
        show(
            f"{one.stage.replace('_', ' ')}: {one.n_records} records = {one.n_included} included + "
            f"{one.n_excluded} excluded + {one.n_conflicts} in conflict + {partly}"
            f"{one.n_unsure} unsure + {one.n_waiting} waiting"
        )
        rows = [list(asdict(person).values()) for person in one.reviewers]
        if rows:
            show_table(["reviewer", "included", "excluded", "unsure", "waiting"], rows)


@app.command("agreement")
def agreement(
    topic: Annotated[str, typer.Argument(help="The topic that is screened.")],
    stage: AtStage = Stage.TITLE_ABSTRACT,
    as_json: AsJson = False,
) -> None:
    """Show how far each two people agree: share of agreement, Cohen's kappa with its 95 % interval.

    What each had said when both had decided for the first time counts, not who gave way later.
    """
    with open_database(load_settings().database_url).reading() as conn:
        found = measure_agreement(conn, topic, stage)
    if as_json:
        return show_json([asdict(one) for one in found])
    if not found:
        return say("No two people have decided about the same record.")
    for one in found:
        for line in describe_agreement(one):
            show(line)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, TSV or RIS of ASReview, Rayyan, or any.")],
    topic: Annotated[str, typer.Option(help="The topic that was screened.")],
    stage: AtStage = Stage.TITLE_ABSTRACT,
    by: Annotated[
        str | None, typer.Option(help="Whose decisions they are where the file does not say it.")
    ] = None,
    every: Annotated[
        Every | None,
        typer.Option("--all", help="What was decided of every entry, if the file is such a list."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take over decisions that were made with another tool, each with its author.

    Records are found by PMID, else DOI, else title and year. A later decision of the same
    person is never replaced; the same file again adds nothing.
    Ends with 1 when something was not taken over; the receipt says what, and why.
    """
    data = _read(file)
    read = parse_decision_file(data, every=Decision(every.value) if every else None)
    source = ImportSource(
        name=file.name,
        sha256=hashlib.sha256(data).hexdigest(),
        stage=stage,
        by=by,
        imported_by=by or _user(),
    )
    with open_database(load_settings().database_url).writing() as conn:
        receipt = decision_imports.import_decisions(
            conn,
            topic,
            read,
            source,
            tool_version=f"litsweep {version('litsweep')}",
            now=datetime.now(UTC),
        )
    _say_remarks(read)
    _show_receipts([receipt], as_json=as_json)
    if receipt.unmatched:
        raise typer.Exit(Exit.INCOMPLETE)


@app.command("imports")
def imports(topic: Topic = None, as_json: AsJson = False) -> None:
    """List the files that were imported, newest first, each with its receipt."""
    with open_database(load_settings().database_url).reading() as conn:
        found = decision_imports.list_decision_imports(conn, topic=topic)
    if not found and not as_json:
        return say("No file of decisions was imported: litsweep decisions import FILE")
    _show_receipts(found, as_json=as_json)


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise FileRefused(f"{file} is too large: at most {MAX_BYTES >> 20} MiB are read.")
        return file.read_bytes()
    except OSError as error:
        raise FileRefused(f"{file} cannot be read: {error.strerror or error}.") from error


def _say_remarks(read: DecisionFile) -> None:
    for remark in read.remarks:
        say(remark)
    told = [one for one in read.entries if isinstance(one, DecisionEntry) and one.remark]
    for one in told[:_SHOWN]:
        say(f"{one.place}: {one.remark}.")
    if len(told) > _SHOWN:
        say(f"… and {len(told) - _SHOWN} more such entries.")


def _show_receipts(receipts: Sequence[DecisionImport], *, as_json: bool) -> None:
    if as_json:
        return show_json([asdict(one) for one in receipts])
    for one in receipts:
        show(
            f"{one.name} ({one.tool}) for {one.topic}, {one.stage.replace('_', ' ')}, "
            f"{one.imported_at:%Y-%m-%d %H:%M} UTC by {one.imported_by}"
        )
        show(
            f"  {one.n_entries} decisions or entries without one = {one.n_added} added + "
            f"{one.n_unchanged} here already + {one.n_undecided} undecided + "
            f"{len(one.unmatched)} not taken over"
        )
        for lost in one.unmatched[:_SHOWN]:
            who = f", {lost.reviewer}" if lost.reviewer else ""
            show(f"  ! {lost.entry}{who}: {lost.reason} {lost.title}".rstrip())
        if len(one.unmatched) > _SHOWN:
            show(f"  ! … and {len(one.unmatched) - _SHOWN} more (--json shows all)")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container user without a name
        return "unknown"
