"""A worker's container ends after the runs in it, which are told to stop."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

# Starts a run that takes its time to close its books, and ends at the signal as Prefect's does.
WORKER = """
import pathlib, signal, subprocess, sys, time
run = "import pathlib, signal, sys, time\\n" \\
    "def close(*_):\\n" \\
    "    time.sleep(1)\\n" \\
    "    pathlib.Path('closed').touch()\\n" \\
    "    sys.exit()\\n" \\
    "signal.signal(signal.SIGTERM, close)\\n" \\
    "print('working', flush=True)\\n" \\
    "time.sleep(60)\\n"
subprocess.Popen([sys.executable, "-c", run])
signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
time.sleep(60)
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's /proc")
def test_a_run_closes_its_books_although_the_worker_left(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "litsweep_app.last_to_leave", sys.executable, "-c", WORKER],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 3
    assert (tmp_path / "closed").exists()
