"""Held queries: whether a run's query must be compared, what holds it, and the decisions.

PubMed is not asked here, and nobody is told. A decision is a person's and stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, select

from db.runs import get_run
from db.tables import query_holds, search_runs, search_strategies, topics
from db.topics import get_topic
from db.writing import add_row
from litsweep.domain.holds import CountComparison, QueryHold
from litsweep.domain.strategies import DateWindow, RunStatus, SearchRoute, SearchRun
from litsweep.errors import DecisionConflict, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A run whose query is to be compared with the former version, before it searches.

    ``former_query`` is None where there is nothing to compare with; ``hold`` is the newest hold
    of this version, or None.
    """

    run: SearchRun
    topic_id: int
    strategy_id: int
    former_id: int | None
    former_query: str | None
    hold: QueryHold | None


def find_comparison(conn: Connection, search_run_id: int) -> Comparison | None:
    """Return what the query of an open run is to be compared with; None: it need not be.

    A topic's first version need not, nor one of which a search without days was complete: every
    window is part of that. The former version is the last one that any run searched to its end.

    Raises:
        UsageError: there is no such run.
    """
    run = get_run(conn, search_run_id)
    ids = conn.execute(
        select(search_runs.c.topic_id, search_runs.c.search_strategy_id).where(
            search_runs.c.search_run_id == search_run_id
        )
    ).one()
    if run.strategy_version == 1 or _was_searched_whole(conn, ids.search_strategy_id):
        return None
    former = _find_former(conn, ids.topic_id, run.strategy_version)
    return Comparison(
        run=run,
        topic_id=ids.topic_id,
        strategy_id=ids.search_strategy_id,
        former_id=former and former.search_strategy_id,
        former_query=former and former.query,
        hold=_find_newest(conn, ids.search_strategy_id),
    )


def open_hold(
    conn: Connection,
    comparison: Comparison,
    counts: CountComparison,
    *,
    reason: str,
    now: datetime,
) -> QueryHold:
    """Hold the query of a run; where another run opened a hold meanwhile, that one stands."""
    newest = _find_newest(conn, comparison.strategy_id)
    if newest is not None and newest.decided_at is None:
        return newest
    hold_id = add_row(
        conn,
        query_holds,
        topic_id=comparison.topic_id,
        search_strategy_id=comparison.strategy_id,
        compared_strategy_id=comparison.former_id,
        search_run_id=comparison.run.search_run_id,
        n_now=counts.now.n_records,
        n_before=counts.before.n_records if counts.before else None,
        n_now_in_window=counts.n_now_in_window,
        n_before_in_window=counts.n_before_in_window,
        translation_now=counts.now.query_translation,
        translation_before=counts.before.query_translation if counts.before else None,
        reason=reason,
        opened_at=now,
    )
    return get_hold(conn, hold_id)


def get_hold(conn: Connection, query_hold_id: int) -> QueryHold:
    """Return the hold of this number.

    Raises:
        UsageError: there is none.
    """
    row = conn.execute(_select().where(query_holds.c.query_hold_id == query_hold_id)).first()
    if row is None:
        raise UsageError(
            f"There is no held query {query_hold_id}; `litsweep topic holds` lists them."
        )
    return _build(row)


def list_holds(conn: Connection, *, include_decided: bool = False) -> list[QueryHold]:
    """Return the holds that wait for a person, oldest first, or all there ever were."""
    rows = conn.execute(_select().order_by(query_holds.c.query_hold_id)).all()
    found = [_build(row) for row in rows]
    return found if include_decided else [hold for hold in found if hold.is_open]


def find_open_hold(conn: Connection, topic: str) -> QueryHold:
    """Return the hold of a topic that waits for a person.

    Raises:
        UnknownTopic: no topic has this name.
        UsageError: none of its queries waits.
    """
    get_topic(conn, topic)
    found = [hold for hold in list_holds(conn) if hold.topic == topic]
    if not found:
        raise UsageError(
            f"No query of {topic} waits for a decision; `litsweep topic holds --all` lists those "
            "that did."
        )
    return found[0]


def decide(
    conn: Connection,
    query_hold_id: int,
    *,
    is_approved: bool,
    by: str,
    note: str | None,
    now: datetime,
) -> QueryHold:
    """Write down a person's decision; the same one again changes nothing.

    Raises:
        UsageError: there is no such hold, or nobody is named.
        DecisionConflict: it was decided otherwise, or the query was changed meanwhile.
    """
    if not by.strip():
        raise UsageError("Who decides? Give a name.")
    hold = get_hold(conn, query_hold_id)
    if hold.decided_at is not None:
        if hold.is_approved is is_approved:
            return hold
        raise DecisionConflict(f"{describe_decision(hold)} That decision stands.")
    if not hold.is_current:
        raise DecisionConflict(
            f"The query of {hold.topic} was changed after version {hold.version} was held: there "
            "is nothing to decide any more."
        )
    conn.execute(
        query_holds.update()
        .where(query_holds.c.query_hold_id == query_hold_id)
        .values(is_approved=is_approved, decided_by=by.strip(), decided_at=now, note=note)
    )
    return get_hold(conn, query_hold_id)


def describe_decision(hold: QueryHold) -> str:
    """Return who decided what of a hold, as a sentence."""
    verb = "approved of" if hold.is_approved else "refused"
    note = f" ({hold.note})" if hold.note else ""
    return (
        f"Version {hold.version} of the query of {hold.topic} was {verb} by {hold.decided_by} "
        f"on {hold.decided_at:%Y-%m-%d}{note}."
    )


def set_review(conn: Connection, query_hold_id: int, flow_run_id: str | None) -> None:
    """Note which run asks a person about a hold."""
    conn.execute(
        query_holds.update()
        .where(query_holds.c.query_hold_id == query_hold_id)
        .values(review_flow_run_id=flow_run_id)
    )


def _was_searched_whole(conn: Connection, strategy_id: int) -> bool:
    statement = select(
        exists().where(
            search_runs.c.search_strategy_id == strategy_id,
            search_runs.c.route == SearchRoute.UNDATED,
            search_runs.c.status == RunStatus.COMPLETE,
        )
    )
    return bool(conn.scalar(statement))


def _find_former(conn: Connection, topic_id: int, version: int) -> Row[Any] | None:
    return conn.execute(
        select(search_strategies)
        .where(
            search_strategies.c.topic_id == topic_id,
            search_strategies.c.version < version,
            exists().where(
                search_runs.c.search_strategy_id == search_strategies.c.search_strategy_id,
                search_runs.c.status == RunStatus.COMPLETE,
            ),
        )
        .order_by(search_strategies.c.version.desc())
        .limit(1)
    ).first()


def _find_newest(conn: Connection, strategy_id: int) -> QueryHold | None:
    row = conn.execute(
        _select()
        .where(query_holds.c.search_strategy_id == strategy_id)
        .order_by(query_holds.c.query_hold_id.desc())
        .limit(1)
    ).first()
    return _build(row) if row else None


def _select() -> Select[Any]:
    held, former, newer = (search_strategies.alias(name) for name in ("held", "former", "newer"))
    newest = (
        select(func.max(newer.c.version))
        .where(newer.c.topic_id == query_holds.c.topic_id)
        .scalar_subquery()
    )
    return (
        select(
            query_holds,
            topics.c.name.label("topic"),
            topics.c.retired_at,
            held.c.version,
            held.c.query,
            former.c.version.label("compared_version"),
            former.c.query.label("compared_query"),
            search_runs.c.date_field,
            search_runs.c.first_day,
            search_runs.c.last_day,
            (held.c.version == newest).label("is_newest"),
        )
        .join(topics, topics.c.topic_id == query_holds.c.topic_id)
        .join(held, held.c.search_strategy_id == query_holds.c.search_strategy_id)
        .join(former, former.c.search_strategy_id == query_holds.c.compared_strategy_id)
        .join(search_runs, search_runs.c.search_run_id == query_holds.c.search_run_id)
    )


_OWN: Sequence[str] = (
    *("query_hold_id", "topic", "version", "query", "compared_version", "compared_query"),
    *("search_run_id", "n_now", "n_before", "n_now_in_window", "n_before_in_window"),
    *("translation_now", "translation_before", "reason", "opened_at", "review_flow_run_id"),
    *("decided_at", "decided_by", "is_approved", "note"),
)


def _build(row: Row[Any]) -> QueryHold:
    window = None
    if row.date_field is not None:
        window = DateWindow(
            date_field=row.date_field, first_day=row.first_day, last_day=row.last_day
        )
    values = {name: row._mapping[name] for name in _OWN}
    is_current = bool(row.is_newest) and row.retired_at is None
    return QueryHold(**values, window=window, is_current=is_current)
