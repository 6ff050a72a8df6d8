"""The environments of a house's processes: what an operator sets, and nobody's own profile."""

import os
import shutil
from pathlib import Path
from typing import Final

import prefect
from platformdirs import user_cache_path

from benchmarks.house_server import HEARTBEAT_S
from litsweep_app.sandbox.application import CLOUD_PATH, EUROPE_PMC_PATH, EUTILS_PATH

# Each pause is twice the one before: a run outlives a server that is away for 2 + 4 + … + 512 s,
# 17 minutes; with Prefect's own 5 retries it is one minute, and such a run failed.
_SERVER_OUTLIVED: Final = 9
_LEASES_IN_FILES: Final = "prefect.server.concurrency.lease_storage.filesystem"


def server_environment(folder: Path) -> dict[str, str]:
    """Return that of the Prefect server, whose database is made in ``folder`` the first time."""
    database = folder / "prefect.db"
    template = user_cache_path("litsweep") / f"prefect-{prefect.__version__}.db"
    if template.is_file() and not database.exists():
        shutil.copyfile(template, database)  # a third of the time that a first start takes
    return _inherited() | {
        "PREFECT_HOME": str(folder / "server"),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{database}",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": _LEASES_IN_FILES,
        "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",  # no night but those ordered
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def worker_environment(
    folder: Path, api_url: str, database_url: str, ncbi_port: int
) -> dict[str, str]:
    """Return that of a worker; its flow runs inherit it."""
    ncbi = f"http://127.0.0.1:{ncbi_port}"
    return _inherited() | {
        "PREFECT_HOME": str(folder / "home"),
        "PREFECT_API_URL": api_url,
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_CLIENT_MAX_RETRIES": str(_SERVER_OUTLIVED),
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_S),
        "DO_NOT_TRACK": "1",
        "LITSWEEP_DATABASE_URL": database_url,
        "LITSWEEP_EUTILS_URL": ncbi + EUTILS_PATH,
        "LITSWEEP_PMC_CLOUD_URL": ncbi + CLOUD_PATH,
        "LITSWEEP_EUROPE_PMC_URL": ncbi + EUROPE_PMC_PATH,
        "LITSWEEP_REQUESTS_PER_SECOND": "100",
        "LITSWEEP_FIRST_WINDOW_DAYS": "36500",
        "LITSWEEP_SUMMARY_MODEL": "none",
        "LITSWEEP_ANALYSIS_MODEL": "none",
        "NCBI_EMAIL": "house@example.org",
    }


def _inherited() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PREFECT_", "LITSWEEP_", "NCBI_"))
    }
