"""A flow run's process goes on when the worker that reads its output has been killed."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

_RUN = """
import logging, sys
from prefect.logging.configuration import setup_logging
setup_logging()
import flows
sys.stdin.readline()
for _ in range(3):
    logging.getLogger("prefect.flow_runs").warning("a line that nobody reads")
    print("another", flush=True)
open(sys.argv[1], "w").write("survived")
"""


def _run(tmp_path: Path, **environment: str) -> tuple[int, str]:
    done = tmp_path / "done"
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, str(done)],
        env={**os.environ, "PREFECT_LOGGING_TO_API_ENABLED": "false", **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin and process.stdout and process.stderr
    process.stdout.close()
    process.stderr.close()
    process.stdin.write(b"go on\n")
    process.stdin.close()
    status = process.wait(60)
    return status, done.read_text() if done.exists() else ""


def test_a_flow_run_outlives_the_reader_of_its_output(tmp_path: Path) -> None:
    assert _run(tmp_path, PREFECT__FLOW_RUN_ID=str(uuid.uuid4())) == (0, "survived")


def test_what_is_no_flow_run_is_left_as_it_is(tmp_path: Path) -> None:
    status, said = _run(tmp_path)
    assert status != 0
    assert not said
