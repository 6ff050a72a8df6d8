"""Prints every table, one process a benchmark, so that none warms or crowds another."""

import subprocess
import sys

NAMES = (
    "parsing",
    "full_texts",
    "fields",
    "checks",
    "analysis",
    "duplicates",
    "tokenization",
    "copying",
    "meaning",
    "writing",
    "frames",
    "pace",
    "resweep",
    "exports",
    "startup",
    "orchestration",
    "workers",
    "server_growth",
    "growth",
    "faults",
    "kills",
    "two_servers",
    "scenarios",
    "week",
    "demo",
    "generation",
    "gpu",
)


def main() -> None:
    """Run all benchmarks, the quick ones first."""
    for name in NAMES:
        print(f"\n== {name}", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)


if __name__ == "__main__":
    main()
