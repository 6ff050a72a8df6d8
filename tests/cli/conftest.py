"""A project folder as a user has it, a local NCBI, and two ways to give a command.

``litsweep`` runs the command in this process, which is fast; ``litsweep_process`` runs the
installed script, where streams, exit codes and tracebacks are what they really are.
"""

import contextlib
import io
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from db import schema
from db.engine import open_database
from litsweep_app import sandbox
from litsweep_app.cli import main
from litsweep_app.cli.logs import OURS
from litsweep_app.prefect_server import local_server
from litsweep_app.sandbox import SandboxAddress
from tests.fakes.filled_database import fill

SCRIPT = Path(sys.executable).with_name("litsweep")
NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
KEY = "0123456789abcdef-secret"
N_RECORDS = 42


@dataclass(frozen=True)
class Done:
    """What a command ended with and printed; ``said`` is all of it."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


Litsweep = Callable[..., Done]


@pytest.fixture(autouse=True)
def _own_loggers() -> Iterator[None]:
    """Leave the loggers to the other tests as they are: each command sets them up."""
    loggers = (logging.root, *map(logging.getLogger, OURS))
    before = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.handlers = handlers
        # Not by the attribute: loggers keep what they found of it, until they are told.
        logger.setLevel(level)


@pytest.fixture
def litsweep(monkeypatch: pytest.MonkeyPatch) -> Litsweep:
    """Give a command in this process and in its working folder."""

    def run(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["litsweep", *map(str, arguments)])
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = _exit_code(main)
        return Done(code, out.getvalue(), err.getvalue())

    return run


def _exit_code(command: Callable[[], None]) -> int:
    try:
        command()
    except SystemExit as ending:
        return int(ending.code or 0)
    return 0


@pytest.fixture
def litsweep_process() -> Litsweep:
    """Give a command as a shell does; ``env`` adds to the environment."""

    def run(*arguments: str | Path, env: dict[str, str] | None = None, **options: Any) -> Done:
        done = subprocess.run(
            [SCRIPT, *arguments],
            env=clean_environment() | (env or {}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **options,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


def clean_environment() -> dict[str, str]:
    """Return this environment without settings of Prefect's (ours are gone already)."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}


@pytest.fixture(scope="session")
def ncbi() -> Iterator[SandboxAddress]:
    """A local NCBI that serves the sample data, as fast as it can."""
    with sandbox.running([sandbox.sample_data()], enforce_rate_limit=False) as address:
        yield address


@pytest.fixture(scope="session")
def prefect_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A running Prefect server, so that a sweep need not start its own."""
    home = tmp_path_factory.mktemp("prefect")
    with local_server() as url:
        yield {"PREFECT_API_URL": url, "PREFECT_HOME": str(home)}


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows, to copy."""
    path = tmp_path_factory.mktemp("empty") / "litsweep.db"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Path:
    """A database with the sample records, their abstracts read without a model, to copy."""
    path = Path(shutil.copy(empty_file, tmp_path_factory.mktemp("filled") / "litsweep.db"))
    database = open_database(f"sqlite:///{path}")
    fill(database)
    database.close()
    return path


@pytest.fixture
def project(tmp_path: Path, ncbi: SandboxAddress, empty_file: Path) -> Path:
    """The working folder, with settings for the local NCBI and a database without topics."""
    shutil.copy(empty_file, tmp_path / "litsweep.db")
    write_settings(tmp_path, ncbi)
    return tmp_path


@pytest.fixture
def filled(project: Path, filled_file: Path) -> Path:
    """The working folder with the sample records stored as topic ``everything``."""
    shutil.copy(filled_file, project / "litsweep.db")
    return project


def write_settings(folder: Path, address: SandboxAddress, **others: str) -> None:
    """Write the settings file that points at a local NCBI; ``others`` are TOML values."""
    values = {
        "eutils_url": f'"{address.eutils_url}"',
        "pmc_cloud_url": f'"{address.pmc_cloud_url}"',
        "europe_pmc_url": f'"{address.europe_pmc_url}"',
        "ncbi_email": '"somebody@example.org"',
        "requests_per_second": "100",
        "retries": "0",
        "summary_model": '"none"',
        "analysis_model": '"none"',
    } | others
    lines = [f"{name} = {value}" for name, value in values.items()]
    (folder / "litsweep.toml").write_text("\n".join(lines) + "\n", "utf-8")
