"""Records that PubMed has deleted: by its notice, or by not delivering them any more.

What was stored of them stays. A record that is delivered again is not deleted.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from db.arrivals import Arrival
from db.hits import DELIVERED
from db.membership import is_among
from db.statuses import refresh_statuses
from db.tables import deleted_pmids, records, search_hits, search_runs
from db.writing import add_missing, batches
from litsweep.domain.strategies import HitState

_NOTICE: Final = "PubMed has deleted it (DeleteCitation)."


def note_deletions(conn: Connection, pmids: Sequence[int], arrival: Arrival) -> None:
    """Keep a deletion notice, whether or not the records are stored here."""
    _note(conn, dict.fromkeys(pmids, _NOTICE), arrival)


def note_silent_deletions(
    conn: Connection, run_id: int, absent: Sequence[int], now: datetime
) -> None:
    """Count stored records as deleted that did not come now nor on an earlier day.

    One night is not enough: NCBI drops identifiers for a moment at times (ncbi.md 1.4).
    """
    silent: dict[int, str] = {}
    for batch in batches(absent):
        for pmid, since in conn.execute(_select_absent_since(run_id, batch)):
            if since.date() < now.date():
                silent[pmid] = f"PubMed has not delivered it since {since:%Y-%m-%d}."
    run = conn.execute(
        select(search_runs.c.tool_version).where(search_runs.c.search_run_id == run_id)
    ).one()
    _note(conn, silent, Arrival(search_run_id=run_id, at=now, tool_version=run.tool_version))


def take_back_deletions(conn: Connection, pmids: Sequence[int], arrival: Arrival) -> None:
    """Forget that ``pmids`` were deleted, since they were delivered."""
    was_deleted = is_among(conn, deleted_pmids.c.pmid, pmids)
    taken_back = list(conn.scalars(select(deleted_pmids.c.pmid).where(was_deleted)))
    if taken_back:
        conn.execute(deleted_pmids.delete().where(was_deleted))
        refresh_statuses(conn, _find_record_ids(conn, taken_back), arrival)


def _note(conn: Connection, reasons: dict[int, str], arrival: Arrival) -> None:
    rows = [
        {"pmid": pmid, "reason": reason, "noticed_at": arrival.at, **arrival.source}
        for pmid, reason in reasons.items()
    ]
    add_missing(conn, deleted_pmids, rows)
    refresh_statuses(conn, _find_record_ids(conn, sorted(reasons)), arrival)


def _find_record_ids(conn: Connection, pmids: Sequence[int]) -> list[int]:
    found: list[int] = []
    for batch in batches(pmids):
        found += conn.scalars(select(records.c.record_id).where(records.c.pmid.in_(batch)))
    return found


def _select_absent_since(run_id: int, pmids: Sequence[int]) -> Select[Any]:
    """Select the stored ones of ``pmids``, and since which run they have not come."""
    delivered = search_hits.alias("delivered")
    last_delivery = (
        select(func.coalesce(func.max(delivered.c.search_run_id), 0))
        .where(delivered.c.pmid == search_hits.c.pmid, delivered.c.state.in_(DELIVERED))
        .correlate(search_hits)
        .scalar_subquery()
    )
    return (
        select(search_hits.c.pmid, func.min(search_runs.c.started_at))
        .join(search_runs, search_runs.c.search_run_id == search_hits.c.search_run_id)
        .join(records, records.c.pmid == search_hits.c.pmid)
        .where(
            search_hits.c.pmid.in_(pmids),
            search_hits.c.state == HitState.ABSENT,
            search_hits.c.search_run_id < run_id,
            search_hits.c.search_run_id > last_delivery,
        )
        .group_by(search_hits.c.pmid)
    )
