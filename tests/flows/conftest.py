"""A Prefect server for all flows, a local NCBI on small data, and an empty results database.

The server is started by the first test that needs it and stopped at the end of the session.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from db.engine import Database, open_database
from litsweep_app import sandbox
from litsweep_app.prefect_server import local_server, recording_on
from litsweep_app.sandbox import SandboxAddress
from tests.fakes.meddled_ncbi import Meddle, meddled
from tests.flows.nights import add_topic

Serve = Callable[..., Any]


@pytest.fixture(scope="session")
def prefect_url() -> Iterator[str]:
    """Address of a running Prefect server."""
    with local_server() as url:
        yield url


@pytest.fixture
def recorded(prefect_url: str) -> Iterator[str]:
    """Record the flows that the test runs in this process."""
    with recording_on(prefect_url):
        yield prefect_url


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The results database that the settings name, with the topic ``everything``."""
    url = f"sqlite:///{tmp_path / 'results.db'}"
    monkeypatch.setenv("LITSWEEP_DATABASE_URL", url)
    opened = open_database(url, create=True)
    add_topic(opened, "everything", "all[sb]")
    yield opened
    opened.close()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Serve a folder as NCBI while a block lasts, and point the settings at it."""
    monkeypatch.setenv("LITSWEEP_REQUESTS_PER_SECOND", "100")
    monkeypatch.setenv("LITSWEEP_RETRIES", "0")
    monkeypatch.setenv("LITSWEEP_SUMMARY_MODEL", "none")
    monkeypatch.setenv("LITSWEEP_ANALYSIS_MODEL", "none")
    monkeypatch.setenv("NCBI_EMAIL", "somebody@example.org")

    @contextmanager
    def serving(*folders: Path, meddle: Meddle = lambda question: question) -> Iterator[None]:
        with (
            sandbox.running(folders, enforce_rate_limit=False) as address,
            meddled(address, meddle) as asked,
        ):
            _point_at(monkeypatch, asked)
            yield

    return serving


def _point_at(monkeypatch: pytest.MonkeyPatch, address: SandboxAddress) -> None:
    monkeypatch.setenv("LITSWEEP_EUTILS_URL", address.eutils_url)
    monkeypatch.setenv("LITSWEEP_PMC_CLOUD_URL", address.pmc_cloud_url)
    monkeypatch.setenv("LITSWEEP_EUROPE_PMC_URL", address.europe_pmc_url)
