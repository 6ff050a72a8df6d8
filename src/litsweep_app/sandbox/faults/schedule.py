"""Which call of which endpoint goes wrong, and how: said one by one, or drawn from a seed.

A schedule is a table and holds no state: the same endpoint and call number always have the same
fault, whatever the order in which threads ask.
"""

import random
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, Self

from pydantic import ConfigDict

from litsweep.errors import UsageError
from litsweep_app.sandbox.endpoints import Endpoint
from litsweep_app.sandbox.faults.kinds import ALTERATIONS, FaultKind, fitting_endpoints

_CALLS: Final = re.compile(
    r"always|every (?P<every>[1-9]\d*)|(?P<first>\d+)(?P<dash>-(?P<last>\d+)?)?", re.IGNORECASE
)
_MOST_RECORDS: Final = 3
_NOTHING_ELSE: Final = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One entry of a schedule: what happens, where, and at which calls, counted from 1.

    ``endpoint`` None stands for every endpoint. ``calls`` is ``3``, ``"3-5"``, ``"3-"``,
    ``"every 7"`` or ``"always"``. The rest is for the kinds that name it: ``at`` counts bytes
    (from the end where negative) or, as a fraction, is a share of the answer; ``in_gzip`` cuts
    the packed bytes instead of the plain ones; ``seed`` draws records where ``pmids`` names none.

    Raises:
        UsageError: ``calls`` cannot be read, or the endpoint's answers have nothing to alter so.
    """

    __pydantic_config__ = _NOTHING_ELSE

    kind: FaultKind
    endpoint: Endpoint | None = None
    calls: int | str = "always"
    status: int | None = None
    retry_after: int | None = None
    seconds: float = 1.0
    at: int | float | None = None
    looks_complete: bool = False
    in_gzip: bool = False
    pmids: tuple[int, ...] = ()
    n: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if _CALLS.fullmatch(str(self.calls)) is None:
            raise UsageError(
                f"The calls {self.calls!r} of the fault {self.kind} cannot be read. Write 3, "
                '"3-5", "3-", "every 7" or "always".'
            )
        if self.endpoint and not self._can_happen_at(self.endpoint):
            fits = ", ".join(ALTERATIONS[self.kind])
            raise UsageError(
                f"The fault {self.kind} cannot happen at {self.endpoint}, only at {fits}."
            )

    def befalls(self, endpoint: Endpoint, call: int) -> bool:
        """Tell whether it happens at this call."""
        is_here = endpoint is self.endpoint or self.endpoint is None
        return is_here and self._can_happen_at(endpoint) and self._includes(call)

    def _can_happen_at(self, endpoint: Endpoint) -> bool:
        return endpoint in ALTERATIONS.get(self.kind, (endpoint,))

    def _includes(self, call: int) -> bool:
        given = _CALLS.fullmatch(str(self.calls))
        if given is None or not given["first"]:
            every = given["every"] if given else None
            return call % int(every or 1) == 0
        first = int(given["first"])
        last = int(given["last"] or call) if given["dash"] else first
        return first <= call <= last


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSchedule:
    """Entries, of which the first that fits a call counts; then, with a seed, drawn faults.

    Each call of ``endpoints`` goes wrong with the probability ``rate``, by one of those
    ``kinds`` that fit its endpoint. None stands for all endpoints, or all kinds.
    """

    __pydantic_config__ = _NOTHING_ELSE

    faults: tuple[Fault, ...] = ()
    seed: int | None = None
    rate: float = 0.2
    kinds: frozenset[FaultKind] | None = None
    endpoints: frozenset[Endpoint] | None = None
    _fitting: dict[Endpoint, tuple[FaultKind, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        kinds = frozenset(FaultKind) if self.kinds is None else self.kinds
        for endpoint in Endpoint if self.endpoints is None else self.endpoints:
            # In the order of their definition: a set's own order differs between processes.
            self._fitting[endpoint] = tuple(
                kind for kind in FaultKind if kind in kinds and endpoint in fitting_endpoints(kind)
            )

    @classmethod
    def seeded(
        cls,
        seed: int,
        *,
        rate: float = 0.2,
        kinds: Collection[FaultKind] | None = None,
        endpoints: Collection[Endpoint] | None = None,
    ) -> Self:
        """Build a schedule of drawn faults only."""
        return cls(
            seed=seed,
            rate=rate,
            kinds=None if kinds is None else frozenset(kinds),
            endpoints=None if endpoints is None else frozenset(endpoints),
        )

    def find(self, endpoint: Endpoint, call: int) -> Fault | None:
        """Return what goes wrong at a call, or None."""
        for fault in self.faults:
            if fault.befalls(endpoint, call):
                return fault
        kinds = self._fitting.get(endpoint)
        if self.seed is None or not kinds:
            return None
        draw = random.Random(f"{self.seed} {endpoint} {call}")
        return _draw_fault(draw, draw.choice(kinds)) if draw.random() < self.rate else None


def _draw_fault(draw: random.Random, kind: FaultKind) -> Fault:
    n = draw.randint(1, _MOST_RECORDS)
    return Fault(
        kind=kind,
        retry_after=draw.choice((None, 1)),
        seconds=0.2,
        # Half of the resets come before the first byte.
        at=None if kind is FaultKind.RESET and draw.random() < 0.5 else draw.random(),
        looks_complete=draw.random() < 0.5,
        in_gzip=draw.random() < 0.5,
        n=-n if kind is FaultKind.WRONG_COUNT and draw.random() < 0.5 else n,
        seed=draw.getrandbits(32),
    )
