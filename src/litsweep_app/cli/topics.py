"""``litsweep topic``: the questions under surveillance and the versions of their queries."""

import getpass
from typing import Annotated, Any

import typer

from db import topics
from db.engine import open_database
from litsweep.domain.documents import DocumentKind
from litsweep.domain.strategies import SearchStrategy, Topic
from litsweep.errors import QueryRefused, UnknownModel
from litsweep.models.choosing import SETTING
from litsweep.models.registry import get_spec
from litsweep.settings import load_settings
from litsweep.sources.query_guards import suggest_tags, warn_of_spelling
from litsweep.sources.query_language import build_term, find_uncommon_tags
from litsweep_app.cli import holding
from litsweep_app.cli.console import say, show, show_json, show_table
from litsweep_app.cli.rules import rules

app = typer.Typer(help="Add, list, change and retire topics.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the topic.")]
Query = Annotated[str, typer.Option(help="PubMed query, stored exactly as given.")]
Author = Annotated[str | None, typer.Option(help="Who says so; default: your user name.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


@app.command("add")
def add(
    name: Name,
    query: Query,
    author: Author = None,
    reason: Annotated[str, typer.Option(help="Why it is searched so.")] = "first version",
) -> None:
    """Put a question under surveillance."""
    with open_database(load_settings().database_url).writing() as conn:
        topic = topics.add_topic(
            conn, name=name, query=query, author=author or _user(), reason=reason
        )
    say(f"Added topic {topic.name}, version {topic.strategy.version} of its query.")
    _warn_of_faults(query)


@app.command("change")
def change(
    name: Name,
    query: Query,
    reason: Annotated[str, typer.Option(help="Why the query changes (PRISMA-S asks).")],
    author: Author = None,
) -> None:
    """Give a topic a new version of its query; the older ones stay."""
    with open_database(load_settings().database_url).writing() as conn:
        before = topics.get_topic(conn, name).strategy.version
        topic = topics.change_query(
            conn, name, query=query, author=author or _user(), reason=reason
        )
    if topic.strategy.version == before:
        return say(f"{topic.name} has this query already, as version {before}: nothing changed.")
    say(f"{topic.name} is searched with version {topic.strategy.version} from now on.")
    _warn_of_faults(query)


@app.command("list")
def list_(
    as_json: AsJson = False,
    include_retired: Annotated[bool, typer.Option("--all", help="Retired ones too.")] = False,
) -> None:
    """List the topics with the query that is searched now."""
    with open_database(load_settings().database_url).reading() as conn:
        found = topics.list_topics(conn, include_retired=include_retired)
    if as_json:
        return show_json([_topic_json(topic) for topic in found])
    if not found:
        others = "" if include_retired else " (litsweep topic list --all shows retired ones)"
        return say(f"No topics{others}: litsweep topic add NAME --query '…'")
    rows: list[list[Any]] = [
        [one.name, one.strategy.version, one.strategy.query, "retired" if one.retired_at else ""]
        for one in found
    ]
    show_table(["topic", "version", "query", ""], rows)


@app.command("show")
def show_(name: Name, as_json: AsJson = False) -> None:
    """Show a topic with every version of its query."""
    with open_database(load_settings().database_url).reading() as conn:
        topic = topics.get_topic(conn, name)
        versions = topics.list_strategies(conn, name)
    if as_json:
        return show_json(_topic_json(topic) | {"versions": [_version_json(v) for v in versions]})
    state = f"retired {topic.retired_at:%Y-%m-%d}" if topic.retired_at else "active"
    show(f"{topic.name} ({state}, added {topic.created_at:%Y-%m-%d})")
    for version in versions:
        show(f"\nversion {version.version}, {version.created_at:%Y-%m-%d %H:%M} UTC")
        show(f"  by {version.author}: {version.reason}")
        show(f"  {version.query}")


@app.command("retire")
def retire(
    name: Name,
    reason: Annotated[str, typer.Option(help="Why it is retired.")] = "no longer needed",
    author: Author = None,
) -> None:
    """Stop sweeping a topic; everything stored stays."""
    with open_database(load_settings().database_url).writing() as conn:
        retired_at = topics.get_topic(conn, name).retired_at
        topics.retire_topic(conn, name, author=author or _user(), reason=reason)
    if retired_at is not None:
        return say(f"{name} was retired on {retired_at:%Y-%m-%d} already: nothing changed.")
    say(f"{name} is retired: it is swept no more, and all that was stored stays.")


@app.command("models")
def models(
    name: Name,
    summary_model: Annotated[
        str | None,
        typer.Option(help="Reads its abstracts: auto, none, a model's name; default: as set."),
    ] = None,
    analysis_model: Annotated[
        str | None,
        typer.Option(help="Reads its full texts: auto, none, a model's name; default: as set."),
    ] = None,
) -> None:
    """Show or choose which models read a topic's documents, whatever the settings say.

    A record of several topics is read as the oldest of them that has a choice says.
    """
    given = {DocumentKind.ABSTRACT: summary_model, DocumentKind.FULL_TEXT: analysis_model}
    chosen = {kind: _check_model(model) for kind, model in given.items() if model is not None}
    settings = load_settings()
    database = open_database(settings.database_url)
    if chosen:
        with database.writing() as conn:
            found = topics.set_models(conn, name, chosen)
    else:
        with database.reading() as conn:
            found = topics.get_models(conn, name)
    for kind, model in found.items():
        by_settings = f"{getattr(settings, SETTING[kind])}, as the settings say"
        show(f"{kind.replace('_', ' ')}s: {model or by_settings}")
    if chosen:
        say("What was read otherwise is read again by the next `litsweep read`.")


app.command("rules")(rules)
app.command("holds")(holding.holds)
app.command("approve")(holding.approve)
app.command("refuse")(holding.refuse)


def _check_model(name: str) -> str | None:
    if name == "default":
        return None
    if name in ("auto", "none"):
        return name
    spec = get_spec(name, load_settings())
    if not spec.kind.can_write:
        raise UnknownModel(
            f"{spec.name} compares sentences and cannot write. `litsweep models list` shows what "
            "can be chosen."
        )
    return spec.name


def _warn_of_faults(query: str) -> None:
    # Stored all the same: whether a query can be run is PubMed's to say, at the sweep.
    try:
        build_term(query, None)
    except QueryRefused as fault:
        say(f"A sweep will refuse it: {fault} (litsweep topic change)")
    for tag in find_uncommon_tags(query):
        say(
            f"[{tag}] is none of the well-known search fields.{suggest_tags(tag)} The next sweep "
            "asks PubMed, and refuses the query if PubMed does not know it either."
        )
    for warning in warn_of_spelling(query):
        say(warning)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container user without a name
        return "unknown"


def _topic_json(topic: Topic) -> dict[str, Any]:
    return {
        "topic": topic.name,
        "created_at": topic.created_at,
        "retired_at": topic.retired_at,
        **_version_json(topic.strategy),
    }


def _version_json(version: SearchStrategy) -> dict[str, Any]:
    return {
        "version": version.version,
        "query": version.query,
        "query_sha256": version.query_sha256,
        "author": version.author,
        "reason": version.reason,
        "version_created_at": version.created_at,
    }
