"""Which records an export is of: a topic's, or given ones, by what was decided, newest first.

Reading only; what leaves with each is ``db.export_entries``'s business.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, or_, select, true

from db.blinding import visible_to
from db.records import in_topic
from db.screened import has_been_screened
from db.tables import records, screening_decisions, topics
from db.topics import get_topic
from db.writing import batches
from litsweep.domain.decisions import SETTLING, Decision, Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.errors import UsageError


class ScreeningFilter(StrEnum):
    """How far a record has come at a stage, by the decisions that stand."""

    INCLUDE = "include"
    """Enough people decided and all include it, or a conflict was settled so."""
    EXCLUDE = "exclude"
    """Enough people decided and all exclude it, or a conflict was settled so."""
    UNSURE = "unsure"
    """All who decided leave it open."""
    CONFLICT = "conflict"
    """Two people say different things, and nobody has settled it."""
    UNDECIDED = "undecided"
    """Nobody has decided, or who did has withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenRecords:
    """Numbers of records, the newest first, and how many duplicates of them are left out."""

    record_ids: Sequence[int]
    n_left_out: int


_ORDER: Final = (
    records.c.publication_date.desc().nulls_last(),
    records.c.pmid.desc().nulls_last(),
    records.c.record_id.desc(),
)


def choose_records(
    conn: Connection,
    *,
    topic: str | None,
    record_ids: Sequence[int] | None = None,
    decision: ScreeningFilter | None = None,
    stage: Stage = Stage.TITLE_ABSTRACT,
    with_duplicates: bool = False,
    viewer: str | None = None,
) -> ChosenRecords:
    """Choose records, the newest first; ``record_ids`` None means all.

    A duplicate is left out where the record that is kept in its place is chosen as well and
    PubMed has not deleted that one, as in every list (`duplicates.is_shown`), unless
    ``with_duplicates``. Decisions that ``viewer`` may not see (``db.blinding``) count as none.

    Raises:
        UnknownTopic: no topic has this name.
        UsageError: ``decision`` is asked for without a topic, and there are several.
    """
    conditions = [in_topic(conn, topic)]
    if decision is not None:
        said = _Said(_require_topic(conn, topic), stage, viewer)
        conditions.append(_is_decided(said, decision))
    found = array("q")
    standing_in: set[int] = set()
    kept_ids: dict[int, int] = {}
    for row in _find(conn, conditions, record_ids):
        found.append(row.record_id)
        if row.duplicate_of_id is not None:
            kept_ids[row.record_id] = row.duplicate_of_id
        elif row.publication_status is not PublicationStatus.DELETED:
            standing_in.add(row.record_id)
    if with_duplicates:
        return ChosenRecords(record_ids=found, n_left_out=0)
    left_out = {one for one, kept in kept_ids.items() if kept in standing_in}
    shown = array("q", (one for one in found if one not in left_out)) if left_out else found
    return ChosenRecords(record_ids=shown, n_left_out=len(left_out))


def _find(
    conn: Connection, conditions: Sequence[ColumnElement[bool]], record_ids: Sequence[int] | None
) -> Iterator[Row[Any]]:
    statement: Select[Any] = select(
        records.c.record_id,
        records.c.duplicate_of_id,
        records.c.publication_status,
        records.c.publication_date,
        records.c.pmid,
    ).where(*conditions)
    if record_ids is None:
        yield from conn.execute(statement.order_by(*_ORDER), execution_options={"yield_per": 5000})
        return
    rows: list[Row[Any]] = []
    for batch in batches(sorted(set(record_ids))):
        rows += conn.execute(statement.where(records.c.record_id.in_(batch)))
    yield from sorted(rows, key=_newest_first)


def _newest_first(row: Row[Any]) -> tuple[Any, ...]:
    day = row.publication_date
    return (day is None, -(day.toordinal() if day else 0), -(row.pmid or 0), -row.record_id)


def _require_topic(conn: Connection, topic: str | None) -> int:
    if topic is not None:
        return get_topic(conn, topic).topic_id
    topic_ids = list(conn.scalars(select(topics.c.topic_id).limit(2)))
    if len(topic_ids) != 1:
        raise UsageError(
            "Decisions are made for a topic: name it with --topic (litsweep topic list)."
        )
    return int(topic_ids[0])


@dataclass(frozen=True, slots=True)
class _Said:
    """What stands about records of a topic at a stage, as far as the viewer sees it."""

    topic_id: int
    stage: Stage
    viewer: str | None

    def is_there(self, *what: ColumnElement[bool]) -> ColumnElement[bool]:
        """Return the condition that a decision stands on the record, and is ``what``."""
        return exists(self.select(screening_decisions).where(*what).correlate(records))

    def select(self, decisions: Any) -> Select[Any]:
        """Select the decisions that stand on the record."""
        of_record = decisions.c.record_id == records.c.record_id
        return select(decisions.c.record_id).where(of_record, *self.stands(decisions))

    def stands(self, decisions: Any) -> list[ColumnElement[bool]]:
        """Return the conditions that a decision stands."""
        return [
            decisions.c.topic_id == self.topic_id,
            decisions.c.stage == self.stage,
            decisions.c.is_standing,
            decisions.c.decision != Decision.WITHDRAWN,
            *([] if self.viewer is None else [visible_to(self.viewer, decisions)]),
        ]


def _is_decided(said: _Said, decision: ScreeningFilter) -> ColumnElement[bool]:
    ours = screening_decisions.c
    if decision is ScreeningFilter.UNDECIDED:
        return ~said.is_there(true())
    was_settled = said.is_there(ours.is_adjudication)
    if decision is ScreeningFilter.CONFLICT:
        one, other = screening_decisions.alias("one"), screening_decisions.alias("other")
        differ = exists(
            said.select(one)
            .join(other, other.c.record_id == one.c.record_id)
            .where(*said.stands(other), one.c.decision != other.c.decision)
            .correlate(records)
        )
        return and_(differ, ~was_settled)
    wanted = Decision(decision.value)
    is_agreed = and_(
        said.is_there(ours.decision == wanted), ~said.is_there(ours.decision != wanted)
    )
    if wanted not in SETTLING:
        return is_agreed
    # What one of two has said so far is not what came of it.
    is_screened = has_been_screened(said.topic_id, records.c.record_id, said.stage)
    was_settled_so = said.is_there(ours.is_adjudication, ours.decision == wanted)
    return or_(was_settled_so, and_(is_agreed, is_screened))
