"""The table of error rates, with intervals."""

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from db.engine import Connection
from db.error_rates import measure_checks, measure_error_rates
from db.topics import list_topics
from litsweep.domain.error_rates import ErrorRate, Tally
from litsweep.domain.reviewers import Role
from litsweep_app.web.filters import Reader
from litsweep_app.web.ordering import build_headings, read_ordering, sort_rows
from litsweep_app.web.page import Page
from litsweep_app.web.table_columns import ERROR_RATES, CheckRow
from litsweep_app.web.visit import Visit, path_to


def show_error_rates(visit: Visit) -> Response:
    """Show what people found of each model, prompt, task and method."""
    topic = visit.query.get("topic") or None
    model = visit.query.get("model") or None
    ordering = read_ordering(Reader(visit.query), [one.name for one in ERROR_RATES])
    with visit.database.reading() as conn:
        topics = [one.name for one in list_topics(conn)]
        rates = list_rates(conn, topic, None)
        checks = measure_checks(conn, topic)
    models = sorted({rate.maker.model_id for rate in rates if rate.maker.model_id})
    return visit.render(
        "error_rates.html",
        topic=topic,
        model=model,
        topics=topics,
        models=models,
        rates=sort_rows(
            [rate for rate in rates if model in (None, rate.maker.model_id)], ERROR_RATES, ordering
        ),
        ordering=ordering,
        headings=build_headings(
            ERROR_RATES,
            ordering,
            lambda one: path_to("error-rates", topic=topic, model=model, **one.as_query()),
        ),
        checks=[one for one in checks if _total(one.flagged, one.unflagged)],
    )


def list_rates(conn: Connection, topic: str | None, model: str | None) -> list[ErrorRate]:
    """Return what people found of each maker, or of those of one model.

    Raises:
        UnknownTopic: no topic has this name.
    """
    rates = measure_error_rates(conn, topic)
    return [rate for rate in rates if model in (None, rate.maker.model_id)]


def list_check_rows(conn: Connection, topic: str | None) -> list[CheckRow]:
    """Return what the checks flag and let pass, of each kind of text.

    Raises:
        UnknownTopic: no topic has this name.
    """
    return [
        row
        for one in measure_checks(conn, topic)
        for row in (
            CheckRow(one.of, True, one.flagged, one.audited_flagged),
            CheckRow(one.of, False, one.unflagged, one.audited_unflagged),
        )
    ]


def _total(*tallies: Tally) -> int:
    return sum(tally.n_judged for tally in tallies)


PAGES: Final[Sequence[Page]] = (
    Page(path="/error-rates", name="error_rates", handler=show_error_rates, role=Role.READER),
)
