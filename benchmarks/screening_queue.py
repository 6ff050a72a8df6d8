"""How long a person waits for the next record to screen, and what a decision costs, at any size.

    python -m benchmarks.screening_queue FOLDER [--records 1000000] [--postgresql URL]

Makes a database of one topic in FOLDER (synthetic, each abstract 1,500 letters), and asks for the
next card as people would: nobody has decided; two decide about each record and one of them has
decided 95 in 100; 50 people hold a record each. URL is an empty PostgreSQL database.
"""

import argparse
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

from sqlalchemy import Connection, text

from db.engine import Database, open_database
from db.screening import decide
from db.screening_progress import count_decisions
from db.screening_protocols import set_protocol
from db.screening_queue import claim, count_waiting, list_queue
from litsweep.domain.decisions import Decision, NewDecision, Stage
from litsweep.domain.screening import ScreeningRules

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TOPIC = "everything"
STAGE = Stage.TITLE_ABSTRACT
N_TIMES = 200
N_PEOPLE = 50
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n}) "
_STATEMENTS = (
    "INSERT INTO topics (topic_id, name, created_at) VALUES (1, 'everything', :now)",
    "INSERT INTO search_strategies (search_strategy_id, topic_id, version, query, query_sha256, "
    "author, reason, created_at) VALUES (1, 1, 1, 'x', :hash, 'A', 'r', :now)",
    "INSERT INTO search_runs (search_run_id, search_strategy_id, topic_id, route, status, owner, "
    "translations, slices, warnings, tool_version, started_at, finished_at, n_reported) VALUES "
    "(1, 1, 1, 'undated', 'complete', 'x', '[]', '[]', '[]', 't', :now, :now, 0)",
    "INSERT INTO records (record_id, pmid, version, publication_status, duplicate_of_id, "
    "raw_sha256, title, abstract, authors, publication_date_precision, publication_date_text, "
    "language, publication_types, is_book, details, first_seen_at, updated_at) {numbers} "
    "SELECT i, 10000000 + i, 1, 'as_published', CASE WHEN i % 100 = 0 THEN i - 1 END, :hash, 'A title of record ' || i, "
    ":abstract, 'Fiction A', 'unknown', '', 'eng', 'Journal Article', false, '{{}}', "
    ":now, :now FROM n",
    "INSERT INTO topic_records (topic_id, record_id, route, search_run_id, found_at, is_late) "
    "{numbers} SELECT 1, i, 'undated', 1, {found_at}, false FROM n",
)
_DECIDED = (
    "INSERT INTO screening_decisions (topic_id, record_id, stage, decision, labels, reviewer, "
    "decided_at, origin, is_standing, tool_version) {numbers} SELECT 1, i, 'title_abstract', "
    "CASE WHEN i % 20 = 0 THEN 'include' ELSE 'exclude' END, '[]', 'Ada', :now, 'command_line', "
    "true, 't' FROM n WHERE i > {first} ORDER BY i DESC"
)


def main() -> None:
    """Make the databases, measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the database is made and kept")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--postgresql", metavar="URL", help="an empty database")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    path = options.folder / f"queue-{options.records}.db"
    path.unlink(missing_ok=True)
    measure_all(open_database(f"sqlite:///{path}", create=True), options.records)
    if options.postgresql:
        measure_all(open_database(options.postgresql, create=True), options.records)


def measure_all(database: Database, n_records: int) -> None:
    """Fill one database and ask it."""
    print(f"{database.dialect}, {n_records:,} records")
    fill(database, n_records)
    measure(database, "nobody has decided: the first card", _next)
    with database.writing() as conn:
        rules = ScreeningRules(n_reviewers=2, is_blinded=True)
        seconds = _time(lambda: set_protocol(conn, TOPIC, rules, author="A", reason="r", now=NOW))
        print(f"  two people asked for: marks set anew in {seconds:.1f} s")
        values = {"now": _say(conn, NOW)}
        first = n_records // 20
        statement = _DECIDED.format(numbers=_NUMBERS.format(n=n_records), first=first)
        conn.execute(text(statement), values)
    if database.dialect == "postgresql":
        with database.beside_writers() as conn:
            conn.execute(text("VACUUM ANALYZE"))
    measure(database, "Ada has decided the newest 95 %, Ben waits for all", _next, "Ben")
    measure(database, "Ada comes back, from her last decision", _next, "Ada")
    for number in range(N_PEOPLE):
        with database.writing() as conn:
            (card,) = list_queue(conn, TOPIC, STAGE, f"P{number}", now=NOW)
            claim(conn, TOPIC, STAGE, f"P{number}", card.record_id, NOW)
    measure(database, f"{N_PEOPLE} people hold a record each", _next, "Ben")
    measure(database, "the next card after the one before", _after, "Ben")
    measure(database, "the same for Ada", _after, "Ada")
    measure(database, "how much waits (capped)", _count, "Ben", n_times=20)
    measure(database, "how much waits (capped), Ada", _count, "Ada", n_times=20)
    measure_deciding(database)
    measure(
        database,
        "the progress of the topic",
        lambda conn, who, place: count_decisions(conn, TOPIC),
        n_times=2,
    )
    with database.writing() as conn:
        one = ScreeningRules()
        seconds = _time(lambda: set_protocol(conn, TOPIC, one, author="A", reason="r", now=NOW))
        print(f"  one person asked for: marks set anew in {seconds:.1f} s")
    measure(database, "95 % screened, one person each", _next, "Ben")


def fill(database: Database, n_records: int) -> None:
    """Add the topic and its records."""
    found_at = "strftime('%Y-%m-%dT%H:%M:%S.000000+00:00', 1.7e9 + i * 60, 'unixepoch')"
    if database.dialect == "postgresql":
        found_at = "to_timestamp(1.7e9 + i * 60)"
    words = random.Random(7)
    abstract = " ".join("".join(words.choices("etaoinshrdlu", k=6)) for _ in range(214))
    with database.writing() as conn:
        values = {"now": _say(conn, NOW), "hash": "0" * 64, "abstract": abstract}
        for statement in _STATEMENTS:
            whole = statement.format(numbers=_NUMBERS.format(n=n_records), found_at=found_at)
            names = {name: value for name, value in values.items() if f":{name}" in whole}
            conn.execute(text(whole.replace("%H:%M:%S", r"%H\:%M\:%S")), names)


def measure(
    database: Database,
    name: str,
    ask: Callable[[Connection, str, str | None], object],
    who: str = "Ben",
    n_times: int = N_TIMES,
) -> None:
    """Ask again and again, each time in a transaction of its own; print median and p95."""
    spent: list[float] = []
    place: str | None = None
    for _ in range(n_times):
        start = time.perf_counter()
        with database.reading() as conn:
            found = ask(conn, who, place)
        spent.append((time.perf_counter() - start) * 1000)
        place = found if isinstance(found, str) else None
    cuts = quantiles(spent, n=20)
    print(f"  {name:55} median {cuts[9]:8.2f} ms   p95 {cuts[18]:8.2f} ms", flush=True)


def measure_deciding(database: Database) -> None:
    """Decide, take the next card and claim it, as the desk does in one transaction."""
    spent = []
    with database.reading() as conn:
        (card,) = list_queue(conn, TOPIC, STAGE, "Ben", now=NOW)
    for number in range(N_TIMES):
        start = time.perf_counter()
        with database.writing() as conn:
            new = NewDecision(
                record_id=card.record_id,
                stage=STAGE,
                decision=Decision.EXCLUDE,
                reviewer="Ben",
                decided_at=NOW + timedelta(seconds=number),
            )
            decide(conn, TOPIC, new, expected_id=None, tool_version="t")
            (card,) = list_queue(conn, TOPIC, STAGE, "Ben", now=NOW, after=card.place)
            claim(conn, TOPIC, STAGE, "Ben", card.record_id, NOW)
        spent.append((time.perf_counter() - start) * 1000)
    cuts = quantiles(spent, n=20)
    print(
        f"  {'a decision with the next card':55} median {cuts[9]:8.2f} ms   p95 {cuts[18]:8.2f} ms"
    )


def _next(conn: Connection, who: str, place: str | None) -> object:
    assert list_queue(conn, TOPIC, STAGE, who, now=NOW)
    return None


def _after(conn: Connection, who: str, place: str | None) -> object:
    (card,) = list_queue(conn, TOPIC, STAGE, who, now=NOW, after=place)
    return card.place


def _count(conn: Connection, who: str, place: str | None) -> object:
    return count_waiting(conn, TOPIC, STAGE, who, now=NOW)


def _say(conn: Connection, moment: datetime) -> object:
    return moment.isoformat(timespec="microseconds") if conn.dialect.name == "sqlite" else moment


def _time(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
