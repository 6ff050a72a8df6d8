"""Search runs with their receipts."""

from datetime import date, datetime
from typing import Final

from pydantic import Field

from db import run_pages as stored
from db.run_pages import RunSort
from db.runs import get_run
from litsweep.domain.strategies import DateField, RunStatus, SearchRoute, SearchRun
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.values import Answer, Asked, Limit, Name, Number, Truth
from litsweep_app.web.visit import Visit


class WindowAnswer(Answer):
    """Days that were searched, both ends included, of NCBI's calendar."""

    date_field: DateField
    first_day: date
    last_day: date


class SliceAnswer(Answer):
    """A part of a search: PMIDs from first to last, and PubMed's count of them."""

    first_pmid: int
    last_pmid: int
    count: int


class RunAnswer(Answer):
    """A search run. It adds up when PubMed's count is that of its slices, of the identifiers
    that came, and of the records fetched, known before or absent.
    """

    search_run_id: int
    topic: str
    strategy_version: int
    query: str
    route: SearchRoute
    window: WindowAnswer | None
    status: RunStatus
    adds_up: bool
    query_translation: str | None
    n_reported: int | None
    n_in_slices: int
    n_ids: int
    n_fetched: int
    n_known: int
    n_new: int
    n_changed: int
    n_absent: int
    n_failed: int
    n_beside: int
    n_beside_absent: int
    slices: list[SliceAnswer]
    warnings: list[str]
    error: str | None
    started_at: datetime
    finished_at: datetime | None


class RunPage(Answer):
    """Some search runs."""

    items: list[RunAnswer]
    next: int | None


class AskedRuns(Asked):
    """Which runs."""

    topic: Name | None = Field(None, description="Only this topic's.")
    sort: RunSort = RunSort.STARTED_AT
    reverse: Truth = Field(False, description="Whether the order is turned round.")
    after: Number | None = Field(None, description="The `next` of the page before.")
    limit: Limit = 20


def list_search_runs(visit: Visit, query: AskedRuns) -> RunPage:
    """Search runs, the newest first unless another order is asked for."""
    asked = stored.AskedRuns(
        topic=query.topic, sort=query.sort, is_reversed=query.reverse, after=query.after
    )
    with visit.database.reading() as conn:
        page = stored.list_run_page(conn, asked, limit=query.limit)
    return RunPage(items=[build_run(one) for one in page.runs], next=page.after)


def get_search_run(visit: Visit, search_run_id: Number) -> RunAnswer:
    """One search run with its receipt."""
    with visit.database.reading() as conn:
        return build_run(get_run(conn, search_run_id))


def build_run(run: SearchRun) -> RunAnswer:
    """Return a run as the API tells it."""
    return RunAnswer.model_validate(run)


ENDPOINTS: Final = (
    Endpoint(method="GET", path="/runs", handler=list_search_runs, errors=(404,)),
    Endpoint(method="GET", path="/runs/{search_run_id}", handler=get_search_run, errors=(404,)),
)
