"""``make demo`` in a fresh clone: wall time and peak memory. Limits: 4 minutes, 3 GiB.

Packages come from pip's cache where it has them, so that installing is counted and downloading
is not; run it twice to be sure of that. Run ``python -m benchmarks.demo``.
"""

import subprocess
import tempfile
import time
from pathlib import Path

import psutil

LIMIT_S = 240
LIMIT_BYTES = 3 * 2**30
ROOT = Path(__file__).parents[1]


def main() -> None:
    """Clone, run both halves, print the table."""
    print(f"make demo in a fresh clone (limits: {LIMIT_S} s in all, {LIMIT_BYTES / 2**30:.0f} GiB)")
    print(f"{'':36}{'wall s':>9}{'peak MiB':>10}")
    total = 0.0
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "litsweep"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        for name, target in (
            ("the environment", ".venv/.litsweep-ready"),
            ("the demo itself", "demo"),
        ):
            seconds, peak = _watched(["make", "--silent", target], clone)
            total += seconds
            print(f"{name:36}{seconds:9.1f}{peak / 2**20:10,.0f}")
    print(f"{'in all':36}{total:9.1f}")


def _watched(command: list[str], folder: Path) -> tuple[float, int]:
    started, peak = time.perf_counter(), 0
    with (folder / "bench.log").open("wb") as log:
        process = psutil.Popen(command, cwd=folder, stdout=log, stderr=log)
        while process.poll() is None:
            peak = max(peak, _memory(process))
            time.sleep(0.2)
    if process.returncode:
        raise SystemExit((folder / "bench.log").read_text(errors="replace")[-2000:])
    return time.perf_counter() - started, peak


def _memory(process: psutil.Popen) -> int:
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


if __name__ == "__main__":
    main()
