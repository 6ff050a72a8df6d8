"""How far the screening of a topic has come, where people disagree, why they exclude.

What came of a record is ``db.screening_outcomes``'s to say; here it is counted and listed.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, except_, func, literal, null, select, true, union_all

from db.blinding import visible_to
from db.decisions import stands
from db.duplicates import is_shown
from db.records import in_topic
from db.screening_outcomes import judge_records, list_about
from db.tables import records, screening_decisions
from db.topics import get_topic, list_topics
from litsweep.domain.decisions import Decision, ScreeningDecision, Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.screening import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerProgress:
    """How far one person has come at a stage; ``n_waiting`` are records without their decision.

    To one who is blinded, the first three count what is shown of another person's decisions.
    """

    reviewer: str
    n_included: int
    n_excluded: int
    n_unsure: int
    n_waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageProgress:
    """How far a topic has come at a stage; each record is counted in one place.

    ``n_records = n_included + n_excluded + n_conflicts + n_partly + n_unsure + n_waiting``, each
    as its `Outcome` says; a conflict that was settled counts as it was. What PubMed has deleted
    does not wait. At the full text, the records are those that were included by title and
    abstract, and those that someone decided upon.
    """

    topic: str
    stage: Stage
    n_records: int
    n_included: int
    n_excluded: int
    n_conflicts: int
    n_partly: int
    n_unsure: int
    n_waiting: int
    reviewers: tuple[ReviewerProgress, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A record about which people disagree, with all that stands about it."""

    topic: str
    stage: Stage
    record_id: int
    pmid: int | None
    title: str
    decisions: tuple[ScreeningDecision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """How many records are excluded for a reason; None: no reason was given.

    ``is_disputed``: those for which people give different reasons; ``reason`` is None then.
    """

    reason: str | None
    n_records: int
    is_disputed: bool = False


def count_decisions(
    conn: Connection, topic: str, *, viewer: str | None = None
) -> tuple[StageProgress, ...]:
    """Return the progress of a topic at each stage, as far as ``viewer`` may see it.

    Raises:
        UnknownTopic: no topic has this name.
    """
    counts = _count_outcomes(conn, topic, viewer)
    return tuple(_build_stage(conn, topic, stage, counts[stage], viewer) for stage in Stage)


def list_conflicts(
    conn: Connection,
    *,
    topic: str | None = None,
    stage: Stage | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[Conflict]:
    """Return the open conflicts of a topic, or of all, in the order of the record numbers.

    ``after`` is the number of the last record of the page before, of one topic and stage.

    Raises:
        UnknownTopic: no topic has this name.
    """
    if topic is None:
        names = [one.name for one in list_topics(conn, include_retired=True)]
        return [found for name in names for found in list_conflicts(conn, topic=name, stage=stage)]
    judged = judge_records(conn, topic)
    statement = (
        select(records.c.record_id, records.c.pmid, records.c.title, judged.c.stage)
        .join(judged, judged.c.kept_id == records.c.record_id)
        .where(judged.c.outcome == Outcome.CONFLICT, records.c.record_id > after)
        .order_by(records.c.record_id, judged.c.stage)
        .limit(limit)
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


def count_exclusion_reasons(conn: Connection, topic: str, stage: Stage) -> list[ReasonCount]:
    """Count the excluded records by their reason, the most frequent first (PRISMA 2020, 16b).

    Each record is counted once: for the reason of who settled a conflict, or the one that all
    who exclude it give. Where some give none, it is that of the others.

    Raises:
        UnknownTopic: no topic has this name.
    """
    judged = judge_records(conn, topic)
    by_reason = (judged.c.first_reason, judged.c.last_reason)
    statement = (
        select(*by_reason, func.count())
        .where(judged.c.stage == stage, judged.c.outcome == Outcome.EXCLUDED)
        .group_by(*by_reason)
    )
    counts: dict[tuple[str | None, bool], int] = defaultdict(int)
    for reason, other, n in conn.execute(statement):
        is_disputed = reason != other
        counts[None if is_disputed else reason, is_disputed] += n
    found = [
        ReasonCount(reason=reason, n_records=n, is_disputed=is_disputed)
        for (reason, is_disputed), n in counts.items()
    ]
    return sorted(found, key=lambda one: (-one.n_records, one.reason or ""))


def _count_outcomes(
    conn: Connection, topic: str, viewer: str | None
) -> dict[Stage, dict[Outcome | None, int]]:
    """Count the records of each stage by their outcome; None: nobody has decided.

    In one statement, so that the decisions are judged once, not once for each count.
    """
    judged = select(judge_records(conn, topic, viewer=viewer)).cte("judged_once")
    at_abstract, at_full_text = (
        select(judged.c.kept_id).where(judged.c.stage == stage)
        for stage in (Stage.TITLE_ABSTRACT, Stage.FULL_TEXT)
    )
    to_be_screened = select(records.c.record_id).where(
        in_topic(conn, topic),
        is_shown(conn, topic),
        records.c.publication_status != PublicationStatus.DELETED,
    )
    included = at_abstract.where(judged.c.outcome == Outcome.INCLUDED)
    # A difference of sets: a join would compare each record with each decision on SQLite.
    waiting = {
        Stage.TITLE_ABSTRACT: except_(to_be_screened, at_abstract),
        Stage.FULL_TEXT: except_(included, at_full_text),
    }
    by_what = (judged.c.stage, judged.c.outcome)
    statement = union_all(
        select(*by_what, func.count()).group_by(*by_what),
        *(
            select(literal(stage, judged.c.stage.type), null(), func.count()).select_from(
                numbers.subquery()
            )
            for stage, numbers in waiting.items()
        ),
    )
    counts: dict[Stage, dict[Outcome | None, int]] = {stage: {} for stage in Stage}
    for stage, outcome, n in conn.execute(statement):
        counts[stage][outcome and Outcome(outcome)] = n
    return counts


def _build_stage(
    conn: Connection,
    topic: str,
    stage: Stage,
    counts: Mapping[Outcome | None, int],
    viewer: str | None,
) -> StageProgress:
    n_records = sum(counts.values())
    return StageProgress(
        topic=topic,
        stage=stage,
        n_records=n_records,
        n_included=counts.get(Outcome.INCLUDED, 0),
        n_excluded=counts.get(Outcome.EXCLUDED, 0),
        n_conflicts=counts.get(Outcome.CONFLICT, 0),
        n_partly=counts.get(Outcome.PARTLY, 0),
        n_unsure=counts.get(Outcome.UNSURE, 0),
        n_waiting=counts.get(None, 0),
        reviewers=_count_reviewers(conn, topic, stage, n_records, viewer),
    )


def _count_reviewers(
    conn: Connection, topic: str, stage: Stage, n_records: int, viewer: str | None
) -> tuple[ReviewerProgress, ...]:
    decided = screening_decisions.c
    is_seen = true() if viewer is None else visible_to(viewer)
    said = (
        select(decided.reviewer, decided.decision, is_seen.label("is_seen"))
        .where(
            decided.topic_id == get_topic(conn, topic).topic_id, decided.stage == stage, stands()
        )
        .subquery("said_by_whom")
    )
    by_what = (said.c.reviewer, said.c.decision, said.c.is_seen)
    statement = select(*by_what, func.count()).group_by(*by_what)
    counts: dict[str, dict[Decision | None, int]] = defaultdict(lambda: defaultdict(int))
    for reviewer, decision, seen, n in conn.execute(statement):
        counts[reviewer][decision if seen else None] += n
    return tuple(
        ReviewerProgress(
            reviewer=reviewer,
            n_included=found[Decision.INCLUDE],
            n_excluded=found[Decision.EXCLUDE],
            n_unsure=found[Decision.UNSURE],
            n_waiting=max(0, n_records - sum(found.values())),
        )
        for reviewer, found in sorted(counts.items())
    )
