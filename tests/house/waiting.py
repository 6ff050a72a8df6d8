"""Waits for what a test expects, with a deadline that a loaded machine keeps."""

import time
from collections.abc import Callable

_DEADLINE_S = 60.0


def wait_until(
    is_so: Callable[[], object],
    *,
    look: Callable[[], None] = lambda: None,
    seconds: float = _DEADLINE_S,
) -> None:
    """Look again and again until ``is_so``; fails when it never is."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        look()
        time.sleep(0.02)
