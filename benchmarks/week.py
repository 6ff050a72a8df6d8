"""A week of nights in which something is killed every few seconds: what is lost, what hangs.

A Prefect server, two process workers, a warm reader, a reaper, PostgreSQL with the results and an
NCBI that changes from night to night are real processes on loopback, deployed as
``python -m deployments.apply`` does it. SIGKILL takes one of them, or what runs on it, at random
moments; it is started again after a moment, as a supervisor does. Each morning one night is left
in peace; then what is stored is compared with what NCBI served, by plain SQL. Run
``python -m benchmarks.week [KILLS [SEED]]``; 200 kills take about half an hour.
"""

import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
from sqlalchemy import create_engine, text

from benchmarks.house_processes import House, Part
from benchmarks.house_server import ENDED
from benchmarks.made_days import write_week
from db.connections import parse_place
from litsweep_app.sandbox import Calendar

T = TypeVar("T")

N_KILLS, SEED, N_NIGHTS = 200, 1, 7
N_RECORDS, N_A_NIGHT = 600, 60
STUCK_LIMIT_S: Final = 300.0
_CALM_S: Final = 1_200.0
_PAUSE_S: Final = (1.0, 6.0)
_DOWN_S: Final = (0.0, 2.0)
_TRIES: Final = 120
# What is killed, and how often among the others. A machine is a worker with all that it runs.
_VICTIMS: Final[dict[str, tuple[int, tuple[Part, ...]]]] = {
    "flow runs": (8, (Part.FLOW,)),
    "worker": (5, (Part.WORKER,)),
    "second worker": (3, (Part.SECOND_WORKER,)),
    "machine": (1, (Part.WORKER, Part.SECOND_WORKER, Part.FLOW)),
    "warm reader": (5, (Part.READER,)),
    "Prefect server": (3, (Part.SERVER,)),
    "PostgreSQL": (4, (Part.POSTGRESQL,)),
    "NCBI": (3, (Part.NCBI,)),
    "reaper": (1, (Part.REAPER,)),
}


@dataclass(slots=True)
class Week:
    """What happened so far; ``wrong`` has the faults of each night, ``stuck_s`` of each wait."""

    killed: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    calm: list[str] = field(default_factory=list)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    stuck_s: list[float] = field(default_factory=list)


def main() -> None:
    """Kill through a week and print what came of it."""
    given = [int(argument) for argument in sys.argv[1:]]
    n_kills, seed = [*given, *(N_KILLS, SEED)[len(given) :]]
    print(f"{n_kills} kills in {N_NIGHTS} nights, seed {seed}", flush=True)
    week, draw, started = Week(), random.Random(seed), time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        house = House(
            Path(folder),
            on_postgresql=True,
            n_records=N_RECORDS,
            write=_write,
            batch_seconds=0.5,
            worker_settings={"LITSWEEP_READING_DEPLOYMENT": "read-documents/read-warm"},
        )
        with house:
            _open(house)
            with _watching_slot(house, week):
                for night in range(1, N_NIGHTS + 1):
                    share = n_kills // N_NIGHTS + (night <= n_kills % N_NIGHTS)
                    _live_through(house, week, draw, night, share)
    _print(week, time.monotonic() - started)
    if any(week.wrong.values()) or max(week.stuck_s, default=0) > STUCK_LIMIT_S:
        raise SystemExit(1)


def _write(folder: Path, n_records: int) -> Calendar:
    return write_week(folder, n_records, N_A_NIGHT, N_NIGHTS)


def _open(house: House) -> None:
    house.start(Part.SERVER)
    subprocess.run(
        [sys.executable, "-m", "deployments.apply"],
        env=house.environment,
        cwd=house.folder,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    house.start(Part.WORKER, Part.SECOND_WORKER, Part.READER, Part.REAPER)


def _live_through(house: House, week: Week, draw: random.Random, night: int, n_kills: int) -> None:
    """Let one night be killed ``n_kills`` times, then let one end, and look at what is stored."""
    house.go_on_to(night)
    run: str | None = None
    for _ in range(n_kills):
        run = _go_on(house, week, run)
        time.sleep(draw.uniform(*_PAUSE_S))
        _kill(house, week, draw)
    if run is not None:
        week.ended[_wait(house, run)] += 1
    week.calm.append(_sleep_in_peace(house))
    week.wrong[f"night {night}"] = [*house.find_faults(), *_find_doubled_readings(house)]
    faults = week.wrong[f"night {night}"]
    print(f"night {night}: {sum(week.killed.values())} killed so far; {faults[:3]}", flush=True)


def _go_on(house: House, week: Week, run: str | None) -> str | None:
    """Order a night where none goes on; a server that is down orders none."""
    try:
        if run is not None:
            state = house.server.state(run)
            if state["type"] not in ENDED:
                return run
            week.ended[state["name"]] += 1
        return _begin(house)
    except httpx.HTTPError:
        return run


def _begin(house: House) -> str:
    return house.begin_night(reading="pool")


def _patiently(ask: Callable[[], T]) -> T:
    """Ask the server again while it is away, or too busy to answer."""
    for _ in range(_TRIES):
        try:
            return ask()
        except (httpx.HTTPError, TimeoutError):
            time.sleep(1)
    return ask()


def _kill(house: House, week: Week, draw: random.Random) -> None:
    name = draw.choices(list(_VICTIMS), [weight for weight, _ in _VICTIMS.values()])[0]
    parts = _VICTIMS[name][1]
    house.kill(*parts)
    week.killed[name] += 1
    time.sleep(draw.uniform(*_DOWN_S))
    house.start(*(part for part in parts if part is not Part.FLOW))


def _wait(house: House, run: str) -> str:
    return str(_patiently(lambda: house.wait_until_ended(run, _CALM_S))["name"])


def _sleep_in_peace(house: House) -> str:
    """Run nights that nobody kills until one completes; return how many that took."""
    said = ""
    for tries in range(1, 4):
        _patiently(lambda: house.wait_until_slot_free(_CALM_S))
        run = _patiently(lambda: _begin(house))
        if _wait(house, run) == "Completed":
            return f"{tries}"
        said = str(_patiently(partial(house.server.state, run))["message"])
    return f"none of 3: {said[:200]}"


def _find_doubled_readings(house: House) -> list[str]:
    """Return what is not read, or was read twice in one way."""
    engine = create_engine(parse_place(house.database_url).url)
    with engine.connect() as conn:
        doubled = conn.scalar(text(_DOUBLED))
        unread = conn.scalar(text(_UNREAD))
    engine.dispose()
    return [
        *([f"{doubled} readings doubled"] if doubled else []),
        *([f"{unread} abstracts lost to reading"] if unread else []),
    ]


_DOUBLED: Final = (
    "SELECT count(*) FROM (SELECT document_id, fingerprint FROM readings WHERE failure IS NULL "
    "GROUP BY document_id, fingerprint HAVING count(*) > 1) AS twice"
)
_UNREAD: Final = (
    "SELECT count(*) FROM records JOIN record_versions USING (record_id, version) "
    "WHERE document_id NOT IN (SELECT document_id FROM readings WHERE failure IS NULL)"
)


@contextmanager
def _watching_slot(house: House, week: Week) -> Iterator[None]:
    """Note for how long the night's slot is held while no process of a night lives."""
    is_over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(house, week, is_over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()


def _watch(house: House, week: Week, is_over: threading.Event) -> None:
    since: float | None = None
    while not is_over.wait(0.5):
        if any(True for _ in house.flow_processes()):
            since = None
            continue
        try:
            is_free = house.server.is_slot_free("nightly")
        except httpx.HTTPError:
            continue  # nobody can tell; what is held goes on being held
        if not is_free:
            since = since or time.monotonic()
        elif since is not None:
            week.stuck_s.append(time.monotonic() - since)
            since = None


def _print(week: Week, seconds: float) -> None:
    rows: list[tuple[str, Any]] = [
        *((f"killed: {name}", n) for name, n in week.killed.most_common()),
        *((f"nights that ended {name}", n) for name, n in week.ended.most_common()),
        ("nights in peace until one completed", ", ".join(week.calm)),
        ("slot held with nobody at work, longest s", f"{max(week.stuck_s, default=0):.0f}"),
        ("the same, times over 5 minutes", sum(s > STUCK_LIMIT_S for s in week.stuck_s)),
        ("nights with something lost", _count(week, "lost")),
        ("nights with something doubled", _count(week, "doubled") + _count(week, "duplicated")),
        ("nights with anything wrong at all", sum(map(bool, week.wrong.values()))),
        ("minutes", f"{seconds / 60:.0f}"),
    ]
    for label, value in rows:
        print(f"{label:44}{value!s:>12}")
    for night, faults in week.wrong.items():
        if faults:
            print(f"{night}: {'; '.join(faults[:5])}")


def _count(week: Week, kind: str) -> int:
    return sum(any(kind in fault for fault in faults) for faults in week.wrong.values())


if __name__ == "__main__":
    main()
