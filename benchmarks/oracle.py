"""What must be stored after a night, and what is: the judge of the benchmarks on reliability.

The truth is the sandbox's own library of the day, asked without any fault between. What is
stored is read with plain SQL, so that no code of the sweep judges itself.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, text

from db.connections import parse_place
from litsweep_app.sandbox import Library


def find_faults(
    database: Path | str, library: Library, *, earlier: Library | None = None
) -> list[str]:
    """Return what is lost, duplicated, altered, or falsely said to be complete; best: nothing.

    ``database`` is a file or an address. ``earlier`` is the library of the days before: a record
    that differs from it may have two versions, any other has one.
    """
    with _reading(database) as conn:
        return [*_compare_records(conn, library, earlier), *_compare_receipts(conn)]


def count_records(database: Path | str) -> int:
    """Return how many records are stored now."""
    with _reading(database) as conn:
        return int(conn.scalar(text("SELECT count(*) FROM records")) or 0)


@contextmanager
def _reading(database: Path | str) -> Iterator[Connection]:
    if isinstance(database, Path) or database.startswith("sqlite:///"):
        path = str(database).removeprefix("sqlite:///")
        engine = create_engine(f"sqlite:///file:{path}?mode=ro&uri=true", poolclass=NullPool)
    else:
        engine = create_engine(parse_place(database).url, poolclass=NullPool)
    with engine.connect() as conn:
        yield conn


def _rows(conn: Connection, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in conn.execute(text(statement), values)]


def _compare_records(conn: Connection, library: Library, earlier: Library | None) -> Iterator[str]:
    truth = {pmid: hashlib.sha256(one.xml).hexdigest() for pmid, one in library.records.items()}
    stored = _rows(conn, "SELECT pmid, record_id, raw_sha256 FROM records")
    by_pmid = {pmid: (record_id, sha256) for pmid, record_id, sha256 in stored}
    if len(by_pmid) != len(stored):
        yield f"{len(stored) - len(by_pmid)} duplicated"
    yield from (f"lost: {pmid}" for pmid in sorted(truth.keys() - by_pmid.keys()))
    yield from (f"invented: {pmid}" for pmid in sorted(by_pmid.keys() - truth.keys()))
    before = {pmid: one.packed for pmid, one in earlier.records.items()} if earlier else {}
    n_versions = dict(
        _rows(conn, "SELECT record_id, count(*) FROM record_versions GROUP BY record_id")
    )
    in_topic = {row[0] for row in _rows(conn, "SELECT record_id FROM topic_records")}
    for pmid, (record_id, sha256) in by_pmid.items():
        if pmid in truth and truth[pmid] != sha256:
            yield f"altered: {pmid}"
        may_differ = pmid in before and before[pmid] != library.records[pmid].packed
        if n_versions[record_id] > 1 + may_differ:
            yield f"{n_versions[record_id]} versions: {pmid}"
        if record_id not in in_topic:
            yield f"of no topic: {pmid}"


def _compare_receipts(conn: Connection) -> Iterator[str]:
    """Add up each run by hand: what it says must be what its rows say."""
    runs = _rows(
        conn,
        "SELECT search_run_id, status, n_reported, slices FROM search_runs ORDER BY search_run_id",
    )
    for run_id, status, n_reported, slices in runs:
        states = dict(
            _rows(
                conn,
                "SELECT state, count(*) FROM search_hits "
                "WHERE search_run_id = :run_id AND origin = 'search' GROUP BY state",
                run_id=run_id,
            )
        )
        # JSON is text on SQLite, and read already on PostgreSQL.
        parts = json.loads(slices) if isinstance(slices, str) else slices
        in_slices = sum(count for _, _, count in parts)
        accounted = sum(states.values()) - states.get("pending", 0) - states.get("failed", 0)
        adds_up = n_reported == in_slices == sum(states.values()) == accounted
        if status == "complete" and not adds_up:
            yield f"run {run_id} is called complete and does not add up"
        if status == "running":
            yield f"run {run_id} was left open"


def print_verdict(wrong: Mapping[str, Sequence[str]], *, n_counted: int) -> None:
    """Print how many trials went wrong, and in what; ``wrong`` has the faults of each trial."""
    for kind in ("lost", "duplicated", "altered"):
        n = sum(any(kind in fault for fault in faults) for faults in wrong.values())
        print(f"{f'with something {kind}':44}{n:>10,}")
    print(f"{'with anything wrong at all':44}{sum(map(bool, wrong.values())):>10,}")
    # The rule of three: no failure among n says 95 % sure that fewer than 3/n fail.
    print(f"{'so fewer than (95 %)':44}{3 / max(1, n_counted):>10.2%}")
    for trial, faults in wrong.items():
        if faults:
            print(f"{trial}: {'; '.join(faults[:5])}")
