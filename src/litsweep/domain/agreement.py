"""How far two people agree who decided about the same records, beyond what chance would give.

Include and exclude are compared; what either left open is counted apart.
"""

import math
from dataclasses import dataclass
from typing import Final

_Z_95: Final = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementTable:
    """Of the records that both decided about: how many each way.

    ``only_first``: the first person includes what the second excludes; ``only_second`` the
    other way round. ``n_unsure``: one of them, or both, leave it open.
    """

    both_include: int
    only_first: int
    only_second: int
    both_exclude: int
    n_unsure: int = 0

    @property
    def n_both(self) -> int:
        """How many records both include or exclude."""
        return self.both_include + self.only_first + self.only_second + self.both_exclude


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far two people agree; shares are 0 to 1.

    ``observed`` is the share of agreement, ``expected`` the one that their own shares of
    inclusions would give by chance. ``kappa`` is Cohen's, ``standard_error`` and ``interval`` (95
    %) its large-sample ones; ``pabak`` is kappa adjusted for prevalence and bias. What cannot be
    computed is None, and ``why_undefined`` says why.
    """

    first: str
    second: str
    table: AgreementTable
    observed: float | None
    expected: float | None
    kappa: float | None
    standard_error: float | None
    interval: tuple[float, float] | None
    pabak: float | None
    why_undefined: str | None


def measure(first: str, second: str, table: AgreementTable) -> Agreement:
    """Return how far two people agree.

    Kappa: J. Cohen, Educ Psychol Meas 1960;20:37-46. Its standard error: J. L. Fleiss, J. Cohen,
    B. S. Everitt, Psychol Bull 1969;72:323-327 (the one for intervals, not for the test
    against no agreement). PABAK: T. Byrt, J. Bishop, J. B. Carlin, J Clin Epidemiol
    1993;46:423-429.
    """
    n = table.n_both
    observed = (table.both_include + table.both_exclude) / n if n else None
    expected = _expect(table) if n else None
    kappa = error = None
    why = None
    if observed is None or expected is None:
        why = "There is no record that both include or exclude."
    elif n in (table.both_include, table.both_exclude):
        word = "include" if table.both_include else "exclude"
        why = f"Both {word} every record: agreement by chance would be complete as well."
    else:
        kappa = (observed - expected) / (1 - expected)
        error = _standard_error(table, kappa, expected)
    return Agreement(
        first=first,
        second=second,
        table=table,
        observed=observed,
        expected=expected,
        kappa=kappa,
        standard_error=error,
        interval=None if kappa is None or error is None else _interval(kappa, error),
        pabak=None if observed is None else 2 * observed - 1,
        why_undefined=why,
    )


def _margins(table: AgreementTable) -> tuple[float, float]:
    """Return which share of the records each of the two includes."""
    n = table.n_both
    return (
        (table.both_include + table.only_first) / n,
        (table.both_include + table.only_second) / n,
    )


def _expect(table: AgreementTable) -> float:
    first, second = _margins(table)
    return first * second + (1 - first) * (1 - second)


def _standard_error(table: AgreementTable, kappa: float, expected: float) -> float:
    n = table.n_both
    first, second = _margins(table)
    apart = 1 - kappa
    agreeing = table.both_include / n * (1 - (first + second) * apart) ** 2
    agreeing += table.both_exclude / n * (1 - (2 - first - second) * apart) ** 2
    # The cell (i, j) with the second's share of i and the first's share of j.
    disagreeing = table.only_first / n * (second + 1 - first) ** 2
    disagreeing += table.only_second / n * (1 - second + first) ** 2
    variance = agreeing + apart**2 * disagreeing - (kappa - expected * apart) ** 2
    return math.sqrt(max(0.0, variance) / n) / (1 - expected)


def _interval(kappa: float, error: float) -> tuple[float, float]:
    return (max(-1.0, kappa - _Z_95 * error), min(1.0, kappa + _Z_95 * error))
