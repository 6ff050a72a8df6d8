"""How fast a database is copied, and kept: rows by `db copy`, pages by `db backup`.

    python -m benchmarks.copying [--records 3000]

A copy reads each row twice and hashes it twice; "rows, uncompared" carries the same rows by the
same COPY or executemany and does neither. CPU seconds are this process's; the server's are not
in them, so wall seconds stand beside. ``cp`` is the limit of the backup.
"""

import argparse
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Final

from benchmarks.local_postgresql import local_postgresql
from benchmarks.made_records import build_set, make_distinct, read_records
from benchmarks.made_runs import open_made_run
from db import schema
from db.backup import back_up
from db.connections import parse_place
from db.contents import count_rows, iter_rows
from db.copying import copy_database, copying_rows, snapshot
from db.engine import open_database
from db.records import save_records
from db.runs import close_run
from db.tables import metadata
from litsweep.parsing.pubmed import parse_record_set
from litsweep_app.sandbox import sample_data

NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=3000)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        local_postgresql() as server,
    ):
        folder = Path(name)
        source = f"sqlite:///{folder}/source.db"
        _fill(source, options.records)
        with snapshot(parse_place(source)) as conn:
            n_rows = sum(count_rows(conn).values())
        size = (folder / "source.db").stat().st_size
        print(f"{options.records:,} records, {n_rows:,} rows, {size / 1e6:,.0f} MB")
        print(f"{'':34}{'wall s':>8}{'CPU s':>8}{'rows/s':>10}{'MB/s':>8}")
        report = _Report(n_rows, size)
        report.time("cp", lambda: shutil.copy(folder / "source.db", folder / "cp.db"))
        report.time("db backup, SQLite", lambda: _back_up(source, folder / "backup.db"))
        if server:
            first, second = _make_two(server)
            report.time("rows, uncompared, to PostgreSQL", lambda: _carry(source, second))
            report.time("db copy, SQLite to PostgreSQL", lambda: _copy(source, first))
            back = f"sqlite:///{folder}/back.db"
            report.time("db copy, PostgreSQL to SQLite", lambda: _copy(first, back))
        there = f"sqlite:///{folder}/there.db"
        report.time("db copy, SQLite to SQLite", lambda: _copy(source, there))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory of this process, filling included: {peak:,.0f} MiB")


class _Report:
    def __init__(self, n_rows: int, n_bytes: int) -> None:
        self._n_rows = n_rows
        self._n_bytes = n_bytes

    def time(self, name: str, work: Callable[[], object]) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        rate, speed = self._n_rows / wall, self._n_bytes / wall / 1e6
        print(f"{name:34}{wall:8.2f}{cpu:8.2f}{rate:10,.0f}{speed:8.1f}", flush=True)


def _unheard(counted: str, n_more: int, n_total: int) -> None:
    pass


def _copy(source: str, target: str) -> None:
    copy_database(source, target, _unheard)


def _back_up(source: str, path: Path) -> None:
    back_up(source, path, replace=False, listener=_unheard)


def _carry(source: str, target: str) -> None:
    place = parse_place(target)
    with snapshot(parse_place(source)) as reader, schema.rebuilding(place) as writer:
        schema.migrate(writer)
        for table in metadata.sorted_tables:
            with copying_rows(writer, table, place) as insert:
                for rows in iter_rows(reader, table):
                    insert(rows)


def _make_two(server: str) -> tuple[str, str]:
    """Make two empty databases on a server, and return their addresses."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute("CREATE DATABASE copy")
        conn.execute("CREATE DATABASE copyx")
    return server.replace("/postgres?", "/copy?"), server.replace("/postgres?", "/copyx?")


def _fill(url: str, n_records: int) -> None:
    distinct = cycle(read_records(sample_data()))
    copies = [
        make_distinct(raw, number) for number, raw in zip(range(n_records), distinct, strict=False)
    ]
    database = open_database(url, create=True)
    found = parse_record_set(build_set(copies, n_records))
    pmids = tuple(one.record.pmid for one in found.records)
    with database.writing() as conn:
        run_id = open_made_run(conn, pmids, NOW)
        save_records(conn, run_id, found, requested=pmids, now=NOW, tool_version="bench")
        close_run(conn, run_id, now=NOW)
    database.close()


if __name__ == "__main__":
    main()
