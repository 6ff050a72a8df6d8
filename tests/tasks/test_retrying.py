"""What is tried again: what passes by itself, a few times, and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest
from prefect import Task
from prefect.client.schemas.objects import State, StateType

from litsweep import errors
from litsweep.errors import DatabaseBusy, DatabaseUnreachable, LitsweepError
from tasks import embed, identify, load, read, retrieve
from tasks.retrying import RETRIED, is_passing, tried_again

ALL_ERRORS = sorted(
    (
        one
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, LitsweepError)
    ),
    key=lambda one: one.__name__,
)
ALL_TASKS: list[Task[Any, Any]] = [
    value
    for module in (embed, identify, load, read, retrieve)
    for _, value in sorted(vars(module).items())
    if isinstance(value, Task)
]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    made: list[float] = []
    monkeypatch.setattr("tasks.retrying.time.sleep", made.append)
    yield made


@pytest.mark.parametrize("kind", ALL_ERRORS, ids=lambda kind: kind.__name__)
def test_only_what_passes_by_itself_is_tried_again(kind: type[LitsweepError]) -> None:
    failed: State[Any] = State(type=StateType.FAILED, data=kind("why"))
    assert is_passing(None, None, failed) is (kind in {DatabaseUnreachable, DatabaseBusy})


def test_a_fault_of_ours_is_not_tried_again() -> None:
    failed: State[Any] = State(type=StateType.FAILED, data=ZeroDivisionError())
    assert not is_passing(None, None, failed)


@pytest.mark.parametrize("task", ALL_TASKS, ids=lambda task: task.fn.__qualname__)
def test_every_task_is_held_to_the_policy(task: Task[Any, Any]) -> None:
    assert task.retry_condition_fn is is_passing
    assert task.retries == RETRIED["retries"]
    assert task.retry_jitter_factor == RETRIED["retry_jitter_factor"]


def test_all_modules_with_tasks_are_looked_at() -> None:
    assert len(ALL_TASKS) >= 7


def test_a_function_is_tried_until_it_works(pauses: list[float]) -> None:
    failures = [DatabaseUnreachable("away"), DatabaseBusy("writing")]

    @tried_again
    def work(value: int) -> int:
        if failures:
            raise failures.pop(0)
        return value

    assert work(7) == 7
    assert len(pauses) == 2
    assert pauses[0] < pauses[1]


def test_a_function_that_never_works_fails_in_the_end(pauses: list[float]) -> None:
    calls: list[int] = []

    @tried_again
    def work() -> None:
        calls.append(1)
        raise DatabaseUnreachable("away")

    with pytest.raises(DatabaseUnreachable):
        work()
    assert len(calls) == 3


def test_any_other_error_comes_at_once(pauses: list[float]) -> None:
    @tried_again
    def work() -> None:
        raise errors.StorageFull("full")

    with pytest.raises(errors.StorageFull):
        work()
    assert not pauses
