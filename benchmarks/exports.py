"""How fast records leave: each format beside what its library alone needs for the same records.

    python -m benchmarks.exports [--records 10000]

Records are the sample's, repeated. CPU seconds count, since the machine may be busy. "from the
database" is what all formats cost before a byte is written; "plain" is the library's own write
of rows that are there already, without escaping, folding, typing or marking: the floor, not a
rival. Memory is the growth of the peak while writing.
"""

import argparse
import csv
import io
import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import IO, Any

from benchmarks.made_runs import open_made_run
from db.engine import open_database
from db.export_choice import choose_records
from db.export_entries import load_entries
from db.records import save_records
from db.runs import close_run
from litsweep.domain.records import FetchedRecord
from litsweep.exports.columns import RECORD_COLUMNS
from litsweep.exports.entries import ExportEntry
from litsweep.exports.formats import FORMATS, ExportFormat
from litsweep.exports.receipts import ExportAbout, Receipt
from litsweep.parsing.pubmed import parse_record_set
from litsweep_app.sandbox import sample_data

NOW = datetime(2026, 11, 22, tzinfo=UTC)
Plain = Callable[[Sequence[ExportEntry], IO[bytes]], None]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000)
    n_records = parser.parse_args().records
    distinct, database_s, n_loaded = _load_from_database()
    print(f"{n_records:,} records, repeated from {len(distinct)}")
    print(f"{'':18}{'records/CPU-s':>14}{'plain':>10}{'ratio':>8}{'MB':>8}{'MiB more':>10}")
    print(f"{'from the database':18}{n_loaded / database_s:14,.0f}")
    for name, wanted in FORMATS.items():
        _print(name, wanted, distinct, n_records)


def _print(name: str, wanted: ExportFormat, distinct: Sequence[ExportEntry], n: int) -> None:
    before = _peak_mib()
    with tempfile.TemporaryFile() as stream:
        ours = _timed(lambda: wanted.write(_repeat(distinct, n), stream, _receipt(wanted)))
        n_bytes = stream.tell() if wanted.name != "xlsx" else stream.seek(0, 2)
    more = _peak_mib() - before
    line = f"{name:18}{n / ours:14,.0f}"
    if name in PLAIN:
        same = list(_repeat(distinct, n))
        with tempfile.TemporaryFile() as stream:
            plain = _timed(lambda: PLAIN[name](same, stream))
        line += f"{n / plain:10,.0f}{plain / ours:8.0%}"
    else:
        line += f"{'':18}"
    print(f"{line}{n_bytes / 1e6:8.1f}{more:10.1f}", flush=True)


def _timed(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _receipt(wanted: ExportFormat) -> Receipt:
    about = ExportAbout(
        tool_version="0", exported_at=NOW, file_format=wanted.title, topic=None, filters={}
    )
    return Receipt(about)


def _repeat(distinct: Sequence[ExportEntry], n: int) -> Iterator[ExportEntry]:
    numbered = enumerate(islice(cycle(distinct), n), 1)
    return (replace(one, record_id=number, pmid=number) for number, one in numbered)


def _load_from_database() -> tuple[list[ExportEntry], float, int]:
    """Return the sample's entries, and how long a database of some thousand takes to give all."""
    files = sorted((sample_data() / "pubmed").glob("*.xml"))
    fetched = [one for path in files for one in parse_record_set(path.read_bytes()).records]
    copies = [_copy(one, number) for number, one in zip(range(1, 3001), cycle(fetched))]
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/bench.db", create=True)
        with database.writing() as conn:
            _store(conn, copies)
        with database.reading() as conn:
            ids = choose_records(conn, topic=None, with_duplicates=True).record_ids
            start = time.process_time()
            n_loaded = sum(1 for _ in load_entries(conn, ids, topic=None))
            seconds = time.process_time() - start
            distinct = list(load_entries(conn, ids[: len(fetched)], topic=None))
    return distinct, seconds, n_loaded


def _copy(one: FetchedRecord, number: int) -> FetchedRecord:
    doi, title = f"10.5555/bench.{number}", f"Number {number}. {one.record.title}"
    record = replace(one.record, pmid=number, doi=doi, title=title, pmcid=None)
    return FetchedRecord(record=record, raw_xml=f"<PubmedArticle>{number}".encode())


def _store(conn: Any, copies: Sequence[FetchedRecord]) -> None:
    from litsweep.domain.records import RecordSet

    run_id = open_made_run(conn, tuple(one.record.pmid for one in copies), NOW)
    for start in range(0, len(copies), 500):
        batch = tuple(copies[start : start + 500])
        whole = RecordSet(records=batch, failures=(), deleted_pmids=())
        requested = [one.record.pmid for one in batch]
        save_records(conn, run_id, whole, requested=requested, now=NOW, tool_version="bench")
    close_run(conn, run_id, now=NOW)


def _plain_ris(entries: Sequence[ExportEntry], stream: IO[bytes]) -> None:
    import rispy

    text = io.TextIOWrapper(stream, "utf-8", write_through=True)
    rispy.dump(
        [
            {
                "type_of_reference": "JOUR",
                "title": one.title,
                "authors": [author.name for author in one.authors],
                "secondary_title": one.journal.title,
                "year": one.year,
                "abstract": one.abstract,
                "doi": one.doi,
                "keywords": list(one.keywords),
            }
            for one in entries
        ],
        text,
    )
    text.detach()


def _plain_bibtex(entries: Sequence[ExportEntry], stream: IO[bytes]) -> None:
    from bibtexparser.entrypoint import write_string
    from bibtexparser.library import Library
    from bibtexparser.model import Entry, Field

    library = Library(
        [
            Entry(
                "article",
                one.key,
                [
                    Field("title", one.title),
                    Field("author", " and ".join(author.name for author in one.authors)),
                    Field("journal", one.journal.title or ""),
                    Field("year", str(one.year)),
                    Field("abstract", one.abstract),
                    Field("doi", one.doi or ""),
                ],
            )
            for one in entries
        ]
    )
    stream.write(write_string(library).encode())


def _plain_rows(entries: Sequence[ExportEntry]) -> Iterator[list[Any]]:
    return ([column.read(one) for column in RECORD_COLUMNS] for one in entries)


def _plain_csv(entries: Sequence[ExportEntry], stream: IO[bytes]) -> None:
    text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
    csv.writer(text).writerows(_plain_rows(entries))
    text.detach()


def _plain_json(entries: Sequence[ExportEntry], stream: IO[bytes]) -> None:
    names = [column.name for column in RECORD_COLUMNS]
    rows = [dict(zip(names, row, strict=True)) for row in _plain_rows(entries)]
    stream.write(json.dumps(rows, default=str, ensure_ascii=False).encode())


def _plain_xlsx(entries: Sequence[ExportEntry], stream: IO[bytes]) -> None:
    from xlsxwriter import Workbook

    with Workbook(stream, {"constant_memory": True, "remove_timezone": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(_plain_rows(entries)):
            sheet.write_row(number, 0, row)


def _plain_parquet(entries: Sequence[ExportEntry], stream: IO[bytes]) -> None:
    import pandas as pd

    names = [column.name for column in RECORD_COLUMNS]
    pd.DataFrame(list(_plain_rows(entries)), columns=names).to_parquet(stream)


PLAIN: dict[str, Plain] = {
    "ris": _plain_ris,
    "bibtex": _plain_bibtex,
    "csl": _plain_json,
    "csv": _plain_csv,
    "asreview": _plain_csv,
    "xlsx": _plain_xlsx,
    "parquet": _plain_parquet,
}


if __name__ == "__main__":
    main()
