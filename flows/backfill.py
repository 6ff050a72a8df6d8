"""A topic's history: windows of days of creation, side by side, each a run of its own.

By threads of one process, by workers of Dask, or by the workers of a pool on any machines. They
share NCBI's limit through the results database: more of them search no faster than it allows.
"""

import logging
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows import pages, planning, run_names
from flows.identification import explain_gap, identify_records
from flows.outcomes import explain
from flows.parameters import (
    DryRun,
    FirstDay,
    LastDay,
    LastDayIfAny,
    TopicName,
    Where,
    WindowDays,
    Workers,
)
from flows.pool_runs import PoolRun, run_all
from flows.reporting import reported
from flows.window_place import WindowPlace
from litsweep.domain.strategies import DateWindow, RunStatus
from litsweep.errors import OrchestrationError
from tasks import checking, identify, progress
from tasks.policies import SIDE_EFFECTS, current_settings

_WINDOW: Final = "backfill-window/backfill-window"

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
    where: Where = WindowPlace.HERE,
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
        where: Who searches them: here, or pool, on any of its workers.
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
    search = _search_on_pool if where is WindowPlace.POOL else _search_here
    problems = search(topic, windows, workers)
    if problems:
        done = f"{len(windows) - len(problems)} of {len(windows)} windows are complete; not these:"
        return Failed(message="\n".join([done, *problems]))
    return Completed(message=f"{len(windows)} windows searched", data=len(windows))


def _search_on_pool(topic: str, windows: Sequence[DateWindow], at_a_time: int) -> list[str]:
    wanted = [
        PoolRun(
            name=str(window),
            parameters={
                "topic": topic,
                "first_day": window.first_day.isoformat(),
                "last_day": window.last_day.isoformat(),
            },
        )
        for window in windows
    ]
    return list(run_all(_WINDOW, wanted, at_a_time))


def _search_here(topic: str, windows: Sequence[DateWindow], at_a_time: int) -> list[str]:
    with _open_runner(at_a_time) as runner:
        searches: list[tuple[DateWindow, PrefectFuture[Any]]] = [
            (window, runner.submit(_search_window, _parameters(topic, window)))
            for window in windows
        ]
        said = {}
        for window, future in searches:
            said[window] = _wait(future)
            progress.report("windows searched", 1, len(windows))
    return [f"{window}: {problem}" for window, problem in said.items() if problem]


def _open_runner(at_a_time: int) -> TaskRunner[Any]:
    """Return the workers of Dask where the settings name a scheduler, else threads.

    Raises:
        OrchestrationError: the scheduler cannot be used.
    """
    address = current_settings().dask_scheduler
    if address is None:
        runner: TaskRunner[Any] = ThreadPoolTaskRunner(max_workers=at_a_time)
        return runner
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError as error:
        raise OrchestrationError(
            "The setting dask_scheduler is set, and prefect-dask is not installed: "
            "`pip install 'litsweep[dask]'`, here and where the workers of Dask run."
        ) from error
    return DaskTaskRunner(address=address)


@task(cache_policy=SIDE_EFFECTS, task_run_name="window-{first_day}")
def _search_window(topic: str, first_day: date, last_day: date) -> str | None:
    """Search one window; return why it is not complete, or None."""
    state = backfill_window.fn(topic, first_day, last_day)
    return None if state.is_completed() else explain(state)


def _parameters(topic: str, window: DateWindow) -> dict[str, Any]:
    return {"topic": topic, "first_day": window.first_day, "last_day": window.last_day}


def _wait(future: PrefectFuture[Any]) -> str | None:
    future.wait()
    if not future.state.is_completed():
        return explain(future.state)
    said: str | None = future.result()
    return said
