"""From ``litsweep up`` to a green health page, in a fresh folder and again. Limit: 60 s on 2 cores.

Wall time is given with the processor time that the house took until then, since a loaded machine
gives it late. The stages are those that the house reports. Run ``python -m benchmarks.startup
[REPEATS]``.
"""

import os
import re
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
import psutil

REPEATS = 3
LIMIT_S = 60
LONGEST_S = 600
STAGES = ("server is ready after", "deployments: done in", "worker is ready after")


@dataclass(frozen=True)
class Start:
    """One start, in seconds: to the green page, of the processors, and of each stage."""

    wall: float
    processor: float
    stages: tuple[float, ...]
    stop: float


def main() -> None:
    """Measure and print the table."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else REPEATS
    cores = os.cpu_count()
    print(f"litsweep up to a green health page (limit: {LIMIT_S} s on 2 cores; here {cores})")
    print(f"{'':16}{'wall s':>8}{'CPU s':>8}{'server':>8}{'deploy':>8}{'worker':>8}{'stop s':>8}")
    fresh, again = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            fresh.append(_start(Path(folder)))
            again.append(_start(Path(folder)))
    for name, starts in (("fresh folder", fresh), ("again", again)):
        values = [
            median(one.wall for one in starts),
            median(one.processor for one in starts),
            *(median(one.stages[place] for one in starts) for place in range(len(STAGES))),
            median(one.stop for one in starts),
        ]
        print(f"{name:16}{''.join(f'{value:8.1f}' for value in values)}   medians of {repeats}")
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


def _start(folder: Path) -> Start:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PREFECT_", "LITSWEEP_", "NCBI_"))
    }
    ports = ("--port", "0", "--health-port", "0", "--desk-port", "0")
    command = (sys.executable, "-m", "litsweep_app.cli", "up", *ports)
    log = folder / "up.log"
    began = time.perf_counter()
    with log.open("wb") as output:
        process = psutil.Popen(command, cwd=folder, env=kept, stdout=output, stderr=output)
    try:
        _wait_until_green(process, log)
        wall, processor = time.perf_counter() - began, _processor_seconds(process)
        began = time.perf_counter()
        process.send_signal(signal.SIGINT)
        process.wait(LONGEST_S)
    finally:
        if process.is_running():
            process.kill()
    said = log.read_text("utf-8")
    stages = tuple(float(_find(rf"{stage} (\d+) s", said)) for stage in STAGES)
    return Start(wall, processor, stages, time.perf_counter() - began)


def _wait_until_green(process: psutil.Popen, log: Path) -> None:
    deadline = time.monotonic() + LONGEST_S
    while process.poll() is None and time.monotonic() < deadline:
        said = log.read_text("utf-8")
        if "The house stands." in said:
            url = _find(r"for programs: (\S+)\)", said)
            httpx.get(url, trust_env=False).raise_for_status()
            return
        time.sleep(0.1)
    raise SystemExit(log.read_text("utf-8"))


def _processor_seconds(process: psutil.Popen) -> float:
    """Of the house's processes; of the one that has ended, what it left with its parent."""
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def _find(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(text)
    return found[1]


if __name__ == "__main__":
    main()
