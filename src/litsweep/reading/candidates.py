"""A possible answer to a data item: a sentence of the report, and what was made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from litsweep.domain.generations import Generation
from litsweep.domain.readings import Check, ValueMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One answer; ``position`` is that of the sentence that bears it, ``support`` in [0, 1].

    ``quoted`` are the positions of the sentences that are quoted, where that is more than the one.
    The other fields are those of `litsweep.domain.readings.Finding`.
    """

    position: int
    support: float
    quoted: range | None = None
    value: str | None = None
    value_method: ValueMethod | None = None
    structured: Mapping[str, Any] = field(default_factory=dict)
    generation: Generation | None = None
    checks: tuple[Check, ...] = ()
