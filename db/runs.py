"""Search runs: which days are due, one run's opening, its identifiers, its closing.

A run's counts are never kept beside its hits: they are counts of them. Fetching and the
storing of records are not done here.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, select

from db.tables import search_hits, search_runs, search_strategies, topics
from db.writing import add_missing, add_row, batches
from litsweep.domain.strategies import (
    DateField,
    DateWindow,
    HitState,
    RunStatus,
    SearchResult,
    SearchRun,
    SearchStrategy,
    Topic,
)
from litsweep.errors import SweepBusy, UsageError

DELIVERED: Final = (HitState.NEW, HitState.CHANGED, HitState.UNCHANGED)
"""States of an identifier whose record was fetched and is stored."""

# PubMed's days are Eastern time's, and the last day of a window was still going on when it
# was searched: it, and the one before, are searched again whatever overlap is set.
_LEAST_OVERLAP_DAYS: Final = 1

_NOT_DELIVERED: Final = "PubMed did not deliver it, also when asked for it alone."


def due_window(
    conn: Connection,
    topic: Topic,
    *,
    today: date,
    overlap_days: int,
    first_window_days: int,
) -> DateWindow:
    """Return the creation dates that the topic's next sweep has to search.

    A topic is under surveillance from ``first_window_days`` before it was added (or before
    ``today``, if that is earlier). The days that are done are those that complete runs of
    the current version of its query cover from there on without a gap; the window begins
    ``overlap_days`` before the last of them. Missed nights so stretch it, a run over later
    days alone does not move it, and a changed query is searched from the beginning.
    """
    origin = min(today, topic.created_at.date()) - timedelta(days=first_window_days)
    last_done = _find_last_day_done(conn, topic.strategy, origin)
    first_day = origin
    if last_done is not None:
        first_day = last_done - timedelta(days=max(overlap_days, _LEAST_OVERLAP_DAYS))
    return DateWindow(date_field=DateField.CRDT, first_day=min(first_day, today), last_day=today)


def open_run(
    conn: Connection,
    strategy: SearchStrategy,
    window: DateWindow,
    *,
    owner: str,
    is_owner_alive: Callable[[str, datetime], bool],
    tool_version: str,
    flow_run_id: str | None,
    now: datetime,
) -> int:
    """Begin a run and return its number; ``owner`` names this process.

    ``is_owner_alive`` is asked about the owner of a run that is still open, and when it began.

    A run of the topic whose owner is gone becomes INTERRUPTED.

    Raises:
        SweepBusy: a run of the same topic is going on.
    """
    topic_id = conn.scalar(
        select(search_strategies.c.topic_id).where(
            search_strategies.c.search_strategy_id == strategy.search_strategy_id
        )
    )
    _interrupt_dead_run(conn, topic_id, strategy.topic, is_owner_alive, now)
    return add_row(
        conn,
        search_runs,
        search_strategy_id=strategy.search_strategy_id,
        topic_id=topic_id,
        date_field=window.date_field,
        first_day=window.first_day,
        last_day=window.last_day,
        status=RunStatus.RUNNING,
        owner=owner,
        warnings=[],
        tool_version=tool_version,
        flow_run_id=flow_run_id,
        started_at=now,
    )


def save_search(conn: Connection, run_id: int, result: SearchResult) -> None:
    """Keep what a search returned; a second search of the same run replaces what is pending.

    Raises:
        SweepBusy: the run was closed meanwhile.
    """
    require_running(conn, run_id)
    conn.execute(
        search_runs.update()
        .where(search_runs.c.search_run_id == run_id)
        .values(
            query_sent=result.query_sent,
            query_translation=result.query_translation,
            n_reported=result.n_reported,
            warnings=list(result.warnings),
        )
    )
    conn.execute(
        search_hits.delete().where(
            search_hits.c.search_run_id == run_id, search_hits.c.state == HitState.PENDING
        )
    )
    rows = [
        {"search_run_id": run_id, "pmid": pmid, "state": HitState.PENDING} for pmid in result.pmids
    ]
    add_missing(conn, search_hits, rows)


def list_pending(conn: Connection, run_id: int) -> list[int]:
    """Return the PMIDs of the run that were not fetched yet, in ascending order."""
    return list_hits(conn, run_id, HitState.PENDING)


def list_hits(conn: Connection, run_id: int, state: HitState) -> list[int]:
    """Return the PMIDs of the run that are in ``state``, in ascending order."""
    statement = (
        select(search_hits.c.pmid)
        .where(search_hits.c.search_run_id == run_id, search_hits.c.state == state)
        .order_by(search_hits.c.pmid)
    )
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
    for batch in batches(sorted(pmids)):
        conn.execute(
            search_hits.update()
            .where(
                search_hits.c.search_run_id == run_id,
                search_hits.c.pmid.in_(batch),
                search_hits.c.state.not_in(DELIVERED),
            )
            .values(state=state, reason=reason)
        )


def mark_absent(conn: Connection, run_id: int, pmids: Sequence[int]) -> None:
    """List ``pmids`` as asked for and not delivered.

    Raises:
        SweepBusy: the run was closed meanwhile.
    """
    require_running(conn, run_id)
    set_hits(conn, run_id, pmids, HitState.ABSENT, reason=_NOT_DELIVERED)


def add_warning(conn: Connection, run_id: int, warning: str) -> None:
    """Add a sentence to the run's warnings, once."""
    of_run = search_runs.c.search_run_id == run_id
    warnings = conn.scalar(select(search_runs.c.warnings).where(of_run)) or []
    if warning not in warnings:
        conn.execute(search_runs.update().where(of_run).values(warnings=[*warnings, warning]))


def close_run(
    conn: Connection, run_id: int, *, error: str | None = None, now: datetime
) -> SearchRun:
    """End the run and return its receipt; a run that was ended before stays as it is.

    It is COMPLETE if PubMed's count equals the identifiers, and each of them was stored or
    is listed as absent; FAILED if ``error`` says what stopped it; else INCOMPLETE.
    """
    run = get_run(conn, run_id)
    if run.status is not RunStatus.RUNNING:
        return run
    status = RunStatus.COMPLETE if run.adds_up else RunStatus.INCOMPLETE
    if error is not None:
        status = RunStatus.FAILED
    _end_run(conn, run_id, status, error, now)
    return get_run(conn, run_id)


def get_run(conn: Connection, run_id: int) -> SearchRun:
    """Return the receipt of the run.

    Raises:
        UsageError: there is no such run.
    """
    rows = conn.execute(_select_runs().where(search_runs.c.search_run_id == run_id)).all()
    if not rows:
        raise UsageError(f"There is no search run {run_id}; `litsweep runs` lists them.")
    return _build_runs(conn, rows)[0]


def list_runs(
    conn: Connection, *, topic: str | None = None, limit: int | None = None
) -> list[SearchRun]:
    """Return the receipts of the runs, the newest first."""
    statement = _select_runs().order_by(search_runs.c.search_run_id.desc()).limit(limit)
    if topic is not None:
        statement = statement.where(topics.c.name == topic)
    return _build_runs(conn, conn.execute(statement).all())


def require_running(conn: Connection, run_id: int) -> None:
    """Refuse to write for a run that is not going on, such as one that was taken for dead.

    Raises:
        SweepBusy: the run was closed.
        UsageError: there is no such run.
    """
    status = get_status(conn, run_id)
    if status is not RunStatus.RUNNING:
        raise SweepBusy(
            f"Search run {run_id} was closed meanwhile ({status}); nothing more is stored for it. "
            "Sweep the topic again."
        )


def get_status(conn: Connection, run_id: int) -> RunStatus:
    """Return where the run stands.

    Raises:
        UsageError: there is no such run.
    """
    status = conn.scalar(select(search_runs.c.status).where(search_runs.c.search_run_id == run_id))
    if status is None:
        raise UsageError(f"There is no search run {run_id}; `litsweep runs` lists them.")
    return RunStatus(status)


def _find_last_day_done(conn: Connection, strategy: SearchStrategy, origin: date) -> date | None:
    statement = (
        select(search_runs.c.first_day, search_runs.c.last_day, search_runs.c.started_at)
        .where(
            search_runs.c.search_strategy_id == strategy.search_strategy_id,
            search_runs.c.status == RunStatus.COMPLETE,
            search_runs.c.date_field == DateField.CRDT,
        )
        .order_by(search_runs.c.first_day)
    )
    day_before = origin - timedelta(days=1)
    last_done = day_before
    for first_day, last_day, started_at in conn.execute(statement):
        if first_day > last_done + timedelta(days=1):
            break
        # A window may end in the future; what PubMed had not yet made was not searched.
        last_done = max(last_done, min(last_day, started_at.date()))
    return last_done if last_done > day_before else None


def _interrupt_dead_run(
    conn: Connection,
    topic_id: int | None,
    topic: str,
    is_owner_alive: Callable[[str, datetime], bool],
    now: datetime,
) -> None:
    running = conn.execute(
        select(search_runs.c.search_run_id, search_runs.c.owner, search_runs.c.started_at).where(
            search_runs.c.topic_id == topic_id, search_runs.c.status == RunStatus.RUNNING
        )
    ).first()
    if running is None:
        return
    if is_owner_alive(running.owner, running.started_at):
        raise SweepBusy(
            f"Topic {topic!r} is being swept already (search run {running.search_run_id}, since "
            f"{running.started_at:%Y-%m-%d %H:%M} UTC, by {running.owner}). "
            "Let it finish, or stop it, then sweep again."
        )
    error = f"Its process ({running.owner}) ended before it could close the run."
    _end_run(conn, running.search_run_id, RunStatus.INTERRUPTED, error, now)


def _end_run(
    conn: Connection, run_id: int, status: RunStatus, error: str | None, now: datetime
) -> None:
    conn.execute(
        search_runs.update()
        .where(search_runs.c.search_run_id == run_id)
        .values(status=status, error=error, finished_at=now)
    )


def _select_runs() -> Select[Any]:
    return (
        select(
            search_runs,
            topics.c.name.label("topic"),
            search_strategies.c.version.label("strategy_version"),
            search_strategies.c.query,
        )
        .join(topics, topics.c.topic_id == search_runs.c.topic_id)
        .join(
            search_strategies,
            search_strategies.c.search_strategy_id == search_runs.c.search_strategy_id,
        )
    )


def _build_runs(conn: Connection, rows: Sequence[Row[Any]]) -> list[SearchRun]:
    counts = _count_hits(conn, [row.search_run_id for row in rows])
    return [_build_run(row, counts[row.search_run_id]) for row in rows]


def _count_hits(conn: Connection, run_ids: Sequence[int]) -> dict[int, Counter[HitState]]:
    counts: dict[int, Counter[HitState]] = defaultdict(Counter)
    for batch in batches(run_ids):
        statement = (
            select(search_hits.c.search_run_id, search_hits.c.state, func.count())
            .where(search_hits.c.search_run_id.in_(batch))
            .group_by(search_hits.c.search_run_id, search_hits.c.state)
        )
        for run_id, state, number in conn.execute(statement):
            counts[run_id][state] = number
    return counts


def _build_run(row: Row[Any], counts: Counter[HitState]) -> SearchRun:
    return SearchRun(
        search_run_id=row.search_run_id,
        topic=row.topic,
        strategy_version=row.strategy_version,
        query=row.query,
        window=DateWindow(
            date_field=row.date_field, first_day=row.first_day, last_day=row.last_day
        ),
        status=row.status,
        query_translation=row.query_translation,
        n_reported=row.n_reported,
        n_ids=counts.total(),
        n_fetched=sum(counts[state] for state in DELIVERED),
        n_new=counts[HitState.NEW],
        n_changed=counts[HitState.CHANGED],
        n_absent=counts[HitState.ABSENT],
        n_failed=counts[HitState.FAILED],
        warnings=tuple(row.warnings),
        error=row.error,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
