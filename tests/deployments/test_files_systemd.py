"""The units: what systemd says of them, what they leave open, and that all they name is there."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.manifests import wrong_command, wrong_variables

SYSTEMD = Path(__file__).parents[2] / "deployments" / "systemd"
UNITS = sorted(path.name for path in SYSTEMD.iterdir() if path.suffix != ".md")
SERVICES = [name for name in UNITS if name.endswith(".service")]
# systemd's own measure, from 0 (closed) to 10; a GPU's devices cost some.
MOST_EXPOSED = 2.0
PREFIX = "/opt/litsweep/bin/"


@pytest.fixture(scope="module")
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd-analyze is not installed on this machine")
    return found


def test_systemd_has_no_remark(analyze: str, tmp_path: Path) -> None:
    beside = Path(sys.executable).parent
    for name in UNITS:
        text = (SYSTEMD / name).read_text("utf-8").replace(PREFIX, f"{beside}/")
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        [analyze, "verify", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_little_is_left_open(analyze: str, name: str) -> None:
    done = subprocess.run(
        [
            *(analyze, "security", "--offline=true", "--no-pager"),
            *(f"--threshold={round(MOST_EXPOSED * 10)}", str(SYSTEMD / name)),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout[-300:]
    (found,) = re.findall(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert float(found) <= MOST_EXPOSED


@pytest.mark.parametrize("name", SERVICES)
def test_every_command_module_and_variable_exists(name: str) -> None:
    text = (SYSTEMD / name).read_text("utf-8")
    commands = re.findall(r"^Exec\w+=(.*)$", text, re.M)
    assert commands
    for command in commands:
        for part in re.findall(rf"{PREFIX}[^']*", command):
            words = shlex.split(part.replace(PREFIX, "").replace('"', ""))
            assert wrong_command(words) is None
    set_here = re.findall(r"(\w+)=", " ".join(re.findall(r"^Environment=(.*)$", text, re.M)))
    documented = re.findall(r"\b(?:LITSWEEP|NCBI|PREFECT)_[A-Z_]+\b", text)
    assert not wrong_variables([*set_here, *documented])
    assert not re.search(r"PASSWORD=|AUTH_STRING=|API_KEY=", text)


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_from_a_file_that_only_root_reads(name: str) -> None:
    text = (SYSTEMD / name).read_text("utf-8")
    assert re.findall(r"^EnvironmentFile=/etc/litsweep/\w+\.env$", text, re.M)
    assert "User=litsweep" in text
    assert "MemoryMax=" in text


def test_a_worker_has_time_to_close_its_books() -> None:
    for name in ("litsweep-worker.service", "litsweep-gpu-worker@.service"):
        text = (SYSTEMD / name).read_text("utf-8")
        assert int(re.findall(r"^TimeoutStopSec=(\d+)$", text, re.M)[0]) >= 120
        assert "Restart=always" in text
        # Prefect's worker passes no signal on to its runs.
        assert "KillMode=control-group" in text


def test_one_worker_for_one_gpu() -> None:
    text = (SYSTEMD / "litsweep-gpu-worker@.service").read_text("utf-8")
    assert "CUDA_VISIBLE_DEVICES=%i" in text
    assert "--limit 1 " in text
    assert "DeviceAllow=/dev/nvidia%i rw" in text
