"""What a house started ends with it, also when the house itself is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from litsweep_app.house import family
from tests.house.conftest import ROOT
from tests.house.waiting import wait_until

# Stands for a house: starts two processes, says so, and never gets to end them.
_HOUSE = """
import os, subprocess, sys
folder, mark = sys.argv[1:]
environment = {**os.environ, "HOUSE_OF_LITSWEEP": mark}
tethered = [sys.executable, "-m", "litsweep_app.house.tethered"]
processes = [
    subprocess.Popen(
        [*tethered, *options, "tests.fakes.house_process", folder, name, word],
        stdin=subprocess.PIPE, env=environment, start_new_session=True,
    )
    for name, word, options in (("server", "stay", ["--last-of", mark]), ("worker", "child", []))
]
for process in processes:
    process.stdin.write(b"go\\n")
    process.stdin.flush()
sys.stdin.read()
"""


def _start(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _HOUSE, str(folder), str(folder)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )


def test_nothing_outlives_a_killed_house_and_the_server_is_the_last(tmp_path: Path) -> None:
    mark, events = str(tmp_path), tmp_path / "events"
    house = _start(tmp_path)
    try:
        wait_until(lambda: events.exists() and events.read_text().count("listens") == 2)
        # The child has a session of its own, as a flow run has; nobody waits for its end.
        assert len(family.list_members(mark)) == 3
        worker_s_child = min(family.list_members(mark), key=lambda pid: -pid)
        house.send_signal(signal.SIGKILL)
        house.communicate()
        wait_until(lambda: "worker ended" in events.read_text())
        assert "server ended" not in events.read_text()
        os.kill(worker_s_child, signal.SIGKILL)
        wait_until(lambda: not family.list_members(mark))
    finally:
        family.send(family.list_members(mark), signal.SIGKILL)
    assert events.read_text().splitlines()[-2:] == ["worker ended", "server ended"]


def test_a_flow_run_is_asked_to_end_once(tmp_path: Path) -> None:
    mark = str(tmp_path)
    code = (
        "import signal, sys, time; n = 0\n"
        "def hear(*_):\n    global n; n += 1\n"
        "signal.signal(signal.SIGTERM, hear); print('listens', flush=True)\n"
        "while not n: time.sleep(0.01)\n"
        "time.sleep(0.5); print(n)"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, family.MARK: mark, "PREFECT__FLOW_RUN_ID": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    other = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"],
        env={**os.environ, family.MARK: mark},
    )
    try:
        assert run.stdout is not None
        assert run.stdout.readline() == "listens\n"
        family.end_flow_runs(mark, 30)
        assert run.communicate()[0] == "1\n"
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
        run.kill()


def test_without_its_parent_s_word_nothing_begins(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "litsweep_app.house.tethered", "--preload", "json,csv"),
            *("tests.fakes.house_process", str(tmp_path), "worker", "stay"),
        ],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0
    assert not (tmp_path / "events").exists()
