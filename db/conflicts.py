"""Records about which people disagree, in pages, with all that one needs to settle it."""

from dataclasses import dataclass

from sqlalchemy import Connection

from db.decisions import build_decision, select_decisions, stands
from db.list_choices import RecordList
from db.record_lists import AskedList, ListedRecord, ListPage, list_records
from db.records import StoredRecord, get_record
from db.tables import screening_decisions
from db.topics import get_topic
from db.views.expressions import flag
from litsweep.domain.decisions import ScreeningDecision, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenConflict:
    """A record that somebody includes and somebody excludes: as it is now, and what stands."""

    listed: ListedRecord
    record: StoredRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictPage:
    """Conflicts, those of the records that were stored last first; the rest as in `ListPage`."""

    conflicts: tuple[OpenConflict, ...]
    page: ListPage


def list_open_conflicts(
    conn: Connection,
    topic: str,
    stage: Stage,
    *,
    viewer: str,
    only_own: bool,
    after: int | None = None,
    limit: int = 10,
) -> ConflictPage:
    """Return a page of the conflicts of a topic at a stage that nobody has settled.

    ``only_own`` are those of which the ``viewer`` is a party.

    Raises:
        UnknownTopic: no topic has this name.
    """
    asked = AskedList(
        topic=topic,
        kind=RecordList.CONFLICTS,
        viewer=viewer,
        stage=stage,
        only_own=only_own,
        after=after,
    )
    page = list_records(conn, asked, limit=limit)
    conflicts = tuple(
        OpenConflict(listed=one, record=get_record(conn, record_id=one.record.record_id))
        for one in page.listed
    )
    return ConflictPage(conflicts=conflicts, page=page)


def list_settlements(
    conn: Connection, topic: str, stage: Stage, reviewer: str, *, limit: int = 20
) -> list[ScreeningDecision]:
    """Return the conflicts that a person settled and that stand so, the last first.

    Raises:
        UnknownTopic: no topic has this name.
    """
    decided = screening_decisions.c
    statement = (
        select_decisions(
            decided.reviewer == reviewer,
            decided.topic_id == get_topic(conn, topic).topic_id,
            decided.stage == stage,
            flag(screening_decisions, "is_adjudication"),
            stands(),
        )
        .order_by(decided.screening_decision_id.desc())
        .limit(limit)
    )
    return [build_decision(row) for row in conn.execute(statement)]
