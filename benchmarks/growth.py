"""What a record costs the results database, on SQLite and on PostgreSQL, and how that grows.

Bytes a record, each with its XML, documents, index and duplicates, at a number of records and
at twice as many; and the connections that one process holds. The records are those of FOLDER (the
packaged sample unless given), made different from one another.
Run ``python -m benchmarks.growth [FOLDER [RECORDS]]``.
"""

import sqlite3
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

from benchmarks.local_postgresql import local_postgresql
from benchmarks.made_records import make_distinct, read_records, write_set
from benchmarks.made_runs import open_made_run
from db.engine import Database, open_database
from db.records import save_records
from db.runs import close_run
from litsweep.domain.records import RecordSet
from litsweep.parsing.pubmed import parse_record_set
from litsweep_app.sandbox import sample_data
from tasks.policies import FETCH_BATCH

RECORDS = 2_000
_SHOWN = 7
_NOW = datetime(2026, 11, 22, tzinfo=UTC)


def main() -> None:
    """Measure and print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else sample_data()
    n_records = int(sys.argv[2]) if len(sys.argv) > 2 else RECORDS
    distinct = list(read_records(folder))
    size = sum(map(len, distinct)) / len(distinct)
    packed = sum(len(zlib.compress(raw)) for raw in distinct) / len(distinct)
    print(f"{len(distinct)} records of {size / 1e3:.1f} kB of XML, {packed / 1e3:.1f} kB packed")
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "litsweep.db"
        with closing(open_database(f"sqlite:///{path}", create=True)) as database:
            _measure("SQLite", database, distinct, n_records, lambda: _sqlite_sizes(path))
    with local_postgresql() as url:
        if url is not None:
            with closing(open_database(url, create=True)) as database:
                sizes = lambda: _postgresql_sizes(url)  # noqa: E731 - as above
                _measure("PostgreSQL", database, distinct, n_records, sizes)
                print(f"connections of one process to PostgreSQL: {_count_connections(url)}")


def _measure(
    name: str,
    database: Database,
    distinct: list[bytes],
    n_records: int,
    sizes: Callable[[], Counter[str]],
) -> None:
    before, first = sizes(), 1
    for last in (n_records, 2 * n_records):
        pmids = range(first, last + 1)
        with tempfile.NamedTemporaryFile(suffix=".xml") as file:
            _store(database, _make(distinct, pmids, Path(file.name)), pmids)
        after = sizes()
        grown = Counter({t: (after[t] - before[t]) / (last - first + 1) / 1e3 for t in after})
        whole = grown.pop("whole")
        told = ", ".join(f"{table} {size:.1f}" for table, size in grown.most_common(_SHOWN))
        print(f"{name}, {first} to {last}: {whole:.1f} kB a record: {told}", flush=True)
        before, first = after, last + 1


def _make(distinct: list[bytes], pmids: range, path: Path) -> Iterator[RecordSet]:
    """Yield records with these PMIDs, so many as EFetch delivers at once."""
    endless = cycle(distinct)
    for start in range(pmids.start, pmids.stop, FETCH_BATCH):
        numbers = range(start, min(start + FETCH_BATCH, pmids.stop))
        made = [make_distinct(next(endless), number) for number in numbers]
        yield parse_record_set(write_set(path, made, numbers).read_bytes())


def _store(database: Database, sets: Iterator[RecordSet], pmids: range) -> None:
    with database.writing() as conn:
        run_id = open_made_run(conn, tuple(pmids), _NOW)
    for delivered in sets:
        requested = [one.record.pmid for one in delivered.records]
        with database.writing() as conn:
            save_records(
                conn, run_id, delivered, requested=requested, now=_NOW, tool_version="bench"
            )
    with database.writing() as conn:
        close_run(conn, run_id, now=_NOW)


def _sqlite_sizes(path: Path) -> Counter[str]:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        owners = dict(conn.execute("SELECT name, tbl_name FROM sqlite_master"))
        found = Counter[str]()
        for name, size in conn.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
            found[owners.get(name, name)] += size
    found["whole"] = path.stat().st_size
    return found


def _postgresql_sizes(url: str) -> Counter[str]:
    import psycopg

    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("VACUUM")
        rows = conn.execute(
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        whole = conn.execute("SELECT pg_database_size(current_database())").fetchone()
    return Counter(
        {str(name): int(size) for name, size in rows} | {"whole": whole[0] if whole else 0}
    )


def _count_connections(url: str) -> int:
    import psycopg

    with psycopg.connect(url) as conn:
        counted = conn.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'litsweep'"
        ).fetchone()
    return int(counted[0]) if counted else 0


if __name__ == "__main__":
    main()
