"""The nearest vectors are those that sorting all of them would give, whatever the limit."""

import numpy as np
import pytest

from litsweep.searching.nearest import Matrix, find_nearest


def unit(rows: list[list[float]]) -> Matrix:
    matrix = np.array(rows, dtype=np.float32)
    scaled: Matrix = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    return scaled


@pytest.mark.parametrize("limit", [1, 7, 499, 500, 1000])
def test_they_are_the_first_of_all_sorted(limit: int) -> None:
    chance = np.random.default_rng(7)
    matrix = chance.normal(size=(500, 16)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    found = find_nearest(matrix, matrix[3], np.arange(500), limit)
    cosines = matrix @ matrix[3]
    wanted = sorted(range(500), key=lambda row: -cosines[row])[:limit]
    assert [row for row, _ in found] == wanted
    assert found[0] == (3, 1.0)
    assert [nearness for _, nearness in found] == pytest.approx(cosines[wanted], abs=1e-6)


def test_of_equally_near_ones_the_newest_come_first() -> None:
    matrix = unit([[1, 0], [0, 1], [1, 0], [1, 0], [1, 1]])
    newness = np.array([2, 9, 3, 1, 8])
    found = find_nearest(matrix, matrix[0], newness, 2)
    assert [row for row, _ in found] == [2, 0]
    found = find_nearest(matrix, matrix[0], newness, 4)
    assert [row for row, _ in found] == [2, 0, 3, 4]


def test_a_difference_that_rounding_made_is_none() -> None:
    matrix = unit([[1, 1e-5], [1, 0]])
    found = find_nearest(matrix, matrix[1], np.array([2, 1]), 2)
    assert [row for row, _ in found] == [0, 1]


def test_among_none_there_is_none() -> None:
    matrix = np.empty((0, 2), dtype=np.float32)
    assert find_nearest(matrix, unit([[1, 0]])[0], np.empty(0, dtype=np.int64), 5) == []
