"""A person's own decisions of a topic, replaced ones too, each with its undoing where it stands."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from starlette.responses import Response

from db.card_facts import list_titles
from db.histories import AskedHistory, HistorySort, list_history_page
from litsweep.domain.decisions import Stage
from litsweep.domain.reviewers import Role
from litsweep.errors import UsageError
from litsweep.exports.formats import FORMATS
from litsweep_app.web.filters import Reader
from litsweep_app.web.ordering import Ordering, build_headings, read_reverse
from litsweep_app.web.page import Page
from litsweep_app.web.table_columns import DECISIONS
from litsweep_app.web.visit import Visit, path_to

PAGE: Final = 50


def show_history(visit: Visit) -> Response:
    """Show what the person decided in a topic, the newest first unless told otherwise."""
    topic = visit.text_of("topic")
    asked = read_history(Reader(visit.query), topic, visit.me.name)
    with visit.database.reading() as conn:
        page = list_history_page(conn, asked, limit=PAGE)
        titles = list_titles(conn, [one.record_id for one in page.decisions])
    shown = replace(asked, sort=page.sort)
    return visit.render(
        "history.html",
        topic=topic,
        stage=asked.stage,
        page=page,
        titles=titles,
        ordering=_ordering_of(asked),
        headings=build_headings(
            DECISIONS,
            _ordering_of(shown),
            lambda one: _address_of(asked, one, None),
            own=HistorySort.DECIDED_AT,
        ),
        first_page=_address_of(asked, _ordering_of(asked), None) if asked.after else None,
        next_page=page.after and _address_of(asked, _ordering_of(asked), page.after),
        export=path_to("export", topic=topic, view="history", stage=asked.stage),
        formats=FORMATS.values(),
        undone={one.undoes_id for one in page.decisions if one.undoes_id is not None},
    )


def read_history(reader: Reader, topic: str, reviewer: str) -> AskedHistory:
    """Read which of a person's decisions are asked for, and in which order.

    Raises:
        UsageError: something cannot be read.
    """
    asked = AskedHistory(
        reviewer=reviewer,
        topic=topic,
        stage=reader.word("stage", Stage),
        sort=reader.word("sort", HistorySort) or HistorySort.DECIDED_AT,
        is_reversed=read_reverse(reader),
        after=reader.number("after"),
    )
    for name, message in reader.problems.items():
        raise UsageError(f"{name}: {message}")
    return asked


def _ordering_of(asked: AskedHistory) -> Ordering:
    is_own = asked.sort is HistorySort.DECIDED_AT
    return Ordering(sort=None if is_own else asked.sort, is_reversed=asked.is_reversed)


def _address_of(asked: AskedHistory, ordering: Ordering, after: int | None) -> str:
    query = {"stage": asked.stage, **ordering.as_query(), "after": after}
    return path_to("topics", asked.topic, "decisions", **query)


PAGES: Final[Sequence[Page]] = (
    Page(
        path="/topics/{topic}/decisions",
        name="history",
        handler=show_history,
        role=Role.READER,
    ),
)
