"""The six packages come from this repository, and the pinned versions are the installed ones."""

import ast
import importlib
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "name", ["deployments", "flows", "tasks", "db", "litsweep", "litsweep_app"]
)
def test_package_is_ours(name: str) -> None:
    found = Path(str(importlib.import_module(name).__file__)).resolve()
    assert found.is_relative_to(ROOT.resolve())


def test_constraints_are_what_is_installed() -> None:
    lines = (ROOT / "requirements" / "constraints.txt").read_text("utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    for name in ("prefect", "fastapi", "transformers", "sqlalchemy", "lxml", "biopython"):
        assert version(name) == pinned[next(key for key in pinned if key.lower() == name)]


def test_every_imported_package_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    needs = [
        *project["dependencies"],
        *extras["models"],
        *extras["postgresql"],
        *extras["analysis"],
        *extras["dask"],
        *extras["redis"],
    ]
    declared = {re.split(r"[\[<>=]", need)[0].lower() for need in needs}
    distributions = packages_distributions()
    imported = {name for path in _sources() for name in _imports(path)} - sys.stdlib_module_names
    undeclared = {
        name
        for name in imported - {"deployments", "flows", "tasks", "db", "litsweep", "litsweep_app"}
        if not declared & {found.lower() for found in distributions.get(name, [name])}
    }
    assert not undeclared


def _sources() -> list[Path]:
    folders = ("deployments", "flows", "tasks", "db", "src")
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names
