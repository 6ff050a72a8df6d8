"""The identifiers of a search run: which are to be fetched, and what became of each.

A search without days, or of changes, returns much that needs no fetching. What is asked for
beside a search (absent before, gone from it) is marked so and is no part of its receipt.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, select

from db.membership import is_among
from db.tables import (
    deleted_pmids,
    record_versions,
    records,
    search_hits,
    search_runs,
    topic_records,
)
from db.writing import add_missing, batches
from litsweep.domain.loads import FileFormat
from litsweep.domain.strategies import HitOrigin, HitState, RunStatus, SearchRoute

DELIVERED: Final = (HitState.NEW, HitState.CHANGED, HitState.UNCHANGED)
"""States of an identifier whose record was fetched and is stored."""

# An identifier that was only announced, or came unreadable, was not dealt with.
_SEEN: Final = (*DELIVERED, HitState.ABSENT, HitState.KNOWN)

_NOT_DELIVERED: Final = "PubMed did not deliver it, also when asked for it again."
_KNOWN: Final = "Seen before; this search is for what was not."
_BASELINE: Final = "There before the surveillance began; later searches are compared with it."
_JUST_FETCHED: Final = "Fetched by an earlier search of the same sweep."


def save_hits(conn: Connection, run_id: int, pmids: Sequence[int]) -> None:
    """Keep what the run's search returned, and what is to be asked for beside it.

    A second search of the same run replaces what was not fetched yet.
    """
    run = conn.execute(select(search_runs).where(search_runs.c.search_run_id == run_id)).one()
    conn.execute(
        search_hits.delete().where(
            search_hits.c.search_run_id == run_id,
            search_hits.c.state.in_((HitState.PENDING, HitState.KNOWN)),
        )
    )
    known = _find_known(conn, run, pmids)
    rows = [
        _row(run_id, pmid, HitOrigin.SEARCH, HitState.KNOWN if pmid in known else None, known)
        for pmid in pmids
    ]
    beside = _list_beside(conn, run, set(pmids))
    rows += [_row(run_id, pmid, origin, None, {}) for pmid, origin in beside.items()]
    for batch in batches(rows):
        add_missing(conn, search_hits, batch)


def list_pending(conn: Connection, run_id: int) -> list[int]:
    """Return the PMIDs of the run that were not fetched yet, in ascending order."""
    return list_hits(conn, run_id, HitState.PENDING)


def list_hits(
    conn: Connection, run_id: int, state: HitState, *, origin: HitOrigin | None = None
) -> list[int]:
    """Return the PMIDs of the run that are in ``state``, ascending; of one origin or of any."""
    statement = (
        select(search_hits.c.pmid)
        .where(search_hits.c.search_run_id == run_id, search_hits.c.state == state)
        .order_by(search_hits.c.pmid)
    )
    if origin is not None:
        statement = statement.where(search_hits.c.origin == origin)
    return list(conn.scalars(statement))


def set_hits(
    conn: Connection,
    run_id: int,
    pmids: Iterable[int],
    state: HitState,
    *,
    reason: str | None = None,
) -> None:
    """Put the run's ``pmids`` into ``state``.

    A record that was stored keeps its first outcome: a batch that is repeated after it was
    stored must not turn what was new into unchanged.
    """
    wanted = sorted(pmids)
    if wanted:
        conn.execute(
            search_hits.update()
            .where(
                search_hits.c.search_run_id == run_id,
                is_among(conn, search_hits.c.pmid, wanted),
                search_hits.c.state.not_in(DELIVERED),
            )
            .values(state=state, reason=reason)
        )


def set_absent(conn: Connection, run_id: int, pmids: Sequence[int]) -> None:
    """List ``pmids`` as asked for and not delivered; the topic's next sweep asks again."""
    set_hits(conn, run_id, pmids, HitState.ABSENT, reason=_NOT_DELIVERED)


def _row(
    run_id: int, pmid: int, origin: HitOrigin, state: HitState | None, reasons: dict[int, str]
) -> dict[str, Any]:
    return {
        "search_run_id": run_id,
        "pmid": pmid,
        "origin": origin,
        "state": state or HitState.PENDING,
        "reason": reasons.get(pmid),
    }


def _find_known(conn: Connection, run: Row[Any], pmids: Sequence[int]) -> dict[int, str]:
    """Return which of ``pmids`` need no fetching, each with the reason."""
    if run.route in (SearchRoute.CREATED, SearchRoute.BACKFILL):
        return {}
    has_baseline = _has_baseline(conn, run)
    if run.route == SearchRoute.UNDATED and not has_baseline:
        return dict.fromkeys(pmids, _BASELINE)
    seen = _find(conn, _select_seen(run), pmids)
    if run.route == SearchRoute.UNDATED:
        return dict.fromkeys(seen, _KNOWN)
    # Without a baseline nobody can tell what came late from what was always there.
    strangers = set(pmids) - seen if has_baseline else set()
    wanted = strangers | _find(conn, _select_members(run), pmids)
    # A run outside of any flow belongs to no sweep whose other searches could be known.
    just_fetched = _find(conn, _select_just_fetched(run), pmids) if run.flow_run_id else set()
    known = dict.fromkeys(set(pmids) - wanted, _KNOWN)
    return known | dict.fromkeys(just_fetched, _JUST_FETCHED)


def _list_beside(conn: Connection, run: Row[Any], found: set[int]) -> dict[int, HitOrigin]:
    """Return what is to be asked for beside the search: absent before, or gone from it."""
    if run.route == SearchRoute.CREATED:
        asked = set(conn.scalars(_select_absent(run))) | set(conn.scalars(_select_exported(run)))
        return dict.fromkeys(sorted(asked - found), HitOrigin.ASKED_AGAIN)
    if run.route == SearchRoute.UNDATED and _has_baseline(conn, run):
        found_before = _select_members(run).where(topic_records.c.route != SearchRoute.LOADED)
        gone = set(conn.scalars(found_before)) - found
        return dict.fromkeys(sorted(gone), HitOrigin.GONE)
    return {}


def _has_baseline(conn: Connection, run: Row[Any]) -> bool:
    complete = select(search_runs.c.search_run_id).where(
        search_runs.c.search_strategy_id == run.search_strategy_id,
        search_runs.c.search_run_id < run.search_run_id,
        search_runs.c.route == SearchRoute.UNDATED,
        search_runs.c.status == RunStatus.COMPLETE,
    )
    return conn.execute(complete.limit(1)).first() is not None


def _select_seen(run: Row[Any]) -> Select[int]:
    """Select the PMIDs that any earlier run of the strategy has dealt with."""
    return (
        select(search_hits.c.pmid)
        .join(search_runs, search_runs.c.search_run_id == search_hits.c.search_run_id)
        .where(
            search_runs.c.search_strategy_id == run.search_strategy_id,
            search_runs.c.search_run_id < run.search_run_id,
            search_hits.c.state.in_(_SEEN),
        )
    )


def _select_members(run: Row[Any]) -> Select[int]:
    return (
        select(records.c.pmid)
        .join(topic_records, topic_records.c.record_id == records.c.record_id)
        .where(topic_records.c.topic_id == run.topic_id, records.c.pmid.is_not(None))
    )


def _select_just_fetched(run: Row[Any]) -> Select[int]:
    return (
        select(search_hits.c.pmid)
        .join(search_runs, search_runs.c.search_run_id == search_hits.c.search_run_id)
        .where(
            search_runs.c.topic_id == run.topic_id,
            search_runs.c.flow_run_id == run.flow_run_id,
            search_runs.c.search_run_id < run.search_run_id,
            search_hits.c.state.in_(DELIVERED),
        )
    )


def _select_absent(run: Row[Any]) -> Select[int]:
    """Select what did not come, or came unreadable, in an earlier run and in none since.

    What a deletion notice names is asked for no more.
    """
    later = search_hits.alias("later")
    came_since = select(later.c.pmid).where(
        later.c.pmid == search_hits.c.pmid,
        later.c.search_run_id > search_hits.c.search_run_id,
        later.c.state.in_(DELIVERED),
    )
    noticed = select(deleted_pmids.c.pmid).where(
        deleted_pmids.c.pmid == search_hits.c.pmid, deleted_pmids.c.load_file_id.is_not(None)
    )
    return (
        select(search_hits.c.pmid)
        .distinct()
        .join(search_runs, search_runs.c.search_run_id == search_hits.c.search_run_id)
        .where(
            search_runs.c.search_strategy_id == run.search_strategy_id,
            search_runs.c.search_run_id < run.search_run_id,
            search_hits.c.state.in_((HitState.ABSENT, HitState.FAILED)),
            ~came_since.exists(),
            ~noticed.exists(),
        )
    )


def _select_exported(run: Row[Any]) -> Select[int]:
    """Select the topic's records that are known only from another tool's export."""
    return (
        _select_members(run)
        .join(
            record_versions,
            (record_versions.c.record_id == records.c.record_id)
            & (record_versions.c.version == records.c.version),
        )
        .where(record_versions.c.raw_format != FileFormat.PUBMED_XML)
    )


def _find(conn: Connection, statement: Select[int], pmids: Sequence[int]) -> set[int]:
    """Return which of ``pmids`` a statement selects."""
    column = statement.selected_columns[0]
    return set(conn.scalars(statement.where(is_among(conn, column, pmids))))
