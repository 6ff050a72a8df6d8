"""What narrows a search beside its words: topic, dates, status, types, decisions, flags."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from sqlalchemy import ColumnElement, Connection, exists, func, or_

from db.blinding import visible_to
from db.judged_first import FirstJudge, waits
from db.search_index import first_key
from db.tables import (
    analyses,
    documents,
    findings,
    readings,
    record_publication_types,
    records,
    screening_decisions,
    summaries,
    topic_records,
)
from db.topics import get_topic
from db.views.expressions import flag
from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.documents import DocumentKind
from litsweep.domain.publication_status import PublicationStatus

# By another name: asked of ``records`` itself, the condition would be about any of them.
_OWN: Final = records.alias("own")

Undecided = Literal["undecided"]
UNDECIDED: Final[Undecided] = "undecided"
"""In place of a decision: nobody's decision stands; one that was withdrawn is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFilters:
    """Which records may be answers; None, or empty, stands for all.

    ``since`` and ``until`` are days of publication, both included; a record without a date meets
    neither. ``publication_types`` are names, compared without case; one of them is enough.
    ``decision`` is one that stands, whoever made it, in ``topic`` if that is given and at
    ``stage`` if that is, and one that ``viewer`` may see if a person is named. ``is_flagged``: a
    check asks for a person's look at what is shown of the record's valid readings; of those that
    wait for the judgement of ``first_judge``, if there is one, nothing is told.
    ``with_duplicates``: those too for which a kept record stands.
    """

    topic: str | None = None
    since: date | None = None
    until: date | None = None
    statuses: tuple[PublicationStatus, ...] = ()
    publication_types: tuple[str, ...] = ()
    decision: Decision | Undecided | None = None
    stage: Stage | None = None
    is_flagged: bool | None = None
    with_duplicates: bool = False
    viewer: str | None = None
    first_judge: FirstJudge | None = None


def list_conditions(
    conn: Connection,
    filters: SearchFilters,
    key: ColumnElement[int],
    record_id: ColumnElement[int],
) -> list[ColumnElement[bool]]:
    """Return the filters as conditions on a row of the index with this `sort_key` and number.

    Raises:
        UnknownTopic: no topic has this name.
    """
    topic_id = find_topic_id(conn, filters)
    return [
        *list_dates(filters, key),
        *list_topic(topic_id, record_id),
        *list_slow(filters, topic_id, record_id),
    ]


def find_topic_id(conn: Connection, filters: SearchFilters) -> int | None:
    """Return the number of the topic that is asked for, or None.

    Raises:
        UnknownTopic: no topic has this name.
    """
    return None if filters.topic is None else get_topic(conn, filters.topic).topic_id


def list_topic(topic_id: int | None, record_id: ColumnElement[int]) -> list[ColumnElement[bool]]:
    """Return the condition, which costs next to nothing, that a record is of a topic; or none."""
    if topic_id is None:
        return []
    found = topic_records.c
    return [exists().where(found.topic_id == topic_id).where(found.record_id == record_id)]


def list_slow(
    filters: SearchFilters, topic_id: int | None, record_id: ColumnElement[int]
) -> list[ColumnElement[bool]]:
    """Return those of the conditions that take some microseconds for each record."""
    conditions: list[ColumnElement[bool]] = []
    if filters.statuses:
        conditions.append(
            exists()
            .where(_OWN.c.record_id == record_id)
            .where(_OWN.c.publication_status.in_(filters.statuses))
        )
    if filters.publication_types:
        names = [name.lower() for name in filters.publication_types]
        conditions.append(
            exists()
            .where(record_publication_types.c.record_id == record_id)
            .where(func.lower(record_publication_types.c.name).in_(names))
        )
    if filters.decision is not None:
        conditions.append(_is_decided(filters, topic_id, record_id))
    if filters.is_flagged is not None:
        found = is_flagged(record_id, filters.first_judge)
        conditions.append(found if filters.is_flagged else ~found)
    return conditions


def list_dates(filters: SearchFilters, key: ColumnElement[int]) -> list[ColumnElement[bool]]:
    """Return the dates as a range of keys, which the index walks without looking at records.

    ``key`` is a `sort_key`.
    """
    conditions: list[ColumnElement[bool]] = []
    if filters.since is not None or filters.until is not None:
        conditions.append(key >= first_key(filters.since or date.min))
    if filters.until is not None:
        conditions.append(key < first_key(filters.until, days_later=1))
    return conditions


def list_days(filters: SearchFilters) -> list[ColumnElement[bool]]:
    """Return the dates as conditions on ``records``; see `list_dates`."""
    day = records.c.publication_date
    since = [] if filters.since is None else [day >= filters.since]
    return since if filters.until is None else [*since, day <= filters.until]


def _is_decided(
    filters: SearchFilters, topic_id: int | None, record_id: ColumnElement[int]
) -> ColumnElement[bool]:
    found = screening_decisions.c
    is_standing = flag(screening_decisions, "is_standing")
    stands = exists().where(found.record_id == record_id, is_standing)
    if topic_id is not None:
        stands = stands.where(found.topic_id == topic_id)
    if filters.stage is not None:
        stands = stands.where(found.stage == filters.stage)
    is_undecided = filters.decision == UNDECIDED
    if is_undecided:
        stands = stands.where(found.decision != Decision.WITHDRAWN)
    else:
        stands = stands.where(found.decision == filters.decision)
    # The last, for it takes the longest: SQLite asks in this order.
    if filters.viewer is not None:
        stands = stands.where(visible_to(filters.viewer))
    return ~stands if is_undecided else stands


def is_flagged(
    record_id: ColumnElement[int], first_judge: FirstJudge | None = None
) -> ColumnElement[bool]:
    """Return the condition that a check asks for a look at what is shown of a record.

    What waits for the judgement of ``first_judge`` counts as not flagged.
    """
    # The bare flags: their indexes have only what is flagged, and tell at once that nothing is.
    in_summary: ColumnElement[bool] = exists().where(
        summaries.c.reading_id == readings.c.reading_id,
        flag(summaries, "is_flagged"),
        flag(summaries, "is_shown"),
    )
    in_finding: ColumnElement[bool] = exists().where(
        analyses.c.reading_id == readings.c.reading_id,
        findings.c.analysis_id == analyses.c.analysis_id,
        flag(findings, "is_flagged"),
    )
    if first_judge is not None:
        in_summary &= ~waits(record_id, DocumentKind.ABSTRACT, first_judge)
        in_finding &= ~waits(record_id, DocumentKind.FULL_TEXT, first_judge)
    return exists().where(
        documents.c.record_id == record_id,
        readings.c.document_id == documents.c.document_id,
        readings.c.superseded_by_id.is_(None),
        readings.c.stale_since.is_(None),
        or_(in_summary, in_finding),
    )
