"""What waits for one person: the queue of a topic at a stage, and who has which record.

A queue is a circle that is walked from its newest end: what was passed by comes round again, and
what the person was unsure about comes last. Which records may be shown is
``db.queued_records``'s to say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Final

from sqlalchemy import Connection, Integer, Select, String, bindparam, select

from db.decisions import require_member
from db.membership import is_among
from db.queued_records import Queue, open_queue
from db.search import SearchCount
from db.tables import screening_claims, screening_decisions, topic_records
from db.topics import get_topic
from db.writing import add_rows
from litsweep.domain.decisions import Stage
from litsweep.errors import UsageError

CLAIM_HOLDS: Final = timedelta(minutes=10)
"""How long nobody else is shown what a person has before their eyes.

Longer than an abstract takes (about a minute) and most looks into a full text; short enough
that what is left open in a forgotten tab is back in the queue within the hour.
"""

MOST_COUNTED: Final = 1_000
"""As far as a queue is counted: the card tells whether it is long, the progress tells how long."""

# Newer than where the person was there are the arrivals of some days, and what they decided.
_N_NEWEST: Final = 256
# So many decisions of the person are looked through for one of this topic and stage.
_N_LAST: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedRecord:
    """A record that waits; ``place`` is what `list_queue` goes on ``after``.

    ``is_unsure``: the person has left it open before.
    """

    record_id: int
    place: str
    is_unsure: bool


def list_queue(
    conn: Connection,
    topic: str,
    stage: Stage,
    reviewer: str,
    *,
    now: datetime,
    after: str | None = None,
    limit: int = 1,
) -> list[QueuedRecord]:
    """Return what waits for a person, the next one first; nothing only where nothing waits.

    Without ``after``: what they have before their eyes, then what is newest, then on from where
    they were. With it: what is older than that place, round again from the newest, and at
    last that record itself, if nothing else waits.

    Raises:
        UnknownTopic: no topic has this name.
        UsageError: ``after`` is no place of this queue.
    """
    queue = open_queue(conn, topic, stage, reviewer, now - CLAIM_HOLDS)
    found: dict[int, QueuedRecord] = {}
    for one in _go_round(conn, queue, after, limit):
        found.setdefault(one.record_id, one)
        if len(found) == limit:
            break
    return list(found.values())


def take_next(
    conn: Connection,
    topic: str,
    stage: Stage,
    reviewer: str,
    *,
    now: datetime,
    after: str | None = None,
) -> QueuedRecord | None:
    """Return what waits next for a person, as `list_queue`, and claim it; None: nothing waits.

    In one transaction of `Database.writing`, so that no two people take one person's work.

    Raises:
        UnknownTopic: no topic has this name.
        UsageError: ``after`` is no place of this queue.
    """
    found = list_queue(conn, topic, stage, reviewer, now=now, after=after)
    if not found:
        return None
    claim(conn, topic, stage, reviewer, found[0].record_id, now)
    return found[0]


def claim(
    conn: Connection,
    topic: str,
    stage: Stage,
    reviewer: str,
    record_id: int,
    now: datetime,
    *,
    ahead: Sequence[int] = (),
) -> None:
    """Note that a person has a record before their eyes, and no other of this topic and stage.

    ``ahead`` are records that their browser has fetched already, to show them next: nobody else
    is to be shown these either; one that is none of the topic's is passed over. It holds for
    `CLAIM_HOLDS`; after that it tells where the person was.

    Raises:
        UnknownTopic: no topic has this name.
        UnknownRecord: the record does not belong to it.
    """
    topic_id = get_topic(conn, topic).topic_id
    require_member(conn, topic, topic_id, record_id)
    _release(conn, topic_id, stage, reviewer)
    held = dict.fromkeys((record_id, *_list_members(conn, topic_id, ahead)))
    # The one before their eyes is the newest claim, by which the queue knows it.
    rows = [
        {
            "topic_id": topic_id,
            "record_id": number,
            "stage": stage,
            "reviewer": reviewer,
            "claimed_at": now - timedelta(milliseconds=place),
        }
        for place, number in enumerate(held)
    ]
    add_rows(conn, screening_claims, rows)


def _list_members(conn: Connection, topic_id: int, record_ids: Sequence[int]) -> list[int]:
    """Return those of ``record_ids`` that belong to a topic, in their order."""
    if not record_ids:
        return []
    found = topic_records.c
    is_one = is_among(conn, found.record_id, record_ids)
    of_topic = select(found.record_id).where(found.topic_id == topic_id, is_one)
    members = set(conn.scalars(of_topic))
    return [number for number in record_ids if number in members]


def release(conn: Connection, topic: str, stage: Stage, reviewer: str) -> None:
    """Note that a person has no record of a topic and stage before their eyes any more.

    Raises:
        UnknownTopic: no topic has this name.
    """
    _release(conn, get_topic(conn, topic).topic_id, stage, reviewer)


def count_waiting(
    conn: Connection,
    topic: str,
    stage: Stage,
    reviewer: str,
    *,
    now: datetime | None = None,
    at_most: int = MOST_COUNTED,
) -> SearchCount:
    """Count what waits for a person, up to ``at_most``, less what others have before their eyes.

    ``now`` is None for the moment of the call.

    Raises:
        UnknownTopic: no topic has this name.
    """
    since = (now or datetime.now(UTC)) - CLAIM_HOLDS
    queue = open_queue(conn, topic, stage, reviewer, since)
    # From where the person was: the newest may be many that they decided, and others have not.
    start = queue.find_claimed(conn) or _find_last_decided(conn, queue)
    waiting = chain(_walk_round(conn, queue, at_most, start), _list_unsure(conn, queue))
    found = {one.record_id for one in islice(waiting, at_most + 1)}
    return SearchCount(n_records=min(len(found), at_most), is_exact=len(found) <= at_most)


def _release(conn: Connection, topic_id: int, stage: Stage, reviewer: str) -> None:
    conn.execute(_RELEASE, {"reviewer": reviewer, "topic_id": topic_id, "stage": stage})


def _go_round(
    conn: Connection, queue: Queue, after: str | None, limit: int
) -> Iterator[QueuedRecord]:
    """Yield what waits, all round; the place where it began may come twice."""
    start: int | None
    if after is not None:
        is_unsure, start = _read_place(after)
        if is_unsure:
            yield from _build(queue.list_unsure(conn, older_than=start), is_unsure=True)
            yield from _build(queue.walk(conn, limit), is_unsure=False)
            yield from _build(queue.list_unsure(conn), is_unsure=True)
            return
    else:
        yield from _build(queue.list_claimed(conn), is_unsure=False)
        yield from _go_on(conn, queue, limit)
        return
    yield from _walk_round(conn, queue, limit, start)
    yield from _list_unsure(conn, queue)


def _go_on(conn: Connection, queue: Queue, limit: int) -> Iterator[QueuedRecord]:
    """Yield what waits: what is newest, then on from where the person was."""
    start = queue.find_claimed(conn) or _find_last_decided(conn, queue)
    if start is not None:
        yield from _build(queue.list_newest(conn, _N_NEWEST), is_unsure=False)
    yield from _walk_round(conn, queue, limit, start)
    yield from _list_unsure(conn, queue)


def _walk_round(
    conn: Connection, queue: Queue, limit: int, start: int | None
) -> Iterator[QueuedRecord]:
    if start is None:
        yield from _build(queue.walk(conn, limit), is_unsure=False)
    else:
        yield from _build(queue.walk(conn, limit, older_than=start), is_unsure=False)
        yield from _build(queue.walk(conn, limit, down_to=start), is_unsure=False)


def _list_unsure(conn: Connection, queue: Queue) -> Iterator[QueuedRecord]:
    yield from _build(queue.list_unsure(conn), is_unsure=True)


def _build(record_ids: Iterator[int], *, is_unsure: bool) -> Iterator[QueuedRecord]:
    for number in record_ids:
        place = f"{'unsure' if is_unsure else 'record'}-{number}"
        yield QueuedRecord(record_id=number, place=place, is_unsure=is_unsure)


def _read_place(text: str) -> tuple[bool, int]:
    kind, _, number = text.partition("-")
    if kind not in ("unsure", "record") or not (number.isascii() and number.isdigit()):
        raise UsageError(f"{text[:40]!r} is no place of a queue; begin at its newest end.")
    if len(number) > 9:
        raise UsageError(f"There is no record {number[:20]}; begin at the queue's newest end.")
    return kind == "unsure", int(number)


def _find_last_decided(conn: Connection, queue: Queue) -> int | None:
    """Return the record about which the person decided last, or None."""
    values = {"reviewer": queue.reviewer, "topic_id": queue.topic_id, "stage": queue.stage}
    found: int | None = conn.scalar(_LAST_DECIDED, values)
    return found


def _select_last_decided() -> Select[int]:
    decided = screening_decisions.c
    last = (
        select(decided.record_id, decided.topic_id, decided.stage, decided.screening_decision_id)
        .where(decided.reviewer == bindparam("reviewer", type_=String))
        .order_by(decided.screening_decision_id.desc())
        .limit(_N_LAST)
        .subquery()
    )
    # What has left the topic since is no place in its queue.
    is_there = (topic_records.c.topic_id == last.c.topic_id) & (
        topic_records.c.record_id == last.c.record_id
    )
    return (
        select(last.c.record_id)
        .join(topic_records, is_there)
        .where(
            last.c.topic_id == bindparam("topic_id", type_=Integer),
            last.c.stage == bindparam("stage", type_=decided.stage.type),
        )
        .order_by(last.c.screening_decision_id.desc())
        .limit(1)
    )


_LAST_DECIDED: Final = _select_last_decided()
_RELEASE: Final = screening_claims.delete().where(
    screening_claims.c.reviewer == bindparam("reviewer"),
    screening_claims.c.topic_id == bindparam("topic_id"),
    screening_claims.c.stage == bindparam("stage"),
)
