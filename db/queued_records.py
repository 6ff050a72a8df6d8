"""Which records may be shown to a person who screens: a walk along an index, piece by piece.

Title and abstract: the index of what waits (``ix_topic_records_waiting``), newest first. Full
text: what was included by title and abstract, in the order of the record numbers. A piece of the
index is taken and then sieved with subqueries that answer one row each, so that no planner is
tempted to join and sort a million records to find one. The statements are built once: building
them takes longer than asking them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    func,
    not_,
    or_,
    select,
    tuple_,
)

from db.screened import SAID, count_settling, n_reviewers_of
from db.tables import records, screening_claims, screening_decisions, topic_records, topics
from db.topics import get_topic
from db.types import Time
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
        size = max(_FIRST_PIECE, min(n_wanted + _FIRST_PIECE, _LARGEST_PIECE))
        while True:
            yield from self._take(conn, start, end, size)
            last = conn.execute(
                _last_of_piece(self.stage, start is not None, end is not None),
                self._values(start, end, size) | {"n_before_last": size - 1},
            ).first()
            if last is None:
                return
            start = tuple(last)
            size = min(size * _GROWTH, _LARGEST_PIECE)

    def list_newest(self, conn: Connection, size: int) -> Iterator[int]:
        """Yield what waits and the person said nothing about, of the index's newest rows."""
        yield from self._take(conn, None, None, size)

    def list_claimed(self, conn: Connection) -> Iterator[int]:
        """Yield what the person has before their eyes, if it still waits for them."""
        yield from conn.scalars(_claimed(self.stage), self._values()).all()

    def list_unsure(self, conn: Connection, *, older_than: int | None = None) -> Iterator[int]:
        """Yield what waits and the person was unsure about, by record number, the newest first."""
        values = self._values() | {"older_than": _LAST_NUMBER if older_than is None else older_than}
        yield from conn.scalars(_unsure(self.stage), values).all()

    def find_claimed(self, conn: Connection) -> int | None:
        """Return what the person has, or had last, before their eyes."""
        found: int | None = conn.scalar(_LAST_CLAIM, self._values() | {"stage": self.stage})
        return found

    def _find_key(self, conn: Connection, record_id: int) -> _Key:
        row = conn.execute(_KEY, {"topic_id": self.topic_id, "record_id": record_id}).first()
        if row is None:
            raise UsageError(f"Record r{record_id} is in no queue of this topic.")
        return tuple(row) if self.stage is Stage.TITLE_ABSTRACT else (row.record_id,)

    def _take(
        self, conn: Connection, start: _Key | None, end: _Key | None, size: int
    ) -> Iterator[int]:
        statement = _sieved_piece(self.stage, start is not None, end is not None)
        yield from conn.scalars(statement, self._values(start, end, size)).all()

    def _values(
        self, start: _Key | None = None, end: _Key | None = None, size: int = 0
    ) -> dict[str, Any]:
        values: dict[str, Any] = {
            "topic_id": self.topic_id,
            "reviewer": self.reviewer,
            "n_reviewers": self.n_reviewers,
            "claims_since": self.claims_since,
            "size": size,
        }
        for name, key in (("start", start), ("end", end)):
            values |= {f"{name}_{place}": part for place, part in enumerate(key or ())}
        return values


def open_queue(
    conn: Connection, topic: str, stage: Stage, reviewer: str, claims_since: datetime
) -> Queue:
    """Return the queue of a person at a stage of a topic, as its rules are now.

    Raises:
        UnknownTopic: no topic has this name.
    """
    row = conn.execute(_TOPIC, {"topic": topic}).first()
    return Queue(
        topic_id=get_topic(conn, topic).topic_id if row is None else row.topic_id,
        stage=stage,
        reviewer=reviewer,
        n_reviewers=1 if row is None else row.n_reviewers,
        claims_since=claims_since,
    )


_OF_TOPIC: Final = bindparam("topic_id", type_=Integer)
_OF_PERSON: Final = bindparam("reviewer", type_=String)
_SINCE: Final = bindparam("claims_since", type_=Time())
_LAST_NUMBER: Final = 2**31 - 1

_TOPIC: Final = select(
    topics.c.topic_id, n_reviewers_of(topics.c.topic_id).label("n_reviewers")
).where(topics.c.name == bindparam("topic"))
_KEY: Final = select(topic_records.c.found_at, topic_records.c.record_id).where(
    topic_records.c.topic_id == _OF_TOPIC, topic_records.c.record_id == bindparam("record_id")
)
# What has left the topic since is no place in its queue.
_IS_OF_TOPIC: Final = and_(
    topic_records.c.topic_id == screening_claims.c.topic_id,
    topic_records.c.record_id == screening_claims.c.record_id,
)
_LAST_CLAIM: Final = (
    select(screening_claims.c.record_id)
    .join(topic_records, _IS_OF_TOPIC)
    .where(
        screening_claims.c.reviewer == _OF_PERSON,
        screening_claims.c.topic_id == _OF_TOPIC,
        screening_claims.c.stage == bindparam("stage"),
    )
    .order_by(screening_claims.c.claimed_at.desc())
    .limit(1)
)
_SETTLES: Final = screening_decisions.c.decision.in_(SETTLING)


@cache
def _sieved_piece(stage: Stage, has_start: bool, has_end: bool) -> Select[Any]:
    return _sieve(
        stage,
        _piece(stage, has_start, has_end),
        screening_decisions.c.decision != Decision.WITHDRAWN,
    )


@cache
def _last_of_piece(stage: Stage, has_start: bool, has_end: bool) -> Select[Any]:
    piece = _piece(stage, has_start, has_end)
    return piece.limit(1).offset(bindparam("n_before_last", type_=Integer))


@cache
def _claimed(stage: Stage) -> Select[Any]:
    held = screening_claims.c
    # The newest claim is before the person's eyes; the others are ahead of it, fetched already.
    piece = select(held.claimed_at, held.record_id).where(
        held.reviewer == _OF_PERSON,
        held.topic_id == _OF_TOPIC,
        held.stage == stage,
        held.claimed_at >= _SINCE,
    )
    if stage is Stage.TITLE_ABSTRACT:
        piece = piece.where(_is_unscreened(held.record_id))
    piece = piece.order_by(held.claimed_at.desc()).limit(1)
    return _sieve(stage, piece, _SETTLES, or_since=True)


@cache
def _unsure(stage: Stage) -> Select[Any]:
    decided = screening_decisions.c
    piece = select(decided.record_id).where(
        decided.topic_id == _OF_TOPIC,
        decided.stage == stage,
        flag(screening_decisions, "is_standing"),
        decided.decision == Decision.UNSURE,
        decided.reviewer == _OF_PERSON,
        decided.record_id < bindparam("older_than", type_=Integer),
    )
    if stage is Stage.TITLE_ABSTRACT:
        piece = piece.where(_is_unscreened(decided.record_id))
    return _sieve(stage, piece, _SETTLES)


def _piece(stage: Stage, has_start: bool, has_end: bool) -> Select[Any]:
    """Return a piece of the index: the ``size`` rows after ``start``, as far as ``end``."""
    if stage is Stage.TITLE_ABSTRACT:
        columns: tuple[Any, ...] = (topic_records.c.found_at, topic_records.c.record_id)
        is_screened = flag(topic_records, "is_screened")
        piece = select(*columns).where(topic_records.c.topic_id == _OF_TOPIC, not_(is_screened))
    else:
        decided = screening_decisions.c
        columns = (decided.record_id,)
        piece = select(*columns).where(
            decided.topic_id == _OF_TOPIC,
            decided.stage == Stage.TITLE_ABSTRACT,
            flag(screening_decisions, "is_standing"),
            decided.decision == Decision.INCLUDE,
        )
        piece = piece.distinct()  # several people include a record
    for is_asked, name in ((has_start, "start"), (has_end, "end")):
        if is_asked:
            ours = tuple_(*columns)
            key = tuple_(
                *(
                    bindparam(f"{name}_{place}", type_=column.type)
                    for place, column in enumerate(columns)
                )
            )
            piece = piece.where(ours < key if name == "start" else ours >= key)
    newest_first = (column.desc() for column in columns)
    return piece.order_by(*newest_first).limit(bindparam("size", type_=Integer))


def _sieve(
    stage: Stage, piece: Select[Any], done: ColumnElement[bool], *, or_since: bool = False
) -> Select[Any]:
    """Return the records of a piece that may be shown, the newest first.

    ``done`` tells which decisions of the person's own leave a record out; ``or_since``: any that
    was made since ``claimed_at`` of the piece does so, too.
    """
    rows = piece.subquery("piece")
    number = rows.c.record_id
    if or_since:
        done = or_(done, screening_decisions.c.decided_at >= rows.c.claimed_at)
    n_own = (
        select(func.count())
        .select_from(screening_decisions)
        .where(
            screening_decisions.c.topic_id == _OF_TOPIC,
            screening_decisions.c.record_id == number,
            screening_decisions.c.stage == stage,
            screening_decisions.c.reviewer == _OF_PERSON,
            flag(screening_decisions, "is_standing"),
            done,
        )
        .scalar_subquery()
    )
    return (
        select(number)
        .where(n_own == 0, _has_place(stage, number), _is_listed(number))
        .order_by(*(column.desc() for column in rows.c))
    )


def _has_place(stage: Stage, number: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that another person's decision is wanted, and not under way."""
    n_taken = count_settling(_OF_TOPIC, number, stage) + _count_held(stage, number)
    has_place = n_taken < bindparam("n_reviewers", type_=Integer)
    if stage is Stage.TITLE_ABSTRACT:
        return has_place  # what was settled is not in the index
    settled = count_settling(_OF_TOPIC, number, stage, flag(SAID, "is_adjudication"))
    return and_(_was_included(number), has_place, settled == 0)


def _count_held(stage: Stage, number: ColumnElement[int]) -> ColumnElement[int]:
    """Return how many others have a record before their eyes, and have not decided."""
    held = screening_claims.c
    have_decided = count_settling(_OF_TOPIC, number, stage, SAID.c.reviewer == held.reviewer)
    return (
        select(func.count())
        .select_from(screening_claims)
        .where(
            held.topic_id == _OF_TOPIC,
            held.record_id == number,
            held.stage == stage,
            held.reviewer != _OF_PERSON,
            held.claimed_at >= _SINCE,
            have_decided == 0,
        )
        .correlate_except(screening_claims)
        .scalar_subquery()
    )


def _was_included(number: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that title and abstract ended with the inclusion of a record."""
    said, is_adjudication = SAID.c.decision, flag(SAID, "is_adjudication")
    n_settlements, n_settled_so, n_excluded = (
        count_settling(_OF_TOPIC, number, Stage.TITLE_ABSTRACT, *conditions)
        for conditions in (
            [is_adjudication],
            [is_adjudication, said == Decision.INCLUDE],
            [said == Decision.EXCLUDE],
        )
    )
    is_agreed = and_(n_settlements == 0, n_excluded == 0)
    # First what most of those that wait for another person fail by.
    return and_(_is_found(number, is_screened=True), or_(n_settled_so > 0, is_agreed))


def _is_unscreened(number: ColumnElement[int]) -> ColumnElement[bool]:
    return _is_found(number, is_screened=False)


def _is_found(number: ColumnElement[int], *, is_screened: bool) -> ColumnElement[bool]:
    """Return the condition that a record is of the topic, and has been screened or not."""
    found = topic_records.alias("found")
    mark = flag(found, "is_screened")
    n_found = (
        select(func.count())
        .select_from(found)
        .where(
            found.c.topic_id == _OF_TOPIC,
            found.c.record_id == number,
            mark if is_screened else not_(mark),
        )
        .scalar_subquery()
    )
    return n_found == 1


def _is_listed(number: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that PubMed has a record and no kept one stands for it."""
    kept, kept_found = records.alias("kept"), topic_records.alias("kept_found")
    n_kept = (
        select(func.count())
        .select_from(kept.join(kept_found, kept_found.c.record_id == kept.c.record_id))
        .where(
            kept.c.record_id == records.c.duplicate_of_id,
            kept.c.publication_status != PublicationStatus.DELETED,
            kept_found.c.topic_id == _OF_TOPIC,
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
