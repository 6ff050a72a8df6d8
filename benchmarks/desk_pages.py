"""What each page of the desk costs the processor on a large review, and what it may cost.

    python -m benchmarks.desk_pages FOLDER [--records 300000] [--times 9] [--only PART]
        [--postgresql] [--profile PATH]

Makes a review in FOLDER, kept for the next time: 20 topics, one of them with 8 in 15 of the
records, 200,000 decisions for 300,000 records. Every page is asked in this process as a lead
who decides: once as the first visitor after a start, then again and again. The processor's time
of this process holds on a machine that is busy otherwise, too; the server's threads are in it.
With --postgresql the review is copied into a server of its own first, whose time is added; it is
counted in hundredths of a second. With --only, addresses that have PART in them are asked. With
--profile, the functions in which one page spends it are printed instead.
"""

import argparse
import cProfile
import pstats
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import select, text
from starlette.testclient import TestClient

from benchmarks import desk_review
from benchmarks.desk_addresses import list_measured
from benchmarks.desk_review import PEOPLE
from benchmarks.large_database import TOPIC
from benchmarks.local_postgresql import local_postgresql
from benchmarks.server_time import ServerTime
from db.copying import copy_database
from db.desk_sessions import start_session
from db.engine import Database, open_database
from db.reviewers import add_reviewer, find_reviewer
from db.tables import topic_records
from litsweep.domain.reviewers import Role
from litsweep.settings import Settings
from litsweep_app.web import application
from litsweep_app.web.application import build_application
from litsweep_app.web.security.cookies import COOKIE

Clock = Callable[[], float]
"""Returns the seconds of the processor that were spent so far."""


def main() -> None:
    """Make the review, ask every page, and print the table."""
    options = _parse_arguments()
    options.folder.mkdir(parents=True, exist_ok=True)
    path = desk_review.make(options.folder, options.records)
    with _opened(f"sqlite:///{path}", options.postgresql) as (database, clock):
        client = _sign_in(database)
        if options.profile:
            _profile(client, options.profile)
        else:
            print(f"{options.records:,} records, {database.dialect}, ms of the processor")
            _print_table(client, _find_deep(database), options, clock)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the review is made and kept")
    parser.add_argument("--records", type=int, default=300_000)
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--only", metavar="PART", default="", help="a part of the addresses")
    parser.add_argument("--postgresql", action="store_true", help="ask a copy on a server")
    parser.add_argument("--profile", metavar="PATH", help="a page, to be looked into")
    return parser.parse_args()


@contextmanager
def _opened(url: str, is_on_server: bool) -> Iterator[tuple[Database, Clock]]:
    if not is_on_server:
        database = open_database(url, n_kept=4)
        yield database, time.process_time
        database.close()
        return
    with local_postgresql() as server:
        if server is None:
            raise SystemExit(1)
        copy_database(url, server, lambda *_: None)
        database = open_database(server)
        with database.beside_writers() as conn:
            conn.execute(text("VACUUM ANALYZE"))
        with database.reading() as conn:
            folder = Path(conn.scalar(text("SHOW data_directory")) or "")
        its = ServerTime(folder)
        yield database, lambda: time.process_time() + its.read()
        database.close()


def _sign_in(database: Database) -> TestClient:
    now = datetime.now(UTC)
    with database.writing() as conn:
        known = find_reviewer(conn, PEOPLE[0])
        person = known or add_reviewer(
            conn, name=PEOPLE[0], role=Role.LEAD, created_by="bench", now=now
        )
        session = start_session(conn, person.reviewer_id, now)
    client = TestClient(build_application(database, Settings()), base_url="http://127.0.0.1:8765")
    client.cookies.set(COOKIE, session)
    client.get("/account").raise_for_status()
    return client


def _find_deep(database: Database) -> int:
    """Return a record in the middle of those of the large topic."""
    found = topic_records.c
    in_order = select(found.record_id).where(found.topic_id == 1).order_by(found.record_id)
    with database.reading() as conn:
        n_records = conn.execute(select(found.record_id).where(found.topic_id == 1)).all()
        return conn.scalar(in_order.offset(len(n_records) // 2).limit(1)) or 0


def _print_table(
    client: TestClient, deep_id: int, options: argparse.Namespace, clock: Clock
) -> None:
    print(f"{'page':80} {'first':>7} {'p50':>7} {'limit':>6}")
    for one in list_measured(TOPIC, deep_id):
        if options.only not in one.path:
            continue
        first = _time(client, one.path, clock)
        spent = median(_time(client, one.path, clock) for _ in range(options.times))
        verdict = "" if spent < one.limit_ms else "  TOO SLOW"
        figures = f"{first:7.0f} {spent:7.0f} {one.limit_ms:6.0f}{verdict}"
        print(f"{one.path[:80]:80} {figures}", flush=True)


def _time(client: TestClient, path: str, clock: Clock) -> float:
    begun = clock()
    reply = client.get(path)
    spent = (clock() - begun) * 1000
    reply.raise_for_status()
    return spent


def _profile(client: TestClient, path: str) -> None:
    client.get(path).raise_for_status()
    profiler = cProfile.Profile()

    async def profiled(function: Any, *args: Any, **named: Any) -> Any:
        return profiler.runcall(function, *args, **named)

    # Handlers run in threads, where a profiler of this one does not see them.
    vars(application)["run_in_threadpool"] = profiled
    client.get(path)
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(60)


if __name__ == "__main__":
    main()
