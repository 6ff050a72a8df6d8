"""ESearch: the ids that match a query, in pages, with PubMed's cap at 9,999."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from starlette.responses import Response

from litsweep_app.sandbox.answers import Alter, Answer, unaltered
from litsweep_app.sandbox.dates import parse_bounds, today, write_date
from litsweep_app.sandbox.eutils.history import History, Stored
from litsweep_app.sandbox.eutils.replies import (
    CAP,
    CAP_MESSAGE,
    element,
    error_reply,
    json_reply,
    xml_reply,
)
from litsweep_app.sandbox.eutils.sets import RequestRefused, check_db
from litsweep_app.sandbox.library import Library
from litsweep_app.sandbox.parameters import Parameters
from litsweep_app.sandbox.query.collection import Collection
from litsweep_app.sandbox.query.evaluation import (
    Messages,
    Outcome,
    UnknownSet,
    find_between,
    run_query,
)
from litsweep_app.sandbox.query.fields import Field, find_field
from litsweep_app.sandbox.query.parsing import QuerySyntaxError

_DATE_TYPES: Final = {
    "pdat": "PDAT",
    "edat": "EDAT",
    "mdat": "MDAT",
    "crdt": "CRDT",
    "mhda": "MHDA",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found: the count, and the page of ids from ``start`` on."""

    n_found: int
    start: int
    uids: list[int]
    outcome: Outcome
    messages: Messages
    stored: Stored | None = None


def esearch(
    library: Library, history: History, parameters: Parameters, alter: Alter = unaltered
) -> Answer:
    """Answer one search; ``alter`` may change its count and its page of ids."""
    wants_json = parameters.wants_json
    try:
        found = _search(library, history, parameters)
    except RequestRefused as refusal:
        return Answer(response=refuse_search(refusal.message, wants_json=wants_json))
    count, uids = alter(found.n_found, found.uids)
    found = replace(found, n_found=count, uids=uids)
    if parameters.get("rettype").lower() == "count":
        return Answer(response=_write_count(count, wants_json=wants_json), count=count)
    response = write_found(found, wants_json=wants_json)
    return Answer(response=response, uids=tuple(uids), count=count)


def _write_count(count: int, *, wants_json: bool) -> Response:
    if wants_json:
        return json_reply("esearch", {"esearchresult": {"count": str(count)}})
    return xml_reply("eSearchResult", element("Count", count))


def write_found(found: Found, *, wants_json: bool) -> Response:
    """Write a search's result in the format asked for."""
    return _write_json(found) if wants_json else _write_xml(found)


def refuse_search(message: str, *, wants_json: bool) -> Response:
    """Write a search's failure in the format asked for."""
    if not wants_json:
        return error_reply("eSearchResult", message)
    # NCBI's JSON holds the message's line break as it is, which makes it invalid JSON.
    quoted = message.replace("\\", "\\\\").replace('"', '\\"')
    return Response(
        '{"header":{"type":"esearch","version":"0.3"},"esearchresult":{"ERROR":"' + quoted + '"}}',
        media_type="application/json; charset=UTF-8",
    )


def _search(library: Library, history: History, parameters: Parameters) -> Found:
    db = parameters.db
    check_db(db)
    collection = library.pubmed if db == "pubmed" else library.pmc
    start = parameters.number("retstart", 0)
    if db == "pubmed" and start >= CAP:
        raise RequestRefused(f"Search Backend failed: Exception:\n{CAP_MESSAGE}")
    outcome, messages = _run(collection, history, parameters)
    outcome = _limit_dates(collection, parameters, outcome, messages)
    uids = sort_uids(collection, outcome.uids or set(), parameters.get("sort"))
    stored = None
    if parameters.get("usehistory").lower() == "y":
        stored = history.store(db, uids, parameters.get("WebEnv"))
    if not uids:
        messages.output_messages.append("No items found.")
    stop = start + parameters.number("retmax", 20)
    if db == "pubmed" and min(stop, len(uids)) > CAP:
        stop = CAP
        messages.output_messages.append(
            f"Restrictions achieved. start and count adjusted to {start}, {CAP - start}"
        )
    return Found(
        n_found=len(uids),
        start=start,
        uids=uids[start:stop],
        outcome=outcome,
        messages=messages,
        stored=stored,
    )


def _run(
    collection: Collection, history: History, parameters: Parameters
) -> tuple[Outcome, Messages]:
    """Run the term over the collection, joined with the stored set that was named, if any."""
    db, web_env = parameters.db, parameters.get("WebEnv")
    term, query_key = parameters.get("term").strip(), parameters.number("query_key", 0)
    if not term and not query_key:
        raise RequestRefused("Empty term and query_key - nothing todo")
    if query_key:
        term = f"#{query_key} AND ({term})" if term else f"#{query_key}"
    try:
        return run_query(
            term,
            db=db,
            collection=collection,
            find_set=lambda key: history.find(db, web_env, key),
            default_tag=parameters.get("field") or None,
        )
    except QuerySyntaxError as error:
        raise RequestRefused(f"Search Backend failed: Exception:\nQuery syntax: {error}") from None
    except UnknownSet as error:
        raise RequestRefused(f"Unable to obtain query #{error}") from None


def _limit_dates(
    collection: Collection, parameters: Parameters, outcome: Outcome, messages: Messages
) -> Outcome:
    """Apply datetype with mindate and maxdate, or with reldate."""
    name = _DATE_TYPES.get(parameters.get("datetype").lower() or "pdat")
    bounds = _read_bounds(parameters, messages)
    if bounds is None:
        return outcome
    date_field = find_field(parameters.db, name or "")
    if name is None or date_field is None:
        raise RequestRefused(f"Invalid datetype specified: {parameters.get('datetype')}")
    limited = find_between(collection, name, *bounds) & (outcome.uids or set())
    return Outcome(
        uids=limited, translation=_limited_translation(outcome, bounds, date_field), operator="AND"
    )


def _limited_translation(outcome: Outcome, bounds: tuple[date, date], date_field: Field) -> str:
    window = f"{write_date(bounds[0])}:{write_date(bounds[1])}[{date_field.full_name}]"
    if not outcome.translation:
        return window
    return f"{outcome.grouped('AND')} AND {window}"


def _read_bounds(parameters: Parameters, messages: Messages) -> tuple[date, date] | None:
    first, last = parameters.get("mindate").strip(), parameters.get("maxdate").strip()
    if first and last:
        bounds = parse_bounds(first), parse_bounds(last)
        if bounds[0] is None or bounds[1] is None:
            raise RequestRefused(
                "Search Backend failed: Exception:\nDates are YYYY, YYYY/MM or YYYY/MM/DD"
            )
        return bounds[0][0], bounds[1][1]
    if first or last:
        messages.output_messages.append("mindate and maxdate are used together: both were ignored.")
    n_days = parameters.number("reldate", -1)
    if n_days < 0:
        return None
    return today() - timedelta(days=min(n_days, 700_000)), today()


def sort_uids(collection: Collection, uids: set[int], sort: str) -> list[int]:
    """Order ids: the newest first, or as ``sort`` names it.

    There is no Best Match here, so ``relevance`` is the newest first as well.
    """
    newest_first = sorted(uids, reverse=True)
    order = sort.lower().replace(" ", "_").replace("+", "_")
    if order in {"pub_date", "pub+date", "publication_date", "pubdate"}:
        return sorted(
            newest_first, key=lambda uid: max(collection.dates[uid]["PDAT"]), reverse=True
        )
    by_text: dict[str, str] = {"author": "FAUT", "first_author": "FAUT", "journalname": "JOUR"}
    name = by_text.get(order) or {"journal": "JOUR", "title": "TITL"}.get(order)
    if name is None:
        return newest_first
    texts = collection.texts(name)
    key: Callable[[int], str] = lambda uid: texts.get(uid, "\uffff")  # noqa: E731
    return sorted(newest_first, key=key)


def _write_xml(found: Found) -> Response:
    messages = found.messages
    parts = [
        element("Count", found.n_found),
        element("RetMax", len(found.uids)),
        element("RetStart", found.start),
    ]
    if found.stored:
        parts += [
            element("QueryKey", found.stored.query_key),
            element("WebEnv", found.stored.web_env),
        ]
    ids = "".join(f"<Id>{uid}</Id>\n" for uid in found.uids)
    parts.append(f"<IdList>\n{ids}</IdList>" if ids else "<IdList/>")
    parts.append(_write_translations(messages.translations))
    parts.append(element("QueryTranslation", found.outcome.translation))
    parts.append(
        _write_list(
            "ErrorList",
            ("PhraseNotFound", messages.phrases_not_found),
            ("FieldNotFound", messages.fields_not_found),
        )
    )
    parts.append(
        _write_list(
            "WarningList",
            ("PhraseIgnored", messages.phrases_ignored),
            ("QuotedPhraseNotFound", messages.quoted_phrases_not_found),
            ("OutputMessage", messages.output_messages),
        )
    )
    return xml_reply("eSearchResult", "".join(parts))


def _write_translations(translations: list[tuple[str, str]]) -> str:
    if not translations:
        return "<TranslationSet/>"
    inner = "".join(
        f"<Translation>     {element('From', source)}     {element('To', target)}    </Translation>"
        for source, target in translations
    )
    return f"<TranslationSet>{inner}</TranslationSet>"


def _write_list(name: str, *entries: tuple[str, list[str]]) -> str:
    inner = "".join(element(tag, text) for tag, texts in entries for text in texts)
    return f"<{name}>{inner}</{name}>" if inner else ""


def _write_json(found: Found) -> Response:
    messages = found.messages
    result: dict[str, Any] = {
        "count": str(found.n_found),
        "retmax": str(len(found.uids)),
        "retstart": str(found.start),
    }
    if found.stored:
        result["querykey"] = str(found.stored.query_key)
        result["webenv"] = found.stored.web_env
    result["idlist"] = [str(uid) for uid in found.uids]
    result["translationset"] = [{"from": old, "to": new} for old, new in messages.translations]
    result["querytranslation"] = found.outcome.translation
    if messages.phrases_not_found or messages.fields_not_found:
        result["errorlist"] = {
            "phrasesnotfound": messages.phrases_not_found,
            "fieldsnotfound": messages.fields_not_found,
        }
    warnings = {
        "phrasesignored": messages.phrases_ignored,
        "quotedphrasesnotfound": messages.quoted_phrases_not_found,
        "outputmessages": messages.output_messages,
    }
    if any(warnings.values()):
        result["warninglist"] = warnings
    return json_reply("esearch", {"esearchresult": result})
