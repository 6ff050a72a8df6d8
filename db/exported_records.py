"""Storing entries of other tools' exports. They never replace what is stored: PubMed's own
record, which a topic's next sweep asks for, says more.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Table, select

from db.arrivals import Arrival
from db.documents import save_documents
from db.duplicates import mark_duplicates
from db.search_index import index_records
from db.statuses import refresh_statuses
from db.tables import (
    record_authors,
    record_keywords,
    record_publication_types,
    record_versions,
    records,
)
from db.writing import add_rows, batches
from litsweep.domain.loads import ExportedRecord
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.strategies import HitState
from litsweep.matching.titles import title_key
from litsweep.parsing.exported import build_exported_document

_Key = int | str


def store_exported(
    conn: Connection, entries: Sequence[ExportedRecord], arrival: Arrival
) -> list[tuple[int, HitState]]:
    """Store the entries that are not stored yet; return each one's record number and outcome.

    An entry is known by its PMID, or without one by the hash of its lines.
    """
    known = _find(conn, entries)
    fresh: dict[_Key, ExportedRecord] = {}
    for entry in entries:
        if _key(entry) not in known:
            fresh.setdefault(_key(entry), entry)
    _store(conn, list(fresh.values()), arrival)
    known |= _find(conn, list(fresh.values()))
    outcomes: list[tuple[int, HitState]] = []
    for entry in entries:
        is_new = fresh.pop(_key(entry), None) is not None
        outcomes.append((known[_key(entry)], HitState.NEW if is_new else HitState.UNCHANGED))
    return outcomes


def _key(entry: ExportedRecord) -> _Key:
    return entry.import_key if entry.pmid is None else entry.pmid


def _find(conn: Connection, entries: Sequence[ExportedRecord]) -> dict[_Key, int]:
    """Return the numbers of the entries' records, of those that are stored, by key."""
    found: dict[_Key, int] = {}
    for column, kind in ((records.c.pmid, int), (records.c.import_key, str)):
        keys = [key for entry in entries if isinstance(key := _key(entry), kind)]
        for batch in batches(keys):
            statement = select(column, records.c.record_id).where(column.in_(batch))
            found |= {key: record_id for key, record_id in conn.execute(statement)}
    return found


def _store(conn: Connection, entries: Sequence[ExportedRecord], arrival: Arrival) -> None:
    if not entries:
        return
    add_rows(conn, records, [_record_row(entry, arrival) for entry in entries])
    ids = _find(conn, entries)
    by_id = {ids[_key(entry)]: entry for entry in entries}
    document_ids = save_documents(
        conn,
        {record_id: build_exported_document(entry) for record_id, entry in by_id.items()},
        now=arrival.at,
    )
    versions = [
        _version_row(record_id, entry, document_ids[record_id], arrival)
        for record_id, entry in by_id.items()
    ]
    add_rows(conn, record_versions, versions)
    _add_children(conn, by_id)
    index_records(conn, list(by_id))
    # A notice of retraction may be stored already.
    refresh_statuses(conn, list(by_id), arrival)
    mark_duplicates(conn, list(by_id), found_by=f"litsweep {arrival.tool_version}", now=arrival.at)


def _record_row(entry: ExportedRecord, arrival: Arrival) -> dict[str, Any]:
    return {
        "pmid": entry.pmid,
        "import_key": entry.import_key if entry.pmid is None else None,
        "version": 1,
        "publication_status": PublicationStatus.AS_PUBLISHED,
        "raw_sha256": entry.raw_sha256,
        "title": entry.title,
        "title_key": title_key(entry.title),
        "abstract": entry.abstract,
        "authors": "; ".join(author.name for author in entry.authors),
        "journal": entry.journal,
        "publication_date": entry.publication_date.sortable,
        "publication_date_precision": entry.publication_date.precision,
        "publication_date_text": entry.publication_date.text,
        "language": "; ".join(entry.languages),
        "publication_types": "; ".join(entry.publication_types),
        "doi": entry.doi,
        "pmcid": entry.pmcid,
        "is_book": False,
        "created_on": None,
        "revised_on": None,
        "details": {
            "journal": {"volume": entry.volume, "issue": entry.issue, "pages": entry.pages}
        },
        "first_seen_at": arrival.at,
        "updated_at": arrival.at,
    }


def _version_row(
    record_id: int, entry: ExportedRecord, document_id: int, arrival: Arrival
) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "version": 1,
        "pmid_version": 1,
        "raw": entry.raw,
        "raw_format": entry.file_format,
        "raw_sha256": entry.raw_sha256,
        "changes": [],
        "unknown_elements": [],
        "document_id": document_id,
        "fetched_at": arrival.at,
        "tool_version": arrival.tool_version,
        **arrival.source,
    }


def _add_children(conn: Connection, by_id: dict[int, ExportedRecord]) -> None:
    rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
    for record_id, entry in by_id.items():
        for table, children in (
            (record_authors, [{"name": one.name, **asdict(one)} for one in entry.authors]),
            (
                record_publication_types,
                [{"name": name, "ui": None} for name in entry.publication_types],
            ),
            (
                record_keywords,
                [{"text": text, "owner": "", "is_major": False} for text in entry.keywords],
            ),
        ):
            for position, child in enumerate(children):
                rows[table].append({"record_id": record_id, "position": position, **child})
    for table, table_rows in rows.items():
        add_rows(conn, table, table_rows)
