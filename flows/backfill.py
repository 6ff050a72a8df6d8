"""A topic's history: windows of days of creation, side by side, each a run of its own.

By threads of one process, by workers of Dask, or by the workers of a pool on any machines. They
share NCBI's limit through the results database: more of them search no faster than it allows.
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from pydantic import Field

from flows.identification import explain_gap, identify_records
from flows.outcomes import explain
from flows.pool_runs import PoolRun, run_all
from flows.window_place import WindowPlace
from litsweep.domain.strategies import DateWindow, RunStatus
from litsweep.errors import OrchestrationError
from tasks import identify
from tasks.policies import SIDE_EFFECTS, current_settings

_WINDOW: Final = "backfill-window/backfill-window"


@flow(flow_run_name="backfill-{topic}-{first_day}")
def backfill_window(topic: str, first_day: date, last_day: date) -> State[int]:
    """Search one window of a topic's history and store every record of it.

    Completes with the number of the search run when its counts add up; a window that is complete
    already for the topic's present query is not searched again. Windows may run side by side.

    Args:
        topic: Name of the topic.
        first_day: First day of entry into PubMed.
        last_day: Last day of entry, included.
    """
    due = identify.list_backfill(topic, first_day, last_day, days=(last_day - first_day).days + 1)
    for search in due:
        run = identify_records(identify.open_run(topic, search))
        if run.status is not RunStatus.COMPLETE:
            return Failed(message=explain_gap(run))
        return Completed(message=f"{run.n_new} new", data=run.search_run_id)
    return Completed(message="complete already", data=0)


@flow(flow_run_name="backfill-{topic}")
def backfill(
    topic: str,
    since: date,
    until: date | None = None,
    days: Annotated[int, Field(ge=1, le=366)] = 31,
    workers: Annotated[int, Field(ge=1, le=32)] = 2,
    where: WindowPlace = WindowPlace.HERE,
) -> State[int]:
    """Search a topic's history window by window, several at a time.

    Completes with the number of windows searched when all of them are complete; else fails,
    naming those that are not, after all the others have been searched. Run again, it goes on.

    Args:
        topic: Name of the topic.
        since: First day of entry into PubMed.
        until: Last day of entry; empty: yesterday.
        days: Length of a window in days.
        workers: How many windows are searched at a time; they share the rate limit.
        where: Who searches them: here, or pool, on any of its workers.
    """
    windows = [
        search.window
        for search in identify.list_backfill(topic, since, until, days=days)
        if search.window is not None
    ]
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
        return [f"{window}: {said}" for window, future in searches if (said := _wait(future))]


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
