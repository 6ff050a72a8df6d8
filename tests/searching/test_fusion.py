"""Rankings are fused as Cormack, Clarke and Büttcher did."""

import pytest

from litsweep.searching.fusion import fuse_rankings


def test_what_both_rank_high_comes_first() -> None:
    assert fuse_rankings([[1, 2, 3], [3, 2, 4]]) == [3, 2, 1, 4]


def test_the_sums_decide() -> None:
    words, meaning = [*range(100)], [99, *range(200, 300)]
    # 1/160 + 1/61 = 0.0226 is more than 1/61 = 0.0164 alone.
    assert fuse_rankings([words, meaning])[:2] == [99, 0]
    assert fuse_rankings([[1, 2, 3], [3, 2, 4]], k=0) == [3, 1, 2, 4]


def test_with_equal_sums_the_earlier_ranking_decides() -> None:
    assert fuse_rankings([[5, 1], [1, 5]]) == [5, 1]
    assert fuse_rankings([[5], [1]]) == [5, 1]
    assert fuse_rankings([[1], [5]]) == [1, 5]


@pytest.mark.parametrize("rankings", [[], [[]], [[], []]])
def test_nothing_ranked(rankings: list[list[int]]) -> None:
    assert fuse_rankings(rankings) == []


def test_one_ranking_stays_as_it_is_and_counts_each_once() -> None:
    assert fuse_rankings([[3, 1, 3, 2], []]) == [3, 1, 2]
