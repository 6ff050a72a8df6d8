"""SIGKILL at a random moment of a sweep, then a plain sweep: nothing lost, doubled or altered.

Each trial starts a sweep of made records in a process of its own, kills it at a moment drawn
evenly from the time that a whole sweep takes, and sweeps again in a fresh process. Run
``python -m benchmarks.kills [N] [SEED] [RECORDS]``.
"""

import random
import sqlite3
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from benchmarks.oracle import find_faults, print_verdict
from benchmarks.reliability import (
    Trials,
    open_trials,
    point_at,
    sweep_unrecorded,
    use_database,
)

N_KILLS, SEED, N_RECORDS = 500, 1, 2_000
N_PROCESSES = 2

# Its only thread has everything imported, so that a sweep begins 50 ms after its start.
_FORKING = get_context("forkserver")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one kill found the sweep at, and what the oracle found wrong after the next sweep."""

    n_stored: int
    was_running: bool
    wrong: tuple[str, ...]


def main() -> None:
    """Kill in two processes side by side and print what came of it."""
    given = [int(argument) for argument in sys.argv[1:]]
    n, seed, n_records = [*given, *(N_KILLS, SEED, N_RECORDS)[len(given) :]]
    print(f"{n:,} kills (SIGKILL) of a sweep of {n_records:,} records, seed {seed}")
    shares = [n // N_PROCESSES + (k < n % N_PROCESSES) for k in range(N_PROCESSES)]
    started = time.perf_counter()
    with ProcessPoolExecutor(N_PROCESSES, mp_context=get_context("spawn")) as pool:
        seeds = range(seed, seed + N_PROCESSES)
        shared = pool.map(_run, shares, seeds, repeat(n_records))
        found = [outcome for outcomes in shared for outcome in outcomes]
    _print(found, time.perf_counter() - started, n_records)
    if any(outcome.wrong for outcome in found):
        raise SystemExit(1)


def _run(n_kills: int, seed: int, n_records: int) -> list[Outcome]:
    _FORKING.set_forkserver_preload(["benchmarks.reliability"])
    draw = random.Random(seed)
    with open_trials(n_records) as trials:
        _run_whole(trials, trials.new_database("warm"))
        started = time.perf_counter()
        _run_whole(trials, trials.new_database("whole"))
        seconds = time.perf_counter() - started
        return [
            _kill_once(trials, f"kill-{seed}-{number}", draw.uniform(0, seconds))
            for number in range(n_kills)
        ]


def _run_whole(trials: Trials, path: Path) -> None:
    sweep = _FORKING.Process(target=_sweep, args=(trials.urls, path))
    sweep.start()
    sweep.join()
    if sweep.exitcode != 0:
        raise SystemExit(f"A sweep that nobody killed ended with {sweep.exitcode}.")


def _kill_once(trials: Trials, name: str, after: float) -> Outcome:
    path = trials.new_database(name)
    sweep = _FORKING.Process(target=_sweep, args=(trials.urls, path))
    sweep.start()
    time.sleep(after)
    was_running = sweep.is_alive()
    sweep.kill()
    sweep.join()
    n_stored = _count(path)
    _run_whole(trials, path)
    wrong = find_faults(path, trials.calendar.library(0))
    if not wrong:
        trials.forget(path)
    return Outcome(n_stored=n_stored, was_running=was_running, wrong=tuple(wrong))


def _sweep(urls: dict[str, str], path: Path) -> None:
    point_at(urls)
    use_database(path)
    if not sweep_unrecorded():
        raise SystemExit(3)


def _count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as conn:
        return int(conn.execute("SELECT count(*) FROM records").fetchone()[0])


def _print(found: list[Outcome], seconds: float, n_records: int) -> None:
    running = [one for one in found if one.was_running]
    stored = Counter(min(4, 5 * one.n_stored // (n_records + 1)) for one in running)
    print(f"{'kills that met a running sweep':44}{len(running):>10,}")
    for fifth in range(5):
        label = f"  with {20 * fifth} to {20 * fifth + 20} % of the records stored"
        print(f"{label:44}{stored[fifth]:>10,}")
    trials = {f"trial {number}": one.wrong for number, one in enumerate(found)}
    print_verdict(trials, n_counted=len(running))
    print(f"{'seconds a trial':44}{N_PROCESSES * seconds / len(found):>10.2f}")


if __name__ == "__main__":
    main()
