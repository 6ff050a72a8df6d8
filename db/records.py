"""Records as PubMed delivers them: storing what is new or changed, and every version of it.

A batch costs one comparison of hashes; only what differs is written. A record that could
not be read is kept whole beside the others, and its run does not count as complete.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, exists, select, true

from db.documents import save_documents
from db.record_rows import CHILD_TABLES, child_rows, record_row
from db.runs import DELIVERED, add_warning, require_running, set_hits
from db.tables import record_failures, record_versions, records, search_hits, search_runs
from db.topics import get_topic
from db.writing import add_missing, batches, put
from litsweep.domain.records import DatePrecision, FetchedRecord, RecordFailure, RecordSet
from litsweep.domain.strategies import HitState
from litsweep.errors import UnknownRecord
from litsweep.parsing.abstracts import build_document


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCounts:
    """What became of the identifiers of one batch.

    ``missing`` were asked for and not delivered, ascending: ask for them again, alone.
    """

    n_new: int
    n_changed: int
    n_unchanged: int
    n_failed: int
    missing: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A record as its current version says, with the columns of ``records``."""

    record_id: int
    pmid: int
    version: int
    title: str
    abstract: str
    authors: str
    journal: str | None
    publication_date: date | None
    publication_date_precision: DatePrecision
    publication_date_text: str
    language: str
    publication_types: str
    doi: str | None
    pmcid: str | None
    is_book: bool
    created_on: date | None
    revised_on: date | None
    details: Mapping[str, Any]
    first_seen_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVersion:
    """One state in which a record was seen; its bytes are in ``record_versions``."""

    version: int
    pmid_version: int
    raw_sha256: str
    search_run_id: int
    fetched_at: datetime
    tool_version: str


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A delivered record, its hash (computed once), and the version that it becomes."""

    fetched: FetchedRecord
    raw_sha256: str
    version: int


def save_records(
    conn: Connection,
    run_id: int,
    record_set: RecordSet,
    *,
    requested: Sequence[int],
    now: datetime,
    tool_version: str,
) -> BatchCounts:
    """Store a reply to a request for the PMIDs ``requested`` of the run.

    May be repeated: the same reply again changes nothing and gives the same counts. Of
    several versions of a PMID in one reply the highest counts. Records that were not asked for
    are left out, with a warning on the run.

    Raises:
        SweepBusy: the run was closed meanwhile.
    """
    require_running(conn, run_id)
    wanted = set(requested)
    delivered = _pick_versions(record_set.records)
    _warn_of_strangers(conn, run_id, delivered.keys() - wanted)
    outcomes = _save_delivered(
        conn,
        run_id,
        [delivered[pmid] for pmid in sorted(delivered.keys() & wanted)],
        now,
        tool_version,
    )
    failed = _save_failures(
        conn, run_id, record_set.failures, wanted - delivered.keys(), now, tool_version
    )
    _set_outcomes(conn, run_id, outcomes, {pmid: failed[pmid] for pmid in failed if pmid in wanted})
    return _count(conn, run_id, wanted, missing=wanted - delivered.keys() - failed.keys())


def get_record(conn: Connection, pmid: int) -> StoredRecord:
    """Return the record as its current version says.

    Raises:
        UnknownRecord: it was never delivered to this database.
    """
    row = conn.execute(select(records).where(records.c.pmid == pmid)).mappings().first()
    if row is None:
        raise UnknownRecord(
            f"There is no record with the PMID {pmid} in this database. "
            "`litsweep search` finds those that there are."
        )
    names = {field.name for field in fields(StoredRecord)}
    return StoredRecord(**{name: value for name, value in row.items() if name in names})


def list_versions(conn: Connection, record_id: int) -> list[RecordVersion]:
    """Return every version in which the record was seen, the first one first."""
    versions = record_versions.c
    statement = (
        select(*(versions[field.name] for field in fields(RecordVersion)))
        .where(versions.record_id == record_id)
        .order_by(versions.version)
    )
    return [RecordVersion(**row) for row in conn.execute(statement).mappings()]


def in_topic(conn: Connection, topic: str | None) -> ColumnElement[bool]:
    """Return the condition that a row of ``records`` was found for ``topic``, whichever version of
    its query found it; None means any topic.

    Raises:
        UnknownTopic: no topic has this name.
    """
    if topic is None:
        return true()
    topic_id = get_topic(conn, topic).topic_id
    return exists().where(
        search_hits.c.pmid == records.c.pmid,
        search_hits.c.search_run_id == search_runs.c.search_run_id,
        search_hits.c.state.in_(DELIVERED),
        search_runs.c.topic_id == topic_id,
    )


def _pick_versions(fetched: Iterable[FetchedRecord]) -> dict[int, FetchedRecord]:
    # PubMed may deliver several versions of a PMID in one set; the highest is the current one.
    in_order = sorted(fetched, key=lambda each: each.record.pmid_version)
    return {each.record.pmid: each for each in in_order}


def _warn_of_strangers(conn: Connection, run_id: int, pmids: set[int]) -> None:
    if pmids:
        listed = ", ".join(str(pmid) for pmid in sorted(pmids))
        add_warning(
            conn, run_id, f"PubMed delivered records that were not asked for; left out: {listed}."
        )


def _save_delivered(
    conn: Connection,
    run_id: int,
    delivered: Sequence[FetchedRecord],
    now: datetime,
    tool_version: str,
) -> dict[int, HitState]:
    known = _find_current(conn, [each.record.pmid for each in delivered])
    outcomes: dict[int, HitState] = {}
    changed: list[_Delivery] = []
    for fetched in delivered:
        pmid, raw_sha256 = fetched.record.pmid, fetched.raw_sha256
        current = known.get(pmid)
        if current is None:
            outcomes[pmid] = HitState.NEW
        elif current.raw_sha256 == raw_sha256:
            outcomes[pmid] = HitState.UNCHANGED
            continue
        else:
            outcomes[pmid] = HitState.CHANGED
        version = current.version + 1 if current else 1
        changed.append(_Delivery(fetched, raw_sha256, version))
    for batch in batches(changed):
        _store(conn, run_id, batch, now, tool_version)
    return outcomes


def _find_current(conn: Connection, pmids: Sequence[int]) -> dict[int, Row[Any]]:
    known: dict[int, Row[Any]] = {}
    for batch in batches(pmids):
        statement = select(
            records.c.pmid, records.c.record_id, records.c.version, records.c.raw_sha256
        ).where(records.c.pmid.in_(batch))
        known |= {row.pmid: row for row in conn.execute(statement)}
    return known


def _store(
    conn: Connection, run_id: int, batch: Sequence[_Delivery], now: datetime, tool_version: str
) -> None:
    rows = [
        record_row(each.fetched, version=each.version, raw_sha256=each.raw_sha256, now=now)
        for each in batch
    ]
    put(conn, records, rows, key="pmid", keep={"first_seen_at"})
    stored = _find_current(conn, [each.fetched.record.pmid for each in batch])
    by_id = {stored[each.fetched.record.pmid].record_id: each for each in batch}
    document_ids = save_documents(
        conn,
        {record_id: build_document(each.fetched.record) for record_id, each in by_id.items()},
        now=now,
    )
    versions = [
        {
            "record_id": record_id,
            "version": each.version,
            "pmid_version": each.fetched.record.pmid_version,
            "raw_xml": each.fetched.raw_xml,
            "raw_sha256": each.raw_sha256,
            "document_id": document_ids[record_id],
            "search_run_id": run_id,
            "fetched_at": now,
            "tool_version": tool_version,
        }
        for record_id, each in by_id.items()
    ]
    add_missing(conn, record_versions, versions)
    _replace_children(conn, by_id)


def _replace_children(conn: Connection, by_id: Mapping[int, _Delivery]) -> None:
    rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
    for record_id, each in by_id.items():
        for table, row in child_rows(record_id, each.fetched.record):
            rows[table].append(row)
    stale = [record_id for record_id, each in by_id.items() if each.version > 1]
    for table in CHILD_TABLES:
        if stale:
            conn.execute(table.delete().where(table.c.record_id.in_(stale)))
        if rows[table]:
            conn.execute(table.insert(), rows[table])


def _save_failures(
    conn: Connection,
    run_id: int,
    failures: Sequence[RecordFailure],
    undelivered: set[int],
    now: datetime,
    tool_version: str,
) -> dict[int, str]:
    named = [(_name_failure(each, failures, undelivered), each) for each in failures]
    rows = [
        {
            "pmid": pmid,
            "reason": each.reason,
            "raw_xml": each.raw_xml,
            "raw_sha256": hashlib.sha256(each.raw_xml).hexdigest(),
            "search_run_id": run_id,
            "failed_at": now,
            "tool_version": tool_version,
        }
        for pmid, each in named
    ]
    add_missing(conn, record_failures, rows)
    return {pmid: each.reason for pmid, each in named if pmid is not None}


def _name_failure(
    failure: RecordFailure, failures: Sequence[RecordFailure], undelivered: set[int]
) -> int | None:
    """Return whose record a failure is: its own PMID, or the only one that it can be."""
    if failure.pmid is not None or len(failures) != 1 or len(undelivered) != 1:
        return failure.pmid
    return next(iter(undelivered))


def _set_outcomes(
    conn: Connection, run_id: int, outcomes: Mapping[int, HitState], failed: Mapping[int, str]
) -> None:
    # Where one version of a PMID could be read and another could not, nobody knows what the
    # current one says: the run must not count as complete.
    for pmid, reason in failed.items():
        set_hits(conn, run_id, [pmid], HitState.FAILED, reason=reason)
    for state in DELIVERED:
        pmids = [pmid for pmid in outcomes if outcomes[pmid] is state and pmid not in failed]
        set_hits(conn, run_id, pmids, state)


def _count(conn: Connection, run_id: int, requested: set[int], *, missing: set[int]) -> BatchCounts:
    states: Counter[HitState] = Counter()
    for batch in batches(sorted(requested)):
        statement = select(search_hits.c.state).where(
            search_hits.c.search_run_id == run_id, search_hits.c.pmid.in_(batch)
        )
        states.update(conn.scalars(statement))
    return BatchCounts(
        n_new=states[HitState.NEW],
        n_changed=states[HitState.CHANGED],
        n_unchanged=states[HitState.UNCHANGED],
        n_failed=states[HitState.FAILED],
        missing=tuple(sorted(missing)),
    )
