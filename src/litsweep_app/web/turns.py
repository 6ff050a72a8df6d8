"""In which threads pages are answered: those that decide take turns, first come, first served.

Two at a time: more threads answer no sooner, for they share one processor, and whoever holds the
database's one writer meanwhile waits for the processor behind all the others. With forty at a
time, the slowest twentieth of fifty people's decisions took fifteen times as long as the median
one; with two, twice as long. Pages that only read are not in this row, nor held up by it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

from litsweep_app.web.page import Page

AT_A_TIME: Final = 2
"""Requests of pages that take turns, in each process of the desk."""

Found = TypeVar("Found")

_TURNS: Final[RunVar[CapacityLimiter]] = RunVar("turns")


async def run_in_thread(
    page: Page, function: Callable[..., Found], *given: Any, **named: Any
) -> Found:
    """Call a function in a thread, for a page that takes turns when its turn comes."""
    limiter = _find_turns() if page.takes_turns else None
    return await to_thread.run_sync(partial(function, *given, **named), limiter=limiter)


def _find_turns() -> CapacityLimiter:
    found = _TURNS.get(None)
    if found is None:
        found = CapacityLimiter(AT_A_TIME)
        _TURNS.set(found)
    return found
