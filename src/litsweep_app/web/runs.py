"""Search runs and their receipts."""

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from db.run_hits import find_query_sent, list_run_hits
from db.run_pages import AskedRuns, RunSort, list_run_page
from db.runs import get_run
from db.topics import list_topics
from litsweep.domain.reviewers import Role
from litsweep.domain.strategies import HitState
from litsweep.errors import UsageError
from litsweep_app.web.filters import Reader
from litsweep_app.web.ordering import Ordering, build_headings, read_reverse
from litsweep_app.web.page import Page
from litsweep_app.web.receipt_lines import list_lines, verdict_of
from litsweep_app.web.table_columns import RUNS
from litsweep_app.web.visit import Visit, path_to

_N_RUNS: Final = 50
_N_HITS: Final = 100

STATE_WORDS: Final[Mapping[str, str]] = {
    HitState.PENDING: "not fetched yet",
    HitState.NEW: "new",
    HitState.CHANGED: "changed",
    HitState.UNCHANGED: "unchanged",
    HitState.ABSENT: "not delivered",
    HitState.FAILED: "not readable",
    HitState.KNOWN: "seen before",
}


def show_runs(visit: Visit) -> Response:
    """List the runs, the newest first unless another order is asked for."""
    asked = read_runs(Reader(visit.query))
    with visit.database.reading() as conn:
        topics = list_topics(conn, include_retired=True)
        page = list_run_page(conn, asked, limit=_N_RUNS)
    ordering = _ordering_of(asked)
    return visit.render(
        "runs.html",
        topic=asked.topic,
        topics=topics,
        runs=page.runs,
        ordering=ordering,
        headings=build_headings(
            RUNS,
            ordering,
            lambda one: path_to("runs", topic=asked.topic, **one.as_query()),
            own=RunSort.STARTED_AT,
        ),
        next_page=page.after and _address_of(asked, page.after),
        first_page=_address_of(asked, None) if asked.after else None,
    )


def read_runs(reader: Reader) -> AskedRuns:
    """Read which runs are asked for, and in which order.

    Raises:
        UsageError: something cannot be read.
    """
    asked = AskedRuns(
        topic=reader.text("topic") or None,
        sort=reader.word("sort", RunSort) or RunSort.STARTED_AT,
        is_reversed=read_reverse(reader),
        after=reader.number("after"),
    )
    for name, message in reader.problems.items():
        raise UsageError(f"{name}: {message}")
    return asked


def _ordering_of(asked: AskedRuns) -> Ordering:
    is_own = asked.sort is RunSort.STARTED_AT
    return Ordering(sort=None if is_own else asked.sort, is_reversed=asked.is_reversed)


def _address_of(asked: AskedRuns, after: int | None) -> str:
    return path_to("runs", topic=asked.topic, **_ordering_of(asked).as_query(), after=after)


def show_run(visit: Visit) -> Response:
    """Show one run's receipt, line by line, and its identifiers."""
    run_id = visit.number_of("run_id")
    state, after = _state(visit.query.get("state")), _number(visit.query.get("after")) or 0
    with visit.database.reading() as conn:
        try:
            run = get_run(conn, run_id)
        except UsageError as error:
            raise HTTPException(404, str(error)) from None
        hits = list_run_hits(conn, run_id, state=state, after=after, limit=_N_HITS + 1)
        query_sent = find_query_sent(conn, run_id)
    shown = hits[:_N_HITS]
    more = path_to("runs", run_id, state=state, after=shown[-1].pmid) if shown != hits else None
    return visit.render(
        "run.html",
        run=run,
        verdict=verdict_of(run),
        lines=list_lines(run),
        query_sent=query_sent,
        hits=shown,
        state=state,
        after=after,
        more=more and f"{more}#identifiers",
        state_words=STATE_WORDS,
    )


def _number(given: str | None) -> int | None:
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 15):
        raise UsageError(f"{given[:40]!r} is not a number.")
    return int(given)


def _state(given: str | None) -> HitState | None:
    if not given:
        return None
    try:
        return HitState(given)
    except ValueError:
        states = ", ".join(HitState)
        raise UsageError(f"No identifier becomes {given[:40]!r}; there are: {states}.") from None


PAGES: Final[Sequence[Page]] = (
    Page(path="/runs", name="runs", handler=show_runs, role=Role.READER),
    Page(path="/runs/{run_id}", name="run", handler=show_run, role=Role.READER),
)
