"""Wilson's interval against published values."""

import pytest

from litsweep.domain.error_rates import Tally, wilson_interval


@pytest.mark.parametrize(
    ("n_wrong", "n", "low", "high"),
    # Newcombe, Statistics in Medicine 1998;17:857-872, table I, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_that_of_the_literature(
    n_wrong: int, n: int, low: float, high: float
) -> None:
    assert wilson_interval(n_wrong, n) == pytest.approx((low, high), abs=5e-5)


def test_the_disputed_are_in_no_rate() -> None:
    tally = Tally(n_right=1, n_disputed=2).plus(Tally(n_wrong=3))
    assert (tally.n_judged, tally.rate) == (6, 0.75)
    assert Tally(n_disputed=2).rate is None
