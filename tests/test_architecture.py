"""The line of packages holds: imports point one way, and torch stays behind one door."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("deployments", "flows", "tasks", "db", "src/litsweep", "src/litsweep_app")


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_settings_reads_the_environment() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "os.environ" in (text := path.read_text("utf-8")) or "os.getenv" in text
    }
    # A server or worker that is started is given the environment, less what is not its business.
    assert readers == {
        "src/litsweep/settings.py",
        "src/litsweep_app/house/environment.py",
        "src/litsweep_app/prefect_server.py",
    }


def test_no_drawers() -> None:
    drawers = {"utils", "helpers", "common", "misc"}
    names = {path.stem for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    assert not names & drawers


def test_no_standard_module_is_hidden_by_a_flow() -> None:
    names = {path.stem for path in (ROOT / "flows").glob("*.py")} - {"__init__"}
    assert not names & sys.stdlib_module_names


def test_base_installation_needs_no_torch() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    heavy = ("torch", "transformers", "safetensors")
    assert not [need for need in project["dependencies"] if need.startswith(heavy)]


def test_command_line_starts_without_torch_and_prefect() -> None:
    probe = (
        "import sys, litsweep_app.cli; heavy = {'torch', 'transformers', 'prefect'}; "
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"imported at start: {done.stderr}"
