"""The identifiers of one run, page by page, with their records; the query as it was sent."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from db.tables import records, search_hits, search_runs
from litsweep.domain.strategies import HitOrigin, HitState


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHit:
    """One identifier; ``record_id`` and ``title`` are None where nothing is stored of it."""

    pmid: int
    origin: HitOrigin
    state: HitState
    reason: str | None
    record_id: int | None
    title: str | None


def list_run_hits(
    conn: Connection, run_id: int, *, state: HitState | None, after: int, limit: int
) -> list[RunHit]:
    """Return identifiers of a run above the PMID ``after``, ascending; of one state, or of all."""
    statement = (
        select(
            search_hits.c.pmid,
            search_hits.c.origin,
            search_hits.c.state,
            search_hits.c.reason,
            records.c.record_id,
            records.c.title,
        )
        .outerjoin(records, records.c.pmid == search_hits.c.pmid)
        .where(search_hits.c.search_run_id == run_id, search_hits.c.pmid > after)
        .order_by(search_hits.c.pmid)
        .limit(limit)
    )
    if state is not None:
        statement = statement.where(search_hits.c.state == state)
    return [RunHit(**row) for row in conn.execute(statement).mappings()]


def find_query_sent(conn: Connection, run_id: int) -> str | None:
    """Return the term as it went to PubMed, None where the run did not come that far."""
    sent: str | None = conn.scalar(
        select(search_runs.c.query_sent).where(search_runs.c.search_run_id == run_id)
    )
    return sent
