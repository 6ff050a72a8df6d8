"""A sandbox that misbehaves as a test says, and ways to ask it."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from litsweep_app import sandbox
from litsweep_app.sandbox import Endpoint, Fault, FaultKind, FaultSchedule, Library, SandboxAddress

Misbehave = Callable[..., None]


@pytest.fixture(scope="session")
def sample() -> Library:
    """The packaged sample: 42 records, 9 full texts."""
    return sandbox.load_library([sandbox.sample_data()])


@pytest.fixture(scope="module")
def ncbi(sample: Library) -> Iterator[SandboxAddress]:
    """A running sandbox without the rate limit."""
    with sandbox.running(sample, enforce_rate_limit=False) as address:
        yield address


@pytest.fixture
def misbehave(ncbi: SandboxAddress) -> Iterator[Misbehave]:
    """Let one kind of fault happen, at all calls unless said otherwise, until the test ends."""

    def misbehave(kind: FaultKind, endpoint: Endpoint | None = None, **settings: Any) -> None:
        fault = Fault(kind=kind, endpoint=endpoint, **settings)
        ncbi.set_faults(FaultSchedule(faults=(fault,)))

    ncbi.requests.clear()
    yield misbehave
    ncbi.set_faults(None)


@pytest.fixture(scope="module")
def http(ncbi: SandboxAddress) -> Iterator[httpx.Client]:
    """A plain client, which believes everything."""
    with httpx.Client(base_url=ncbi.eutils_url, timeout=10) as client:
        yield client
