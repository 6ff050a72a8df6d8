"""An answer with what it truly says beside its bytes, so that both can be logged and altered."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

Alter = Callable[[int, list[int]], tuple[int, list[int]]]
"""Changes a search's count and page of ids, or (the count then being theirs) the ids of a set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``uids`` are the ids that a search lists or the records that a set holds, in order.

    They are PMIDs, or the numbers of PMCIDs with ``db=pmc``; empty for other endpoints.
    ``count`` is the one that a search gives.
    """

    response: Response
    uids: tuple[int, ...] = ()
    count: int | None = None


def unaltered(count: int, uids: list[int]) -> tuple[int, list[int]]:
    """Leave all as it is."""
    return count, uids
