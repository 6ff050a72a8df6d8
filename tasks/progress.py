"""How far the work is, told to whoever listens in this process. Knows nobody who does."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from tasks.policies import batched

Item = TypeVar("Item")
Listener = Callable[[str, int, int], None]
"""Takes what is being counted, how many more are done, and how many there are in all."""

_listener: ContextVar[Listener | None] = ContextVar("progress_listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send what is reported inside the block to ``listener``."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def in_batches(items: Sequence[Item], size: int, counted: str) -> Iterator[Sequence[Item]]:
    """Cut ``items`` into batches of at most ``size``, and report each one when it is done."""
    if items:
        report(counted, 0, len(items))  # the first batch may take a while
    for batch in batched(items, size):
        yield batch
        report(counted, len(batch), len(items))


def report(counted: str, n_more: int, n_total: int) -> None:
    """Tell that ``n_more`` of ``n_total`` are done."""
    listener = _listener.get()
    if listener is not None:
        listener(counted, n_more, n_total)
