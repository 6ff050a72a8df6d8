"""How long a reviewer waits for a search, a card and a queue in a large database, and its growth.

    python -m benchmarks.large_database FOLDER [--records 100000] [--postgresql URL]

Makes databases of the number of records and of a tenth of it in FOLDER, where they stay for the
next time: synthetic texts of real words in their real frequencies, dates over 30 years, and two
planted words that exactly 2,000 and 200 records have. Each figure is a median over many calls,
opening the database included. Beside them stand what one would write without an index (LIKE)
and FTS5 as it comes (porter stems, BM25). URL is an empty PostgreSQL database.
"""

import argparse
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import inspect, text

from db import search_index, tables
from db.engine import Database, open_database
from db.search import Order, search
from db.search_filters import SearchFilters
from litsweep.domain.publication_status import PublicationStatus
from litsweep.errors import MalformedReply
from litsweep.parsing.pubmed import parse_record_set
from litsweep_app import sandbox

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TOPIC = "everything"
PLANTED = {"vorlanib": 2_000, "quessimab": 200}
N_WORDS, N_HEADINGS = 200, 3
CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "pubmed"
_BATCH = 10_000
_HASH = "0" * 64


@dataclass(frozen=True)
class Vocabulary:
    """Real words with how often they stand, cumulated, and real MeSH headings."""

    words: Sequence[str]
    weights: Sequence[int]
    headings: Sequence[str]


@dataclass(frozen=True)
class Question:
    """A row of the table; ``limit_ms`` is what it may cost at a million records, if anything."""

    name: str
    ask: Callable[[Database], object]
    limit_ms: float | None = None
    n_times: int = 60


def main() -> None:
    """Make the databases, measure and print the table."""
    options = _parse_arguments()
    options.folder.mkdir(parents=True, exist_ok=True)
    words = load_vocabulary()
    print(f"{len(words.words):,} different words, {words.weights[-1]:,} in all")
    sizes = (options.records // 10, options.records)
    databases = [_open(f"sqlite:///{options.folder / f'{n}.db'}", words, n) for n in sizes]
    plain = [_open_plain(options.folder, n) for n in sizes]
    _print_table("SQLite", sizes, _list_questions(words, databases[-1]), databases)
    _print_plain(plain)
    if options.postgresql:
        server = _open(options.postgresql, words, options.records)
        _print_table("PostgreSQL", sizes[1:], _list_questions(words, server), [server])


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the databases are made and kept")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--postgresql", metavar="URL", help="an empty database, or one made before")
    return parser.parse_args()


# --- making -----------------------------------------------------------------------------


def load_vocabulary() -> Vocabulary:
    """Count the words and headings of the records that are here."""
    words: Counter[str] = Counter()
    headings: Counter[str] = Counter()
    for path in sorted([*(sandbox.sample_data() / "pubmed").glob("*.xml"), *CORPUS.glob("*.xml")]):
        try:
            found = parse_record_set(path.read_bytes()).records
        except MalformedReply:
            continue
        for one in found:
            words.update(f"{one.record.title} {one.record.abstract_text}".split())
            headings.update(heading.name for heading in one.record.mesh_headings)
    total, weights = 0, []
    for number in words.values():
        weights.append(total := total + number)
    return Vocabulary(list(words), weights, list(headings))


def _open(url: str, words: Vocabulary, n_records: int) -> Database:
    database = open_database(url, create=True)
    with database.writing() as conn:
        n_stored = conn.scalar(text("SELECT max(record_id) FROM records")) or 0
        if (
            n_stored == n_records
            and conn.execute(text("SELECT 1 FROM record_words LIMIT 1")).first()
        ):
            return database
        if not n_stored:
            add_topic(conn)
    start = time.perf_counter()
    # One that was broken off goes on from where it was.
    for rows in _iter_batches(words, n_stored, n_records):
        with database.writing() as conn:
            for table, batch in rows.items():
                conn.execute(table.insert(), batch)
    stored = time.perf_counter()
    with database.writing() as conn:
        search_index.install(conn)
    indexed = time.perf_counter()
    print(
        f"{n_records:,} records in {database.dialect}: written in {stored - start:.0f} s, indexed "
        f"in {indexed - stored:.0f} s, {(indexed - stored) / n_records * 1e6:.0f} µs a record",
        flush=True,
    )
    return database


def add_topic(conn: Any) -> None:
    """Store the one topic with the run that found everything."""
    conn.execute(tables.topics.insert(), {"topic_id": 1, "name": TOPIC, "created_at": NOW})
    strategy = {"search_strategy_id": 1, "topic_id": 1, "version": 1, "query": "x"}
    strategy |= {"query_sha256": _HASH, "author": "A", "reason": "r", "created_at": NOW}
    conn.execute(tables.search_strategies.insert(), strategy)
    run = {"search_run_id": 1, "search_strategy_id": 1, "topic_id": 1, "route": "undated"}
    run |= {"status": "complete", "owner": "x", "translations": [], "slices": [], "warnings": []}
    run |= {"tool_version": "t", "started_at": NOW, "finished_at": NOW, "n_reported": 0}
    conn.execute(tables.search_runs.insert(), run)


def _iter_batches(
    words: Vocabulary, n_stored: int, n_records: int
) -> Iterator[Mapping[Any, list[Any]]]:
    chance = random.Random(20261122)
    planted = {
        word: set(chance.sample(range(1, n_records + 1), number))
        for word, number in PLANTED.items()
    }
    for first in range(n_stored + 1, n_records + 1, _BATCH):
        chance = random.Random(first)
        numbers = range(first, min(first + _BATCH, n_records + 1))
        rows: dict[Any, list[Any]] = {tables.records: []}
        for number in numbers:
            own = [word for word, where in planted.items() if number in where]
            for table, row in _iter_rows(words, chance, number, own):
                rows.setdefault(table, []).append(row)
        yield rows


def _iter_rows(
    words: Vocabulary, chance: random.Random, number: int, planted: Sequence[str]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    chosen = chance.choices(words.words, cum_weights=words.weights, k=12 + N_WORDS)
    title = " ".join(chosen[:12])
    for word in planted:
        chosen[chance.randrange(12, len(chosen))] = word
    abstract = " ".join(chosen[12:])
    yield tables.records, make_record(chance, number, title, abstract)
    for position, name in enumerate(chance.choices(words.headings, k=N_HEADINGS)):
        heading = {"record_id": number, "position": position, "name": name, "is_major": False}
        yield tables.record_mesh_headings, heading | {"qualifiers": [], "is_automatic": False}
    kind = {"record_id": number, "position": 0, "name": "Journal Article", "ui": "D016428"}
    yield tables.record_publication_types, kind
    found_at = NOW - timedelta(minutes=number)
    found: dict[str, Any] = {
        "topic_id": 1,
        "record_id": number,
        "route": "undated",
        "search_run_id": 1,
    }
    # As in a review that is up to date: 95 in 100 are decided, the newest, which come first, too.
    is_screened = number % 20 != 0
    found |= {"found_at": found_at, "is_late": False, "is_screened": is_screened}
    yield tables.topic_records, found
    if number % 10 == 0:
        yield from _iter_reading_rows(number, title, abstract)


def make_record(chance: random.Random, number: int, title: str, abstract: str) -> dict[str, Any]:
    """Return a row of ``records``; one in 500 is retracted, one in 100 a duplicate."""
    day = date(1996, 1, 1) + timedelta(days=chance.randrange(30 * 365))
    is_retracted = number % 500 == 0
    return {
        "record_id": number,
        "pmid": 10_000_000 + number,
        "version": 1,
        "publication_status": PublicationStatus("retracted" if is_retracted else "as_published"),
        # Of one record in a hundred the one before is kept in its place.
        "duplicate_of_id": number - 1 if number % 100 == 0 else None,
        "raw_sha256": _HASH,
        "title": title,
        "abstract": abstract,
        "authors": "Osler W; Fiction A; Invented B",
        "journal": "The Journal of Fiction",
        "publication_date": day,
        "publication_date_precision": "day",
        "publication_date_text": f"{day:%Y %b %d}",
        "language": "eng",
        "publication_types": "Journal Article",
        "doi": f"10.1000/fiction.{number}",
        "is_book": False,
        "details": {},
        "first_seen_at": NOW,
        "updated_at": NOW,
    }


def _iter_reading_rows(
    number: int, title: str, abstract: str
) -> Iterator[tuple[Any, dict[str, Any]]]:
    document = {"document_id": number, "kind": "abstract", "record_id": number, "title": title}
    document |= {"text": abstract, "text_sha256": _HASH, "content_sha256": _HASH}
    yield tables.documents, document | {"has_body": True, "parsed_at": NOW}
    version: dict[str, Any] = {
        "record_id": number,
        "version": 1,
        "pmid_version": 1,
        "document_id": number,
    }
    version |= {"raw": b"<x/>", "raw_format": "pubmed_xml", "raw_sha256": _HASH, "changes": []}
    version |= {"unknown_elements": [], "search_run_id": 1, "fetched_at": NOW}
    yield tables.record_versions, version | {"tool_version": "t"}
    reading = {"reading_id": number, "document_id": number, "task": "summary", "way": {}}
    reading |= {"fingerprint": "none", "read_at": NOW, "tool_version": "t"}
    yield tables.readings, reading
    summary = {"summary_id": number, "reading_id": number, "position": 0, "method": "extractive"}
    summary |= {"text": abstract[:200], "is_flagged": number % 50 == 0, "is_shown": True}
    yield tables.summaries, summary


def _open_plain(folder: Path, n_records: int) -> sqlite3.Connection:
    """Open FTS5 as it comes, without content of its own, beside the records."""
    conn = sqlite3.connect(folder / f"{n_records}-plain.db")
    conn.execute("ATTACH ? AS results", (str(folder / f"{n_records}.db"),))
    if not conn.execute("SELECT 1 FROM main.sqlite_master WHERE name = 'plain'").fetchone():
        start = time.perf_counter()
        conn.execute(
            "CREATE VIRTUAL TABLE main.plain USING fts5(title, abstract, "
            "content = '', tokenize = 'porter unicode61')"
        )
        conn.execute(
            "INSERT INTO main.plain (rowid, title, abstract) SELECT record_id, title, abstract "
            "FROM results.records"
        )
        conn.commit()
        spent = (time.perf_counter() - start) / n_records * 1e6
        print(f"FTS5 with porter stems of {n_records:,} records: {spent:.0f} µs a record")
    return conn


# --- measuring --------------------------------------------------------------------------


def _list_questions(words: Vocabulary, database: Database) -> list[Question]:
    many, few = PLANTED
    by_weight = _by_frequency(words)
    common, other = by_weight[40], by_weight[60]
    ours = SearchFilters(topic=TOPIC, since=date(2010, 1, 1), decision="undecided")
    retracted = SearchFilters(statuses=(PublicationStatus.RETRACTED,))
    newest = [
        ("a word of 200 records", few, SearchFilters()),
        ("a word of 2,000 records", many, SearchFilters()),
        (f"a very common word ({common})", common, SearchFilters()),
        (f'two of them ("{common} {other}" apart)', f"{common} {other}", SearchFilters()),
        (f'the phrase "{common} {other}"', f'"{common} {other}"', SearchFilters()),
        ("either of three words", f"{many} OR {few} OR {common}", SearchFilters()),
        ("cut off with a star", f"{many[:5]}*", SearchFilters()),
        ("by topic, date, decision", many, ours),
        ("the same of a common word", common, ours),
        ("of the retracted ones alone", common, retracted),
    ]
    return [
        *(
            Question(f"newest 20: {name}", _newest(asked, filters), limit_ms=5)
            for name, asked, filters in newest
        ),
        Question("by relevance: a word of 2,000 records", _relevant(many), limit_ms=50),
        Question("by relevance: given up for the newest", _relevant(common)),
        *_list_view_questions(database),
        Question("newest 20 by LIKE: a word of 2,000 records", _like(many), n_times=3),
        Question("newest 20 by LIKE: a word of 200 records", _like(few), n_times=3),
    ]


def _list_view_questions(database: Database) -> list[Question]:
    asked = {
        "record_card": ("record_card of one record", "SELECT * FROM record_card WHERE pmid = :n"),
        "review_queue": (
            "review_queue, first page",
            "SELECT * FROM review_queue WHERE topic = 'everything' "
            "ORDER BY found_at DESC, record_id DESC LIMIT 20",
        ),
    }
    limits = {"record_card": 5.0, "review_queue": 50.0}
    with database.reading() as conn:
        views = inspect(conn).get_view_names()
    missing = [name for name in asked if name not in views]
    if missing:
        print(f"Not measured, for there is no such view: {', '.join(missing)}")
    return [
        Question(name, _view(statement), limits[view])
        for view, (name, statement) in asked.items()
        if view in views
    ]


def _by_frequency(words: Vocabulary) -> list[str]:
    before = 0
    counted = []
    for word, weight in zip(words.words, words.weights, strict=True):
        counted.append((weight - before, word))
        before = weight
    return [word for _, word in sorted(counted, reverse=True) if word.isalpha() and len(word) > 4]


def _newest(asked: str, filters: SearchFilters) -> Callable[[Database], object]:
    def ask(database: Database) -> object:
        with database.reading() as conn:
            return search(conn, asked, filters=filters)

    return ask


def _relevant(asked: str) -> Callable[[Database], object]:
    def ask(database: Database) -> object:
        with database.reading() as conn:
            return search(conn, asked, order=Order.RELEVANCE)

    return ask


def _like(word: str) -> Callable[[Database], object]:
    statement = text(
        "SELECT record_id, title FROM records WHERE title LIKE :like OR abstract LIKE :like "
        "ORDER BY publication_date DESC LIMIT 20"
    )

    def ask(database: Database) -> object:
        with database.reading() as conn:
            return conn.execute(statement, {"like": f"%{word}%"}).all()

    return ask


def _view(statement: str) -> Callable[[Database], object]:
    chance = random.Random(1)

    def ask(database: Database) -> object:
        with database.reading() as conn:
            number = 10_000_001 + chance.randrange(1000) * 7
            return conn.execute(text(statement), {"n": number} if ":n" in statement else {}).all()

    return ask


def _print_table(
    name: str, sizes: Sequence[int], questions: Sequence[Question], databases: Sequence[Database]
) -> None:
    print(f"\n{name + ', median ms of':48}", *(f"{size:>12,}" for size in sizes), end="")
    print(f"{'CPU here':>10}{'growth':>9}{'limit':>8}")
    for question in questions:
        spent = [_measure(question, database) for database in databases]
        growth = f"{spent[-1][1] / spent[0][1]:.1f}" if len(spent) > 1 else ""
        limit = f"{question.limit_ms:.0f}" if question.limit_ms else ""
        print(f"{question.name:48}", *(f"{wall:12.2f}" for wall, _ in spent), end="")
        print(f"{spent[-1][1]:10.2f}{growth:>9}{limit:>8}", flush=True)


def _measure(question: Question, database: Database) -> tuple[float, float]:
    """Return medians of milliseconds: on the wall, and of this process's CPU (SQLite's work is
    in it, PostgreSQL's is not).
    """
    asked = partial(question.ask, database)
    asked()
    times = [_time(asked) for _ in range(question.n_times)]
    return median(wall for wall, _ in times), median(cpu for _, cpu in times)


def _time(call: Callable[[], object]) -> tuple[float, float]:
    start, cpu = time.perf_counter(), time.process_time()
    call()
    return (time.perf_counter() - start) * 1000, (time.process_time() - cpu) * 1000


def _print_plain(connections: Sequence[sqlite3.Connection]) -> None:
    for word, n_times in ((next(iter(PLANTED)), 20), ("patients", 3)):
        spent = []
        for conn in connections:
            asked = partial(_ask_plain, conn, word)
            times = [_time(asked) for _ in range(n_times)]
            spent.append(median(wall for wall, _ in times))
        print(f"{f'FTS5, porter, bm25: {word}':48}", *(f"{one:12.2f}" for one in spent), end="")
        print(f"{spent[-1] / spent[0]:9.1f}", flush=True)


def _ask_plain(conn: sqlite3.Connection, word: str) -> object:
    by_rank = "SELECT rowid FROM plain WHERE plain MATCH ? ORDER BY bm25(plain, 5, 1) LIMIT 20"
    return conn.execute(by_rank, (word,)).fetchall()


if __name__ == "__main__":
    main()
