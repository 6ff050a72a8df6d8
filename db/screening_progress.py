"""How far the screening of a topic has come, and where people disagree.

A record counts once: a decision about one that is marked as a duplicate is counted for the
record that is kept in its place.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Integer, Subquery, case, func, select

from db.decisions import list_decisions, stands
from db.duplicates import is_shown
from db.records import in_topic
from db.tables import records, screening_decisions
from db.topics import get_topic, list_topics
from litsweep.domain.decisions import Decision, ScreeningDecision, Stage
from litsweep.domain.publication_status import PublicationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerProgress:
    """How far one person has come at a stage; ``n_waiting`` are records without their decision."""

    reviewer: str
    n_included: int
    n_excluded: int
    n_unsure: int
    n_waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageProgress:
    """How far a topic has come at a stage; each record is counted in one place.

    ``n_records = n_included + n_excluded + n_conflicts + n_unsure + n_waiting``: someone includes
    and nobody excludes; someone excludes and nobody includes; both; people are only unsure;
    nobody decided. What PubMed has deleted does not wait. At the full text, the records are
    those that were included by title and abstract, and those that someone decided upon.
    """

    topic: str
    stage: Stage
    n_records: int
    n_included: int
    n_excluded: int
    n_conflicts: int
    n_unsure: int
    n_waiting: int
    reviewers: tuple[ReviewerProgress, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A record that one person includes and another excludes, with all that stands about it."""

    topic: str
    stage: Stage
    record_id: int
    pmid: int | None
    title: str
    decisions: tuple[ScreeningDecision, ...]


def count_decisions(conn: Connection, topic: str) -> tuple[StageProgress, ...]:
    """Return the progress of a topic at each stage.

    Raises:
        UnknownTopic: no topic has this name.
    """
    judged = _judge_records(conn, topic)
    at_abstract, at_full_text = (
        select(judged).where(judged.c.stage == stage).subquery(stage.value)
        for stage in (Stage.TITLE_ABSTRACT, Stage.FULL_TEXT)
    )
    awaiting_screening = (
        select(records.c.record_id)
        .outerjoin(at_abstract, at_abstract.c.kept_id == records.c.record_id)
        .where(
            in_topic(conn, topic),
            is_shown(conn, topic),
            records.c.publication_status != PublicationStatus.DELETED,
            at_abstract.c.kept_id.is_(None),
        )
    )
    awaiting_full_text = (
        select(at_abstract.c.kept_id)
        .outerjoin(at_full_text, at_full_text.c.kept_id == at_abstract.c.kept_id)
        .where(
            at_abstract.c.is_included == 1,
            at_abstract.c.is_excluded == 0,
            at_full_text.c.kept_id.is_(None),
        )
    )
    n_waiting = {
        Stage.TITLE_ABSTRACT: _count(conn, awaiting_screening),
        Stage.FULL_TEXT: _count(conn, awaiting_full_text),
    }
    return tuple(_count_stage(conn, topic, stage, judged, n_waiting[stage]) for stage in Stage)


def list_conflicts(
    conn: Connection, *, topic: str | None = None, stage: Stage | None = None
) -> list[Conflict]:
    """Return the conflicts of a topic, or of all, in the order of the record numbers.

    Raises:
        UnknownTopic: no topic has this name.
    """
    if topic is None:
        names = [one.name for one in list_topics(conn, include_retired=True)]
        return [found for name in names for found in list_conflicts(conn, topic=name, stage=stage)]
    judged = _judge_records(conn, topic)
    statement = (
        select(records.c.record_id, records.c.pmid, records.c.title, judged.c.stage)
        .join(judged, judged.c.kept_id == records.c.record_id)
        .where(judged.c.is_included == 1, judged.c.is_excluded == 1)
        .order_by(records.c.record_id, judged.c.stage)
    )
    if stage is not None:
        statement = statement.where(judged.c.stage == stage)
    return [
        Conflict(
            topic=topic,
            stage=row.stage,
            record_id=row.record_id,
            pmid=row.pmid,
            title=row.title,
            decisions=list_about(conn, topic, row.record_id, row.stage),
        )
        for row in conn.execute(statement).all()
    ]


def _judge_records(conn: Connection, topic: str) -> Subquery:
    """Return what stands about each record at each stage: kept_id, stage, three flags, 0 or 1."""
    kept_id = case(
        (is_shown(conn, topic), records.c.record_id), else_=records.c.duplicate_of_id
    ).label("kept_id")
    decided = screening_decisions.c
    return (
        select(
            kept_id,
            decided.stage,
            *(
                func.max(case((decided.decision == decision, 1), else_=0), type_=Integer).label(
                    name
                )
                for decision, name in (
                    (Decision.INCLUDE, "is_included"),
                    (Decision.EXCLUDE, "is_excluded"),
                )
            ),
        )
        .join(records, records.c.record_id == decided.record_id)
        .where(decided.topic_id == get_topic(conn, topic).topic_id, stands())
        .group_by(kept_id, decided.stage)
        .subquery("judged")
    )


def _count_stage(
    conn: Connection, topic: str, stage: Stage, judged: Subquery, n_waiting: int
) -> StageProgress:
    statement = (
        select(judged.c.is_included, judged.c.is_excluded, func.count())
        .where(judged.c.stage == stage)
        .group_by(judged.c.is_included, judged.c.is_excluded)
    )
    counts = {(included, excluded): n for included, excluded, n in conn.execute(statement)}
    n_records = sum(counts.values()) + n_waiting
    return StageProgress(
        topic=topic,
        stage=stage,
        n_records=n_records,
        n_included=counts.get((1, 0), 0),
        n_excluded=counts.get((0, 1), 0),
        n_conflicts=counts.get((1, 1), 0),
        n_unsure=counts.get((0, 0), 0),
        n_waiting=n_waiting,
        reviewers=_count_reviewers(conn, topic, stage, n_records),
    )


def _count_reviewers(
    conn: Connection, topic: str, stage: Stage, n_records: int
) -> tuple[ReviewerProgress, ...]:
    decided = screening_decisions.c
    statement = (
        select(decided.reviewer, decided.decision, func.count())
        .where(
            decided.topic_id == get_topic(conn, topic).topic_id, decided.stage == stage, stands()
        )
        .group_by(decided.reviewer, decided.decision)
    )
    counts: dict[str, dict[Decision, int]] = {}
    for reviewer, decision, n in conn.execute(statement):
        counts.setdefault(reviewer, {})[decision] = n
    return tuple(
        ReviewerProgress(
            reviewer=reviewer,
            n_included=found.get(Decision.INCLUDE, 0),
            n_excluded=found.get(Decision.EXCLUDE, 0),
            n_unsure=found.get(Decision.UNSURE, 0),
            n_waiting=max(0, n_records - sum(found.values())),
        )
        for reviewer, found in sorted(counts.items())
    )


def list_about(
    conn: Connection, topic: str, record_id: int, stage: Stage
) -> tuple[ScreeningDecision, ...]:
    """Return what stands about a record and its duplicates."""
    numbers = conn.scalars(
        select(records.c.record_id)
        .where((records.c.record_id == record_id) | (records.c.duplicate_of_id == record_id))
        .order_by(records.c.record_id)
    ).all()
    return tuple(
        found
        for number in numbers
        for found in list_decisions(conn, topic=topic, record_id=number, stage=stage)
    )


def _count(conn: Connection, statement: Any) -> int:
    return conn.scalar(select(func.count()).select_from(statement.subquery())) or 0
