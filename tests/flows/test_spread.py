"""Windows and records that other workers take: of a pool, or of Dask."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.schemas.objects import State, StateType

from db.engine import Database
from flows import pool_runs
from flows.backfill import backfill, backfill_window
from flows.fetch_records import fetch_records
from flows.pool_runs import PoolRun
from flows.sweep import sweep
from flows.window_place import WindowPlace
from litsweep.domain.strategies import RunStatus
from litsweep.errors import OrchestrationError
from litsweep_app import sandbox
from tasks.policies import this_process
from tests.fakes import pool_worker
from tests.fakes.meddled_ncbi import Question
from tests.fakes.pubmed_files import write_records
from tests.flows.conftest import Serve
from tests.flows.nights import SINCE, last_run, query, stored_pmids
from tests.flows.test_backfill import SINCE as FIRST_DAY
from tests.flows.test_backfill import UNTIL, data, list_windows

__all__ = ["data"]

PMIDS = range(1001, 1451)
"""More than two batches of 200."""

pytestmark = pytest.mark.usefixtures("recorded")


@pytest.fixture
def windows_pool(recorded: str, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """The deployment of windows, looked at often."""
    monkeypatch.setattr(pool_runs, "LOOK_EVERY_S", 0.2)
    return pool_worker.deploy(backfill_window, "backfill-window")


@pytest.fixture
def shares_pool(recorded: str, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """The deployment of shares, looked at often."""
    monkeypatch.setattr(pool_runs, "LOOK_EVERY_S", 0.2)
    return pool_worker.deploy(fetch_records, "fetch-records")


@pytest.fixture
def records(tmp_path: Path) -> Path:
    write_records(tmp_path / "ncbi", PMIDS)
    return tmp_path / "ncbi"


def run_on_pool(workers: int = 2) -> State[Any]:
    return backfill(
        "everything", FIRST_DAY, UNTIL, 31, workers, WindowPlace.POOL, return_state=True
    )


def test_windows_are_runs_of_the_pool_below_the_backfill(
    database: Database, data: Path, serve: Serve, windows_pool: UUID
) -> None:
    n_before = len(pool_worker.list_runs(windows_pool))
    with serve(data), pool_worker.working(backfill_window, windows_pool) as done:
        state = run_on_pool()
    assert state.is_completed(), state.message
    assert len(stored_pmids(database)) == 90
    assert {run.status for run in list_windows(database)} == {RunStatus.COMPLETE}
    made = {str(each) for each in done}
    assert {
        made_by for (made_by,) in query(database, "SELECT flow_run_id FROM search_runs")
    } == made
    runs = pool_worker.list_runs(windows_pool)
    assert len(runs) - n_before == 3
    assert all(run.parent_task_run_id for run in runs if str(run.id) in made)


def test_a_window_that_fails_on_the_pool_is_named_and_made_again_by_a_retry(
    database: Database, data: Path, serve: Serve, windows_pool: UUID
) -> None:
    def fail_february(question: Question) -> Question | int:
        return 503 if "2020/02/01" in str(question) else question

    with pool_worker.working(backfill_window, windows_pool):
        with serve(data, meddle=fail_february):
            state = run_on_pool(workers=3)
        assert state.is_failed()
        assert "2 of 3 windows are complete" in str(state.message)
        assert "2020-02-01" in str(state.message)
        with serve(data):
            assert run_on_pool().is_completed()
    assert len(stored_pmids(database)) == 90
    assert len(list_windows(database)) == 4


def test_an_attempt_that_is_made_again_finds_the_runs_that_go_on(windows_pool: UUID) -> None:
    wanted = PoolRun(
        name="a window",
        parameters={"topic": "everything", "first_day": "2020-01-01", "last_day": "2020-01-31"},
    )

    @flow
    def make_twice() -> tuple[str, str, str]:
        first, second = (
            pool_runs.start("backfill-window/backfill-window", wanted) for _ in range(2)
        )
        pool_runs.call_off([first], "a test")
        third = pool_runs.start("backfill-window/backfill-window", wanted)
        pool_runs.call_off([third], "a test")
        return str(first.id), str(second.id), str(third.id)

    first, second, third = make_twice()
    assert first == second != third


def test_a_server_without_the_deployment_is_told() -> None:
    @flow
    def ask() -> None:
        pool_runs.start("backfill-window/nobody-made-this", PoolRun(name="a", parameters={}))

    with pytest.raises(OrchestrationError, match=r"no deployment .*deployments\.apply"):
        ask()


def test_shares_of_a_search_are_fetched_by_others(
    database: Database, serve: Serve, records: Path, shares_pool: UUID
) -> None:
    others_asked = threading.Event()

    def hold_own_share(question: Question) -> Question:
        if question.tool == "efetch":
            if int(question.form["id"].partition(",")[0]) % 3:
                others_asked.set()
            assert others_asked.wait(60)
        return question

    known = {run.id for run in pool_worker.list_runs(shares_pool)}
    with (
        serve(records, meddle=hold_own_share),
        pool_worker.working(fetch_records, shares_pool) as done,
    ):
        state = sweep("everything", SINCE, None, False, 3, return_state=True)
    assert state.is_completed(), state.message
    assert stored_pmids(database) == list(PMIDS)
    assert last_run(database).n_new == len(PMIDS)
    ended = {
        run.id: run.state.type
        for run in pool_worker.list_runs(shares_pool)
        if run.id not in known and run.state is not None
    }
    assert len(ended) == 2
    assert set(done) == {one for one, kind in ended.items() if kind is StateType.COMPLETED}
    assert done


def test_shares_that_nobody_takes_are_called_off_and_fetched_here(
    database: Database, serve: Serve, records: Path, shares_pool: UUID
) -> None:
    known = {run.id for run in pool_worker.list_runs(shares_pool)}
    with serve(records):
        state = sweep("everything", SINCE, None, False, 3, return_state=True)
    assert state.is_completed(), state.message
    assert stored_pmids(database) == list(PMIDS)
    ended = [run for run in pool_worker.list_runs(shares_pool) if run.id not in known]
    assert [run.state and run.state.type for run in ended] == [StateType.CANCELLED] * 2


def test_a_share_stores_nothing_for_a_run_that_is_closed(
    database: Database, serve: Serve, records: Path
) -> None:
    with serve(records):
        assert sweep("everything", SINCE, None, False, return_state=True).is_completed()
        state = fetch_records(last_run(database).search_run_id, 1, 2, return_state=True)
    assert state.message == "0 records delivered"


def test_two_workers_of_dask_take_windows_and_share_one_rate_limit(
    database: Database, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("prefect_dask", reason="the extra litsweep[dask] is not installed")
    # NCBI's own limit is in force, and a request that it refuses fails its window.
    with sandbox.running([data], enforce_rate_limit=True) as address:
        monkeypatch.setenv("LITSWEEP_EUTILS_URL", address.eutils_url)
        monkeypatch.setenv("LITSWEEP_RETRIES", "0")
        monkeypatch.setenv("NCBI_EMAIL", "somebody@example.org")
        with dask_cluster() as scheduler:
            monkeypatch.setenv("LITSWEEP_DASK_SCHEDULER", scheduler)
            state = backfill("everything", FIRST_DAY, UNTIL, 12, return_state=True)
    assert state.is_completed(), state.message
    made = list_windows(database)
    assert len(made) == 8
    assert sum(run.n_new for run in made) == len(stored_pmids(database)) == 90
    owners = {owner for (owner,) in query(database, "SELECT owner FROM search_runs")}
    assert len(owners) == 2
    assert this_process() not in owners


def test_a_dask_scheduler_without_the_extra_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITSWEEP_DASK_SCHEDULER", "tcp://127.0.0.1:1")
    for module in ("prefect_dask", "prefect_dask.task_runners"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(OrchestrationError, match=r"litsweep\[dask\]"):
        backfill("everything", FIRST_DAY, UNTIL)


@contextmanager
def dask_cluster() -> Iterator[str]:
    """Two worker processes, with the settings that this process's environment has now."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address
