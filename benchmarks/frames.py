"""How fast stored results become DataFrames, beside ``pandas.read_sql`` of the same table.

    python -m benchmarks.frames [--records 100000] [--url postgresql://…]

``read_sql`` gives the columns of ``records`` as the driver has them: on SQLite days, times and
truth values are text and numbers, and neither authors nor headings come with them. The frame of
``litsweep`` is typed, and has the lists of authors, publication types, headings, keywords and
topics. CPU and wall seconds are medians of three runs; peak memory is that of a first run.
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any, Final

import pandas as pd

from db import frames, tables
from db.connections import parse_place, reader_engine
from db.engine import Database, open_database
from db.frame_queries import select_records
from db.topics import add_topic
from litsweep.domain.decisions import Decision, DecisionOrigin, Stage
from litsweep.domain.documents import DocumentKind
from litsweep.domain.generations import ReadingTask
from litsweep.domain.loads import FileFormat, LoadStatus
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.readings import SummaryMethod
from litsweep.domain.records import DatePrecision
from litsweep.domain.strategies import SearchRoute

NOW: Final = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
RUNS: Final = 3
BATCH: Final = 2000

# Means of 2,066 real records: 5 authors, 6 headings, 3 keywords, 240 words of abstract.
N_AUTHORS, N_HEADINGS, N_KEYWORDS, N_TYPES, N_WORDS = 5, 6, 3, 2, 240


def main() -> None:
    """Make the database, measure each way in a process of its own, print the table."""
    options = _parse_arguments()
    if options.way:
        return _measure(options.way, options.url)
    with tempfile.TemporaryDirectory() as folder:
        url = options.url or f"sqlite:///{folder}/bench.db"
        database = open_database(url, create=True)
        _fill(database, options.records)
        print(f"{options.records:,} records, {database.dialect}, pandas {pd.__version__}")
        database.close()
        print(f"{'':48}{'rows':>10}{'CPU s':>8}{'wall s':>8}{'peak MB':>9}")
        for way in _WAYS:
            command = [sys.executable, "-m", "benchmarks.frames", "--way", way, "--url", url]
            subprocess.run(command, check=True)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--url", help="an empty database; a temporary file unless given")
    parser.add_argument("--way", choices=_WAYS, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(way: str, url: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent = [_timed(_WAYS[way], url) for _ in range(1)]
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    spent += [_timed(_WAYS[way], url) for _ in range(RUNS - 1)]
    cpu, wall = (median(one[place] for one in spent) for place in (0, 1))
    print(f"{way:48}{spent[0][2]:10,}{cpu:8.2f}{wall:8.2f}{peak:9.0f}", flush=True)


def _timed(read: Callable[[str], pd.DataFrame], url: str) -> tuple[float, float, int]:
    cpu, wall = time.process_time(), time.perf_counter()
    n_rows = len(read(url))
    return time.process_time() - cpu, time.perf_counter() - wall, n_rows


def _read_sql(url: str, **options: Any) -> pd.DataFrame:
    names = ", ".join(column.name for column in select_records().selected_columns)
    engine = reader_engine(parse_place(url))
    try:
        with engine.begin() as conn:
            statement = f"SELECT {names} FROM records ORDER BY record_id"  # noqa: S608
            frame: pd.DataFrame = pd.read_sql(statement, conn, **options)
            return frame
    finally:
        engine.dispose()


def _read_sql_with_lists(url: str) -> pd.DataFrame:
    frame = _read_sql(url).set_index("record_id")
    engine = reader_engine(parse_place(url))
    try:
        with engine.begin() as conn:
            for table, column in _LISTS.items():
                statement = (
                    f"SELECT record_id, {column} FROM {table} "  # noqa: S608
                    "ORDER BY record_id, position"
                )
                entries = pd.read_sql(statement, conn)
                frame[table] = entries.groupby("record_id")[column].agg(list)
    finally:
        engine.dispose()
    return frame


_LISTS: Final = {
    "record_authors": "name",
    "record_publication_types": "name",
    "record_mesh_headings": "name",
    "record_keywords": "text",
}

_WAYS: Final[dict[str, Callable[[str], pd.DataFrame]]] = {
    "pandas.read_sql, records": _read_sql,
    "pandas.read_sql, records, numpy_nullable": lambda url: _read_sql(
        url, dtype_backend="numpy_nullable"
    ),
    "pandas.read_sql, records, pyarrow": lambda url: _read_sql(url, dtype_backend="pyarrow"),
    "pandas.read_sql and groupby, records and lists": _read_sql_with_lists,
    "litsweep.frames.records()": lambda url: frames.records(database=url),
    "litsweep.frames.records(topic=…)": lambda url: frames.records(topic="bench", database=url),
    "litsweep.frames.summaries()": lambda url: frames.summaries(database=url),
    "litsweep.frames.decisions()": lambda url: frames.decisions(database=url),
}


def _fill(database: Database, n_records: int) -> None:
    chance = random.Random(20261122)
    with database.writing() as conn:
        add_topic(conn, name="bench", query="x", author="bench", reason="bench", now=NOW)
        conn.execute(tables.load_files.insert(), [_LOAD_FILE])
    for start in range(1, n_records + 1, BATCH):
        numbers = range(start, min(start + BATCH, n_records + 1))
        with database.writing() as conn:
            for table, rows in _make_rows(chance, numbers):
                conn.execute(table.insert(), rows)


def _make_rows(chance: random.Random, numbers: range) -> Iterator[tuple[Any, list[Any]]]:
    yield tables.records, [_record(chance, number) for number in numbers]
    yield tables.documents, [_document(number) for number in numbers]
    yield tables.record_versions, [_version(number) for number in numbers]
    yield (
        tables.record_authors,
        [
            _AUTHOR
            | {"record_id": number, "position": place, "name": f"Author {number % 977} {place}"}
            for number in numbers
            for place in range(N_AUTHORS)
        ],
    )
    yield (
        tables.record_mesh_headings,
        [
            _HEADING | {"record_id": number, "position": place, "name": f"Heading {place}"}
            for number in numbers
            for place in range(N_HEADINGS)
        ],
    )
    yield (
        tables.record_keywords,
        [
            {"record_id": number, "position": place, "text": f"word {place}", "owner": "NOTNLM"}
            | {"is_major": False}
            for number in numbers
            for place in range(N_KEYWORDS)
        ],
    )
    yield (
        tables.record_publication_types,
        [
            {"record_id": number, "position": place, "name": f"Type {place}", "ui": "D016428"}
            for number in numbers
            for place in range(N_TYPES)
        ],
    )
    yield tables.topic_records, [_BELONGS | {"record_id": number} for number in numbers]
    yield tables.readings, [_reading(number) for number in numbers]
    yield tables.summaries, [_summary(chance, number) for number in numbers]
    yield tables.screening_decisions, [_decision(number) for number in numbers]


def _words(chance: random.Random, number: int) -> str:
    return " ".join(chance.choices(_VOCABULARY, k=number))


def _record(chance: random.Random, number: int) -> dict[str, Any]:
    day = date(1990, 1, 1) + timedelta(days=number % 13_000)
    return {
        "record_id": number,
        "pmid": 10_000_000 + number,
        "version": 1,
        "publication_status": PublicationStatus.AS_PUBLISHED,
        "raw_sha256": f"{number:064x}",
        "title": _words(chance, 12),
        "abstract": _words(chance, N_WORDS),
        "authors": "Author A; Author B",
        "journal": f"Journal {number % 400}",
        "publication_date": day,
        "publication_date_precision": DatePrecision.DAY,
        "publication_date_text": f"{day:%Y %b %d}",
        "language": "eng",
        "publication_types": "Type 0; Type 1",
        "doi": f"10.1000/bench.{number}",
        "pmcid": None,
        "is_book": False,
        "created_on": day,
        "revised_on": day,
        "details": {},
        "first_seen_at": NOW,
        "updated_at": NOW,
    }


def _document(number: int) -> dict[str, Any]:
    return {
        "document_id": number,
        "kind": DocumentKind.ABSTRACT,
        "record_id": number,
        "title": "",
        "text": "x",
        "text_sha256": f"{number:064x}",
        "content_sha256": f"{number:064x}",
        "has_body": True,
        "parsed_at": NOW,
    }


def _version(number: int) -> dict[str, Any]:
    return {
        "record_id": number,
        "version": 1,
        "pmid_version": 1,
        "raw": b"x",
        "raw_format": FileFormat.PUBMED_XML,
        "raw_sha256": f"{number:064x}",
        "changes": [],
        "unknown_elements": [],
        "document_id": number,
        "load_file_id": 1,
        "fetched_at": NOW,
        "tool_version": "bench",
    }


def _reading(number: int) -> dict[str, Any]:
    return {
        "reading_id": number,
        "document_id": number,
        "task": ReadingTask.SUMMARY,
        "fingerprint": "lexical",
        "way": {},
        "read_at": NOW,
        "tool_version": "bench",
    }


def _summary(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "summary_id": number,
        "reading_id": number,
        "position": 0,
        "method": SummaryMethod.EXTRACTIVE,
        "ranked_by": "lexical",
        "text": _words(chance, N_WORDS // 4),
        "is_flagged": False,
        "is_shown": True,
    }


def _decision(number: int) -> dict[str, Any]:
    return {
        "topic_id": 1,
        "record_id": number,
        "stage": Stage.TITLE_ABSTRACT,
        "decision": Decision.INCLUDE if number % 5 == 0 else Decision.EXCLUDE,
        "labels": [],
        "reviewer": "Ada Fiction",
        "decided_at": NOW + timedelta(seconds=number),
        "origin": DecisionOrigin.DESK,
        "is_standing": True,
        "tool_version": "bench",
    }


_VOCABULARY: Final = [f"{first}{last}" for first in ("delir", "fract", "sedat") for last in "aeiou"]
_AUTHOR: Final = {
    "affiliations": ["Department of Fiction, University of Nowhere."],
    "affiliation_ids": [],
    "is_equal_contributor": False,
}
_HEADING: Final = {"ui": "D001249", "is_major": False, "qualifiers": [], "is_automatic": False}
_BELONGS: Final = {
    "topic_id": 1,
    "route": SearchRoute.LOADED,
    "load_file_id": 1,
    "found_at": NOW,
    "is_late": False,
}
_LOAD_FILE: Final = {
    "load_file_id": 1,
    "topic_id": 1,
    "name": "bench.xml",
    "file_format": FileFormat.PUBMED_XML,
    "sha256": "0" * 64,
    "status": LoadStatus.COMPLETE,
    "owner": "bench",
    "n_done": 0,
    "n_new": 0,
    "n_changed": 0,
    "n_unchanged": 0,
    "n_failed": 0,
    "n_deleted": 0,
    "tool_version": "bench",
    "started_at": NOW,
    "finished_at": NOW,
}


if __name__ == "__main__":
    main()
