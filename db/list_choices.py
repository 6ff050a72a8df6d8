"""Which lists of records a topic has, and what puts a record on each."""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, exists, select

from db.blinding import visible_to
from db.decisions import build_decision, select_decisions, stands
from db.duplicates import is_shown
from db.judged_first import FirstJudge
from db.membership import is_among
from db.records import in_topic
from db.screening_protocols import get_protocol
from db.search_filters import is_flagged
from db.tables import (
    documents,
    readings,
    records,
    reports,
    retrievals,
    screening_decisions,
    topic_records,
)
from db.topics import get_topic
from db.views.expressions import flag, there_is
from db.views.latest import is_valid, select_abstract_readings
from litsweep.domain.decisions import Decision, ScreeningDecision, Stage
from litsweep.domain.publication_status import ALARMING
from litsweep.domain.screening import Outcome, judge


class RecordList(StrEnum):
    """A list of a topic's records; what PubMed has deleted is on the one of the retracted."""

    ALL = "all"
    """All that were found."""
    NEW = "new"
    """Found for the topic since a day, or since its last complete sweep began."""
    LATE = "late"
    """Found later than the search by date of creation should have found them."""
    CHANGED = "changed"
    """PubMed changed the record after it was stored first."""
    FLAGGED = "flagged"
    """A check asks for a person's look at what a machine wrote of it."""
    RETRACTED = "retracted"
    """Retracted, withdrawn, deleted, or with an expression of concern."""
    NOT_RETRIEVED = "not_retrieved"
    """The full text was sought, and not obtained."""
    UNREAD = "unread"
    """Nothing came of a reading of its present title and abstract, or there was none yet."""
    FAILED = "failed"
    """A reading of its present abstract or full text failed, and none has succeeded since."""
    WITHOUT_ABSTRACT = "without_abstract"
    """PubMed gives no abstract."""
    INCLUDED = "included"
    """Enough people include it, and nobody excludes it; or a conflict was settled so."""
    EXCLUDED = "excluded"
    """Enough people exclude it, and nobody includes it; or a conflict was settled so."""
    UNSURE = "unsure"
    """Somebody leaves it open, and nobody includes or excludes it."""
    CONFLICTS = "conflicts"
    """Enough people decided, and they disagree."""
    MINE = "mine"
    """Decided by who asks."""


OUTCOMES: Final = {
    RecordList.INCLUDED: Outcome.INCLUDED,
    RecordList.EXCLUDED: Outcome.EXCLUDED,
    RecordList.UNSURE: Outcome.UNSURE,
    RecordList.CONFLICTS: Outcome.CONFLICT,
}
"""The lists of what came of the screening."""

OF_DECISIONS: Final = (*OUTCOMES, RecordList.MINE)
"""The lists that are of one stage of the screening."""


def list_matching(
    conn: Connection,
    topic: str,
    kind: RecordList,
    record_ids: Sequence[int],
    first_judge: FirstJudge | None = None,
) -> set[int]:
    """Return those of ``record_ids`` that belong to the topic and on the list.

    For the lists of decisions this is only whether the record is shown in lists. Of machine
    texts that wait for the judgement of ``first_judge`` it is not told whether they are flagged.

    Raises:
        UnknownTopic: no topic has this name.
    """
    is_one = is_among(conn, records.c.record_id, record_ids)
    conditions = _list_conditions(conn, topic, kind, first_judge)
    statement = select(records.c.record_id).where(
        is_one, in_topic(conn, topic), is_shown(conn, topic), *conditions
    )
    return set(conn.scalars(statement))


def list_decided(
    conn: Connection, topic: str, stage: Stage, record_ids: Collection[int], viewer: str
) -> dict[int, list[ScreeningDecision]]:
    """Return what stands about each of these records, as far as the viewer may see it.

    Raises:
        UnknownTopic: no topic has this name.
    """
    decided = screening_decisions.c
    statement = select_decisions(
        decided.topic_id == get_topic(conn, topic).topic_id,
        is_among(conn, decided.record_id, record_ids),
        decided.stage == stage,
        stands(),
        visible_to(viewer),
    ).order_by(decided.screening_decision_id)
    found: dict[int, list[ScreeningDecision]] = {number: [] for number in record_ids}
    for row in conn.execute(statement):
        found[row.record_id].append(build_decision(row))
    return found


def list_with_outcome(
    conn: Connection,
    topic: str,
    stage: Stage,
    outcome: Outcome,
    record_ids: Collection[int],
    *,
    viewer: str,
    reason: str | None = None,
    only_own: bool = False,
) -> set[int]:
    """Return those of ``record_ids`` of which that came, by what the viewer may see.

    ``reason`` is one that somebody excludes them for; ``only_own`` are those that the viewer
    decided about, too.

    Raises:
        UnknownTopic: no topic has this name.
    """
    n_reviewers = get_protocol(conn, topic).rules.n_reviewers
    return {
        number
        for number, decisions in list_decided(conn, topic, stage, record_ids, viewer).items()
        if judge(decisions, n_reviewers) is outcome
        and (reason is None or any(one.exclusion_reason == reason for one in decisions))
        and (not only_own or any(one.reviewer == viewer for one in decisions))
    }


def list_reasons(conn: Connection, topic: str, stage: Stage, viewer: str) -> list[str]:
    """Return the reasons that records of a topic were excluded for, by name.

    Of the 5,000 excluded records that were stored last: a topic has few reasons.

    Raises:
        UnknownTopic: no topic has this name.
    """
    decided = screening_decisions.c
    last = (
        select(decided.screening_decision_id)
        .where(
            decided.topic_id == get_topic(conn, topic).topic_id,
            decided.stage == stage,
            decided.decision == Decision.EXCLUDE,
            flag(screening_decisions, "is_standing"),
        )
        .order_by(decided.record_id.desc())
        .limit(_MOST_LOOKED_AT)
        .subquery("last")
    )
    statement = (
        select(decided.exclusion_reason)
        .join(last, last.c.screening_decision_id == decided.screening_decision_id)
        .where(decided.exclusion_reason.is_not(None), visible_to(viewer))
        .distinct()
        .order_by(decided.exclusion_reason)
        .limit(_MOST_REASONS)
    )
    return list(conn.scalars(statement))


_MOST_REASONS: Final = 200
_MOST_LOOKED_AT: Final = 5_000


def _list_conditions(
    conn: Connection, topic: str, kind: RecordList, first_judge: FirstJudge | None
) -> list[ColumnElement[bool]]:
    """Return what puts a record on a list, as conditions on ``records``."""
    match kind:
        case RecordList.LATE:
            return [_is_late(get_topic(conn, topic).topic_id)]
        case RecordList.CHANGED:
            return [records.c.version > 1]
        case RecordList.FLAGGED:
            return [is_flagged(records.c.record_id, first_judge)]
        case RecordList.RETRACTED:
            return [records.c.publication_status.in_(ALARMING)]
        case RecordList.NOT_RETRIEVED:
            return _are_not_retrieved()
        case RecordList.UNREAD:
            return [~_is_read()]
        case RecordList.FAILED:
            return [_has_failed()]
        case RecordList.WITHOUT_ABSTRACT:
            return [records.c.abstract == ""]
        case _:
            return []


def _is_late(topic_id: int) -> ColumnElement[bool]:
    found = topic_records.c
    return exists().where(
        found.topic_id == topic_id, found.record_id == records.c.record_id, found.is_late
    )


def _are_not_retrieved() -> list[ColumnElement[bool]]:
    sought = select(retrievals.c.retrieval_id).where(retrievals.c.record_id == records.c.record_id)
    obtained = select(reports.c.report_id).where(reports.c.record_id == records.c.record_id)
    return [there_is(sought, records), ~there_is(obtained, records)]


def _is_read() -> ColumnElement[bool]:
    return there_is(select_abstract_readings(readings.c.reading_id).where(is_valid()), records)


def _has_failed() -> ColumnElement[bool]:
    """Return the condition that the last reading of a text that the record has failed."""
    later = readings.alias("later")
    has_later: Any = exists().where(
        later.c.document_id == readings.c.document_id, later.c.reading_id > readings.c.reading_id
    )
    failed = (
        select(readings.c.reading_id)
        .join(documents, documents.c.document_id == readings.c.document_id)
        .where(
            documents.c.record_id == records.c.record_id,
            readings.c.failure.is_not(None),
            ~has_later,
        )
    )
    return there_is(failed, records)
