"""What a dry run says: sentences for people, rows for a table.

Pure: from a plan to text.
"""

from collections.abc import Iterator
from typing import Any, Final

from litsweep.domain.strategies import SearchRoute
from tasks.planning import Plan, PlannedReading, PlannedSearch

_SEARCHED: Final = {
    SearchRoute.CREATED: "records that entered PubMed",
    SearchRoute.MODIFIED: "records that PubMed changed",
    SearchRoute.UNDATED: "all records, without days",
    SearchRoute.BACKFILL: "the history",
}


def conclude(plan: Plan) -> str:
    """Return what a run would do, in one sentence."""
    n_counted = sum(search.n_counted or 0 for search in plan.searches)
    n_waiting = sum(reading.n_waiting or 0 for reading in plan.readings)
    parts = []
    if plan.searches:
        parts.append(f"{len(plan.searches)} searches are due, PubMed counts {n_counted:,} records")
    elif not plan.readings:
        parts.append("nothing is due")
    if plan.readings:
        parts.append(f"{n_waiting:,} documents wait to be read")
    return f"Dry run: {'; '.join(parts)}. Nothing was stored."


def describe(plan: Plan) -> Iterator[str]:
    """Yield a line for each search and each group of documents."""
    for search in plan.searches:
        yield _describe_search(search)
        if search.search.remark:
            yield f"  {search.search.remark}"
    for reading in plan.readings:
        yield _describe_reading(reading)


def build_rows(plan: Plan) -> list[dict[str, Any]]:
    """Return the plan as rows of one table."""
    searches = [
        {
            "Topic": one.topic,
            "What": _SEARCHED.get(one.route, one.route.value),
            "Days": one.days,
            "Counted or waiting": one.n_counted,
            "Query or model": f"{one.query} (version {one.strategy_version})",
            "Problem": one.problem,
        }
        for one in plan.searches
    ]
    readings = [
        {
            "Topic": one.topic or "all topics",
            "What": f"{_kind(one)} to read",
            "Days": None,
            "Counted or waiting": one.n_waiting,
            "Query or model": _reader(one),
            "Problem": one.problem,
        }
        for one in plan.readings
    ]
    return searches + readings


def _describe_search(search: PlannedSearch) -> str:
    what = _SEARCHED.get(search.route, search.route.value)
    days = "" if search.search.window is None else f", {search.days}"
    said = f"PubMed counts {search.n_counted:,}" if search.problem is None else search.problem
    query = f"query version {search.strategy_version}: {search.query}"
    return f"{search.topic}: {what}{days}: {said} ({query})"


def _describe_reading(reading: PlannedReading) -> str:
    whose = reading.topic or "all topics"
    if reading.problem is not None:
        return f"{whose}: {_kind(reading)} cannot be read here. {reading.problem}"
    return f"{whose}: {reading.n_waiting:,} {_kind(reading)} wait to be read, {_reader(reading)}"


def _reader(reading: PlannedReading) -> str:
    by = f"by {reading.model}" if reading.model else "without a model"
    return f"{by}: {reading.reason}" if reading.reason else by


def _kind(reading: PlannedReading) -> str:
    return f"{reading.kind.replace('_', ' ')}s"
