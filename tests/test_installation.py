"""The five packages come from this repository, and the pinned versions are the installed ones."""

import importlib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["flows", "tasks", "db", "litsweep", "litsweep_app"])
def test_package_is_ours(name: str) -> None:
    found = Path(str(importlib.import_module(name).__file__)).resolve()
    assert found.is_relative_to(ROOT.resolve())


def test_constraints_are_what_is_installed() -> None:
    lines = (ROOT / "requirements" / "constraints.txt").read_text("utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    for name in ("prefect", "fastapi", "transformers", "sqlalchemy", "lxml", "biopython"):
        assert version(name) == pinned[next(key for key in pinned if key.lower() == name)]
