"""A Prefect server that wants a password, with everything that ``apply`` puts there.

The server is started by the first test that needs it and stopped at the end of the session.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client

from litsweep_app.prefect_server import local_server
from tests.deployments.servers import PASSWORD, at_server


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What an operator's shell has: the server's address, and a profile with a trap in it."""
    settings = {
        # So that no night falls into the tests.
        "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
        "PREFECT_SERVER_API_AUTH_STRING": PASSWORD,
    }
    with local_server(settings) as url:
        yield {
            **{name: value for name, value in os.environ.items() if name[:5] != "NCBI_"},
            "PREFECT_API_URL": url,
            "PREFECT_API_AUTH_STRING": PASSWORD,
            "PREFECT_HOME": str(tmp_path_factory.mktemp("operator")),
            # What `work-pool create --set-as-default` writes; it moves what the plain command
            # deploys by name.
            "PREFECT_DEFAULT_WORK_POOL_NAME": "somewhere-else",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "DO_NOT_TRACK": "1",
        }


@pytest.fixture(scope="session")
def applied(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What ``apply`` printed on a new server, run from a folder that has nothing to do with it."""
    done = subprocess.run(
        [sys.executable, "-m", "deployments.apply"],
        env=environment,
        cwd=tmp_path_factory.mktemp("elsewhere"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def server_database(operator: SyncPrefectClient) -> Path:
    """The file in which the server keeps everything."""
    reply = operator.request("GET", "/admin/settings").json()
    return Path(reply["home"]) / "prefect.db"


@pytest.fixture
def operator(applied: str, environment: dict[str, str]) -> Iterator[SyncPrefectClient]:
    """A client of the server as it was applied; what the test runs here, it runs there."""
    with at_server(environment), get_client(sync_client=True) as client:
        yield client


@pytest.fixture
def api(applied: str, environment: dict[str, str]) -> Iterator[httpx.Client]:
    """The server's plain API."""
    user, _, password = PASSWORD.partition(":")
    with httpx.Client(
        base_url=environment["PREFECT_API_URL"],
        auth=(user, password),
        timeout=60,
    ) as client:
        yield client
