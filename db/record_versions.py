"""Storing records as they came: what is new or changed, every version of it, and what changed.

A batch costs one comparison of hashes; only what differs is written. Whether a record came by
a search or from a file makes no difference here.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from db.arrivals import Arrival
from db.documents import save_documents
from db.duplicates import mark_duplicates
from db.membership import is_among
from db.record_rows import CHILD_TABLES, child_rows, record_row
from db.search_index import index_records
from db.staleness import mark_stale
from db.statuses import refresh_statuses
from db.tables import record_failures, record_versions, records
from db.writing import add_missing, add_rows, batches, upsert
from litsweep.domain.changes import describe_changes
from litsweep.domain.loads import FileFormat
from litsweep.domain.records import FetchedRecord, RecordFailure
from litsweep.domain.strategies import HitState
from litsweep.errors import MalformedReply
from litsweep.parsing.abstracts import build_document
from litsweep.parsing.pubmed import parse_record_set


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A delivered record, its hash (computed once), the version that it becomes, what changed."""

    fetched: FetchedRecord
    raw_sha256: str
    version: int
    changes: list[dict[str, str]]


def pick_versions(fetched: Iterable[FetchedRecord]) -> dict[int, FetchedRecord]:
    """Return one record a PMID: of several versions the highest, of equal ones the last."""
    in_order = sorted(fetched, key=lambda each: each.record.pmid_version)
    return {each.record.pmid: each for each in in_order}


def store_records(
    conn: Connection, delivered: Sequence[FetchedRecord], arrival: Arrival
) -> dict[int, HitState]:
    """Store records, one a PMID, and return what each was: new, changed or unchanged.

    What is older than what is stored, such as a reply that a process held while it slept, never
    replaces it and counts as unchanged.
    """
    outcomes: dict[int, HitState] = {}
    for batch in batches(delivered):
        current = find_current(conn, [each.record.pmid for each in batch])
        changed: list[_Delivery] = []
        for fetched in batch:
            known = current.get(fetched.record.pmid)
            state, delivery = _compare(conn, known, fetched)
            outcomes[fetched.record.pmid] = state
            if delivery is not None:
                changed.append(delivery)
        _store(conn, changed, arrival)
    return outcomes


def _compare(
    conn: Connection, known: Row[Any] | None, fetched: FetchedRecord
) -> tuple[HitState, _Delivery | None]:
    """Return what a record is beside the stored one, and what of it is to be stored."""
    raw_sha256 = fetched.raw_sha256
    if known is None:
        return HitState.NEW, _Delivery(fetched, raw_sha256, 1, [])
    if known.raw_sha256 == raw_sha256:
        return HitState.UNCHANGED, None
    changes = _find_changes(conn, known, fetched)
    if changes is None:
        return HitState.UNCHANGED, None
    return HitState.CHANGED, _Delivery(fetched, raw_sha256, known.version + 1, changes)


def find_current(conn: Connection, pmids: Sequence[int]) -> dict[int, Row[Any]]:
    """Return what is stored of ``pmids``, by PMID: number, version, hash and dates."""
    statement = select(
        records.c.pmid,
        records.c.record_id,
        records.c.version,
        records.c.raw_sha256,
        records.c.revised_on,
        records.c.publication_date,
    ).where(is_among(conn, records.c.pmid, pmids))
    known: dict[int, Row[Any]] = {}
    known |= {row.pmid: row for row in conn.execute(statement)}
    return known


def add_failures(
    conn: Connection, failures: Sequence[tuple[int | None, RecordFailure]], arrival: Arrival
) -> None:
    """Keep what could not be read, once, with the PMID that it seems to be."""
    rows = [
        {
            "pmid": pmid,
            "reason": each.reason,
            "raw": each.raw_xml,
            "raw_sha256": hashlib.sha256(each.raw_xml).hexdigest(),
            "failed_at": arrival.at,
            "tool_version": arrival.tool_version,
            **arrival.source,
        }
        for pmid, each in failures
    ]
    add_missing(conn, record_failures, rows)


def age_of(pmid_version: int, revised_on: date | None) -> tuple[int, date]:
    """Return what tells which of two states of a record is the newer one: it is the greater.

    A record that was revised once keeps its date: one without is from before.
    """
    return pmid_version, revised_on or date.min


def _find_changes(
    conn: Connection, known: Row[Any], fetched: FetchedRecord
) -> list[dict[str, str]] | None:
    """Compare with the stored version, read anew by the same code, so that only PubMed differs.

    None: what is stored is newer.
    """
    stored = conn.execute(
        select(
            record_versions.c.raw, record_versions.c.raw_format, record_versions.c.pmid_version
        ).where(
            record_versions.c.record_id == known.record_id,
            record_versions.c.version == known.version,
        )
    ).one()
    if stored.raw_format is not FileFormat.PUBMED_XML:
        return []
    record = fetched.record
    if age_of(record.pmid_version, record.revised_on) < age_of(
        stored.pmid_version, known.revised_on
    ):
        return None
    try:
        before = parse_record_set(stored.raw).records
    except MalformedReply:
        return []
    return [asdict(one) for one in describe_changes(before[0].record, fetched.record)]


def _store(conn: Connection, batch: Sequence[_Delivery], arrival: Arrival) -> None:
    if not batch:
        return
    known = find_current(conn, [each.fetched.record.pmid for each in batch if each.version > 1])
    rows = [
        record_row(each.fetched, version=each.version, raw_sha256=each.raw_sha256, now=arrival.at)
        for each in batch
    ]
    upsert(
        conn, records, rows, key=("pmid",), keep=frozenset({"first_seen_at", "publication_status"})
    )
    stored = find_current(conn, [each.fetched.record.pmid for each in batch])
    by_id = {stored[each.fetched.record.pmid].record_id: each for each in batch}
    document_ids = save_documents(
        conn,
        {record_id: build_document(each.fetched.record) for record_id, each in by_id.items()},
        now=arrival.at,
    )
    versions = [
        _version_row(record_id, each, document_ids[record_id], arrival)
        for record_id, each in by_id.items()
    ]
    add_rows(conn, record_versions, versions)
    _replace_children(conn, by_id)
    index_records(
        conn,
        list(by_id),
        before={row.record_id: row.publication_date for row in known.values()},
    )
    mark_stale(
        conn, {r: document_ids[r] for r, each in by_id.items() if each.version > 1}, arrival.at
    )
    refresh_statuses(conn, list(by_id), arrival)
    mark_duplicates(conn, list(by_id), found_by=f"litsweep {arrival.tool_version}", now=arrival.at)


def _version_row(
    record_id: int, each: _Delivery, document_id: int, arrival: Arrival
) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "version": each.version,
        "pmid_version": each.fetched.record.pmid_version,
        "raw": each.fetched.raw_xml,
        "raw_format": FileFormat.PUBMED_XML,
        "raw_sha256": each.raw_sha256,
        "changes": each.changes,
        "unknown_elements": [list(pair) for pair in each.fetched.unknown_elements],
        "document_id": document_id,
        "fetched_at": arrival.at,
        "tool_version": arrival.tool_version,
        **arrival.source,
    }


def _replace_children(conn: Connection, by_id: Mapping[int, _Delivery]) -> None:
    rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
    for record_id, each in by_id.items():
        for table, row in child_rows(record_id, each.fetched.record):
            rows[table].append(row)
    stale = [record_id for record_id, each in by_id.items() if each.version > 1]
    for table in CHILD_TABLES:
        if stale:
            conn.execute(table.delete().where(is_among(conn, table.c.record_id, stale)))
        add_rows(conn, table, rows[table])
