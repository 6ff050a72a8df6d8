"""How the tests of this folder reach the server that all of them share."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

PASSWORD = "operator:Wm7-not-to-be-found"


@contextmanager
def at_server(environment: Mapping[str, str]) -> Iterator[None]:
    """Have what Prefect does in this process happen at the server of that shell."""
    settings = {
        PREFECT_API_URL: environment["PREFECT_API_URL"],
        PREFECT_API_AUTH_STRING: environment["PREFECT_API_AUTH_STRING"],
    }
    with temporary_settings(settings):
        yield


def wait_for(condition: Callable[[], object], *, seconds: float = 120, every: float = 0.3) -> None:
    """Wait until something is so; fail when it is not after that long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(every)
