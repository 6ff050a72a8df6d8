"""How often machines were wrong, by what people judged: counts, rates and their intervals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Final

from litsweep.domain.judgements import Fault

_Z: Final = 1.959964
"""The 97.5th percentile of the normal distribution: intervals are of 95 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Sentences or data items that people judged, each counted once however many judged it.

    ``n_disputed`` are those that one person finds right and another wrong; they are in no rate.
    """

    n_right: int = 0
    n_wrong: int = 0
    n_disputed: int = 0

    @property
    def n_judged(self) -> int:
        """All of them."""
        return self.n_right + self.n_wrong + self.n_disputed

    @property
    def rate(self) -> float | None:
        """The share of wrong ones, 0 to 1, among those on which nobody disagrees; or None."""
        n_settled = self.n_right + self.n_wrong
        return self.n_wrong / n_settled if n_settled else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval of the rate (Wilson 1927), which holds for few and for none."""
        n_settled = self.n_right + self.n_wrong
        return wilson_interval(self.n_wrong, n_settled) if n_settled else None

    def plus(self, other: "Tally") -> "Tally":
        """Return both together."""
        return Tally(
            n_right=self.n_right + other.n_right,
            n_wrong=self.n_wrong + other.n_wrong,
            n_disputed=self.n_disputed + other.n_disputed,
        )


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Maker:
    """What made a sentence or an answer, and what for.

    ``task`` is ``summary``, or a data item's name. ``method`` is ``quoted`` or ``generated`` for
    a sentence; for a data item ``quoted``, ``rule``, ``ranking``, ``model``, or ``no answer``.
    ``model_id`` is the model that wrote it, or what chose a quotation; the others are empty, and
    the version 0, where no model wrote.
    """

    task: str
    method: str
    model_id: str
    model_revision: str
    prompt_name: str
    prompt_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRate:
    """What people found of one maker's sentences or answers.

    ``n_shown`` were before the eyes of people who decided. ``judged`` is what people chose to
    judge: what looks wrong, above all. ``audited`` is what chance chose, so that its rate speaks
    for all. ``faults`` count the wrong ones by what is wrong; one may have several.
    """

    maker: Maker
    n_shown: int = 0
    judged: Tally = field(default_factory=Tally)
    audited: Tally = field(default_factory=Tally)
    faults: Mapping[Fault, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckWorth:
    """What the checks' flags are worth: how many of those flagged, and not flagged, were wrong.

    ``of`` is ``sentences`` or ``data items``.
    """

    of: str
    flagged: Tally
    unflagged: Tally
    audited_flagged: Tally
    audited_unflagged: Tally


def wilson_interval(n_wrong: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of ``n_wrong`` in ``n``, which is not 0; both ends 0 to 1."""
    share, z2 = n_wrong / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)
