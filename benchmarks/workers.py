"""Four workers against one on the same reading.

Each worker is a process of its own that runs ``read_documents``, recorded on one Prefect server,
against one results database; the model takes a fixed time for each prompt, as a GPU would, and
no CPU. Counted is from the word to begin to the last worker's end; starting the processes is not.
Every document must be read once.

    python -m benchmarks.workers [N_DOCUMENTS [SECONDS_A_PROMPT]]
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# Before Prefect is imported: its lines would stand between those of the tables.
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")

from sqlalchemy import text

from benchmarks.local_postgresql import local_postgresql
from db.engine import Database
from litsweep_app.prefect_server import local_server
from tests.fakes.unread import store_unread

N_DOCUMENTS, SECONDS_A_PROMPT = 240, 0.25
COUNTS = (1, 4)
BATCH = 2
"""Prompts at once, as BioMedLM on full texts; a worker takes up to eight batches of them."""
LIMIT = 3.5


def main() -> None:
    """Measure and print the table."""
    n_documents = int(sys.argv[1]) if len(sys.argv) > 1 else N_DOCUMENTS
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else SECONDS_A_PROMPT
    print(f"{n_documents} abstracts, {seconds} s a prompt; limit: {LIMIT} times with {COUNTS[-1]}")
    print(f"{'':14}{'workers':>8}{'s':>8}{'docs/s':>8}{'times':>7}{'twice':>7}{'unread':>8}")
    with local_server() as api, local_postgresql() as server, _folder() as folder:
        for name in ("SQLite", "PostgreSQL"):
            if name == "PostgreSQL" and server is None:
                continue
            alone = 0.0
            for n_workers in COUNTS:
                url = _make_url(name, server, folder, n_workers)
                database = store_unread(url, folder / f"{name}-{n_workers}", n_documents)
                took = _read(n_workers, url, api, seconds)
                alone = alone or took
                n_twice, n_unread = _check(database, n_documents)
                database.close()
                speed = n_documents / took
                row = f"{name:14}{n_workers:8}{took:8.1f}{speed:8.1f}{alone / took:7.2f}"
                print(f"{row}{n_twice:7}{n_unread:8}", flush=True)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def _make_url(name: str, server: str | None, folder: Path, n_workers: int) -> str:
    if server is None or name == "SQLite":
        return f"sqlite:///{folder / f'{n_workers}.db'}"
    import psycopg  # only where there is a server

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE workers_{n_workers}".encode())
    head, _, _ = server.partition("?")
    query = server[len(head) :]
    base = head.rpartition("/")[0]
    return f"{base}/workers_{n_workers}{query}"


def _read(n_workers: int, url: str, api: str, seconds: float) -> float:
    """Return how many seconds ``n_workers`` processes take to read what waits."""
    environment = {
        **os.environ,
        "PREFECT_API_URL": api,
        "LITSWEEP_DATABASE_URL": url,
        "LITSWEEP_BATCH_SIZE": str(BATCH),
        "MADE_GPU_SECONDS": str(seconds),
    }
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.reading_worker"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(n_workers)
    ]
    try:
        _hear(workers)  # all are ready
        started = time.perf_counter()
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        _hear(workers)
        return time.perf_counter() - started
    finally:
        for worker in workers:
            worker.communicate(timeout=120)


def _hear(workers: Sequence["subprocess.Popen[str]"]) -> None:
    for worker in workers:
        assert worker.stdout is not None
        if not worker.stdout.readline():
            raise SystemExit("A worker has died.")


def _check(database: Database, n_documents: int) -> tuple[int, int]:
    """Return how many documents were read twice, and how many not at all."""
    with database.reading() as conn:
        statement = "SELECT count(*), count(DISTINCT document_id) FROM readings"
        n_readings, n_read = conn.execute(text(statement)).one()
    return n_readings - n_read, n_documents - n_read


if __name__ == "__main__":
    main()
