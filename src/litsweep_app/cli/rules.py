"""``litsweep topic rules``: how a topic is screened, shown and changed."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from db import screening_protocols as stored
from db.engine import open_database
from litsweep.domain.screening import ScreeningProtocol, ScreeningRules
from litsweep.errors import UsageError
from litsweep.settings import load_settings
from litsweep_app.cli.console import say, show, show_json

Words = list[str] | None


def rules(
    name: Annotated[str, typer.Argument(help="Name of the topic.")],
    reviewers: Annotated[
        int | None, typer.Option(help="How many people decide about each record, 1 to 9.")
    ] = None,
    blinded: Annotated[
        bool | None, typer.Option(help="Whether nobody sees another's decision before that.")
    ] = None,
    judge_first: Annotated[
        bool | None, typer.Option(help="Whether machine text is shown after the decision only.")
    ] = None,
    reason_to_exclude: Annotated[
        Words, typer.Option(help="A reason to choose from, in place of those before; repeat it.")
    ] = None,
    label: Annotated[
        Words, typer.Option(help="A label to choose from, in place of those before; repeat it.")
    ] = None,
    highlight: Annotated[
        Words, typer.Option(help="A term to mark in texts, in place of those before; repeat it.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who changes it.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why it is changed.")] = None,
    history: Annotated[bool, typer.Option(help="Every version, the newest first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Show how a topic is screened, or make a new version of it; the older ones stay.

    What is not given stays as it is. A list is emptied by giving it once, empty: --label "".
    """
    changes = {
        "n_reviewers": reviewers,
        "is_blinded": blinded,
        "is_judge_first": judge_first,
        "exclusion_reasons": _words(reason_to_exclude),
        "labels": _words(label),
        "highlighted_terms": _words(highlight),
    }
    given = {field: value for field, value in changes.items() if value is not None}
    database = open_database(load_settings().database_url)
    if given:
        if not by or not reason:
            raise UsageError("Who changes the rules, and why? Say it with --by and --reason.")
        with database.writing() as conn:
            former = stored.get_protocol(conn, name)
            wanted = replace(former.rules, **given)  # type: ignore[arg-type]
            found = [
                stored.set_protocol(
                    conn, name, wanted, author=by, reason=reason, now=datetime.now(UTC)
                )
            ]
        if found[0].version == former.version:
            say(f"{name} is screened so already: nothing changed.")
    else:
        with database.reading() as conn:
            found = [stored.get_protocol(conn, name)]
            if history:
                found = stored.list_protocols(conn, name) or found
    if as_json:
        return show_json([asdict(one) for one in found])
    for one in found:
        _show(one)


def _words(given: Words) -> tuple[str, ...] | None:
    if given is None:
        return None
    return () if given == [""] else tuple(given)


def _show(one: ScreeningProtocol) -> None:
    origin = "by default" if one.author is None else f"by {one.author}: {one.reason}"
    since = "" if one.created_at is None else f", {one.created_at:%Y-%m-%d %H:%M} UTC"
    show(f"{one.topic}, version {one.version} of its rules{since}, {origin}")
    for line in _describe(one.rules):
        show(f"  {line}")


def _describe(found: ScreeningRules) -> list[str]:
    n = found.n_reviewers
    people = "one person decides" if n == 1 else f"{n} people decide"
    blinded = "nobody sees another's decision before that" if found.is_blinded else "not blinded"
    first = "after the decision" if found.is_judge_first else "at once"
    return [
        f"{people} about each record; {blinded}",
        f"machine text is shown {first}",
        f"reasons to exclude: {'; '.join(found.exclusion_reasons) or 'any words'}",
        f"labels: {'; '.join(found.labels) or 'any words'}",
        f"marked in texts: {'; '.join(found.highlighted_terms) or 'the words of the query'}",
    ]
