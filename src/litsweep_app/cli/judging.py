"""``litsweep judgements``: what people found right or wrong of what machines wrote."""

from dataclasses import asdict
from typing import Annotated

import typer

from db.engine import open_database
from db.judgement_lists import AskedJudgements, JudgedKind, ListedJudgement, list_judgements
from litsweep.settings import load_settings
from litsweep_app.cli.console import keep_newest, say, show, show_json
from litsweep_app.cli.names import name_record

app = typer.Typer(
    help="Judgements of people about machine sentences and data items.", no_args_is_help=True
)


@app.callback()
def _group() -> None:
    """Keep ``list`` a command of a group, which a group of one would not be."""


@app.command("list")
def list_(
    topic: Annotated[str | None, typer.Option(help="Only of this topic's records.")] = None,
    kind: Annotated[JudgedKind | None, typer.Option(help="Only of sentences, or findings.")] = None,
    by: Annotated[str | None, typer.Option(help="Only this person's.")] = None,
    model: Annotated[
        str | None, typer.Option(help="Only of what this model wrote, or chose: its whole name.")
    ] = None,
    with_former: Annotated[
        bool, typer.Option("--all", help="Those replaced or withdrawn too.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the newest N.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """List judgements, the oldest first, each with what was judged and which model made it."""
    asked = AskedJudgements(
        kind=kind, topic=topic, reviewer=by, model=model, with_former=with_former
    )
    with open_database(load_settings().database_url).reading() as conn:
        found = list_judgements(conn, asked, limit=None if limit is None else limit + 1)
    found = keep_newest(found, limit)
    if as_json:
        return show_json([asdict(one) for one in found])
    if not found:
        return say("No judgement: people judge on a record's card at the desk (litsweep desk).")
    for one in found:
        _show(one)


def _show(one: ListedJudgement) -> None:
    fault = f" ({one.fault.replace('_', ' ')})" if one.fault else ""
    former = "" if one.is_standing else ", replaced"
    drawn = ", drawn by chance" if one.is_audit else ""
    show(
        f"{one.kind} {one.judgement_id}: {name_record(one.pmid, one.record_id)}, {one.task}: "
        f"{one.judgement}{fault}, {one.reviewer}, {one.judged_at:%Y-%m-%d}{drawn}{former}"
    )
    if one.text:
        show(f"  {one.model_id or 'rules'}: {one.text}")
    if one.corrected_state is not None:
        said = one.corrected_value or one.corrected_quote or one.corrected_state.replace("_", " ")
        show(f"  corrected: {said}")
    if one.note:
        show(f"  note: {one.note}")
