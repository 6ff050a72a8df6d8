"""Search runs: one run's opening, the keeping of its search, its closing, and its receipt.

A run's counts are never kept beside its hits: they are counts of them. Fetching and the
storing of records are not done here; which searches are due is ``db.windows``.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from db.deletions import note_silent_deletions
from db.hits import DELIVERED, list_pending, save_hits, set_absent
from db.tables import search_hits, search_runs, search_strategies, topics
from db.windows import DueSearch
from db.writing import add_row, batches
from litsweep.domain.strategies import (
    DateWindow,
    HitOrigin,
    HitState,
    RunStatus,
    SearchResult,
    SearchRoute,
    SearchRun,
    SearchStrategy,
    Slice,
)
from litsweep.errors import SweepBusy, UnknownNumber

_Counts = Counter[tuple[HitOrigin, HitState]]


def open_run(
    conn: Connection,
    strategy: SearchStrategy,
    search: DueSearch,
    *,
    owner: str,
    is_owner_alive: Callable[[str, datetime], bool],
    tool_version: str,
    flow_run_id: str | None,
    now: datetime,
) -> int:
    """Begin a run of ``search`` and return its number; ``owner`` names this process.

    ``is_owner_alive`` is asked about the owner of a run that is still open, and when it began.

    A run of the topic whose owner is gone becomes INTERRUPTED. The same flow run that opens the
    same search again, since it did not hear of the first time, is given the same run.

    Raises:
        SweepBusy: a run of the same topic is going on.
    """
    topic_id = conn.scalar(
        select(search_strategies.c.topic_id).where(
            search_strategies.c.search_strategy_id == strategy.search_strategy_id
        )
    )
    window = search.window
    opened = conn.scalar(_select_opened(topic_id, search, owner, flow_run_id))
    if opened is not None:
        return int(opened)
    _interrupt_dead_runs(conn, topic_id, strategy.topic, search, is_owner_alive, now)
    return add_row(
        conn,
        search_runs,
        search_strategy_id=strategy.search_strategy_id,
        topic_id=topic_id,
        route=search.route,
        date_field=window and window.date_field,
        first_day=window and window.first_day,
        last_day=window and window.last_day,
        status=RunStatus.RUNNING,
        owner=owner,
        translations=[],
        slices=[],
        warnings=[search.remark] if search.remark else [],
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
    for warning in result.warnings:
        add_warning(conn, run_id, warning)
    conn.execute(
        search_runs.update()
        .where(search_runs.c.search_run_id == run_id)
        .values(
            query_sent=result.query_sent,
            query_translation=result.query_translation,
            translations=[list(pair) for pair in result.translations],
            n_reported=result.n_reported,
            slices=[[part.first_pmid, part.last_pmid, part.count] for part in result.slices],
        )
    )
    save_hits(conn, run_id, result.pmids)


def mark_absent(conn: Connection, run_id: int, now: datetime) -> None:
    """List what is still pending as asked for and not delivered.

    A stored record that did not come on an earlier day either counts as deleted by PubMed.

    Raises:
        SweepBusy: the run was closed meanwhile.
    """
    require_running(conn, run_id)
    absent = list_pending(conn, run_id)
    set_absent(conn, run_id, absent)
    note_silent_deletions(conn, run_id, absent, now)


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

    It is COMPLETE if PubMed's count equals the sum of the parts in which it was searched and
    the identifiers, and each of these was stored, was seen before where that suffices, or is
    listed as absent; FAILED if ``error`` says what stopped it; else INCOMPLETE.
    """
    run = get_run(conn, run_id)
    if run.status is not RunStatus.RUNNING:
        return run
    status = RunStatus.COMPLETE if run.adds_up else RunStatus.INCOMPLETE
    if error is not None:
        status = RunStatus.FAILED
    _end_run(conn, run_id, status, error, now)
    return get_run(conn, run_id)


def interrupt_run(conn: Connection, run_id: int, error: str, now: datetime) -> None:
    """Close a run whose process is gone; one that was ended before stays as it is."""
    if get_status(conn, run_id) is RunStatus.RUNNING:
        _end_run(conn, run_id, RunStatus.INTERRUPTED, error, now)


def get_run(conn: Connection, run_id: int) -> SearchRun:
    """Return the receipt of the run.

    Raises:
        UnknownNumber: there is no such run.
    """
    rows = conn.execute(select_runs().where(search_runs.c.search_run_id == run_id)).all()
    if not rows:
        raise UnknownNumber(f"There is no search run {run_id}; `litsweep runs` lists them.")
    return build_runs(conn, rows)[0]


def list_runs(
    conn: Connection,
    *,
    topic: str | None = None,
    since: datetime | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> list[SearchRun]:
    """Return the receipts of the runs, or of those begun at ``since`` or later, newest first.

    ``before`` is the number of the last run of the page before.
    """
    statement = select_runs().order_by(search_runs.c.search_run_id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(search_runs.c.search_run_id < before)
    if since is not None:
        statement = statement.where(search_runs.c.started_at >= since)
    if topic is not None:
        statement = statement.where(topics.c.name == topic)
    return build_runs(conn, conn.execute(statement).all())


def find_last_complete(conn: Connection, run_id: int) -> SearchRun | None:
    """Return the last complete run before this one of the same strategy, by the same route."""
    this = search_runs.alias("this")
    rows = conn.execute(
        select_runs()
        .join(
            this,
            (this.c.search_strategy_id == search_runs.c.search_strategy_id)
            & (this.c.route == search_runs.c.route)
            & (this.c.search_run_id > search_runs.c.search_run_id),
        )
        .where(this.c.search_run_id == run_id, search_runs.c.status == RunStatus.COMPLETE)
        .order_by(search_runs.c.search_run_id.desc())
        .limit(1)
    ).all()
    return build_runs(conn, rows)[0] if rows else None


def require_running(conn: Connection, run_id: int) -> None:
    """Refuse to write for a run that is not going on, such as one that was taken for dead.

    Raises:
        SweepBusy: the run was closed.
        UnknownNumber: there is no such run.
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
        UnknownNumber: there is no such run.
    """
    status = conn.scalar(select(search_runs.c.status).where(search_runs.c.search_run_id == run_id))
    if status is None:
        raise UnknownNumber(f"There is no search run {run_id}; `litsweep runs` lists them.")
    return RunStatus(status)


def _select_opened(
    topic_id: int | None, search: DueSearch, owner: str, flow_run_id: str | None
) -> Select[Any]:
    """Select the run that this flow run opened for the same search and has not searched yet."""
    columns, window = search_runs.c, search.window
    return select(columns.search_run_id).where(
        columns.topic_id == topic_id,
        columns.status == RunStatus.RUNNING,
        columns.owner == owner,
        columns.flow_run_id == (flow_run_id or ""),
        columns.n_reported.is_(None),
        columns.route == search.route,
        columns.first_day.is_not_distinct_from(window and window.first_day),
        columns.last_day.is_not_distinct_from(window and window.last_day),
    )


def _interrupt_dead_runs(
    conn: Connection,
    topic_id: int | None,
    topic: str,
    search: DueSearch,
    is_owner_alive: Callable[[str, datetime], bool],
    now: datetime,
) -> None:
    for running in conn.execute(_select_rivals(topic_id, search)).all():
        if is_owner_alive(running.owner, running.started_at):
            raise SweepBusy(
                f"Topic {topic!r} is being swept already (search run {running.search_run_id}, "
                f"since {running.started_at:%Y-%m-%d %H:%M} UTC, by {running.owner}). "
                "Let it finish, or stop it, then sweep again."
            )
        error = f"Its process ({running.owner}) ended before it could close the run."
        _end_run(conn, running.search_run_id, RunStatus.INTERRUPTED, error, now)


def _select_rivals(topic_id: int | None, search: DueSearch) -> Select[Any]:
    """Select the running runs that this one may not stand beside.

    Windows of a topic's history go side by side, and beside its nightly sweep.
    """
    statement = select(
        search_runs.c.search_run_id, search_runs.c.owner, search_runs.c.started_at
    ).where(search_runs.c.topic_id == topic_id, search_runs.c.status == RunStatus.RUNNING)
    if search.route is not SearchRoute.BACKFILL or search.window is None:
        return statement.where(search_runs.c.route != SearchRoute.BACKFILL)
    return statement.where(
        search_runs.c.route == SearchRoute.BACKFILL,
        search_runs.c.first_day == search.window.first_day,
        search_runs.c.last_day == search.window.last_day,
    )


def _end_run(
    conn: Connection, run_id: int, status: RunStatus, error: str | None, now: datetime
) -> None:
    conn.execute(
        search_runs.update()
        .where(search_runs.c.search_run_id == run_id)
        .values(status=status, error=error, finished_at=now)
    )


def select_runs() -> Select[Any]:
    """Return the query for runs with what `build_runs` needs."""
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


def build_runs(conn: Connection, rows: Sequence[Row[Any]]) -> list[SearchRun]:
    """Return the receipts of rows of `select_runs`, in their order."""
    counts = _count_hits(conn, [row.search_run_id for row in rows])
    return [_build_run(row, counts[row.search_run_id]) for row in rows]


def _count_hits(conn: Connection, run_ids: Sequence[int]) -> dict[int, _Counts]:
    counts: dict[int, _Counts] = defaultdict(Counter)
    key = (search_hits.c.search_run_id, search_hits.c.origin, search_hits.c.state)
    for batch in batches(run_ids):
        statement = select(*key, func.count()).where(key[0].in_(batch)).group_by(*key)
        for run_id, origin, state, number in conn.execute(statement):
            counts[run_id][origin, state] = number
    return counts


def _build_run(row: Row[Any], counts: _Counts) -> SearchRun:
    found: Counter[HitState] = Counter()
    beside: Counter[HitState] = Counter()
    for (origin, state), number in counts.items():
        (found if origin is HitOrigin.SEARCH else beside)[state] += number
    return SearchRun(
        search_run_id=row.search_run_id,
        topic=row.topic,
        strategy_version=row.strategy_version,
        query=row.query,
        route=row.route,
        window=_build_window(row),
        status=row.status,
        query_translation=row.query_translation,
        translations=tuple((written, searched) for written, searched in row.translations),
        n_reported=row.n_reported,
        slices=tuple(Slice(first_pmid=a, last_pmid=b, count=n) for a, b, n in row.slices),
        n_ids=found.total(),
        n_fetched=sum(found[state] for state in DELIVERED),
        n_known=found[HitState.KNOWN],
        n_new=found[HitState.NEW] + beside[HitState.NEW],
        n_changed=found[HitState.CHANGED] + beside[HitState.CHANGED],
        n_absent=found[HitState.ABSENT],
        n_failed=found[HitState.FAILED],
        n_beside=beside.total(),
        n_beside_absent=beside[HitState.ABSENT],
        warnings=tuple(row.warnings),
        error=row.error,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _build_window(row: Row[Any]) -> DateWindow | None:
    if row.date_field is None:
        return None
    return DateWindow(date_field=row.date_field, first_day=row.first_day, last_day=row.last_day)
