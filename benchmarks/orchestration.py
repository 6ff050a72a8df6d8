"""Prefect's share of a warm night of one topic: the flow on a lasting server against plain calls.

The plain side is the same flow function with every task of it as a plain function. Runs
alternate, each on a fresh database, and medians are compared, by the clock and by this process's
CPU seconds, those of the sandbox included, which runs in it. A flow run's heartbeats end up to a
second after its last state was recorded: what that adds to the process's life is in a column of
its own.
Run ``python -m benchmarks.orchestration [REPEATS]``; ``… REPEATS read`` also reads 10,000.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from time import process_time
from types import ModuleType
from typing import Any
from unittest.mock import patch

# First, since it says where Prefect's lines go.
from benchmarks.lasting_server import Server, lasting_server, sqlite_url, without_prefect

# isort: split
from prefect import Task
from prefect.logging import disable_run_logger

import flows.nightly
from benchmarks.nights import TOPIC, empty_database, served_records
from flows.nightly import nightly
from flows.reading_place import ReadingPlace
from litsweep.models.loading import load_encoder
from litsweep.models.registry import get_spec
from litsweep.settings import load_settings
from tasks import embed, identify, read, retrieve

REPEATS = 5
LIMITS = {1_000: 0.02, 10_000: 0.01}
SINCE = date(1800, 1, 1)
_MODULES: tuple[ModuleType, ...] = (flows.nightly, embed, identify, read, retrieve)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one night took, in seconds.

    ``wall`` ends with the last state, ``process`` when the call came back.
    """

    wall: float
    process: float
    cpu: float
    server_cpu: float


def main() -> None:
    """Measure and print the table."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else REPEATS
    print(f"Prefect's share of a warm night of one topic; medians of {repeats} alternating runs")
    print(
        f"{'':32}{'plain s':>9}{'flow s':>8}{'share':>8}{'limit':>7}"
        f"{'CPU s':>8}{'flow':>7}{'share':>8}{'server CPU s':>14}{'heartbeat s':>13}"
    )
    with tempfile.TemporaryDirectory() as folder, lasting_server(sqlite_url(Path(folder))) as own:
        for n_records in LIMITS:
            with served_records(n_records):
                _warm_up()
                _print_row(f"{n_records:,} records, swept", own, n_records, False, repeats)
                if n_records == min(LIMITS) or "read" in sys.argv:
                    name = f"{n_records:,} records, swept and read"
                    _print_row(name, own, n_records, True, repeats)


def _print_row(name: str, server: Server, n_records: int, is_read: bool, repeats: int) -> None:
    place = ReadingPlace.HERE if is_read else ReadingPlace.NOWHERE
    plain, flow = list[Cost](), list[Cost]()
    for _ in range(repeats):
        plain.append(_measure(server, lambda: _without_prefect(place)))
        flow.append(
            _measure(server, lambda: nightly([TOPIC], SINCE, None, place, return_state=True))
        )
    wall, flow_wall = _median(plain, "wall"), _median(flow, "wall")
    cpu, flow_cpu = _median(plain, "cpu"), _median(flow, "cpu")
    waited = median(each.process - each.wall for each in flow)
    print(
        f"{name:32}{wall:9.2f}{flow_wall:8.2f}{flow_wall / wall - 1:8.1%}{LIMITS[n_records]:7.0%}"
        f"{cpu:8.2f}{flow_cpu:7.2f}{flow_cpu / cpu - 1:8.1%}"
        f"{_median(flow, 'server_cpu'):14.2f}{waited:13.2f}",
        flush=True,
    )


def _median(costs: list[Cost], of: str) -> float:
    values: list[float] = [getattr(cost, of) for cost in costs]
    return median(values)


def _measure(server: Server, night: Callable[[], Any]) -> Cost:
    with empty_database():
        began, cpu, server_cpu = datetime.now(UTC), process_time(), server.cpu_seconds()
        state = night()
        ended = datetime.now(UTC)
        cpu = process_time() - cpu
        last = ended if state is None else state.timestamp
        if state is not None and not state.is_completed():
            raise SystemExit(f"The night failed: {state.message}")
        return Cost(
            wall=(last - began).total_seconds(),
            process=(ended - began).total_seconds(),
            cpu=cpu,
            server_cpu=server.cpu_seconds() - server_cpu,
        )


def _warm_up() -> None:
    # Models are loaded and Prefect's client connects once in a process, not once in a night.
    with empty_database():
        nightly([TOPIC], date(1800, 1, 1), date(1800, 1, 2))
        load_encoder(get_spec("minilm"), load_settings())


def _without_prefect(place: ReadingPlace) -> None:
    with _plain_tasks():
        state = nightly.fn([TOPIC], SINCE, None, place)
    if not state.is_completed():
        raise SystemExit(f"The night without Prefect failed: {state.message}")


@contextmanager
def _plain_tasks() -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(disable_run_logger())
        for module in _MODULES:
            for name, each in vars(module).copy().items():
                if isinstance(each, Task):
                    stack.enter_context(patch.object(module, name, without_prefect(each)))
        yield


if __name__ == "__main__":
    main()
