"""Fixtures that every test may use: where real files lie, when they are there."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.cage import Cage

SHARED = Path(os.environ.get("LITSWEEP_TEST_SHARED", Path(__file__).parents[2] / "shared"))


def _folder(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"real files are not here: {folder} (set LITSWEEP_TEST_SHARED to their folder)")
    return folder


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Real PubMed XML, PMC full texts and E-utilities replies."""
    return _folder("corpus")


@pytest.fixture(scope="session")
def tokenizers_dir() -> Path:
    """Tokenizer files of the real models."""
    return _folder("tokenizers")


@pytest.fixture(scope="session")
def cage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cage]:
    """A process with limits, to run readers of hostile input in."""
    with Cage(tmp_path_factory.mktemp("cage")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own settings, keys and working folder out of every test."""
    for name in list(os.environ):
        if name.startswith(("LITSWEEP_", "NCBI_")) and not name.startswith("LITSWEEP_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
