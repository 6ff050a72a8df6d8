"""What a night leaves in the Prefect server's database, on SQLite and on PostgreSQL.

Ten topics with new records each, then nights with nothing new; bytes by table with its indexes.
SQLite's file is measured after its write-ahead log was emptied into it, PostgreSQL's database
after a VACUUM. The limit is 2 MB a night. Last, what the server's own upkeep takes back once all
of it is past its time, and what nights add then: free pages are used again, so that the file stays
as it is while the tables grow.
Run ``python -m benchmarks.server_growth [RECORDS_A_TOPIC]``, or with a second word, ``sqlite`` or
``postgresql``, on one of them.
"""

import os
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

# First, since it says where Prefect's lines go.
from benchmarks.lasting_server import deliver, lasting_server, sqlite_url

# isort: split
from benchmarks.local_postgresql import local_postgresql
from benchmarks.nights import served_records
from db import topics
from db.engine import open_database
from flows.nightly import nightly
from flows.reading_place import ReadingPlace

N_TOPICS = 10
RECORDS_A_TOPIC = 100
LIMIT_BYTES = 2_000_000
_QUIET_NIGHTS = 2
_SHOWN = 6
_UPKEEP = {
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    # The shortest that the server takes, and often, so that nobody waits an hour for it here.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS": "5",
}

_TIMES = (("events", "occurred"), ("event_resources", "occurred"), ("flow_run", "end_time"))

Sizes = Counter[str]
"""Bytes by table, with its indexes, and those of the whole under ``whole``."""


def main() -> None:
    """Measure and print the tables."""
    a_topic = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS_A_TOPIC
    print(
        f"Growth of the Prefect server's database by a night, {N_TOPICS} topics "
        f"(limit: {LIMIT_BYTES / 1e6:.0f} MB)"
    )
    which = sys.argv[2:] or ["sqlite", "postgresql"]
    with served_records(N_TOPICS * a_topic):
        if "sqlite" in which:
            _on_sqlite(a_topic)
        if "postgresql" in which:
            _on_postgresql(a_topic)


def _on_sqlite(a_topic: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prefect.db"
        url = sqlite_url(Path(folder))
        with lasting_server(url):
            _measure("SQLite", lambda: _sqlite_sizes(path), a_topic)
        _make_old(path)
        before = _sqlite_sizes(path)
        with lasting_server(url, **_UPKEEP):
            _wait_for_upkeep(path)
            _print_growth("SQLite, its upkeep", _settled(lambda: _sqlite_sizes(path)), before)
            _measure("SQLite, after upkeep", lambda: _sqlite_sizes(path), a_topic)


def _on_postgresql(a_topic: int) -> None:
    with local_postgresql() as url:
        if url is not None:
            with lasting_server(url.replace("postgresql://", "postgresql+asyncpg://", 1)):
                _measure("PostgreSQL", lambda: _postgresql_sizes(url), a_topic)


def _make_old(path: Path) -> None:
    """Let a year pass for what the server has stored."""
    with closing(sqlite3.connect(path, timeout=60)) as conn:
        for table, column in _TIMES:
            past = f"strftime('%Y-%m-%d %H:%M:%f', {column}, '-1 year') || '000'"
            conn.execute(f"UPDATE {table} SET {column} = {past}")  # noqa: S608 - names of ours
        conn.commit()


def _wait_for_upkeep(path: Path) -> None:
    deadline = time.monotonic() + 300
    with closing(sqlite3.connect(path, timeout=60)) as conn:
        # What a server writes while it starts is new, and stays.
        old = " OR ".join(
            f"EXISTS (SELECT 1 FROM {table} WHERE {column} < datetime('now', '-1 month'))"  # noqa: S608
            for table, column in _TIMES
        )
        while conn.execute(f"SELECT {old}").fetchone()[0]:
            if time.monotonic() > deadline:
                raise SystemExit("The server's upkeep left something that is a year old.")
            time.sleep(1)


def _measure(name: str, sizes: Callable[[], Sizes], a_topic: int) -> None:
    with _topics(a_topic):
        # Tables and indexes that get their first pages are no night's doing.
        nightly(["topic-0"], date(1800, 1, 1), date(1800, 1, 2), ReadingPlace.NOWHERE)
        before = _settled(sizes)
        for number in range(1 + _QUIET_NIGHTS):
            state = nightly(return_state=True)
            if not state.is_completed():
                raise SystemExit(f"The night failed: {state.message}")
            after = _settled(sizes)
            told = f"{a_topic} new records a topic" if number == 0 else "nothing new"
            _print_growth(f"{name}, {told}", after, before)
            before = after


def _print_growth(name: str, after: Sizes, before: Sizes) -> None:
    grown = Counter({table: after[table] - before[table] for table in after})
    whole = grown.pop("whole")
    largest = ", ".join(f"{table} {size / 1e3:.0f}" for table, size in _largest(grown) if size)
    print(f"{name:40}{whole / 1e6:6.2f} MB   kB: {largest}", flush=True)


def _largest(grown: Sizes) -> list[tuple[str, int]]:
    return sorted(grown.items(), key=lambda each: -abs(each[1]))[:_SHOWN]


@contextmanager
def _topics(a_topic: int) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'litsweep.db'}"
        os.environ["LITSWEEP_DATABASE_URL"] = url
        with closing(open_database(url, create=True)) as database, database.writing() as conn:
            for number in range(N_TOPICS):
                topics.add_topic(
                    conn,
                    name=f"topic-{number}",
                    query=f"{number * a_topic + 1}:{(number + 1) * a_topic}[uid]",
                    author="benchmark",
                    reason="a share of the records",
                )
        yield


def _settled(sizes: Callable[[], Sizes]) -> Sizes:
    """Return the sizes once the server has stored all that it was sent."""
    deliver()
    before, now = Sizes(), sizes()
    while now != before:
        time.sleep(5)
        before, now = now, sizes()
    return now


def _sqlite_sizes(path: Path) -> Sizes:
    with closing(sqlite3.connect(path, timeout=60)) as conn:
        while conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            time.sleep(0.2)
        owners = dict(conn.execute("SELECT name, tbl_name FROM sqlite_master"))
        found = Sizes()
        for name, size in conn.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
            found[owners.get(name, name)] += size
    found["whole"] = path.stat().st_size
    return found


def _postgresql_sizes(url: str) -> Sizes:
    import psycopg

    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("VACUUM")
        rows = conn.execute(
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        found = Sizes({str(name): int(size) for name, size in rows})
        (whole,) = conn.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
    found["whole"] = int(whole)
    return found


if __name__ == "__main__":
    main()
