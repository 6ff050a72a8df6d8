"""How fast records are stored: fresh, and again unchanged, beside raw sqlite3.

    python -m benchmarks.database [--records 1000] [--batch 200] [--url sqlite:///bench.db]

CPU seconds count, since the wall clock of a shared machine does not. "raw sqlite3" puts the
same rows into the same tables by executemany, without comparing, converting or hashing: it
is the floor, not a rival.
"""

import argparse
import random
import sqlite3
import string
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import func, select

from db.engine import Database, open_database
from db.records import save_records
from db.runs import close_run, open_run, save_search
from db.tables import metadata
from db.topics import add_topic
from db.windows import DueSearch
from litsweep.domain.records import (
    AbstractPart,
    Author,
    DatePrecision,
    FetchedRecord,
    Journal,
    Keyword,
    MeshHeading,
    PublicationDate,
    PublicationType,
    Record,
    RecordSet,
)
from litsweep.domain.strategies import DateField, DateWindow, SearchResult, SearchRoute, Slice

NOW = datetime(2026, 11, 22, tzinfo=UTC)
WINDOW = DateWindow(date_field=DateField.CRDT, first_day=NOW.date(), last_day=NOW.date())

# Means of 2,066 real records: 5 authors, 6 headings, 3 keywords, 20 kB of XML since 2022.
N_AUTHORS, N_HEADINGS, N_KEYWORDS, N_BYTES = 5, 6, 3, 20_000


def main() -> None:
    """Print the table."""
    options = _parse_arguments()
    records = _make_records(options.records)
    with tempfile.TemporaryDirectory() as folder:
        url = options.url or f"sqlite:///{folder}/bench.db"
        database = open_database(url, create=True)
        print(f"{options.records} records in batches of {options.batch}, {database.dialect}")
        print(f"{'':24}{'CPU s':>8}{'records/CPU-s':>15}{'rows/CPU-s':>12}")
        with _timed() as fresh:
            _sweep(database, records, options.batch)
        n_rows = _count_rows(database)
        _print("fresh", fresh, len(records), n_rows)
        with _timed() as again:
            _sweep(database, records, options.batch)
        _print("again, unchanged", again, len(records), n_rows)
        if database.dialect == "sqlite":
            with _timed() as raw:
                _copy_raw(Path(url.removeprefix("sqlite:///")), Path(folder, "raw.db"), raw)
            _print("raw sqlite3", raw, len(records), n_rows)
        print(f"unchanged / fresh: {again[0] / fresh[0]:.1%}")
        database.close()


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=200)
    parser.add_argument("--url", help="an empty database; a temporary file unless given")
    return parser.parse_args()


@contextmanager
def _timed() -> Iterator[list[float]]:
    spent: list[float] = []
    start = time.process_time()
    yield spent
    if not spent:
        spent.append(time.process_time() - start)


def _print(name: str, spent: list[float], n_records: int, n_rows: int) -> None:
    seconds = spent[0]
    print(f"{name:24}{seconds:8.2f}{n_records / seconds:15,.0f}{n_rows / seconds:12,.0f}")


def _sweep(database: Database, records: list[FetchedRecord], size: int) -> None:
    pmids = tuple(fetched.record.pmid for fetched in records)
    run_id = _open_run(database, pmids)
    for start in range(0, len(records), size):
        batch = records[start : start + size]
        record_set = RecordSet(records=tuple(batch), failures=(), deleted_pmids=())
        with database.writing() as conn:
            save_records(
                conn,
                run_id,
                record_set,
                requested=pmids[start : start + size],
                now=NOW,
                tool_version="bench",
            )
    with database.writing() as conn:
        close_run(conn, run_id, now=NOW)


def _open_run(database: Database, pmids: tuple[int, ...]) -> int:
    with database.writing() as conn:
        name = f"bench {time.time_ns()}"
        topic = add_topic(conn, name=name, query="x", author="bench", reason="bench")
        run_id = open_run(
            conn,
            topic.strategy,
            DueSearch(route=SearchRoute.CREATED, window=WINDOW),
            owner="bench",
            is_owner_alive=lambda owner, since: False,
            tool_version="bench",
            flow_run_id=None,
            now=NOW,
        )
        result = SearchResult(
            n_reported=len(pmids),
            slices=(Slice(first_pmid=1, last_pmid=2**34, count=len(pmids)),),
            pmids=pmids,
            query_sent="",
            query_translation="",
            translations=(),
            warnings=(),
        )
        save_search(conn, run_id, result)
        return run_id


def _count_rows(database: Database) -> int:
    with database.reading() as conn:
        return sum(
            conn.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        )


def _copy_raw(source: Path, target: Path, spent: list[float]) -> None:
    open_database(f"sqlite:///{target}", create=True).close()
    reader, writer = sqlite3.connect(source), sqlite3.connect(target)
    writer.execute("PRAGMA foreign_keys = ON")
    tables = {
        table.name: reader.execute(f"SELECT * FROM {table.name}").fetchall()  # noqa: S608
        for table in metadata.sorted_tables
    }
    start = time.process_time()
    for name, rows in tables.items():
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            writer.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608
    writer.commit()
    spent.append(time.process_time() - start)
    reader.close()
    writer.close()


def _make_records(number: int) -> list[FetchedRecord]:
    chance = random.Random(20261122)
    return [
        FetchedRecord(
            record=replace(_RECORD, pmid=pmid, title=_words(chance, 12), abstract=_parts(chance)),
            raw_xml=_words(chance, N_BYTES // 8).encode(),
        )
        for pmid in range(1, number + 1)
    ]


def _parts(chance: random.Random) -> tuple[AbstractPart, ...]:
    return tuple(
        AbstractPart(label=label, nlm_category=None, text=_words(chance, 60))
        for label in ("AIMS", "METHODS", "RESULTS", "CONCLUSION")
    )


def _words(chance: random.Random, number: int) -> str:
    return " ".join("".join(chance.choices(string.ascii_lowercase, k=7)) for _ in range(number))


_AUTHOR = Author(
    last_name="Osler",
    fore_name="William",
    initials="W",
    suffix=None,
    collective_name=None,
    orcid=None,
    affiliations=("Department of Fiction, University of Nowhere, Nowhere.",),
)
_RECORD = Record(
    pmid=1,
    pmid_version=1,
    citation_status="MEDLINE",
    is_book=False,
    title="",
    vernacular_title=None,
    abstract=(),
    other_abstracts=(),
    copyright_information=None,
    languages=("eng",),
    journal=Journal(
        title="The Journal of Fiction",
        iso_abbreviation="J Fict",
        medline_abbreviation="J Fict",
        nlm_unique_id="1",
        issn=None,
        issn_linking=None,
        volume="1",
        issue="1",
        pages="1",
    ),
    publication_date=PublicationDate(
        sortable=date(2026, 11, 1), precision=DatePrecision.MONTH, text="2026 Nov"
    ),
    created_on=date(2026, 11, 22),
    revised_on=None,
    publication_stage="ppublish",
    publication_types=(PublicationType(name="Journal Article", ui="D016428"),),
    authors=(_AUTHOR,) * N_AUTHORS,
    is_author_list_complete=True,
    investigators=(),
    doi=None,
    pmcid=None,
    other_ids=(),
    mesh_headings=(MeshHeading(name="Asthma", ui="D001249", is_major=True, qualifiers=()),)
    * N_HEADINGS,
    keywords=(Keyword(text="wheeze", owner="NOTNLM", is_major=False),) * N_KEYWORDS,
    chemicals=(),
    grants=(),
    data_banks=(),
    corrections=(),
    conflict_of_interest=None,
    n_references=30,
)


if __name__ == "__main__":
    main()
