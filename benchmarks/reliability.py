"""Nights in quick succession: a made NCBI, a results database a trial, and no pauses.

The flow, its tasks, the HTTP and the database are the real ones. Only the pauses before a
request is repeated are left out, which nobody would wait for a thousand times.
"""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

from benchmarks.lasting_server import without_prefect
from benchmarks.made_days import write_days
from db import topics
from db.engine import Database, open_database
from flows.sweep import sweep
from litsweep.errors import LitsweepError
from litsweep.settings import Settings
from litsweep.sources.eutils import EutilsClient
from litsweep.sources.throttle import Throttle
from litsweep_app import sandbox
from litsweep_app.sandbox import Calendar, SandboxAddress
from tasks import identify

TOPIC = "everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """A running sandbox with its days, and a folder for the databases of the trials."""

    address: SandboxAddress
    calendar: Calendar
    folder: Path

    @property
    def urls(self) -> dict[str, str]:
        """The sandbox's addresses as settings, to hand to another process."""
        return {
            "LITSWEEP_EUTILS_URL": self.address.eutils_url,
            "LITSWEEP_PMC_CLOUD_URL": self.address.pmc_cloud_url,
            "LITSWEEP_EUROPE_PMC_URL": self.address.europe_pmc_url,
        }

    def new_database(self, name: str) -> Path:
        """Copy the empty database with one topic, and set it."""
        path = self.folder / f"{name}.db"
        shutil.copy(self.folder / "empty.db", path)
        use_database(path)
        return path

    def forget(self, path: Path) -> None:
        """Delete a database whose trial went well."""
        for each in path.parent.glob(f"{path.name}*"):
            each.unlink()


@contextmanager
def open_trials(n_records: int) -> Iterator[Trials]:
    """Serve made records while the block lasts."""
    # Prefect's lines would stand between those of the tables, those of other processes too.
    os.environ["PREFECT_LOGGING_LEVEL"] = "CRITICAL"
    logging.getLogger("prefect").setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "ncbi").mkdir()
        calendar = write_days(folder / "ncbi", n_records)
        _make_empty_database(folder / "empty.db")
        address = stack.enter_context(
            sandbox.running(calendar, enforce_rate_limit=False, compresses=False)
        )
        trials = Trials(address=address, calendar=calendar, folder=folder)
        point_at(trials.urls)
        yield trials


def point_at(urls: dict[str, str]) -> None:
    """Set the addresses, and all that makes a night quick."""
    os.environ |= urls | {
        "LITSWEEP_REQUESTS_PER_SECOND": "100",
        "LITSWEEP_TIMEOUT_SECONDS": "20",
        "LITSWEEP_RETRIES": "3",
        "LITSWEEP_FIRST_WINDOW_DAYS": "36500",
        "NCBI_EMAIL": "benchmark@example.org",
    }


def use_database(path: Path) -> None:
    """Point the settings at a database."""
    os.environ["LITSWEEP_DATABASE_URL"] = f"sqlite:///{path}"


def sweep_unrecorded() -> bool:
    """Run the same flow and tasks as plain functions: a third of a night's work is Prefect's."""
    night = uuid4().hex
    with ExitStack() as stack:
        stack.enter_context(patch("tasks.identify.open_eutils", _open_impatient))
        stack.enter_context(patch("tasks.identify.flow_run_id", lambda: night))
        for name in ("search", "fetch_batch"):
            stack.enter_context(
                patch.object(identify, name, without_prefect(getattr(identify, name)))
            )
        try:
            return bool(sweep.fn(TOPIC, None, None, False).is_completed())
        except LitsweepError:
            return False


def _open_impatient(settings: Settings, _database: Database) -> EutilsClient:
    ticks = count()
    throttle = Throttle(1.0, clock=lambda: 10.0 * next(ticks), sleep=lambda _seconds: None)
    return EutilsClient(settings, throttle=throttle, sleep=lambda _seconds: None)


def _make_empty_database(path: Path) -> None:
    database = open_database(f"sqlite:///{path}", create=True)
    with database.writing() as conn:
        topics.add_topic(conn, name=TOPIC, query="all[sb]", author="benchmark", reason="all")
    database.close()
