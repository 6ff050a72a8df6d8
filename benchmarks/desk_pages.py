"""What each page of the desk costs the processor on a large review, and what it may cost.

    python -m benchmarks.desk_pages FOLDER [--records 300000] [--times 9] [--profile PATH]

Makes a review in FOLDER, kept for the next time: 20 topics, one of them with 8 in 15 of the
records, 200,000 decisions for 300,000 records. Every page is asked in this process as a lead
who decides: once as the first visitor after a start, then again and again. The processor's time
of this process holds on a machine that is busy otherwise, too; the server's threads are in it.
With --profile, the functions in which one page spends it are printed instead.
"""

import argparse
import cProfile
import pstats
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from starlette.testclient import TestClient

from benchmarks import desk_review
from benchmarks.desk_review import PEOPLE
from benchmarks.desk_weights import list_paths
from benchmarks.large_database import TOPIC
from db.desk_sessions import start_session
from db.engine import Database, open_database
from db.reviewers import add_reviewer, find_reviewer
from litsweep.domain.reviewers import Role
from litsweep.settings import Settings
from litsweep_app.web import application
from litsweep_app.web.application import build_application
from litsweep_app.web.security.cookies import COOKIE

LIMIT_MS: Final = 100.0
_LIMITS_MS: Final = {"/": 200.0, f"/topics/{TOPIC}": 150.0}
# Narrowed by decisions, a search of a frequent word looks at every record that has it.
_NARROWED_MS: Final = 600.0


def main() -> None:
    """Make the review, ask every page, and print the table."""
    options = _parse_arguments()
    options.folder.mkdir(parents=True, exist_ok=True)
    path = desk_review.make(options.folder, options.records)
    database = open_database(f"sqlite:///{path}", n_kept=4)
    client = _sign_in(database)
    try:
        if options.profile:
            _profile(client, options.profile)
        else:
            _print_table(client, options.records, options.times)
    finally:
        database.close()


def list_measured(topic: str) -> Sequence[str]:
    """Return the addresses that are asked: those of the desk's pages, and lists and searches."""
    own = f"/topics/{topic}"
    return (
        *list_paths(topic),
        f"{own}/queue/full_text",
        f"/records/2?topic={topic}",
        f"{own}/conflicts/full_text",
        *(f"{own}/lists/{name}" for name in ("late", "flagged", "retracted", "failed", "mine")),
        *(f"{own}/lists/{name}" for name in ("included", "excluded", "conflicts", "unsure")),
        f"/search?q=hospital&topic={topic}&decision=include",
        f"/search?q=hospital&topic={topic}&decision=undecided&flagged=yes",
    )


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the review is made and kept")
    parser.add_argument("--records", type=int, default=300_000)
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--profile", metavar="PATH", help="a page, to be looked into")
    return parser.parse_args()


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


def _print_table(client: TestClient, n_records: int, n_times: int) -> None:
    print(f"{n_records:,} records, ms of the processor")
    print(f"{'page':64} {'first':>7} {'p50':>7} {'limit':>6}")
    for path in list_measured(TOPIC):
        first = _time(client, path)
        spent = median(_time(client, path) for _ in range(n_times))
        narrowed = _NARROWED_MS if "decision=" in path else LIMIT_MS
        limit = _LIMITS_MS.get(path, narrowed)
        verdict = "" if spent < limit else "  TOO SLOW"
        print(f"{path[:64]:64} {first:7.0f} {spent:7.0f} {limit:6.0f}{verdict}", flush=True)


def _time(client: TestClient, path: str) -> float:
    begun = time.process_time()
    reply = client.get(path)
    spent = (time.process_time() - begun) * 1000
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
