"""``litsweep route``: which model would read a record's texts now, and why. Nothing is read."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from db import results
from db.current_documents import CurrentDocument, find_current_documents
from db.engine import open_database
from db.results import RecordCard
from litsweep.domain.documents import DocumentKind
from litsweep.domain.models import ModelChoice
from litsweep.domain.readings import Route
from litsweep.errors import ModelNotAvailable, UnknownModel
from litsweep.models.choosing import SETTING, choose_model
from litsweep.models.hardware import find_hardware
from litsweep.models.token_counting import open_counter
from litsweep.reading.lengths import measure_length
from litsweep.reading.options import ReadingOptions
from litsweep.routing import is_english, route
from litsweep.settings import Settings, load_settings
from litsweep_app.cli.console import show, show_json
from litsweep_app.cli.names import name_record, read_name

_NAMES = {DocumentKind.ABSTRACT: "abstract", DocumentKind.FULL_TEXT: "full text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Explained:
    """A route with the facts that led to it; ``problem`` instead where settings are wrong."""

    kind: DocumentKind
    route: Route | None
    facts: dict[str, str]


def route_record(
    pmid: Annotated[str, typer.Argument(help="PMID, or a number such as r123, of a record.")],
    explain: Annotated[
        bool, typer.Option("--explain", help="Show every fact that counts, lengths included.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Say which model would read a record's abstract and full text now, and why."""
    settings = load_settings()
    with open_database(settings.database_url).reading() as conn:
        card = results.get_card(conn, **read_name(pmid))
        current = find_current_documents(conn, card.record.record_id)
    explained = [
        _explain(kind, current.get(kind), card, settings, is_whole=explain or as_json)
        for kind in DocumentKind
    ]
    if as_json:
        return show_json([_as_json(one) for one in explained])
    show(f"{name_record(card.record.pmid, card.record.record_id)}  {card.record.title}")
    for one in explained:
        _show(one, is_whole=explain)


def _explain(
    kind: DocumentKind,
    current: CurrentDocument | None,
    card: RecordCard,
    settings: Settings,
    *,
    is_whole: bool,
) -> _Explained:
    if current is None:
        return _Explained(kind=kind, route=None, facts={"text": _absence(kind, card)})
    facts = _document_facts(current, settings)
    try:
        choice = choose_model(kind, settings, topic_choice=current.own_choice)
    except (ModelNotAvailable, UnknownModel) as error:
        return _Explained(kind=kind, route=None, facts={"problem": str(error), **facts})
    n_tokens, n_windows = _lengths(current, choice, settings) if is_whole else (None, None)
    chosen = route(current.document, choice, n_tokens=n_tokens, n_windows=n_windows)
    return _Explained(kind=kind, route=chosen, facts={"model": choice.reason, **facts})


def _lengths(
    current: CurrentDocument, choice: ModelChoice, settings: Settings
) -> tuple[int | None, int | None]:
    """Return the document's length in tokens and windows, where the chosen model can tell."""
    count = open_counter(choice.model, settings) if choice.model else None
    if choice.model is None or count is None:
        return None, None
    options = ReadingOptions(
        choice=choice,
        max_new_tokens=settings.max_new_tokens,
        window_overlap=settings.window_overlap,
        max_windows=settings.max_windows,
    )
    return measure_length(current.document, choice.model, count, options)


def _document_facts(current: CurrentDocument, settings: Settings) -> dict[str, str]:
    document = current.document
    hardware = find_hardware(settings.device)
    return {
        "setting": f"{SETTING[document.kind]} = {getattr(settings, SETTING[document.kind])}",
        "topic": current.own_choice or "no choice of its own",
        "hardware": f"{hardware.name}, {hardware.memory_bytes / 1e9:.1f} GB free",
        "language": f"{document.language or 'not given'}; "
        f"{'English' if is_english(document) else 'not English'} by its words",
        "article type": document.article_type or "not given, or nothing special",
        "length": f"{len(document.text):,} characters",
    }


def _absence(kind: DocumentKind, card: RecordCard) -> str:
    if kind is DocumentKind.ABSTRACT:
        return "none is stored"
    if card.record.pmcid is None:
        return "not in PMC, so none is sought"
    if card.retrieval is None:
        return f"{card.record.pmcid} was not sought yet"
    return f"not retrieved: {card.retrieval.reason}"


def _show(one: _Explained, *, is_whole: bool) -> None:
    name = _NAMES[one.kind]
    if one.route is None:
        return show(f"\n{name}: {next(iter(one.facts.values()))}")
    read = "read without a model" if one.route.is_readable else "not read"
    show(f"\n{name}: {one.route.model_name or read}")
    show(f"  {one.route.reason}")
    if is_whole:
        for fact, value in one.facts.items():
            show(f"  {fact}: {value}")


def _as_json(one: _Explained) -> dict[str, Any]:
    chosen = one.route
    return {
        "document": one.kind,
        "model": chosen.model_name if chosen else None,
        "is_readable": chosen is not None and chosen.is_readable,
        "reason": chosen.reason if chosen else next(iter(one.facts.values())),
        "n_tokens": chosen.n_tokens if chosen else None,
        "n_windows": chosen.n_windows if chosen else None,
        "facts": one.facts,
    }
