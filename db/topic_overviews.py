"""What there is to do in each topic, counted so that it stays quick: nothing is counted to its end.

What waits for one person is ``db.screening_queue``'s, how the sweeps stand ``db.sweep_standings``'.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, func, literal, select

from db.capped_counts import NONE, CappedCount, count_up_to
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
    topics,
)
from db.views.expressions import flag
from litsweep.domain.decisions import Decision, Stage

MOST_LOOKED_AT: Final = 5_000
"""Of the newest that machine checks flagged, or that could not be read, for all topics at once."""

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
    decided = screening_decisions.c
    statement = select(decided.record_id).where(
        decided.topic_id == topic_id,
        decided.stage == stage,
        decided.decision == Decision.INCLUDE,
        flag(screening_decisions, "is_standing"),
    )
    return conn.execute(statement.limit(1)).first() is not None


def _count_found(conn: Connection, topic_id: int, since: datetime) -> CappedCount:
    found = topic_records.c
    statement = select(found.record_id).where(found.topic_id == topic_id, found.found_at > since)
    return count_up_to(conn, statement)


def _count_waiting(conn: Connection, topic_id: int) -> CappedCount:
    statement = select(topic_records.c.record_id).where(
        topic_records.c.topic_id == topic_id, ~flag(topic_records, "is_screened")
    )
    return count_up_to(conn, statement)


def _count_conflicts(conn: Connection, topic_id: int, stage: Stage) -> CappedCount:
    """Count records on which enough people decided and disagree, and that nobody settled."""
    if not has_includes(conn, topic_id, stage):
        return NONE
    n_reviewers = conn.scalar(select(n_reviewers_of(literal(topic_id)))) or 1
    excludes = screening_decisions.alias("excludes")
    includes = screening_decisions.alias("includes")

    def is_decided(decided: Any, decision: Decision) -> tuple[ColumnElement[bool], ...]:
        return (
            decided.c.topic_id == topic_id,
            decided.c.stage == stage,
            decided.c.decision == decision,
            flag(decided, "is_standing"),
        )

    settled = screening_decisions.alias("settled")
    is_settled = (
        select(settled.c.record_id)
        .where(
            settled.c.topic_id == topic_id,
            settled.c.record_id == includes.c.record_id,
            settled.c.stage == stage,
            flag(settled, "is_standing"),
            flag(settled, "is_adjudication"),
        )
        .correlate(includes)
        .exists()
    )
    statement = (
        select(includes.c.record_id)
        .join(excludes, excludes.c.record_id == includes.c.record_id)
        .where(
            *is_decided(includes, Decision.INCLUDE),
            *is_decided(excludes, Decision.EXCLUDE),
            ~is_settled,
            _count_deciders(topic_id, stage, includes) >= n_reviewers,
        )
        .distinct()
    )
    rows = statement.limit(MOST_CONFLICTS + 1).subquery()
    n = conn.scalar(select(func.count()).select_from(rows)) or 0
    return CappedCount(min(n, MOST_CONFLICTS), n <= MOST_CONFLICTS)


def _count_deciders(topic_id: int, stage: Stage, about: Any) -> ScalarSelect[int]:
    decided = screening_decisions.alias("decided")
    return (
        select(func.count())
        .where(
            decided.c.topic_id == topic_id,
            decided.c.record_id == about.c.record_id,
            decided.c.stage == stage,
            decided.c.decision.in_((Decision.INCLUDE, Decision.EXCLUDE)),
            flag(decided, "is_standing"),
        )
        .correlate(about)
        .scalar_subquery()
    )


class _Counts(dict[int, CappedCount]):
    """Counts by topic, none where nothing was counted."""

    def __init__(self, counts: Mapping[int, int], *, is_exact: bool) -> None:
        super().__init__({key: CappedCount(n, is_exact) for key, n in counts.items()})
        self._is_exact = is_exact

    def __missing__(self, key: int) -> CappedCount:
        return CappedCount(0, self._is_exact)


def _count_flagged(conn: Connection) -> _Counts:
    """Count the records whose valid machine text is flagged, among the newest flagged readings."""
    of_summaries = select(summaries.c.reading_id).where(
        flag(summaries, "is_flagged"), flag(summaries, "is_shown")
    )
    of_findings = (
        select(analyses.c.reading_id)
        .join(findings, findings.c.analysis_id == analyses.c.analysis_id)
        .where(flag(findings, "is_flagged"))
    )
    seen: set[tuple[int, int]] = set()
    is_exact = True
    for query in (of_summaries, of_findings):
        newest = query.order_by(query.selected_columns.reading_id.desc()).limit(MOST_LOOKED_AT + 1)
        flagged = conn.scalars(newest).all()
        is_exact = is_exact and len(flagged) <= MOST_LOOKED_AT
        rows = newest.subquery()
        valid = (
            select(topic_records.c.topic_id, topic_records.c.record_id)
            .select_from(rows)
            .join(readings, readings.c.reading_id == rows.c.reading_id)
            .join(documents, documents.c.document_id == readings.c.document_id)
            .join(topic_records, topic_records.c.record_id == documents.c.record_id)
            .where(readings.c.superseded_by_id.is_(None), readings.c.stale_since.is_(None))
        )
        seen |= {(topic_id, record_id) for topic_id, record_id in conn.execute(valid)}
    return _Counts(Counter(topic_id for topic_id, _ in seen), is_exact=is_exact)


def _count_failed(conn: Connection) -> _Counts:
    """Count the records with a text that was tried to be read, and never was."""
    was_read = (
        select(readings.c.reading_id)
        .where(readings.c.document_id == documents.c.document_id, readings.c.failure.is_(None))
        .correlate(documents)
        .exists()
    )
    newest = (
        select(readings.c.document_id)
        .where(readings.c.failure.is_not(None))
        .order_by(readings.c.document_id.desc())
        .limit(MOST_LOOKED_AT + 1)
        .subquery()
    )
    n_looked_at = conn.scalar(select(func.count()).select_from(newest)) or 0
    statement: Select[Any] = (
        select(topic_records.c.topic_id, topic_records.c.record_id)
        .select_from(newest)
        .join(documents, documents.c.document_id == newest.c.document_id)
        .join(topic_records, topic_records.c.record_id == documents.c.record_id)
        .where(~was_read)
    )
    counts = Counter(topic_id for topic_id, _ in set(map(tuple, conn.execute(statement))))
    return _Counts(counts, is_exact=n_looked_at <= MOST_LOOKED_AT)


def _count_retracted(conn: Connection) -> _Counts:
    statement = (
        select(topics.c.topic_id, func.count(alerts.c.alert_id.distinct()))
        .select_from(alerts)
        .join(publication_status_changes)
        .join(topic_records, topic_records.c.record_id == publication_status_changes.c.record_id)
        .join(topics, topics.c.topic_id == topic_records.c.topic_id)
        .where(alerts.c.acknowledged_at.is_(None))
        .group_by(topics.c.topic_id)
    )
    return _Counts(dict(map(tuple, conn.execute(statement))), is_exact=True)
