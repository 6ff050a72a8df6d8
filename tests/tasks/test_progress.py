"""How far the work is: told to those who listen, once a batch."""

import pytest

from tasks import progress


def test_each_batch_is_reported_when_it_is_done() -> None:
    told: list[tuple[str, int, int]] = []
    with progress.listening(lambda *step: told.append(step)):
        for batch in progress.in_batches([1, 2, 3], 2, "records"):
            told.append(("working", len(batch), 0))
    assert told == [
        ("records", 0, 3),
        ("working", 2, 0),
        ("records", 2, 3),
        ("working", 1, 0),
        ("records", 1, 3),
    ]


def test_nothing_to_do_is_not_reported() -> None:
    with progress.listening(lambda *_: pytest.fail("told of nothing")):
        assert list(progress.in_batches([], 2, "records")) == []


def test_work_goes_on_where_nobody_listens() -> None:
    told: list[str] = []
    with progress.listening(lambda counted, *_: told.append(counted)):
        pass
    assert list(progress.in_batches([1], 2, "records")) == [[1]]
    assert told == []


def test_a_batch_that_fails_is_not_counted() -> None:
    told: list[int] = []
    with (
        progress.listening(lambda _, n_more, __: told.append(n_more)),
        pytest.raises(RuntimeError),
    ):
        for _ in progress.in_batches([1, 2, 3], 2, "records"):
            raise RuntimeError
    assert told == [0]
