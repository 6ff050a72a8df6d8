"""Publication statuses of stored records: weighed anew, changes kept, alerts raised.

What is said of a publication stands in its own record or in a notice's, whichever came first.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, or_, select, union

from db.arrivals import Arrival
from db.tables import (
    alerts,
    deleted_pmids,
    publication_status_changes,
    record_corrections,
    record_publication_types,
    record_versions,
    records,
)
from db.writing import add_row, batches
from litsweep.domain.publication_status import (
    ALARMING,
    REF_TYPES_OF_NOTICES,
    Assessment,
    PublicationStatus,
    StatusLink,
    assess,
)


def refresh_statuses(conn: Connection, record_ids: Sequence[int], arrival: Arrival) -> None:
    """Weigh anew what is said of ``record_ids`` and of the records that they speak of.

    What is said of a record that the same run or file brought is no news to anybody, and
    raises no alert.
    """
    affected = sorted({*record_ids, *find_spoken_of(conn, record_ids)})
    for batch in batches(affected):
        found = _assess(conn, batch)
        for row in conn.execute(_select_current(batch)).all():
            _keep(conn, row, found[row.record_id], arrival)


def find_spoken_of(conn: Connection, record_ids: Sequence[int]) -> set[int]:
    """Return the stored records at which notices among ``record_ids`` point, by PMID or DOI."""
    found: set[int] = set()
    for batch in batches(record_ids):
        notices = record_corrections.c.record_id.in_(batch) & record_corrections.c.ref_type.in_(
            REF_TYPES_OF_NOTICES
        )
        by_pmid = select(records.c.record_id).join(
            record_corrections, record_corrections.c.pmid == records.c.pmid
        )
        by_doi = select(records.c.record_id).join(
            record_corrections, record_corrections.c.doi == records.c.doi
        )
        found |= set(conn.scalars(union(by_pmid.where(notices), by_doi.where(notices))))
    return found


def _assess(conn: Connection, record_ids: Sequence[int]) -> dict[int, Assessment]:
    links = _find_links(conn, record_ids)
    types: dict[int, list[str | None]] = defaultdict(list)
    for record_id, ui in conn.execute(
        select(record_publication_types.c.record_id, record_publication_types.c.ui).where(
            record_publication_types.c.record_id.in_(record_ids)
        )
    ):
        types[record_id].append(ui)
    rows = conn.execute(
        select(records.c.record_id, records.c.title, deleted_pmids.c.reason)
        .outerjoin(deleted_pmids, deleted_pmids.c.pmid == records.c.pmid)
        .where(records.c.record_id.in_(record_ids))
    )
    return {
        row.record_id: assess(row.title, types[row.record_id], links[row.record_id], row.reason)
        for row in rows
    }


def _find_links(conn: Connection, record_ids: Sequence[int]) -> dict[int, list[StatusLink]]:
    links: dict[int, list[StatusLink]] = defaultdict(list)
    own = select(record_corrections).where(record_corrections.c.record_id.in_(record_ids))
    for row in conn.execute(own.order_by(record_corrections.c.position)):
        links[row.record_id].append(
            StatusLink(ref_type=row.ref_type, is_own=True, pmid=row.pmid, citation=row.ref_source)
        )
    for row in conn.execute(_select_notices(record_ids)):
        links[row.record_id].append(
            StatusLink(
                ref_type=row.ref_type, is_own=False, pmid=row.notice_pmid, citation=row.title
            )
        )
    return links


def _select_notices(record_ids: Sequence[int]) -> Select[Any]:
    """Select the notices that point at ``record_ids``, with their own PMID and title."""
    notice = records.alias("notice")
    points_at = or_(
        record_corrections.c.pmid == records.c.pmid, record_corrections.c.doi == records.c.doi
    )
    return (
        select(
            records.c.record_id,
            record_corrections.c.ref_type,
            notice.c.pmid.label("notice_pmid"),
            notice.c.title,
        )
        .select_from(records)
        .join(record_corrections, points_at)
        .join(notice, notice.c.record_id == record_corrections.c.record_id)
        .where(
            records.c.record_id.in_(record_ids),
            record_corrections.c.ref_type.in_(REF_TYPES_OF_NOTICES),
            notice.c.record_id != records.c.record_id,
        )
        .order_by(records.c.record_id, notice.c.record_id)
    )


def _select_current(record_ids: Sequence[int]) -> Select[Any]:
    """Select the records' statuses, and what brought them in the first place."""
    return (
        select(
            records.c.record_id,
            records.c.publication_status,
            record_versions.c.search_run_id,
            record_versions.c.load_file_id,
        )
        .join(record_versions, record_versions.c.record_id == records.c.record_id)
        .where(records.c.record_id.in_(record_ids), record_versions.c.version == 1)
    )


def _keep(conn: Connection, row: Row[Any], found: Assessment, arrival: Arrival) -> None:
    before: PublicationStatus = row.publication_status
    if found.status is before:
        return
    conn.execute(
        records.update()
        .where(records.c.record_id == row.record_id)
        .values(publication_status=found.status)
    )
    source = {"search_run_id": row.search_run_id, "load_file_id": row.load_file_id}
    is_first = arrival.source == source
    change_id = add_row(
        conn,
        publication_status_changes,
        record_id=row.record_id,
        old_status=before,
        new_status=found.status,
        reasons=list(found.reasons),
        is_first=is_first,
        changed_at=arrival.at,
        **arrival.source,
    )
    if not is_first and found.status in ALARMING and found.status.gravity > before.gravity:
        add_row(conn, alerts, publication_status_change_id=change_id, raised_at=arrival.at)
