"""How many documents a worker takes: many, unless they are slow or others wait for a share."""

import pytest

from tasks.batch_sizes import BatchSize


@pytest.mark.parametrize(
    ("seconds_each", "n_left", "n_workers", "expected"),
    [
        pytest.param(None, 1000, 1, 64, id="nothing is known yet"),
        pytest.param(0.01, 1000, 1, 64, id="fast"),
        pytest.param(0.5, 1000, 1, 20, id="ten seconds of them"),
        pytest.param(30.0, 1000, 1, 8, id="never less than the model takes at once"),
        pytest.param(0.01, 1000, 4, 64, id="enough for all"),
        pytest.param(0.01, 160, 4, 20, id="half of its share"),
        pytest.param(0.01, 160, 1, 64, id="alone it takes all"),
        pytest.param(0.01, 3, 4, 8, id="the last ones"),
    ],
)
def test_choice(seconds_each: float | None, n_left: int, n_workers: int, expected: int) -> None:
    sizes = BatchSize(least=8, most=64)
    if seconds_each is not None:
        sizes.learn(32, 32 * seconds_each)
    assert sizes.choose(n_left=n_left, n_workers=n_workers) == expected
