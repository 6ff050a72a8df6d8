"""Cohen's kappa against numbers that were worked by hand, and what holds of any table."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsweep.domain.agreement import Agreement, AgreementTable, measure

counts = st.integers(min_value=0, max_value=10_000)
tables = st.builds(
    AgreementTable,
    both_include=counts,
    only_first=counts,
    only_second=counts,
    both_exclude=counts,
    n_unsure=counts,
)


def of(*cells: int) -> Agreement:
    names = ("both_include", "only_first", "only_second", "both_exclude")
    return measure("Ada", "Ben", AgreementTable(**dict(zip(names, cells, strict=True))))


def test_a_table_worked_by_hand() -> None:
    """Of 50: 20 and 15 agree. Include: 25 of 50, and 30 of 50; by chance 0.3 + 0.2.

    The variance, by Fleiss, Cohen and Everitt: A = 0.4 (1 - 1.1 * 0.6)² + 0.3 (1 - 0.9 * 0.6)²
    = 0.10972; B = 0.36 (0.1 (0.6 + 0.5)² + 0.2 (0.4 + 0.5)²) = 0.10188; C = (0.4 - 0.5 * 0.6)²
    = 0.01; the root of (A + B - C) / (0.25 * 50).
    """
    found = of(20, 5, 10, 15)
    assert found.observed == pytest.approx(0.7)
    assert found.expected == pytest.approx(0.5)
    assert found.kappa == pytest.approx(0.4)
    assert found.pabak == pytest.approx(0.4)
    error = math.sqrt((0.10972 + 0.10188 - 0.01) / 12.5)
    assert found.standard_error == pytest.approx(error)
    assert found.interval == pytest.approx((0.4 - 1.959964 * error, 0.4 + 1.959964 * error))
    assert found.why_undefined is None


def test_prevalence_lowers_kappa_and_not_its_adjusted_form() -> None:
    """Feinstein and Cicchetti's paradox: 85 of 100 agree, yet kappa is 0.7 or 0.32."""
    balanced, skewed = of(40, 9, 6, 45), of(80, 10, 5, 5)
    assert balanced.kappa == pytest.approx(0.70, abs=0.005)
    assert skewed.kappa == pytest.approx(0.32, abs=0.005)
    assert balanced.pabak == skewed.pabak == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ((0, 0, 0, 0), "no record"),
        ((7, 0, 0, 0), "Both include every record"),
        ((0, 0, 0, 7), "Both exclude every record"),
    ],
    ids=["nothing", "all included", "all excluded"],
)
def test_where_there_is_no_kappa_it_says_why(cells: tuple[int, ...], why: str) -> None:
    found = of(*cells)
    assert (found.kappa, found.standard_error, found.interval) == (None, None, None)
    assert found.why_undefined is not None
    assert why in found.why_undefined


@given(tables)
def test_of_any_table(table: AgreementTable) -> None:
    """Kappa is within -1 and 1, 1 only where all agree, and the same for the two exchanged."""
    found = measure("Ada", "Ben", table)
    exchanged = AgreementTable(
        both_include=table.both_exclude,
        only_first=table.only_first,
        only_second=table.only_second,
        both_exclude=table.both_include,
    )
    turned = AgreementTable(
        both_include=table.both_include,
        only_first=table.only_second,
        only_second=table.only_first,
        both_exclude=table.both_exclude,
    )
    assert (found.kappa is None) == (found.why_undefined is not None)
    if found.kappa is None:
        return
    assert found.standard_error is not None
    assert found.interval is not None
    assert found.observed is not None
    assert -1 - 1e-9 <= found.kappa <= found.observed + 1e-9
    assert (found.kappa > 1 - 1e-9) == (table.only_first + table.only_second == 0)
    assert found.interval[0] - 1e-9 <= found.kappa <= found.interval[1] + 1e-9
    for other in (exchanged, turned):
        same = measure("Ada", "Ben", other)
        assert same.kappa == pytest.approx(found.kappa, abs=1e-9)
        assert same.standard_error == pytest.approx(found.standard_error, abs=1e-9)
