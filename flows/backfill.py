"""A topic's history: windows of days of creation, side by side, each a run of its own."""

import logging
from datetime import date
from typing import Any, Final

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner

from flows import pages, planning, run_names
from flows.identification import explain_gap, identify_records
from flows.outcomes import explain
from flows.parameters import (
    DryRun,
    FirstDay,
    LastDay,
    LastDayIfAny,
    TopicName,
    WindowDays,
    Workers,
)
from flows.reporting import reported
from litsweep.domain.strategies import DateWindow, RunStatus
from tasks import checking, identify
from tasks.policies import SIDE_EFFECTS

_log: Final = logging.getLogger(__name__)


@flow(flow_run_name=run_names.name_window)
@reported(pages.show_history, inside=False)
def backfill_window(topic: TopicName, first_day: FirstDay, last_day: LastDay) -> State[int]:
    """Search one window of a topic's history and store every record of it.

    Completes with the number of the search run when its counts add up; a window that is complete
    already for the topic's present query is not searched again. Windows may run side by side.

    Args:
        topic: Name of the topic, as the command litsweep topic list shows it.
        first_day: First day on which records entered PubMed.
        last_day: Last such day, included.
    """
    checking.check_topics([topic])
    checking.check_days(first_day, last_day)
    due = identify.list_backfill(topic, first_day, last_day, days=(last_day - first_day).days + 1)
    for search in due:
        run = identify_records(identify.open_run(topic, search))
        if run.status is not RunStatus.COMPLETE:
            return Failed(message=explain_gap(run))
        return Completed(message=f"{run.n_new} new", data=run.search_run_id)
    return Completed(message="complete already", data=0)


@flow(flow_run_name=run_names.name_backfill)
@reported(pages.show_history)
def backfill(
    topic: TopicName,
    since: FirstDay,
    until: LastDayIfAny = None,
    days: WindowDays = 31,
    workers: Workers = 2,
    dry_run: DryRun = False,
) -> State[int]:
    """Search a topic's history window by window, several at a time.

    Completes with the number of windows searched when all of them are complete; else fails,
    naming those that are not, after all the others have been searched. Run again, it goes on.

    Args:
        topic: Name of the topic, as the command litsweep topic list shows it.
        since: First day on which records entered PubMed.
        until: Last such day; None: yesterday.
        days: Length of a window in days.
        workers: How many windows are searched at a time; they share the rate limit.
        dry_run: Only say which windows are still to be searched and what PubMed counts for each;
            store nothing.
    """
    checking.check_topics([topic])
    if dry_run:
        return planning.plan_history(topic, since, until, days)
    windows = [
        search.window
        for search in identify.list_backfill(topic, since, until, days=days)
        if search.window is not None
    ]
    _log.info("%d windows of %s are to be searched, %d at a time.", len(windows), topic, workers)
    runner: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=workers)
    with runner:
        searches: list[tuple[DateWindow, PrefectFuture[Any]]] = [
            (window, runner.submit(_search_window, _parameters(topic, window)))
            for window in windows
        ]
        problems = [f"{window}: {said}" for window, future in searches if (said := _wait(future))]
    if problems:
        done = f"{len(windows) - len(problems)} of {len(windows)} windows are complete; not these:"
        return Failed(message="\n".join([done, *problems]))
    return Completed(message=f"{len(windows)} windows searched", data=len(windows))


@task(cache_policy=SIDE_EFFECTS, task_run_name="window-{first_day}")
def _search_window(topic: str, first_day: date, last_day: date) -> str | None:
    """Run one window as a flow of its own; return why it is not complete, or None."""
    state = backfill_window(topic, first_day, last_day, return_state=True)
    return None if state.is_completed() else explain(state)


def _parameters(topic: str, window: DateWindow) -> dict[str, Any]:
    return {"topic": topic, "first_day": window.first_day, "last_day": window.last_day}


def _wait(future: PrefectFuture[Any]) -> str | None:
    future.wait()
    if not future.state.is_completed():
        return explain(future.state)
    said: str | None = future.result()
    return said
