"""Records as PubMed delivers them: storing what is new or changed, and every version of it.

A batch costs one comparison of hashes; only what differs is written. A record that could
not be read is kept whole beside the others, and its run does not count as complete.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, select, true

from db.arrivals import Arrival
from db.deletions import note_deletions, take_back_deletions
from db.discoveries import add_found
from db.hits import DELIVERED, set_hits
from db.membership import is_among
from db.record_versions import add_failures, pick_versions, store_records
from db.runs import add_warning, require_running
from db.tables import record_versions, records, search_hits, topic_records
from db.topics import get_topic
from litsweep.domain.loads import FileFormat
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.records import DatePrecision, RecordFailure, RecordSet
from litsweep.domain.strategies import HitState
from litsweep.errors import UnknownRecord


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
    pmid: int | None
    version: int
    publication_status: PublicationStatus
    duplicate_of_id: int | None
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
    raw_format: FileFormat
    changes: list[dict[str, str]]
    search_run_id: int | None
    load_file_id: int | None
    fetched_at: datetime
    tool_version: str


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
    arrival = Arrival(search_run_id=run_id, at=now, tool_version=tool_version)
    wanted = set(requested)
    delivered = pick_versions(record_set.records)
    _warn_of_strangers(conn, run_id, delivered.keys() - wanted)
    outcomes = store_records(
        conn, [delivered[pmid] for pmid in sorted(delivered.keys() & wanted)], arrival
    )
    failed = _save_failures(conn, record_set.failures, wanted - delivered.keys(), arrival)
    _set_outcomes(conn, run_id, outcomes, {pmid: failed[pmid] for pmid in failed if pmid in wanted})
    add_found(conn, run_id, sorted(outcomes), arrival)
    take_back_deletions(conn, sorted(outcomes), arrival)
    note_deletions(conn, [p for p in record_set.deleted_pmids if p not in outcomes], arrival)
    return _count(conn, run_id, wanted, missing=wanted - delivered.keys() - failed.keys())


def get_record(
    conn: Connection, pmid: int | None = None, *, record_id: int | None = None
) -> StoredRecord:
    """Return the record with this PMID or number as its current version says.

    Raises:
        UnknownRecord: it was never delivered to this database.
    """
    statement, number = (_BY_PMID, pmid) if record_id is None else (_BY_NUMBER, record_id)
    row = conn.execute(statement, {"number": number}).mappings().first()
    if row is None:
        named = f"with the PMID {pmid}" if record_id is None else f"r{record_id}"
        raise UnknownRecord(
            f"There is no record {named} in this database. "
            "`litsweep search` finds those that there are."
        )
    return StoredRecord(**{name: row[name] for name in _NAMES})


def list_versions(conn: Connection, record_id: int) -> list[RecordVersion]:
    """Return every version in which the record was seen, the first one first."""
    rows = conn.execute(_VERSIONS, {"number": record_id}).mappings()
    return [RecordVersion(**row) for row in rows]


def in_topic(conn: Connection, topic: str | None) -> ColumnElement[bool]:
    """Return the condition that a row of ``records`` was found for ``topic``, or loaded for it,
    whichever version of its query found it; None means any topic.

    Raises:
        UnknownTopic: no topic has this name.
    """
    if topic is None:
        return true()
    topic_id = get_topic(conn, topic).topic_id
    return exists().where(
        topic_records.c.record_id == records.c.record_id, topic_records.c.topic_id == topic_id
    )


def _warn_of_strangers(conn: Connection, run_id: int, pmids: set[int]) -> None:
    if pmids:
        listed = ", ".join(str(pmid) for pmid in sorted(pmids))
        add_warning(
            conn, run_id, f"PubMed delivered records that were not asked for; left out: {listed}."
        )


def _save_failures(
    conn: Connection,
    failures: Sequence[RecordFailure],
    undelivered: set[int],
    arrival: Arrival,
) -> dict[int, str]:
    named = [(_name_failure(each, failures, undelivered), each) for each in failures]
    add_failures(conn, named, arrival)
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
    statement = (
        select(search_hits.c.state, func.count())
        .where(
            search_hits.c.search_run_id == run_id,
            is_among(conn, search_hits.c.pmid, sorted(requested)),
        )
        .group_by(search_hits.c.state)
    )
    states = Counter({state: number for state, number in conn.execute(statement)})
    return BatchCounts(
        n_new=states[HitState.NEW],
        n_changed=states[HitState.CHANGED],
        n_unchanged=states[HitState.UNCHANGED],
        n_failed=states[HitState.FAILED],
        missing=tuple(sorted(missing)),
    )


# Built once: building them takes longer than asking them.
_NAMES: Final = tuple(field.name for field in fields(StoredRecord))
_BY_PMID: Final = select(records).where(records.c.pmid == bindparam("number"))
_BY_NUMBER: Final = select(records).where(records.c.record_id == bindparam("number"))
_VERSIONS: Final = (
    select(*(record_versions.c[field.name] for field in fields(RecordVersion)))
    .where(record_versions.c.record_id == bindparam("number"))
    .order_by(record_versions.c.version)
)
