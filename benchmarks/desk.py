"""Fifty reviewers at one desk: how long a decision with the next card takes, and what is lost.

    python -m benchmarks.desk FOLDER [--records 100000] [--people 50] [--decisions 10000]
        [--think 2] [--workers 1] [--ways page,script,api] [--datasette /path/to/python]

Makes a review of made records in FOLDER, kept for the next time, serves it by ``litsweep desk``,
and has people decide from another process: with time to think (exponentially distributed around
--think seconds; a person takes 20 to 60 for an abstract), and without, as fast as it goes.
Then the decisions are counted in the database: each number that was acknowledged must stand there.
Server, people and database share the machine: what the load costs is in the figures.

Datasette 0.65.5 is asked for the same table, read only, where --datasette names a Python that has
it: ``python -m venv V && V/bin/pip install datasette==0.65.5``.
"""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx

from benchmarks import desk_database, desk_weights
from benchmarks.desk_database import Visitor
from benchmarks.large_database import TOPIC
from db.engine import open_database
from litsweep_app.ports import free_port

LIMIT_MS = 150.0
N_SATURATED = 2_000


def main() -> None:
    """Make the review, measure each way, and print the tables."""
    options = _parse_arguments()
    options.folder.mkdir(parents=True, exist_ok=True)
    made = options.folder / f"desk-{options.records}.db"
    desk_database.make(made, options.records)
    cores, load = os.cpu_count(), os.getloadavg()[0]
    print(f"{options.records:,} records, {options.people} people, {cores} cores, load {load:.1f}")
    _print_head()
    for way in options.ways.split(","):
        _measure(options, made, way, options.decisions, options.think)
        _measure(options, made, way, min(N_SATURATED, options.decisions), 0.0)
    _measure_datasette(options, made)
    with _review(options, made) as (path, people), _serving(path, options.workers) as address:
        desk_weights.print_weights(address, people[0].session, TOPIC)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the review is made and kept")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--decisions", type=int, default=10_000, help="of all people together")
    parser.add_argument("--think", type=float, default=2.0, help="seconds between two decisions")
    parser.add_argument("--workers", type=int, default=1, help="processes of the desk")
    parser.add_argument("--ways", default="page,script,api")
    parser.add_argument("--datasette", type=Path, help="a Python that has datasette")
    return parser.parse_args()


def _measure(
    options: argparse.Namespace, made: Path, way: str, n_decisions: int, think_s: float
) -> None:
    with _review(options, made) as (path, people):
        with _serving(path, options.workers) as address:
            found = _load(address, way, people, n_decisions // len(people), think_s)
        name = f"{way}, {f'{think_s:g} s to think' if think_s else 'none to think'}"
        _print_row(name, found, _count_lost(path, found))


@contextmanager
def _review(options: argparse.Namespace, made: Path) -> Iterator[tuple[Path, list[Visitor]]]:
    """Copy the review, so that each way begins with nothing decided; people have accounts."""
    path = options.folder / "results.db"
    _remove(path)
    shutil.copy(made, path)
    database = open_database(f"sqlite:///{path}")
    people = desk_database.add_visitors(database, options.people)
    database.close()
    try:
        yield path, people
    finally:
        _remove(path)


def _remove(path: Path) -> None:
    for end in ("", "-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)


@contextmanager
def _serving(path: Path, n_workers: int) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "litsweep_app.cli", "desk", "--no-ticket"]
    command += ["--port", str(port), "--workers", str(n_workers)]
    environment = os.environ | {"LITSWEEP_DATABASE_URL": f"sqlite:///{path.absolute()}"}
    with _running(command, environment, f"http://127.0.0.1:{port}", "/api/health") as address:
        yield address


@contextmanager
def _running(
    command: Sequence[str], environment: dict[str, str], address: str, path: str
) -> Iterator[str]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
            try:
                httpx.get(f"{address}{path}", timeout=5, trust_env=False).raise_for_status()
                break
            except httpx.HTTPError:
                pass
        yield address
    finally:
        process.terminate()
        process.wait(30)


def _load(
    address: str, way: str, people: Sequence[Visitor], n_each: int, think_s: float
) -> dict[str, Any]:
    job = {"address": address, "way": way, "topic": TOPIC, "n_each": n_each, "think_s": think_s}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.desk_load"],
        input=json.dumps({**job, "people": [asdict(one) for one in people]}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _count_lost(path: Path, found: dict[str, Any]) -> str:
    n_wanted = sum(len(one["deciding"]) for one in found["done"])
    numbers = {number for one in found["done"] for number in one["acknowledged"]}
    with sqlite3.connect(path) as conn:
        stored = {row[0] for row in conn.execute(_STANDING)}
        twice = conn.execute(_BY_TWO).fetchone()[0]
    conn.close()
    lost = n_wanted - len(stored) + len(numbers - stored)
    kept = f"{len(stored):,} of {n_wanted:,} stored, {lost} lost"
    return f"{kept}, {twice} records settled by two people"


_STANDING = (
    "SELECT screening_decision_id FROM screening_decisions "
    "WHERE is_standing AND decision <> 'withdrawn'"
)
_BY_TWO = (
    "SELECT count(*) FROM (SELECT record_id FROM screening_decisions "
    "WHERE decision IN ('include', 'exclude') "
    "GROUP BY record_id HAVING count(DISTINCT reviewer) > 1)"
)


def _measure_datasette(options: argparse.Namespace, made: Path) -> None:
    if options.datasette is None:
        print("Not measured beside Datasette: --datasette names no Python that has it.")
        return
    path = options.folder / "results.db"
    _remove(path)
    shutil.copy(made, path)
    port = free_port()
    command = [str(options.datasette), "-m", "datasette", "serve", "--immutable", str(path)]
    command += ["--port", str(port)]
    people = [Visitor(f"Reader {number}", "", "") for number in range(options.people)]
    with _running(command, dict(os.environ), f"http://127.0.0.1:{port}", "/-/versions") as address:
        for n_looks, think_s in ((N_SATURATED, options.think), (N_SATURATED, 0.0)):
            found = _load(address, "datasette", people, n_looks // len(people), think_s)
            name = f"Datasette, {f'{think_s:g} s to think' if think_s else 'none to think'}"
            _print_row(name, found, "reads only: a page of the list, a row's page")
    _remove(path)


def _print_head() -> None:
    print(f"{'ms':32} {'decision':>17} {'next card':>17} {'both: p50':>10} p95    p99    a second")


def _print_row(name: str, found: dict[str, Any], counted: str) -> None:
    first = [one for done in found["done"] for one in done["deciding"]]
    second = [one for done in found["done"] for one in done["next_card"]]
    both = [one + other for one, other in zip(first, second, strict=True)]
    p50, p95, p99 = _percentiles(both)
    verdict = "" if p95 < LIMIT_MS else f" (limit {LIMIT_MS:g})"
    print(
        f"{name:32} {_two(first):>17} {_two(second):>17} {p50:10.0f} {p95:5.0f}{verdict} "
        f"{p99:6.0f} {len(both) / found['seconds']:8.1f}  {counted}",
        flush=True,
    )


def _two(values: Sequence[float]) -> str:
    p50, p95, _ = _percentiles(values)
    return f"p50 {p50:.0f} p95 {p95:.0f}"


def _percentiles(values: Sequence[float]) -> tuple[float, float, float]:
    cut = quantiles(values, n=100, method="inclusive")
    return cut[49], cut[94], cut[98]


if __name__ == "__main__":
    main()
