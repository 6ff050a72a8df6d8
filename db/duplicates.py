"""Duplicates: records marked as another one's, by the machine or a person, and taken back.

Nothing is deleted. Each mark is a row of ``duplicate_findings`` with its reason;
``records.duplicate_of_id`` is what follows from those that stand, and always names a record
that is kept. Kept is the one with a PMID, or else the one that was stored first. A pair that a
person took apart is never joined again by the machine.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, or_, select

from db.duplicate_candidates import find_pairs
from db.tables import duplicate_findings, records, topic_records
from db.topics import get_topic
from db.writing import add_row
from litsweep.domain.publication_status import PublicationStatus
from litsweep.errors import UsageError
from litsweep.matching.duplicates import DuplicatePair, Rule

KEPT = records.alias("kept")
"""The record that is kept in a duplicate's place, in the conditions of `is_shown`."""


def is_shown(
    conn: Connection, topic: str | None, *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return the condition that no other row of ``records`` stands for this one in a list.

    A kept record stands for its duplicates where it belongs to the same topic, PubMed has
    not deleted it, and it meets ``conditions`` (on `KEPT`): otherwise nobody would see either.

    Raises:
        UnknownTopic: no topic has this name.
    """
    stands_in = (
        exists()
        .where(KEPT.c.record_id == records.c.duplicate_of_id, *conditions)
        .where(KEPT.c.publication_status != PublicationStatus.DELETED)
    )
    if topic is not None:
        stands_in = stands_in.where(
            topic_records.c.record_id == KEPT.c.record_id,
            topic_records.c.topic_id == get_topic(conn, topic).topic_id,
        )
    return or_(records.c.duplicate_of_id.is_(None), ~stands_in)


def mark_duplicates(
    conn: Connection, record_ids: Sequence[int], *, found_by: str, now: datetime
) -> int:
    """Look for what else was stored of the same publications; return how many marks were made.

    A mark that stands is not weighed again, whatever the records say later: that is for a
    person. A record that by its title might be of two publications is marked as neither.
    """
    n_marked = 0
    for number, pairs in sorted(find_pairs(conn, record_ids).items()):
        for pair in _choose(conn, number, pairs):
            n_marked += _join(conn, pair, found_by, now)
    return n_marked


def mark_by_person(
    conn: Connection, record_id: int, of_id: int, *, by: str, reason: str, now: datetime
) -> None:
    """Mark a record as a duplicate of another, in place of what was said of it before.

    Raises:
        UsageError: nobody is named, the two are one, or the other is itself kept in its place.
    """
    _require(by, reason)
    if record_id == of_id:
        raise UsageError("A record is no duplicate of itself.")
    if _find_root(conn, of_id) == record_id:
        raise UsageError(
            "The other one is marked as a duplicate of this record already: take that back "
            "first (litsweep duplicates undo)."
        )
    _take_back(conn, record_id, by, "marked as a duplicate of another record", now)
    _add(conn, record_id, of_id, Rule.PERSON, None, reason, by, now)
    _resolve(conn, [record_id, of_id])


def undo_duplicate(
    conn: Connection, record_id: int, *, by: str, reason: str, now: datetime
) -> None:
    """Take back that a record is a duplicate; its own duplicates stay with it.

    Raises:
        UsageError: nobody is named, or the record is not marked.
    """
    _require(by, reason)
    kept = _find_root(conn, record_id)
    if not _take_back(conn, record_id, by, reason, now):
        raise UsageError(
            "This record is not marked as a duplicate; `litsweep duplicates list` lists those "
            "that are."
        )
    _resolve(conn, [record_id, kept])


def _require(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise UsageError("Who says so, and why? Give a name and a reason.")


def _choose(conn: Connection, number: int, pairs: Sequence[DuplicatePair]) -> list[DuplicatePair]:
    """Return one pair for each kept record, those by title only where they name one alone."""
    named: dict[int, DuplicatePair] = {}
    titled: dict[int, DuplicatePair] = {}
    for pair in sorted(pairs, key=lambda each: -each.score):
        found = titled if pair.rule is Rule.TITLE else named
        found.setdefault(_find_root(conn, pair.other_id), pair)
    alone = [pair for kept, pair in titled.items() if kept not in named]
    return [*named.values(), *(alone if len(alone) == 1 else [])]


def _join(conn: Connection, pair: DuplicatePair, found_by: str, now: datetime) -> bool:
    one, other = _find_root(conn, pair.record_id), _find_root(conn, pair.other_id)
    if one == other or _were_parted(conn, one, other):
        return False
    statement = select(records.c.record_id, records.c.pmid).where(
        records.c.record_id.in_([one, other])
    )
    has_pmid = {row.record_id: row.pmid is not None for row in conn.execute(statement)}
    # A third record, alike to both, is not enough to merge two that PubMed lists apart.
    if all(has_pmid.values()) and {one, other} != {pair.record_id, pair.other_id}:
        return False
    kept, duplicate = sorted((one, other), key=lambda each: (not has_pmid[each], each))
    _add(conn, duplicate, kept, pair.rule, pair.score, pair.reason, found_by, now)
    _resolve(conn, [kept, duplicate])
    return True


def _were_parted(conn: Connection, one: int, other: int) -> bool:
    """Tell whether a person took apart a record of the one group and a record of the other."""
    left, right = _list_group(conn, one), _list_group(conn, other)
    found = duplicate_findings.c
    across = or_(
        found.record_id.in_(left) & found.duplicate_of_id.in_(right),
        found.record_id.in_(right) & found.duplicate_of_id.in_(left),
    )
    statement = select(found.record_id).where(found.undone_at.is_not(None), across)
    return conn.execute(statement.limit(1)).first() is not None


def _list_group(conn: Connection, kept: int) -> list[int]:
    return [
        kept,
        *conn.scalars(select(records.c.record_id).where(records.c.duplicate_of_id == kept)),
    ]


def _find_root(conn: Connection, record_id: int) -> int:
    kept = conn.scalar(select(records.c.duplicate_of_id).where(records.c.record_id == record_id))
    return record_id if kept is None else kept


def _add(
    conn: Connection,
    duplicate: int,
    kept: int,
    rule: Rule,
    score: float | None,
    reason: str,
    found_by: str,
    now: datetime,
) -> None:
    add_row(
        conn,
        duplicate_findings,
        record_id=duplicate,
        duplicate_of_id=kept,
        rule=rule,
        score=score,
        reason=reason,
        found_by=found_by,
        found_at=now,
    )


def _take_back(conn: Connection, record_id: int, by: str, reason: str, now: datetime) -> bool:
    done = conn.execute(
        duplicate_findings.update()
        .where(
            duplicate_findings.c.record_id == record_id, duplicate_findings.c.undone_at.is_(None)
        )
        .values(undone_at=now, undone_by=by, undone_reason=reason)
    )
    return done.rowcount > 0


def _resolve(conn: Connection, record_ids: Sequence[int]) -> None:
    """Follow the marks that stand to the kept records, for all that hang together."""
    group = {one for each in record_ids for one in _list_group(conn, _find_root(conn, each))}
    group |= set(record_ids)
    found = duplicate_findings.c
    statement = select(found.record_id, found.duplicate_of_id).where(
        found.record_id.in_(sorted(group)), found.undone_at.is_(None)
    )
    parents = {row.record_id: row.duplicate_of_id for row in conn.execute(statement)}
    for record_id in sorted(group):
        kept = record_id
        while kept in parents:
            kept = parents[kept]
        conn.execute(
            records.update()
            .where(records.c.record_id == record_id)
            .values(duplicate_of_id=None if kept == record_id else kept)
        )
