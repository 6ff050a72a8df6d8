"""How far the work is, told to whoever listens in this process. Knows nobody who does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

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


def advance(counted: str, n_more: int, n_total: int) -> None:
    """Say that ``n_more`` of ``n_total`` are done; silent where nobody listens."""
    listener = _listener.get()
    if listener is not None:
        listener(counted, n_more, n_total)
