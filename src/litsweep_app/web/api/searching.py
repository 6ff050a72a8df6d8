"""The search of the database: by words, with filters, page by page."""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from db import search
from db.search import Order, SearchHit
from db.search_filters import UNDECIDED, SearchFilters
from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.reviewers import Reviewer
from litsweep_app.web.api.answers.readings import SpanAnswer
from litsweep_app.web.api.answers.records import FoundAnswer
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.values import Answer, Asked, Limit, Name, Truth, number
from litsweep_app.web.machine_text import find_first_judge
from litsweep_app.web.visit import Visit

Decided = Literal[Decision.INCLUDE, Decision.EXCLUDE, Decision.UNSURE, "undecided"]
SortKey = Annotated[int, Field(ge=0, le=2**62), BeforeValidator(number)]


class SearchAsked(Asked):
    """What is searched for, and what narrows it."""

    q: Annotated[str, Field(min_length=1, max_length=5_000, pattern=r"^[^\x00]*$")] = Field(
        description="Words, phrases in quotes, AND OR NOT, fields such as ti: and mesh:."
    )
    topic: Name | None = None
    since: date | None = Field(None, description="First day of publication.")
    until: date | None = Field(None, description="Last day of publication.")
    status: list[PublicationStatus] = Field(default_factory=list, max_length=10)
    type: list[Name] = Field(
        default_factory=list, max_length=50, description="Publication types; one is enough."
    )
    decision: Decided | None = None
    stage: Stage | None = None
    flagged: Truth | None = Field(
        None, description="Whether a check objects to what a machine wrote."
    )
    duplicates: Truth = Field(False, description="Those too for which another record is kept.")
    order: Order = Order.NEWEST
    after: SortKey | None = Field(None, description="The `next` of the page before.")
    limit: Limit = 20


class FragmentAnswer(Answer):
    """A piece of the abstract; `hits` count from its own beginning."""

    text: str
    hits: list[SpanAnswer]
    starts_inside: bool
    ends_inside: bool


class HitAnswer(Answer):
    """An answer to a search, and where it meets it."""

    record: FoundAnswer
    title_hits: list[SpanAnswer]
    fragment: FragmentAnswer


class SearchAnswer(Answer):
    """Some answers; `order_reason` says why the order is not the one that was asked for.

    `n_records` answer in all, duplicates included; at least so many where not `is_exact`: a page
    may then hold fewer than asked for, or none, and still have a `next`.
    """

    items: list[HitAnswer]
    next: int | None
    order: Order
    order_reason: str | None
    n_left_out: int
    n_records: int
    is_exact: bool


def search_records(visit: Visit, query: SearchAsked) -> SearchAnswer:
    """Find records by their words.

    By relevance there is one page; by date, as many as there are.
    """
    filters = _build_filters(query, visit.me)
    with visit.database.reading() as conn:
        page, total = search.search_and_count(
            conn,
            query.q,
            filters=filters,
            order=query.order,
            limit=query.limit,
            after=query.after,
        )
    return SearchAnswer(
        items=[_build_hit(one) for one in page.hits],
        next=page.after,
        order=page.order,
        order_reason=page.order_reason,
        n_left_out=page.n_left_out,
        n_records=total.n_records,
        is_exact=total.is_exact,
    )


def _build_filters(query: SearchAsked, person: Reviewer) -> SearchFilters:
    return SearchFilters(
        topic=query.topic,
        since=query.since,
        until=query.until,
        statuses=tuple(query.status),
        publication_types=tuple(query.type),
        decision=UNDECIDED if query.decision == UNDECIDED else query.decision,
        stage=query.stage,
        is_flagged=query.flagged,
        with_duplicates=query.duplicates,
        viewer=person.name,
        first_judge=find_first_judge(person),
    )


def _build_hit(hit: SearchHit) -> HitAnswer:
    return HitAnswer.model_validate(hit)


ENDPOINTS: Final = (
    Endpoint(method="GET", path="/search", handler=search_records, errors=(400, 404)),
)
