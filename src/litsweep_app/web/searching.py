"""The search with its filters: all that is asked for stands in the address."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from db.record_lists import find_holdings
from db.search import Order
from db.search_filters import UNDECIDED
from db.topics import list_topics
from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.reviewers import Role
from litsweep.errors import ModelNotAvailable, UnknownRecord, UnknownTopic, UsageError
from litsweep.exports.formats import FORMATS
from litsweep_app.web.answers import MOST_COUNTED, Answers, find_answers
from litsweep_app.web.filters import AskedSearch, By, list_names, read_search
from litsweep_app.web.page import Page
from litsweep_app.web.visit import Visit, path_to

_CHOICES: Final[Mapping[str, Any]] = {
    "statuses": list(PublicationStatus),
    "decisions": [Decision.INCLUDE, Decision.EXCLUDE, Decision.UNSURE, UNDECIDED],
    "stages": list(Stage),
    "ways": list(By),
    "orders": list(Order),
}


def show_search(visit: Visit) -> Response:
    """Show the form, and what answers it; an address with empty fields is led to its short one."""
    read = read_search(visit.query)
    asked, problems = read.asked, dict(read.problems)
    address = path_to("search", **asked.as_query())
    if not problems and _is_long(visit, asked):
        return visit.redirect(address)
    answers: Answers | None = None
    if not problems and not asked.is_empty:
        answers, problems = _try(visit, asked)
    with visit.database.reading() as conn:
        topics = list_topics(conn, include_retired=True)
        known = asked.filters.topic in {one.name for one in topics}
        holdings = find_holdings(conn, asked.filters.topic if known else None)
    return visit.render(
        "search.html",
        status=400 if problems else 200,
        asked=asked,
        typed=_keep_typed(visit),
        problems=problems,
        answers=answers,
        topics=topics,
        holdings=holdings,
        said=_say_asked(asked),
        most_counted=MOST_COUNTED,
        next_page=_next_page(asked, answers),
        export=path_to("export", **{**asked.as_query(), "after": None}),
        formats=FORMATS.values(),
        **_CHOICES,
    )


def _try(visit: Visit, asked: AskedSearch) -> tuple[Answers | None, dict[str, str]]:
    """Return the answers, or else which field is to blame and why."""
    try:
        return find_answers(visit.database, asked.seen_by(visit.me)), {}
    except UnknownTopic as error:
        return None, {"topic": str(error)}
    except UnknownRecord as error:
        return None, {"similar": str(error)}
    except ModelNotAvailable as error:
        return None, {"by" if asked.similar is None else "similar": str(error)}
    except UsageError as error:
        return None, {"q": str(error)}


def _is_long(visit: Visit, asked: AskedSearch) -> bool:
    """Tell whether the address says less, or the same in more words, than it could."""
    given = [(name, value) for name, value in visit.query.multi_items()]
    short = [
        (name, str(value))
        for name, values in asked.as_query().items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return sorted(given) != sorted(short)


def _keep_typed(visit: Visit) -> dict[str, list[str]]:
    return {name: visit.query.getlist(name) for name in list_names()}


def _next_page(asked: AskedSearch, answers: Answers | None) -> str | None:
    if answers is None or answers.after is None:
        return None
    return path_to("search", **{**asked.as_query(), "after": answers.after})


def _say_asked(asked: AskedSearch) -> Sequence[tuple[str, str]]:
    """Return what was asked for as pairs of words: name and value."""
    query = {name: value for name, value in asked.as_query().items() if name != "after"}
    return [
        (_WORDS.get(name, name), "; ".join(value) if isinstance(value, list) else str(value))
        for name, value in query.items()
    ]


_WORDS: Final = {
    "q": "words",
    "similar": "like record number",
    "since": "published since",
    "until": "published until",
    "type": "publication type",
    "flagged": "flagged by a check",
    "duplicates": "with duplicates",
    "by": "compared by",
}

PAGES: Final[Sequence[Page]] = (
    Page(path="/search", name="search", handler=show_search, role=Role.READER),
)
