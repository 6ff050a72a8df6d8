"""Seeded fault schedules: nights on an NCBI that misbehaves, then one on an NCBI that does not.

Each schedule sweeps made records on two faulty nights, the second after corrections came, and on
a third night without faults. Then nothing may be lost, duplicated or altered, and every run that
calls itself complete must add up. Run ``python -m benchmarks.faults [N] [FIRST_SEED] [RECORDS]``.
"""

import logging
import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context

from benchmarks.oracle import find_faults, print_verdict
from benchmarks.reliability import Trials, open_trials, sweep_unrecorded
from litsweep_app.sandbox import FaultSchedule

N_SCHEDULES, FIRST_SEED, N_RECORDS = 1_000, 1, 2_000
N_PROCESSES = 2
RATES = (0.02, 0.1, 0.3, 0.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one schedule; ``wrong`` names every fault that the oracle found."""

    seed: int
    completed: tuple[bool, ...]
    n_faults: int
    wrong: tuple[str, ...]


def main() -> None:
    """Run the schedules in two processes and print what came of them."""
    given = [int(argument) for argument in sys.argv[1:]]
    n, first, n_records = [*given, *(N_SCHEDULES, FIRST_SEED, N_RECORDS)[len(given) :]]
    print(f"{n:,} schedules of faults, seeds {first} to {first + n - 1}, {n_records:,} records")
    started = time.perf_counter()
    shares = [range(first + k, first + n, N_PROCESSES) for k in range(N_PROCESSES)]
    with ProcessPoolExecutor(N_PROCESSES, mp_context=get_context("spawn")) as pool:
        shared = pool.map(_run, shares, repeat(n_records))
        found = [outcome for outcomes in shared for outcome in outcomes]
    _print(found, time.perf_counter() - started)
    if any(outcome.wrong for outcome in found):
        raise SystemExit(1)


def _run(seeds: range, n_records: int) -> list[Outcome]:
    logging.disable(logging.WARNING)  # every repeated request would be a line
    with open_trials(n_records) as trials:
        return [_run_schedule(trials, seed) for seed in seeds]


def _run_schedule(trials: Trials, seed: int) -> Outcome:
    path = trials.new_database(f"seed-{seed}")
    rate = random.Random(seed).choice(RATES)
    trials.address.requests.clear()
    completed = []
    for day, faults in ((0, seed), (1, seed + 1_000_000), (1, None)):
        trials.address.set_day(day)
        trials.address.set_faults((faults and FaultSchedule.seeded(faults, rate=rate)) or None)
        completed.append(sweep_unrecorded())
    wrong = find_faults(path, trials.calendar.library(1), earlier=trials.calendar.library(0))
    if not completed[-1]:
        wrong.append("the night without faults did not complete")
    n_faults = sum(one.fault is not None for one in trials.address.requests.entries())
    if not wrong:
        trials.forget(path)
    return Outcome(seed=seed, completed=tuple(completed), n_faults=n_faults, wrong=tuple(wrong))


def _print(found: list[Outcome], seconds: float) -> None:
    nights = Counter(night for one in found for night in enumerate(one.completed, 1) if night[1])
    print(f"{'faults that were met':44}{sum(one.n_faults for one in found):>10,}")
    for night in (1, 2, 3):
        print(f"{f'complete in night {night}':44}{nights[night, True]:>10,}")
    print_verdict({f"seed {one.seed}": one.wrong for one in found}, n_counted=len(found))
    print(f"{'seconds a schedule':44}{N_PROCESSES * seconds / len(found):>10.2f}")


if __name__ == "__main__":
    main()
