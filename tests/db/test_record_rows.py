"""Every field of a record has a place: a column, a row of a child table, or the details."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

from db.record_rows import child_rows, record_row
from db.tables import record_authors, record_corrections, record_publication_types
from litsweep.domain.records import (
    Book,
    Correction,
    DatePrecision,
    FetchedRecord,
    HistoryDate,
    PublicationDate,
    PublicationType,
    Record,
    Reference,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DATED = PublicationDate(sortable=date(2026, 1, 1), precision=DatePrecision.YEAR, text="2026")
BOOK = Book(
    title="Fiction",
    publisher=None,
    publisher_location=None,
    published=DATED,
    begins=None,
    ends=None,
    authors=(),
    editors=(),
    volume_title=None,
    edition=None,
    collection_title=None,
    medium=None,
    report_number=None,
    location=(),
    sections=(),
    items=(),
)


def test_details_hold_what_has_no_column(make_record: Callable[..., FetchedRecord]) -> None:
    record = make_record().record
    author = replace(record.authors[1], affiliation_ids=(("ROR", "0"),), is_equal_contributor=True)
    link = Correction(ref_type="UpdateIn", ref_source="x", pmid=None, note=None, doi="10.1000/x")
    fetched = _fetched(
        replace(
            record,
            authors=(record.authors[0], author),
            corrections=(link,),
            electronic_dates=(DATED,),
            history=(HistoryDate(status="entrez", on=date(2026, 1, 2), text="2026 1 2 6:00"),),
            references=(Reference(citation="Cited", pmid=1, doi="10.1000/y", pmcid=None),),
            book=BOOK,
        )
    )
    row = record_row(fetched, version=1, raw_sha256="0", now=NOW)
    details = json.loads(json.dumps(row["details"]))
    assert details["history"] == [{"status": "entrez", "on": "2026-01-02", "text": "2026 1 2 6:00"}]
    assert details["references"] == [["Cited", 1, "10.1000/y", None]]
    assert details["electronic_dates"] == [
        {"sortable": "2026-01-01", "precision": "year", "text": "2026"}
    ]
    assert details["book"]["published"]["sortable"] == "2026-01-01"


def test_child_rows_have_only_what_the_tables_have(
    make_record: Callable[..., FetchedRecord],
) -> None:
    record = make_record().record
    author = replace(record.authors[1], affiliation_ids=(("ROR", "0"),), is_equal_contributor=True)
    link = Correction(ref_type="UpdateIn", ref_source="x", pmid=None, note=None, doi="10.1000/x")
    changed = replace(record, authors=(record.authors[0], author), corrections=(link,))
    rows = list(child_rows(3, changed))
    assert all(set(row) <= set(table.columns.keys()) for table, row in rows)
    people = [row for table, row in rows if table is record_authors]
    assert [row["name"] for row in people] == ["Østergård Å", "The Fiction Group"]
    assert people[1]["affiliation_ids"] == [["ROR", "0"]]
    assert people[1]["is_equal_contributor"] is True
    (correction,) = (row for table, row in rows if table is record_corrections)
    assert correction["doi"] == "10.1000/x"


def test_an_identifier_that_no_index_could_hold_is_none(
    make_record: Callable[..., FetchedRecord],
) -> None:
    record = make_record().record
    types = (PublicationType(name="x", ui="D" * 5_000), PublicationType(name="y", ui="D016428"))
    rows = child_rows(3, replace(record, publication_types=types))
    assert [row["ui"] for table, row in rows if table is record_publication_types] == [
        None,
        "D016428",
    ]


def _fetched(record: Record) -> FetchedRecord:
    return FetchedRecord(record=record, raw_xml=b"<x/>")
