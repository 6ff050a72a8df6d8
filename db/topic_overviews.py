"""What there is to do in each topic, counted so that it stays quick: nothing is counted to its end.

What waits for one person is ``db.screening_queue``'s, how the sweeps stand ``db.sweep_standings``'.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    Subquery,
    bindparam,
    func,
    select,
    union,
)

from db.capped_counts import NONE, CappedCount, ask, counting
from db.screened import n_reviewers_of
from db.tables import (
    alerts,
    analyses,
    desk_sessions,
    documents,
    findings,
    publication_status_changes,
    readings,
    screening_decisions,
    summaries,
    topic_records,
)
from db.views.expressions import flag
from litsweep.domain.decisions import Decision, Stage

MOST_LOOKED_AT: Final = 2_000
"""Of the newest that machine checks flagged, or that could not be read, for all topics at once."""

_NO_LIMIT: Final = 2**31 - 1

MOST_CONFLICTS: Final = 100
"""Where the counting of conflicts stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicWork:
    """What there is to look at in a topic.

    ``n_new`` were found since a time; ``n_waiting`` have not been screened; ``n_conflicts`` are
    records on which enough people decided and disagree; ``n_flagged`` are records with machine
    text that a check objects to; ``n_retracted`` are open alerts; ``n_failed`` are records of
    which a text could not be read.
    """

    n_new: CappedCount
    n_waiting: CappedCount
    n_conflicts: Mapping[Stage, CappedCount]
    n_flagged: CappedCount
    n_retracted: CappedCount
    n_failed: CappedCount


def list_work(conn: Connection, since: Mapping[int, datetime | None]) -> dict[int, TopicWork]:
    """Count what there is to look at in each topic.

    ``since`` has the topics' numbers, and the time after which what was found is new; None:
    nothing is.
    """
    flagged, failed = _count_flagged(conn), _count_failed(conn)
    retracted = _count_retracted(conn)
    return {
        topic_id: TopicWork(
            n_new=NONE if time is None else _count_found(conn, topic_id, time),
            n_waiting=_count_waiting(conn, topic_id),
            n_conflicts={stage: _count_conflicts(conn, topic_id, stage) for stage in Stage},
            n_flagged=flagged[topic_id],
            n_retracted=retracted[topic_id],
            n_failed=failed[topic_id],
        )
        for topic_id, time in since.items()
    }


def find_last_visit(conn: Connection, reviewer_id: int) -> datetime | None:
    """Return when a person was last at the desk before they signed in now, or None."""
    sessions = desk_sessions.c
    statement = (
        select(sessions.last_seen_at)
        .where(sessions.reviewer_id == reviewer_id)
        .order_by(sessions.started_at.desc(), sessions.last_seen_at.desc())
        .limit(2)
    )
    seen = conn.scalars(statement).all()
    return seen[1] if len(seen) > 1 else None


def has_includes(conn: Connection, topic_id: int, stage: Stage) -> bool:
    """Tell whether anybody includes any record at a stage: else there is nothing to go on with."""
    return conn.execute(_INCLUDES, {"topic_id": topic_id, "stage": stage}).first() is not None


def _count_found(conn: Connection, topic_id: int, since: datetime) -> CappedCount:
    return ask(conn, _FOUND, {"topic_id": topic_id, "since": since})


def _count_waiting(conn: Connection, topic_id: int) -> CappedCount:
    return ask(conn, _WAITING, {"topic_id": topic_id})


def _count_conflicts(conn: Connection, topic_id: int, stage: Stage) -> CappedCount:
    """Count records on which enough people decided and disagree, and that nobody settled."""
    if not has_includes(conn, topic_id, stage):
        return NONE
    return ask(conn, _CONFLICTS, {"topic_id": topic_id, "stage": stage}, most=MOST_CONFLICTS)


_OF_TOPIC: Final = bindparam("topic_id", type_=Integer)
_AT_STAGE: Final = bindparam("stage", type_=screening_decisions.c.stage.type)


def _said(decided: Any, *decisions: Decision) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a standing decision of a topic and stage is one of these."""
    is_standing = (
        decided.c.topic_id == _OF_TOPIC,
        decided.c.stage == _AT_STAGE,
        flag(decided, "is_standing"),
    )
    return (*is_standing, decided.c.decision.in_(decisions)) if decisions else is_standing


def _select_conflicts() -> Select[int]:
    excludes = screening_decisions.alias("excludes")
    includes = screening_decisions.alias("includes")
    settled = screening_decisions.alias("settled")
    decided = screening_decisions.alias("decided")
    # With a limit, if one that is never reached, SQLite finds the few that are disputed first,
    # and does not ask the rest of all that are included.
    disputed = (
        select(includes.c.record_id)
        .join(excludes, excludes.c.record_id == includes.c.record_id)
        .where(*_said(includes, Decision.INCLUDE), *_said(excludes, Decision.EXCLUDE))
        .distinct()
        .limit(_NO_LIMIT)
        .subquery("disputed")
    )
    is_settled = (
        select(settled.c.record_id)
        .where(
            *_said(settled),
            settled.c.record_id == disputed.c.record_id,
            flag(settled, "is_adjudication"),
        )
        .correlate(disputed)
        .exists()
    )
    n_deciders = (
        select(func.count())
        .where(
            *_said(decided, Decision.INCLUDE, Decision.EXCLUDE),
            decided.c.record_id == disputed.c.record_id,
        )
        .correlate(disputed)
        .scalar_subquery()
    )
    return select(disputed.c.record_id).where(~is_settled, n_deciders >= n_reviewers_of(_OF_TOPIC))


# Built once: for fifty topics, building them takes longer than asking them.
_INCLUDES: Final = (
    select(screening_decisions.c.record_id)
    .where(*_said(screening_decisions, Decision.INCLUDE))
    .limit(1)
)
_FOUND: Final = counting(
    select(topic_records.c.record_id).where(
        topic_records.c.topic_id == _OF_TOPIC,
        topic_records.c.found_at > bindparam("since", type_=topic_records.c.found_at.type),
    )
)
_WAITING: Final = counting(
    select(topic_records.c.record_id).where(
        topic_records.c.topic_id == _OF_TOPIC, ~flag(topic_records, "is_screened")
    )
)
_CONFLICTS: Final = counting(_select_conflicts())


class _Counts(dict[int, CappedCount]):
    """Counts by topic, none where nothing was counted."""

    def __init__(self, counts: Mapping[int, int], *, is_exact: bool) -> None:
        super().__init__({key: CappedCount(n, is_exact) for key, n in counts.items()})
        self._is_exact = is_exact

    def __missing__(self, key: int) -> CappedCount:
        return CappedCount(0, self._is_exact)


def _count_flagged(conn: Connection) -> _Counts:
    """Count the records whose valid machine text is flagged, among the newest flagged readings."""
    n_flagged = [conn.scalar(statement) or 0 for statement in _N_FLAGGED]
    counts = {row.topic_id: row.n for row in conn.execute(_FLAGGED)}
    return _Counts(counts, is_exact=max(n_flagged) <= MOST_LOOKED_AT)


def _count_failed(conn: Connection) -> _Counts:
    """Count the records with a text that was tried to be read, and never was."""
    n_looked_at = conn.scalar(_N_FAILURES) or 0
    counts = {row.topic_id: row.n for row in conn.execute(_FAILED)}
    return _Counts(counts, is_exact=n_looked_at <= MOST_LOOKED_AT)


def _newest_flagged() -> tuple[Subquery, Subquery]:
    of_summaries = select(summaries.c.reading_id).where(
        flag(summaries, "is_flagged"), flag(summaries, "is_shown")
    )
    of_findings = (
        select(analyses.c.reading_id)
        .join(findings, findings.c.analysis_id == analyses.c.analysis_id)
        .where(flag(findings, "is_flagged"))
    )
    first, second = (
        query.order_by(query.selected_columns.reading_id.desc())
        .limit(MOST_LOOKED_AT + 1)
        .subquery(name)
        for query, name in ((of_summaries, "flagged_summaries"), (of_findings, "flagged_findings"))
    )
    return first, second


def _select_valid(flagged: Subquery) -> Select[int, int]:
    return (
        select(topic_records.c.topic_id, topic_records.c.record_id)
        .select_from(flagged)
        .join(readings, readings.c.reading_id == flagged.c.reading_id)
        .join(documents, documents.c.document_id == readings.c.document_id)
        .join(topic_records, topic_records.c.record_id == documents.c.record_id)
        .where(readings.c.superseded_by_id.is_(None), readings.c.stale_since.is_(None))
    )


def _select_failed(newest: Subquery) -> Select[int, int]:
    was_read = (
        select(readings.c.reading_id)
        .where(readings.c.document_id == documents.c.document_id, readings.c.failure.is_(None))
        .correlate(documents)
        .exists()
    )
    return (
        select(topic_records.c.topic_id, topic_records.c.record_id)
        .distinct()
        .select_from(newest)
        .join(documents, documents.c.document_id == newest.c.document_id)
        .join(topic_records, topic_records.c.record_id == documents.c.record_id)
        .where(~was_read)
    )


def _by_topic(rows: Subquery) -> Select[int, int]:
    return select(rows.c.topic_id, func.count().label("n")).group_by(rows.c.topic_id)


_NEWEST_FLAGGED: Final = _newest_flagged()
_N_FLAGGED: Final = [select(func.count()).select_from(newest) for newest in _NEWEST_FLAGGED]
_FLAGGED: Final = _by_topic(
    union(*(_select_valid(newest) for newest in _NEWEST_FLAGGED)).subquery("flagged")
)
_NEWEST_FAILURES: Final = (
    select(readings.c.document_id)
    .where(readings.c.failure.is_not(None))
    .order_by(readings.c.document_id.desc())
    .limit(MOST_LOOKED_AT + 1)
    .subquery("newest_failures")
)
_N_FAILURES: Final = select(func.count()).select_from(_NEWEST_FAILURES)
_FAILED: Final = _by_topic(_select_failed(_NEWEST_FAILURES).subquery("failed"))


def _count_retracted(conn: Connection) -> _Counts:
    """Count the open alerts of each topic, among the last ones."""
    rows = conn.execute(_OPEN_ALERTS).all()
    n_open = conn.scalar(_N_OPEN_ALERTS) or 0
    return _Counts({row.topic_id: row.n for row in rows}, is_exact=n_open <= MOST_LOOKED_AT)


# Bounded first: else SQLite goes through the records of every topic, and looks for their alerts.
_LAST_ALERTS: Final = (
    select(alerts.c.alert_id, publication_status_changes.c.record_id)
    .join(publication_status_changes)
    .where(alerts.c.acknowledged_at.is_(None))
    .order_by(alerts.c.alert_id.desc())
    .limit(MOST_LOOKED_AT + 1)
    .subquery("last_alerts")
)
_N_OPEN_ALERTS: Final = select(func.count()).select_from(_LAST_ALERTS)
_OPEN_ALERTS: Final = (
    select(topic_records.c.topic_id, func.count(_LAST_ALERTS.c.alert_id.distinct()).label("n"))
    .select_from(_LAST_ALERTS)
    .join(topic_records, topic_records.c.record_id == _LAST_ALERTS.c.record_id)
    .group_by(topic_records.c.topic_id)
)
