"""``litsweep similar`` and ``litsweep embed``: records that are alike in meaning."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from db.engine import Database, open_database
from db.records import get_record
from litsweep.settings import load_settings
from litsweep_app.cli.console import Exit, progress_bars, say, show, show_json
from litsweep_app.cli.names import name_record, read_name

if TYPE_CHECKING:
    from litsweep_app.meaning import Ranking

_N_FAILURES = 10


def similar(
    record: Annotated[str, typer.Argument(help="PMID, or a number such as r123, of a record.")],
    topic: Annotated[str | None, typer.Option(help="Only this topic's records.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """List the stored records most like one, by the meaning of title and abstract.

    Each with its nearness: 1 is the same text, 0 has nothing in common.
    """
    # Numpy takes a while to import, which the other commands need not wait for.
    from litsweep_app.meaning import find_similar

    settings = load_settings()
    database = open_database(settings.database_url)
    with database.reading() as conn:
        one = get_record(conn, **read_name(record))
    ranking = find_similar(settings, database, one.record_id, topic=topic, limit=limit)
    say(f"Like {name_record(one.pmid, one.record_id)}: {one.title}")
    show_ranking(database, ranking, as_json=as_json)


def show_ranking(database: Database, ranking: "Ranking", *, as_json: bool) -> None:
    """Print the records of a ranking with their nearness, and say what was not compared."""
    from db.similar import list_in_order

    with database.reading() as conn:
        found = list_in_order(conn, ranking.record_ids)
    for note in ranking.notes:
        say(note)
    nearness = ranking.nearness
    if as_json:
        return show_json(
            [asdict(each) | {"nearness": nearness.get(each.record_id)} for each in found]
        )
    if not found:
        return say("There is no record to compare with.")
    for each in found:
        known_as = each.pmid or f"r{each.record_id}"
        where = f"{each.publication_date_text}, {each.journal or '(no journal)'}"
        near = nearness.get(each.record_id)  # none where its words alone brought it up
        show(f"{'    ' if near is None else f'{near:.2f}'}  {known_as}  {where}")
        show(f"  {each.title or '(PubMed gives no title)'}")


def embed(
    topic: Annotated[str | None, typer.Option(help="Only this topic's records.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="How many at most, newest first.")
    ] = None,
) -> None:
    """Make the vectors that records are compared by, where they are missing or damaged.

    The nights do this for what they find; a database that is older than this needs it once. It
    may be stopped at any time, and goes on from there.
    """
    settings = load_settings()
    database = open_database(settings.database_url)
    from db.embeddings import count_coverage
    from tasks import progress
    from tasks.embed import embed_abstracts

    with progress_bars() as listener, progress.listening(listener):
        done = embed_abstracts.fn(topic, limit, mend=True)
    for failure in done.failures[:_N_FAILURES]:
        say(f"  {failure}")
    with database.reading() as conn:
        covered = count_coverage(conn, done.encoder, topic=topic)
    say(f"{done.n_made} vectors made by {done.encoder}.")
    say(f"{covered.n_embedded} of {covered.n_documents} records can be compared.")
    if done.failures:
        say(f"{len(done.failures)} texts could not be encoded; the next run tries them again.")
        raise typer.Exit(Exit.INCOMPLETE)
