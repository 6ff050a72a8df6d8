"""Nights that go wrong, on real processes: what was killed, how long its slot was held, what came.

Each scenario sweeps made records in a deployed night, harms it in the middle, waits until
another night would be taken, and sweeps once more without harm. Then nothing may be lost or
doubled, and every receipt must add up. Run ``python -m benchmarks.scenarios [NAME …]``.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.house_processes import House, Part

LIMIT_S: Final = 300.0
BATCH_SECONDS: Final = 1.0
_STORED_FIRST: Final = 200
_RELIEF_S: Final = 20.0
_OUTAGE_S: Final = 75.0

Harm = Callable[[House, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is done to a night; ``ends`` is the state that it should come to."""

    name: str
    harm: Harm
    ends: str
    on_postgresql: bool = False
    is_watched: bool = False
    """Whether the server has the automation that ends silent runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a scenario; ``held_s`` counts from the harm until the slot was free."""

    state: str
    held_s: float
    is_next_complete: bool
    wrong: tuple[str, ...]


def kill_worker(house: House, _run: str) -> None:
    """Kill the worker, and leave the run to itself."""
    house.kill(Part.WORKER)


def kill_flow(house: House, run: str) -> None:
    """Kill the run; its worker lives."""
    house.kill_run(run)


def kill_both(house: House, run: str) -> None:
    """Kill worker and run, as a power cut does; a worker comes back, nothing else helps."""
    house.kill(Part.WORKER)
    house.kill_run(run)
    house.start(Part.WORKER)


def kill_both_and_tend(house: House, run: str) -> None:
    """Kill worker and run, and have the reaper make one pass."""
    kill_both(house, run)
    tend(house)


def kill_all(house: House, run: str) -> None:
    """Kill server, worker and run, and start the first two again."""
    house.kill(Part.SERVER, Part.WORKER)
    house.kill_run(run)
    house.start(Part.SERVER, Part.WORKER)


def kill_before_it_runs(house: House, run: str) -> None:
    """Kill worker and run while the run is pending, and have the reaper pass every 20 s."""
    house.kill(Part.WORKER)
    house.kill_run(run)
    house.start(Part.WORKER)
    while not house.server.is_slot_free("nightly"):
        tend(house)
        time.sleep(_RELIEF_S)


def restart_server(house: House, _run: str) -> None:
    """Kill the Prefect server and start it again."""
    house.restart(Part.SERVER)


def stop_server(house: House, _run: str) -> None:
    """Kill the Prefect server and start it again after more than a minute."""
    house.kill(Part.SERVER)
    time.sleep(_OUTAGE_S)
    house.start(Part.SERVER)


def restart_database(house: House, _run: str) -> None:
    """Stop PostgreSQL in order and start it again."""
    if house.postgresql is not None:
        house.postgresql.stop("fast")
        house.postgresql.start()


def crash_database(house: House, _run: str) -> None:
    """Crash PostgreSQL, and let it recover half a minute later."""
    house.kill(Part.POSTGRESQL)
    time.sleep(_RELIEF_S)
    house.start(Part.POSTGRESQL)


def cancel(house: House, run: str) -> None:
    """Cancel the run as the UI does."""
    house.server.set_state(run, "CANCELLING")


SCENARIOS: Final = (
    Scenario(name="worker killed", harm=kill_worker, ends="COMPLETED"),
    Scenario(name="flow killed", harm=kill_flow, ends="CRASHED"),
    Scenario(name="both killed, litsweep tend", harm=kill_both_and_tend, ends="CRASHED"),
    Scenario(name="both killed, automation", harm=kill_both, ends="CRASHED", is_watched=True),
    Scenario(name="all killed, automation", harm=kill_all, ends="CRASHED", is_watched=True),
    Scenario(name="killed while pending, tend", harm=kill_before_it_runs, ends="CRASHED"),
    Scenario(name="server killed, back at once", harm=restart_server, ends="COMPLETED"),
    Scenario(name="server away for 75 s", harm=stop_server, ends="COMPLETED"),
    Scenario(name="cancelled", harm=cancel, ends="CANCELLED"),
    Scenario(
        name="PostgreSQL restarted", harm=restart_database, ends="COMPLETED", on_postgresql=True
    ),
    Scenario(
        name="PostgreSQL crashed, 20 s", harm=crash_database, ends="COMPLETED", on_postgresql=True
    ),
)


def main() -> None:
    """Play the scenarios that are named, or all, and print a row for each."""
    wanted = sys.argv[1:]
    chosen = [one for one in SCENARIOS if not wanted or one.name in wanted]
    print(f"{'harm':<30}{'run':<11}{'slot held':>10}{'next night':>12}  wrong after it")
    is_right = True
    for scenario in chosen:
        outcome = play(scenario)
        is_right &= _is_right(scenario, outcome)
        print(
            f"{scenario.name:<30}{outcome.state:<11}{outcome.held_s:>8.1f} s"
            f"{'complete' if outcome.is_next_complete else 'FAILED':>12}  "
            f"{'; '.join(outcome.wrong[:3]) or 'nothing lost, nothing doubled'}",
            flush=True,
        )
    print(f"a slot may be held for {LIMIT_S:.0f} s after the harm")
    if not is_right:
        raise SystemExit(1)


def play(scenario: Scenario) -> Outcome:
    """Play one scenario in a house of its own."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        House(
            Path(folder) / "house",
            on_postgresql=scenario.on_postgresql,
            batch_seconds=BATCH_SECONDS,
        ) as house,
    ):
        house.start(Part.SERVER, Part.WORKER)
        if scenario.is_watched:
            house.server.crash_silent_runs()
        return harm_a_night(house, scenario.harm)


def harm_a_night(house: House, harm: Harm) -> Outcome:
    """Begin a night, harm it when a fifth is stored, wait for its slot, and sweep once more."""
    run = house.begin_night()
    if harm is kill_before_it_runs:
        house.wait_until(lambda: house.server.state(run)["type"] == "PENDING", "it is pending")
    else:
        house.wait_until_stored(_STORED_FIRST)
    started = time.monotonic()
    harm(house, run)
    house.wait_until_slot_free(2 * LIMIT_S)
    held_s = time.monotonic() - started
    state = house.wait_until_ended(run)["type"]
    house.be_slow(0)
    is_complete = house.sweep()
    return Outcome(
        state=state, held_s=held_s, is_next_complete=is_complete, wrong=tuple(house.find_faults())
    )


def tend(house: House) -> str:
    """Have ``litsweep tend`` make one pass and return what it said."""
    done = subprocess.run(
        [sys.executable, "-c", "from litsweep_app.cli import main; main()", "tend"],
        env=house.environment,
        cwd=house.folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT_S,
    )
    return done.stdout


def _is_right(scenario: Scenario, outcome: Outcome) -> bool:
    return (
        outcome.state == scenario.ends
        and outcome.held_s <= LIMIT_S
        and outcome.is_next_complete
        and not outcome.wrong
    )


if __name__ == "__main__":
    main()
