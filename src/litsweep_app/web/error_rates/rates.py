"""The table of error rates: a page with intervals, and the same as CSV."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from starlette.responses import Response

from db.error_rates import measure_checks, measure_error_rates
from db.topics import list_topics
from litsweep.domain.error_rates import ErrorRate, Tally
from litsweep.domain.judgements import Fault
from litsweep.domain.reviewers import Role
from litsweep.exports.csv_tables import safe_cell
from litsweep_app.web.page import Page
from litsweep_app.web.visit import Visit


def show_error_rates(visit: Visit) -> Response:
    """Show what people found of each model, prompt, task and method."""
    topic = visit.query.get("topic") or None
    model = visit.query.get("model") or None
    with visit.database.reading() as conn:
        topics = [one.name for one in list_topics(conn)]
        rates = measure_error_rates(conn, topic)
        checks = measure_checks(conn, topic)
    models = sorted({rate.maker.model_id for rate in rates if rate.maker.model_id})
    return visit.render(
        "error_rates.html",
        topic=topic,
        model=model,
        topics=topics,
        models=models,
        rates=[rate for rate in rates if model in (None, rate.maker.model_id)],
        checks=[one for one in checks if _total(one.flagged, one.unflagged)],
    )


def export_error_rates(visit: Visit) -> Response:
    """Give the table as CSV, safe to open in a spreadsheet."""
    topic = visit.query.get("topic") or None
    model = visit.query.get("model") or None
    with visit.database.reading() as conn:
        rates = measure_error_rates(conn, topic)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADER)
    writer.writerows(_row(rate) for rate in rates if model in (None, rate.maker.model_id))
    return Response(
        text.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="error-rates.csv"'},
    )


_HEADER: Final = (
    *("task", "method", "model_id", "model_revision", "prompt", "prompt_version", "n_shown"),
    *(
        f"{kind}_{name}"
        for kind in ("judged", "audited")
        for name in ("n", "n_wrong", "n_disputed", "rate", "low", "high")
    ),
    *(fault.value for fault in Fault),
)


def _row(rate: ErrorRate) -> list[str | int]:
    maker = rate.maker
    words = (maker.task, maker.method, maker.model_id, maker.model_revision, maker.prompt_name)
    return [
        *map(safe_cell, words),
        maker.prompt_version or "",
        rate.n_shown,
        *_cells(rate.judged),
        *_cells(rate.audited),
        *(rate.faults.get(fault, 0) for fault in Fault),
    ]


def _cells(tally: Tally) -> Iterator[str | int]:
    yield from (tally.n_judged, tally.n_wrong, tally.n_disputed)
    numbers = (tally.rate, *(tally.interval or (None, None)))
    yield from ("" if number is None else f"{number:.4f}" for number in numbers)


def _total(*tallies: Tally) -> int:
    return sum(tally.n_judged for tally in tallies)


PAGES: Final[Sequence[Page]] = (
    Page(path="/error-rates", name="error_rates", handler=show_error_rates, role=Role.READER),
    Page(
        path="/error-rates/table.csv",
        name="error_rates_csv",
        handler=export_error_rates,
        role=Role.READER,
    ),
)
