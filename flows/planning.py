"""Dry runs: what each flow would do, told in its log, its last words and a table."""

import logging
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import artifacts, reporting
from flows.plans import build_rows, conclude, describe
from litsweep.domain.documents import DocumentKind
from tasks import planning
from tasks.planning import Plan

_log: Final = logging.getLogger(__name__)
_MOST_ROWS: Final = 200


def plan_night(
    names: Sequence[str], since: date | None, until: date | None, reading_of: Sequence[str | None]
) -> State[Any]:
    """Say what the sweeps of these topics would search, and what of ``reading_of`` waits."""
    return _tell(planning.plan_night(names, since, until, reading_of=reading_of))


def plan_reading(topics: Sequence[str | None], kinds: Sequence[DocumentKind]) -> State[Any]:
    """Say what waits to be read of these topics, or with None of all, and with which model."""
    found = [one for topic in topics for one in planning.plan_readings(topic, kinds)]
    return _tell(Plan(readings=tuple(found)))


def plan_history(topic: str, since: date, until: date | None, days: int) -> State[Any]:
    """Say which windows of a topic's history are still to be searched."""
    found = planning.plan_backfill(topic, since, until, days=days)
    return _tell(Plan(searches=tuple(found)))


def _tell(plan: Plan) -> State[Any]:
    lines = list(describe(plan))
    for line in lines[:_MOST_ROWS]:
        _log.info("%s", line)
    if reporting.is_shown() and lines:
        rows = build_rows(plan)[:_MOST_ROWS]
        shown = f"What would be done: {len(rows)} of {len(lines)}"
        artifacts.publish_table("dry-run", rows, shown)
    if plan.problems:
        return Failed(message="\n".join([conclude(plan), *plan.problems]))
    return Completed(message=conclude(plan))
