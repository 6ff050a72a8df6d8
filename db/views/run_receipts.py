"""``run_receipts``: what each search returned, what became of it, and whether it adds up."""

from typing import Any

from sqlalchemy import ColumnElement, Label, Select, and_, case, func, select

from db.tables import search_hits, search_runs, search_strategies, topics
from db.views.expressions import SecondsBetween, SumOfSlices, holds
from db.views.view import ViewColumn, column, make_view, same
from litsweep.domain.strategies import HitOrigin, HitState

_DELIVERED = (HitState.NEW, HitState.CHANGED, HitState.UNCHANGED)
_is_found = search_hits.c.origin == HitOrigin.SEARCH
_is_beside = search_hits.c.origin != HitOrigin.SEARCH


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((and_(*conditions), 1)))


def _found_in(*states: HitState) -> ColumnElement[int]:
    return _count(_is_found, search_hits.c.state.in_(states))


def _in(state: HitState) -> ColumnElement[int]:
    return _count(search_hits.c.state == state)


def _of_strategy(name: str) -> ColumnElement[Any]:
    return (
        select(search_strategies.c[name])
        .where(search_strategies.c.search_strategy_id == search_runs.c.search_strategy_id)
        .correlate(search_runs)
        .scalar_subquery()
    )


def _topic() -> ColumnElement[str]:
    return (
        select(topics.c.name)
        .where(topics.c.topic_id == search_runs.c.topic_id)
        .correlate(search_runs)
        .scalar_subquery()
    )


def _adds_up() -> ColumnElement[bool]:
    """Return whether count = sum of slices = ids returned = fetched + seen before + absent."""
    accounted = _found_in(*_DELIVERED, HitState.KNOWN, HitState.ABSENT)
    return holds(
        and_(
            search_runs.c.n_reported == SumOfSlices(search_runs.c.slices),
            search_runs.c.n_reported == _count(_is_found),
            search_runs.c.n_reported == accounted,
        )
    )


def _counts() -> tuple[ViewColumn, ...]:
    return (
        column("n_in_slices", SumOfSlices(search_runs.c.slices), "What its parts sum to."),
        column("n_ids", _count(_is_found), "Identifiers that the search returned."),
        column("n_fetched", _found_in(*_DELIVERED), "Of these: fetched and stored."),
        column("n_known", _found_in(HitState.KNOWN), "Of these: seen before, not fetched."),
        column("n_absent", _found_in(HitState.ABSENT), "Of these: asked for, not delivered."),
        column("n_failed", _found_in(HitState.FAILED), "Of these: delivered, not readable."),
        column("n_pending", _found_in(HitState.PENDING), "Of these: not fetched yet."),
        column("n_new", _in(HitState.NEW), "Stored for the first time, those beside included."),
        column("n_changed", _in(HitState.CHANGED), "Differ from what was stored; as above."),
        column("n_unchanged", _in(HitState.UNCHANGED), "The same as what was stored; as above."),
        column("n_beside", _count(_is_beside), "Identifiers asked for beside the search."),
        column(
            "n_beside_absent",
            _count(_is_beside, search_hits.c.state == HitState.ABSENT),
            "Of these: not delivered.",
        ),
    )


def _build(columns: tuple[Label[Any], ...]) -> Select[Any]:
    hits = search_runs.outerjoin(
        search_hits, search_hits.c.search_run_id == search_runs.c.search_run_id
    )
    # By the key alone: the other columns of the run follow from it, on both databases.
    return select(*columns).select_from(hits).group_by(search_runs.c.search_run_id)


RUN_RECEIPTS = make_view(
    "run_receipts",
    "One row a search run: its window, the query as it was understood, counts of what it returned, "
    "and whether they add up.",
    (
        same(search_runs.c.search_run_id),
        column("topic", _topic(), "Name of the topic."),
        column("strategy_version", _of_strategy("version"), "Version of the topic's query."),
        same(search_runs.c.route),
        same(search_runs.c.date_field),
        same(search_runs.c.first_day),
        same(search_runs.c.last_day),
        same(search_runs.c.status),
        column(
            "adds_up",
            _adds_up(),
            "Whether PubMed's count = the sum of the parts = the identifiers returned = those "
            "fetched, seen before, or absent.",
        ),
        same(search_runs.c.n_reported),
        *_counts(),
        column("query", _of_strategy("query"), "The query, verbatim."),
        same(search_runs.c.query_translation),
        same(search_runs.c.warnings),
        same(search_runs.c.error),
        same(search_runs.c.started_at),
        same(search_runs.c.finished_at),
        column(
            "duration_s",
            SecondsBetween(search_runs.c.started_at, search_runs.c.finished_at),
            "Seconds from its beginning to its end; null: it has not ended.",
        ),
        same(search_runs.c.tool_version),
    ),
    _build,
)
"""One row a search run."""
