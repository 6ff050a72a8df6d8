"""Which records may be shown to a person who screens: a walk along an index, piece by piece.

Title and abstract: the index of what waits (``ix_topic_records_waiting``), newest first. Full
text: what was included by title and abstract, in the order of the record numbers. A piece of the
index is taken and then sieved with subqueries that answer one row each, so that no planner is
tempted to join and sort a million records to find one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    func,
    not_,
    or_,
    select,
    tuple_,
)

from db.screened import SAID, count_settling
from db.screening_protocols import get_protocol
from db.tables import records, screening_claims, screening_decisions, topic_records
from db.topics import get_topic
from db.views.expressions import flag
from litsweep.domain.decisions import SETTLING, Decision, Stage
from litsweep.domain.publication_status import PublicationStatus
from litsweep.errors import UsageError

# Pieces of the index: the first answers nearly always, the last ones pass over what is decided.
_FIRST_PIECE: Final = 64
_LARGEST_PIECE: Final = 16_384
_GROWTH: Final = 4

_Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits for a person at a stage of a topic; claims before ``claims_since`` are old."""

    topic_id: int
    stage: Stage
    reviewer: str
    n_reviewers: int
    claims_since: datetime

    def walk(
        self,
        conn: Connection,
        n_wanted: int,
        *,
        older_than: int | None = None,
        down_to: int | None = None,
    ) -> Iterator[int]:
        """Yield what waits and the person said nothing about, from one record on to another.

        Raises:
            UsageError: one of the two does not belong to the topic.
        """
        start = None if older_than is None else self._find_key(conn, older_than)
        end = None if down_to is None else self._find_key(conn, down_to)
        size = max(_FIRST_PIECE, min(2 * n_wanted, _LARGEST_PIECE))
        while True:
            piece = self._take(start, end, size)
            yield from self._sieve(conn, piece)
            last = conn.execute(piece.limit(1).offset(size - 1)).first()
            if last is None:
                return
            start = tuple(last)
            size = min(size * _GROWTH, _LARGEST_PIECE)

    def list_newest(self, conn: Connection, size: int) -> Iterator[int]:
        """Yield what waits and the person said nothing about, of the index's newest rows."""
        yield from self._sieve(conn, self._take(None, None, size))

    def list_claimed(self, conn: Connection) -> Iterator[int]:
        """Yield what the person has before their eyes, if it still waits for them."""
        held = screening_claims.c
        claimed = (
            select(held.record_id, held.claimed_at)
            .where(
                held.reviewer == self.reviewer,
                held.topic_id == self.topic_id,
                held.stage == self.stage,
                held.claimed_at >= self.claims_since,
            )
            .order_by(held.claimed_at.desc())  # others are ahead of it, fetched and not yet seen
            .limit(1)
        )
        found = conn.execute(claimed).first()
        if found is None:
            return
        number = select(topic_records.c.record_id).where(
            topic_records.c.topic_id == self.topic_id, topic_records.c.record_id == found.record_id
        )
        since = screening_decisions.c.decided_at >= found.claimed_at
        yield from self._sieve(conn, number, or_(_SETTLES, since))

    def list_unsure(self, conn: Connection, *, older_than: int | None = None) -> Iterator[int]:
        """Yield what waits and the person was unsure about, by record number, the newest first."""
        decided = screening_decisions.c
        left_open = select(decided.record_id).where(
            decided.topic_id == self.topic_id,
            decided.stage == self.stage,
            flag(screening_decisions, "is_standing"),
            decided.decision == Decision.UNSURE,
            decided.reviewer == self.reviewer,
        )
        if older_than is not None:
            left_open = left_open.where(decided.record_id < older_than)
        piece = left_open.order_by(decided.record_id.desc())
        yield from self._sieve(conn, piece, _SETTLES)

    def _find_key(self, conn: Connection, record_id: int) -> _Key:
        found = topic_records.c
        statement = select(found.found_at, found.record_id).where(
            found.topic_id == self.topic_id, found.record_id == record_id
        )
        row = conn.execute(statement).first()
        if row is None:
            raise UsageError(f"Record r{record_id} is in no queue of this topic.")
        return tuple(row) if self.stage is Stage.TITLE_ABSTRACT else (row.record_id,)

    def _take(self, start: _Key | None, end: _Key | None, size: int) -> Select[Any]:
        """Return a piece of the index: the ``size`` rows after ``start``, as far as ``end``."""
        columns = self._key_columns()
        piece = select(*columns).where(*self._index_conditions())
        if self.stage is Stage.FULL_TEXT:
            piece = piece.distinct()  # several people include a record
        if start is not None:
            piece = piece.where(tuple_(*columns) < tuple_(*start))
        if end is not None:
            piece = piece.where(tuple_(*columns) >= tuple_(*end))
        return piece.order_by(*(one.desc() for one in columns)).limit(size)

    def _key_columns(self) -> tuple[ColumnElement[Any], ...]:
        if self.stage is Stage.TITLE_ABSTRACT:
            return (topic_records.c.found_at, topic_records.c.record_id)
        return (screening_decisions.c.record_id,)

    def _index_conditions(self) -> tuple[ColumnElement[bool], ...]:
        if self.stage is Stage.TITLE_ABSTRACT:
            is_screened = flag(topic_records, "is_screened")
            return (topic_records.c.topic_id == self.topic_id, not_(is_screened))
        decided = screening_decisions
        return (
            decided.c.topic_id == self.topic_id,
            decided.c.stage == Stage.TITLE_ABSTRACT,
            flag(decided, "is_standing"),
            decided.c.decision == Decision.INCLUDE,
        )

    def _sieve(
        self,
        conn: Connection,
        piece: Select[Any],
        done: ColumnElement[bool] | None = None,
    ) -> Iterator[int]:
        """Yield the records of a piece that may be shown, in its order.

        ``done`` tells which decisions of the person's own leave a record out; None: all.
        """
        rows = piece.subquery("piece")
        number = rows.c.record_id
        is_not_done = self._count_own(number, done) == 0
        order = [column.desc() for column in rows.c if column.name != "reviewer"]
        statement = (
            select(number)
            .where(is_not_done, self._has_place(number), self._is_listed(number))
            .order_by(*order)
        )
        yield from conn.scalars(statement).all()

    def _count_own(
        self, number: ColumnElement[int], done: ColumnElement[bool] | None
    ) -> ColumnElement[int]:
        decided = screening_decisions.c
        is_done = decided.decision != Decision.WITHDRAWN if done is None else done
        return (
            select(func.count())
            .select_from(screening_decisions)
            .where(
                decided.topic_id == self.topic_id,
                decided.record_id == number,
                decided.stage == self.stage,
                decided.reviewer == self.reviewer,
                flag(screening_decisions, "is_standing"),
                is_done,
            )
            .scalar_subquery()
        )

    def _has_place(self, number: ColumnElement[int]) -> ColumnElement[bool]:
        """Return the condition that another person's decision is wanted, and not under way."""
        n_decided = count_settling(self.topic_id, number, self.stage)
        n_taken = n_decided + self._count_held(number)
        has_place = n_taken < self.n_reviewers
        if self.stage is Stage.TITLE_ABSTRACT:
            return has_place  # the index leaves out what was settled
        settled = count_settling(self.topic_id, number, self.stage, flag(SAID, "is_adjudication"))
        return and_(has_place, settled == 0, self._was_included(number))

    def _count_held(self, number: ColumnElement[int]) -> ColumnElement[int]:
        """Return how many others have a record before their eyes, and have not decided."""
        held = screening_claims.c
        have_decided = count_settling(
            self.topic_id, number, self.stage, SAID.c.reviewer == held.reviewer
        )
        return (
            select(func.count())
            .select_from(screening_claims)
            .where(
                held.topic_id == self.topic_id,
                held.record_id == number,
                held.stage == self.stage,
                held.reviewer != self.reviewer,
                held.claimed_at >= self.claims_since,
                have_decided == 0,
            )
            .scalar_subquery()
        )

    def _was_included(self, number: ColumnElement[int]) -> ColumnElement[bool]:
        """Return the condition that title and abstract ended with the inclusion of a record."""
        is_adjudication = flag(SAID, "is_adjudication")
        said = SAID.c.decision
        n_settlements, n_settled_so, n_excluded = (
            count_settling(self.topic_id, number, Stage.TITLE_ABSTRACT, *conditions)
            for conditions in (
                [is_adjudication],
                [is_adjudication, said == Decision.INCLUDE],
                [said == Decision.EXCLUDE],
            )
        )
        is_screened = (
            select(func.count())
            .select_from(topic_records)
            .where(
                topic_records.c.topic_id == self.topic_id,
                topic_records.c.record_id == number,
                flag(topic_records, "is_screened"),
            )
            .scalar_subquery()
        )
        return and_(
            is_screened == 1, or_(n_settled_so > 0, and_(n_settlements == 0, n_excluded == 0))
        )

    def _is_listed(self, number: ColumnElement[int]) -> ColumnElement[bool]:
        """Return the condition that PubMed has a record and no kept one stands for it."""
        kept, kept_found = records.alias("kept"), topic_records.alias("kept_found")
        n_kept = (
            select(func.count())
            .select_from(kept.join(kept_found, kept_found.c.record_id == kept.c.record_id))
            .where(
                kept.c.record_id == records.c.duplicate_of_id,
                kept.c.publication_status != PublicationStatus.DELETED,
                kept_found.c.topic_id == self.topic_id,
            )
            .correlate(records)
            .scalar_subquery()
        )
        n_listed = (
            select(func.count())
            .select_from(records)
            .where(
                records.c.record_id == number,
                records.c.publication_status != PublicationStatus.DELETED,
                or_(records.c.duplicate_of_id.is_(None), n_kept == 0),
            )
            .scalar_subquery()
        )
        return n_listed == 1


_SETTLES: Final = screening_decisions.c.decision.in_(SETTLING)


def open_queue(
    conn: Connection, topic: str, stage: Stage, reviewer: str, claims_since: datetime
) -> Queue:
    """Return the queue of a person at a stage of a topic, as its rules are now.

    Raises:
        UnknownTopic: no topic has this name.
    """
    return Queue(
        topic_id=get_topic(conn, topic).topic_id,
        stage=stage,
        reviewer=reviewer,
        n_reviewers=get_protocol(conn, topic).rules.n_reviewers,
        claims_since=claims_since,
    )
