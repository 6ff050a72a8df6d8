"""``litsweep search``: stored records found by their words. Nothing here writes."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final

import typer
from rich.padding import Padding
from rich.text import Text

from db.engine import open_database
from db.search import Order, SearchCount, SearchHit, SearchPage, count
from db.search import search as find
from db.search_filters import UNDECIDED, SearchFilters, Undecided
from litsweep.domain.decisions import Decision
from litsweep.domain.documents import Span
from litsweep.domain.publication_status import PublicationStatus
from litsweep.errors import UsageError
from litsweep.searching.highlights import iter_pieces
from litsweep.settings import load_settings
from litsweep_app.cli.console import out, say, show, show_json
from litsweep_app.cli.days import day_option

# A word such as -rats is no option; neither is -h, since -hip is a word.
CONTEXT: Final = {"ignore_unknown_options": True, "help_option_names": ["--help"]}
_MOST_COUNTED: Final = 10_000

# What a person wrote who knows the language of searches; other arguments with blanks are phrases.
_WRITTEN: Final = re.compile(r'["“”()|]|\b(?:OR|AND|NOT)\b|(?:^|\s)-\w|\s\w+:|\[\w')
_BEFORE: Final = re.compile(r"-?(?:[A-Za-z]+:)?")


class By(StrEnum):
    """Which answers come first."""

    NEWEST = Order.NEWEST.value
    """The latest published."""
    RELEVANCE = Order.RELEVANCE.value
    """Those whose words answer best."""
    MEANING = "meaning"
    """Those nearest in meaning, whatever their words."""
    BOTH = "both"
    """Those that words and meaning together rank highest."""


class Screened(StrEnum):
    """What people have decided on a record."""

    INCLUDE = Decision.INCLUDE.value
    """Somebody includes it."""
    EXCLUDE = Decision.EXCLUDE.value
    """Somebody excludes it."""
    UNSURE = Decision.UNSURE.value
    """Somebody leaves it open."""
    UNDECIDED = UNDECIDED
    """Nobody has decided."""


def search(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="WORDS...",
            help='Words, "phrases", OR, -without, (parentheses), cut*, ti: ab: mesh: kw:',
        ),
    ],
    topic: Annotated[str | None, typer.Option(help="Only this topic's records.")] = None,
    since: Annotated[date | None, day_option("Published on this day or later.")] = None,
    until: Annotated[date | None, day_option("Published on this day or before.")] = None,
    statuses: Annotated[
        list[PublicationStatus] | None, typer.Option("--status", help="May be repeated.")
    ] = None,
    types: Annotated[
        list[str] | None, typer.Option("--type", help="Publication type; may be repeated.")
    ] = None,
    decision: Annotated[Screened | None, typer.Option(help="As somebody decided.")] = None,
    is_flagged: Annotated[
        bool, typer.Option("--flagged", help="Only where a check asks for a look.")
    ] = False,
    by: Annotated[By, typer.Option(help="Which come first.")] = By.NEWEST,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    with_duplicates: Annotated[
        bool, typer.Option("--duplicates", help="Show records marked as duplicates too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Find stored records by the words of title, abstract, MeSH headings and keywords."""
    text = _as_written(words)
    filters = SearchFilters(
        topic=topic,
        since=since,
        until=until,
        statuses=tuple(statuses or ()),
        publication_types=tuple(types or ()),
        decision=_read_decision(decision),
        is_flagged=is_flagged or None,
        with_duplicates=with_duplicates,
    )
    if by in (By.MEANING, By.BOTH):
        if with_duplicates:
            raise UsageError(
                "Duplicates are not compared by meaning: leave --duplicates out, or order by "
                "newest or relevance."
            )
        return _search_by_meaning(text, by, filters, limit, as_json=as_json)
    order = Order(by.value)
    with open_database(load_settings().database_url).reading() as conn:
        page = find(conn, text, filters=filters, order=order, limit=limit)
        n_all = count(conn, text, filters=filters, at_most=_MOST_COUNTED) if page.has_more else None
    _say_how(page, n_all, is_narrowed=filters != SearchFilters(with_duplicates=with_duplicates))
    if as_json:
        return show_json([_as_data(hit) for hit in page.hits])
    for hit in page.hits:
        _show_hit(hit)


def _search_by_meaning(
    text: str, by: By, filters: SearchFilters, limit: int, *, as_json: bool
) -> None:
    # Numpy takes a while to import, which the other orders need not wait for.
    from litsweep_app.cli.similar import show_ranking
    from litsweep_app.meaning import search_by_both, search_by_meaning

    settings = load_settings()
    database = open_database(settings.database_url)
    rank = search_by_both if by is By.BOTH else search_by_meaning
    ranking = rank(settings, database, text, filters=filters, limit=limit)
    show_ranking(database, ranking, as_json=as_json)


def _read_decision(decision: Screened | None) -> Decision | Undecided | None:
    if decision is Screened.UNDECIDED:
        return UNDECIDED
    return Decision(decision.value) if decision else None


def _as_written(words: Sequence[str]) -> str:
    for word in words:
        if re.match(r"--[A-Za-z]", word):
            raise UsageError(f"There is no option {word}; litsweep search --help lists them.")
    return " ".join(map(_quote, words))


def _quote(argument: str) -> str:
    """Give an argument the quotation marks that the shell took away: hip fracture, ti:hip fracture.

    One that holds operators is a search as it is.
    """
    before = _BEFORE.match(argument)
    head = before.group() if before else ""
    rest = argument[len(head) :]
    return f'{head}"{rest}"' if " " in rest.strip() and not _WRITTEN.search(rest) else argument


def _say_how(page: SearchPage, n_all: SearchCount | None, *, is_narrowed: bool) -> None:
    if page.order_reason:
        say(page.order_reason)
    if not page.hits:
        hint = (
            "Try it without the filters."
            if is_narrowed
            else "Try fewer words, OR between them, or a star: asthm*."
        )
        say(f"No stored record answers this search. {hint}")
    elif n_all is not None:
        n_found = f"{n_all.n_records:,}" if n_all.is_exact else f"more than {n_all.n_records:,}"
        which = "newest" if page.order is Order.NEWEST else "best"
        say(f"The {which} {len(page.hits)} of {n_found} records (--limit shows more).")
    else:
        say(f"{len(page.hits)} record{'s' if len(page.hits) > 1 else ''}.")
    if page.n_left_out:
        say(f"{page.n_left_out} duplicates not shown (--duplicates).")


def _as_data(hit: SearchHit) -> dict[str, Any]:
    return asdict(hit.record) | {
        "title_hits": [asdict(span) for span in hit.title_hits],
        "fragment": asdict(hit.fragment),
    }


def _show_hit(hit: SearchHit) -> None:
    record, fragment = hit.record, hit.fragment
    # A record without PMID is shown by its number: litsweep show r123.
    known_as = record.pmid or f"r{record.record_id}"
    show(f"{known_as}  {record.publication_date_text}, {record.journal or '(no journal)'}")
    _show_marked(record.title or "(PubMed gives no title)", hit.title_hits if record.title else ())
    if fragment.hits:
        around = ("… " if fragment.starts_inside else "", " …" if fragment.ends_inside else "")
        _show_marked(fragment.text, fragment.hits, around=around)


def _show_marked(text: str, hits: Iterable[Span], *, around: tuple[str, str] = ("", "")) -> None:
    """Print a line with the hits in bold on a terminal, whole and plain in a pipe."""
    line = Text(around[0])
    for piece, is_hit in iter_pieces(text.replace("\n", " "), hits):
        line.append(piece, style="bold" if is_hit else "")
    line.append(around[1])
    if out.is_terminal:
        out.print(Padding(line, (0, 0, 0, 2)), soft_wrap=False)
    else:
        show(f"  {line.plain}")
