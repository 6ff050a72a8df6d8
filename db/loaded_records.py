"""PubMed's XML from files: what of it is newer than what is stored, and storing that.

Files come in any order, and beside sweeps that ask PubMed itself: what is older than what
is stored never replaces it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from db.arrivals import Arrival
from db.record_versions import age_of, find_current, store_records
from db.tables import record_versions, records
from db.writing import batches
from litsweep.domain.loads import FileFormat
from litsweep.domain.records import FetchedRecord
from litsweep.domain.strategies import HitState
from litsweep.errors import MalformedReply
from litsweep.parsing.pubmed import parse_record_set


def store_loaded(
    conn: Connection, entries: Sequence[FetchedRecord], arrival: Arrival
) -> list[tuple[int, HitState]]:
    """Store what is new or newer, in its order; return each one's record number and outcome.

    Of several entries of one PMID each is compared with the one before it, so that the last
    wins and every version is kept. What is older than what is stored counts as unchanged, and
    so does the same record in other bytes: EFetch and NLM's files indent differently.
    """
    outcomes: list[tuple[int, HitState]] = []
    for group in _without_repetition(entries):
        stored = _find_stored(conn, [each.record.pmid for each in group])
        newer = [each for each in group if _is_newer(conn, each, stored.get(each.record.pmid))]
        states = store_records(conn, newer, arrival)
        pmids = [each.record.pmid for each in group]
        numbers = {pmid: row.record_id for pmid, row in find_current(conn, pmids).items()}
        outcomes += [(numbers[p], states.get(p, HitState.UNCHANGED)) for p in pmids]
    return outcomes


def _without_repetition(entries: Sequence[FetchedRecord]) -> Iterator[list[FetchedRecord]]:
    """Cut into groups in which no PMID stands twice."""
    group: dict[int, FetchedRecord] = {}
    for entry in entries:
        if entry.record.pmid in group:
            yield list(group.values())
            group = {}
        group[entry.record.pmid] = entry
    if group:
        yield list(group.values())


def _find_stored(conn: Connection, pmids: Sequence[int]) -> dict[int, Row[Any]]:
    found: dict[int, Row[Any]] = {}
    for batch in batches(pmids):
        statement = (
            select(
                records.c.pmid,
                records.c.record_id,
                records.c.version,
                records.c.revised_on,
                record_versions.c.pmid_version,
                record_versions.c.raw_format,
                record_versions.c.raw_sha256,
            )
            .join(
                record_versions,
                (record_versions.c.record_id == records.c.record_id)
                & (record_versions.c.version == records.c.version),
            )
            .where(records.c.pmid.in_(batch))
        )
        found |= {row.pmid: row for row in conn.execute(statement)}
    return found


def _is_newer(conn: Connection, entry: FetchedRecord, stored: Row[Any] | None) -> bool:
    if stored is None or stored.raw_format is not FileFormat.PUBMED_XML:
        return True
    ours = age_of(entry.record.pmid_version, entry.record.revised_on)
    theirs = age_of(stored.pmid_version, stored.revised_on)
    if ours != theirs:
        return ours > theirs
    return entry.raw_sha256 != stored.raw_sha256 and not _says_the_same(conn, entry, stored)


def _says_the_same(conn: Connection, entry: FetchedRecord, stored: Row[Any]) -> bool:
    raw = conn.scalars(
        select(record_versions.c.raw).where(
            record_versions.c.record_id == stored.record_id,
            record_versions.c.version == stored.version,
        )
    ).one()
    try:
        return parse_record_set(raw).records[0].record == entry.record
    except (MalformedReply, IndexError):
        return False
