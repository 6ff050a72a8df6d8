"""The lists of a topic in pages, and whole for a file: new, late, flagged, retracted, decided upon.

At a million records a page reads an index in its own order and looks at a bounded number of
rows; so it does in the order of a column of the records that has an index. Any other order is made
of a list that has few enough rows to choose from; of a longer one the page says that it is not
ordered so. What puts a record on a list is ``db.list_choices``'.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, String, bindparam, select

from db.judged_first import FirstJudge
from db.list_choices import (
    OF_DECISIONS,
    OUTCOMES,
    RecordList,
    list_decided,
    list_matching,
    list_with_outcome,
)
from db.list_pieces import (
    ByColumn,
    LastFound,
    LastStored,
    MyLast,
    Pieces,
    select_decided,
    select_failed,
    select_spoken_against,
)
from db.list_remarks import load_remarks
from db.membership import is_among
from db.search import FoundRecord, SearchCount
from db.similar import list_in_order
from db.sorted_pages import MOST_SORTED, turn_page
from db.tables import records, search_runs, topic_records, topics
from db.topics import get_topic
from db.walking import MOST_LOOKED_AT, Walked, walk
from litsweep.domain.decisions import Decision, ScreeningDecision, Stage
from litsweep.domain.screening import Outcome
from litsweep.domain.strategies import RunStatus

MOST_JUDGED: Final = 2_000
"""The same for what came of the screening, where each row takes all decisions of a record."""

_DECISIONS: Final = {
    Outcome.INCLUDED: Decision.INCLUDE,
    Outcome.EXCLUDED: Decision.EXCLUDE,
    Outcome.UNSURE: Decision.UNSURE,
    # Of the two that are in a conflict this one is the rarer.
    Outcome.CONFLICT: Decision.INCLUDE,
}


class Sort(StrEnum):
    """In which order a list comes; each can be turned round."""

    LAST = "last"
    """Its own: what was found, stored or decided last comes first."""
    PUBLISHED = "published"
    """By day of publication, the latest first; without one at the end."""
    TITLE = "title"
    """By title, as the database compares letters in lower case."""
    JOURNAL = "journal"
    """By journal; without one at the end."""
    PMID = "pmid"
    """By PMID; without one at the end."""


FALLING: Final = frozenset({Sort.LAST, Sort.PUBLISHED})
"""Orders that begin with the last or the largest, unless they are turned round."""
_INDEXED: Final = {Sort.PUBLISHED: records.c.publication_date, Sort.PMID: records.c.pmid}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedList:
    """A list of a topic as a person asks for it; ``viewer`` is their name.

    ``first_judge`` are they where they judge before they learn what machines wrote.

    ``since`` narrows what is new; ``stage`` and ``reason`` what was decided; ``only_own`` leaves
    of that what the viewer decided about, too. ``is_reversed`` turns the order of ``sort`` round.
    ``after`` is the number of the last record of the page before.
    """

    topic: str
    kind: RecordList
    viewer: str
    since: datetime | None = None
    stage: Stage = Stage.TITLE_ABSTRACT
    reason: str | None = None
    only_own: bool = False
    sort: Sort = Sort.LAST
    is_reversed: bool = False
    after: int | None = None
    first_judge: FirstJudge | None = None

    @property
    def is_falling(self) -> bool:
        """Whether the largest, or the last, comes first."""
        return (self.sort in FALLING) != self.is_reversed


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRecord:
    """A line of a list: the record, how the topic came by it, why it is on the list.

    ``decisions`` are those of the list's stage that the viewer may see.
    """

    record: FoundRecord
    found_at: datetime
    is_late: bool
    lag_days: int | None
    remarks: tuple[str, ...] = ()
    decisions: tuple[ScreeningDecision, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A page of a list; ``after`` is where the next one begins, None at the end.

    ``n_all`` is None where the list is too long to be counted; ``order_reason`` says why it is
    not in the order that was asked for. ``is_cut``: as many rows were looked at as a page may.
    """

    listed: tuple[ListedRecord, ...]
    after: int | None
    n_all: SearchCount | None
    sort: Sort
    order_reason: str | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """Whether there is anything to list: records, and sweeps that ran to their end."""

    has_records: bool
    n_complete_runs: int


def find_holdings(conn: Connection, topic: str | None) -> Holdings:
    """Tell whether a topic, or the database, has any record, and how often it was swept.

    Raises:
        UnknownTopic: no topic has this name.
    """
    owned: Any = select(topic_records.c.record_id)
    complete: Any = select(search_runs.c.search_run_id)
    complete = complete.where(search_runs.c.status == RunStatus.COMPLETE)
    if topic is None:
        owned = select(records.c.record_id)
    else:
        topic_id = get_topic(conn, topic).topic_id
        owned = owned.where(topic_records.c.topic_id == topic_id)
        complete = complete.where(search_runs.c.topic_id == topic_id)
    return Holdings(
        has_records=conn.execute(owned.limit(1)).first() is not None,
        n_complete_runs=len(conn.scalars(complete.limit(1000)).all()),
    )


def find_last_sweep(conn: Connection, topic: str) -> datetime | None:
    """Return when the last sweep of a topic began that ran to its end, or None.

    Raises:
        UnknownTopic: no topic has this name.
    """
    found: datetime | None = conn.scalar(_LAST_SWEEP, {"topic": topic})
    if found is None:
        get_topic(conn, topic)  # Is there such a topic?
    return found


_LAST_SWEEP: Final = (
    select(search_runs.c.started_at)
    .join(topics, topics.c.topic_id == search_runs.c.topic_id)
    .where(
        topics.c.name == bindparam("topic", type_=String),
        search_runs.c.status == RunStatus.COMPLETE,
    )
    .order_by(search_runs.c.search_run_id.desc())
    .limit(1)
)


def list_records(conn: Connection, asked: AskedList, *, limit: int = 50) -> ListPage:
    """Return a page of a list.

    Raises:
        UnknownTopic: no topic has this name.
        UsageError: no page of the list ends with the record ``asked.after``.
    """
    pieces = _open(conn, asked)
    chosen = _Chosen(conn, asked)
    reason = None
    most = MOST_JUDGED if asked.kind in OUTCOMES else MOST_SORTED
    if pieces.count(most + 1) > most:
        n_all = None
        pieces, sort = _open_indexed(conn, asked, pieces)
        if asked.sort is not sort:
            reason = (
                f"There are more than {most:,} records to choose from: they are not put in "
                "this order, and the last come first. A search narrows them."
            )
        walked = chosen.walk(pieces, asked.after, limit, min(most, MOST_LOOKED_AT))
    else:
        every = chosen.walk(pieces, None, most, None).keys
        n_all, sort = SearchCount(n_records=len(every), is_exact=True), asked.sort
        walked = (
            chosen.walk(pieces, asked.after, limit, None)
            if sort is Sort.LAST
            else _turn_page(conn, asked, every, asked.after, limit)
        )
    return ListPage(
        listed=tuple(_load(conn, asked, walked.keys)),
        after=walked.after,
        n_all=n_all,
        sort=sort,
        order_reason=reason,
        is_cut=walked.is_cut,
    )


def list_all(conn: Connection, asked: AskedList, *, limit: int) -> Sequence[int]:
    """Return the numbers of all records of a list, ``limit`` at most, in the order asked for.

    One of more than `MOST_SORTED` is in its own order, unless that asked for has an index.

    Raises:
        UnknownTopic: no topic has this name.
    """
    every = _Chosen(conn, asked).walk(_open(conn, asked), None, limit, None).keys
    is_too_long = len(every) > MOST_SORTED and asked.sort not in _INDEXED
    if asked.sort is Sort.LAST or is_too_long:
        return every
    return _turn_page(conn, asked, every, None, len(every)).keys


def _open_indexed(conn: Connection, asked: AskedList, own: Pieces) -> tuple[Pieces, Sort]:
    """Return the pieces of a long list in the order asked for, or else in its own, and which.

    Among all records those of a list that is read from another index may be too rare to be met;
    and what is new is known by its own pieces alone.
    """
    column = _INDEXED.get(asked.sort)
    is_of_topic = isinstance(own, LastFound) and asked.kind is not RecordList.NEW
    if column is not None and is_of_topic:
        return ByColumn(conn=conn, column=column, is_falling=asked.is_falling), asked.sort
    return own, Sort.LAST


def _open(conn: Connection, asked: AskedList) -> Pieces:
    topic_id = get_topic(conn, asked.topic).topic_id
    is_reversed = asked.sort is Sort.LAST and asked.is_reversed
    match asked.kind:
        case RecordList.RETRACTED:
            return LastStored(conn=conn, of=select_spoken_against(), is_reversed=is_reversed)
        case RecordList.FAILED:
            return LastStored(conn=conn, of=select_failed(), is_reversed=is_reversed)
        case RecordList.MINE:
            return MyLast(
                conn=conn,
                topic_id=topic_id,
                stage=asked.stage,
                reviewer=asked.viewer,
                is_reversed=is_reversed,
            )
        case kind if kind in OUTCOMES:
            decided = select_decided(topic_id, asked.stage, _DECISIONS[OUTCOMES[kind]])
            return LastStored(conn=conn, of=decided, is_reversed=is_reversed)
        case _:
            since = asked.since if asked.kind is RecordList.NEW else None
            return LastFound(conn=conn, topic_id=topic_id, since=since, is_reversed=is_reversed)


@dataclass(slots=True)
class _Chosen:
    """Chooses among records those that are on a list."""

    conn: Connection
    asked: AskedList
    known: dict[int, bool] = field(default_factory=dict)

    def walk(
        self, pieces: Pieces, after: int | None, limit: int, most_looked_at: int | None
    ) -> Walked:
        return walk(
            pieces.list_next, self._choose, after=after, limit=limit, most_looked_at=most_looked_at
        )

    def _choose(self, record_ids: Sequence[int]) -> set[int]:
        # A list that is counted is gone through again for its page.
        unknown = [number for number in record_ids if number not in self.known]
        if unknown:
            kept = self._ask(unknown)
            self.known |= {number: number in kept for number in unknown}
        return {number for number in record_ids if self.known[number]}

    def _ask(self, record_ids: Sequence[int]) -> set[int]:
        asked = self.asked
        kept = list_matching(self.conn, asked.topic, asked.kind, record_ids, asked.first_judge)
        if asked.kind not in OUTCOMES:
            return kept
        return list_with_outcome(
            self.conn,
            asked.topic,
            asked.stage,
            OUTCOMES[asked.kind],
            kept,
            viewer=asked.viewer,
            reason=asked.reason,
            only_own=asked.only_own,
        )


def _turn_page(
    conn: Connection, asked: AskedList, record_ids: Sequence[int], after: int | None, limit: int
) -> Walked:
    """Return a page of these records in the order asked for, behind the record ``after``."""
    values = _load_values(conn, [*record_ids, *([] if after is None else [after])], asked.sort)
    return turn_page(values, record_ids, after, limit, is_falling=asked.is_falling)


def _load_values(conn: Connection, record_ids: Sequence[int], sort: Sort) -> dict[int, Any]:
    columns = {**_INDEXED, Sort.TITLE: records.c.title, Sort.JOURNAL: records.c.journal}
    statement = select(records.c.record_id, columns[sort]).where(
        is_among(conn, records.c.record_id, record_ids)
    )
    return {number: value for number, value in conn.execute(statement)}


def _load(conn: Connection, asked: AskedList, record_ids: Sequence[int]) -> list[ListedRecord]:
    found = topic_records.c
    statement = select(found.record_id, found.found_at, found.is_late, found.lag_days).where(
        found.topic_id == get_topic(conn, asked.topic).topic_id,
        is_among(conn, found.record_id, record_ids),
    )
    rows = {row.record_id: row for row in conn.execute(statement)}
    remarks = load_remarks(conn, asked.kind, record_ids, asked.first_judge)
    decisions: Mapping[int, Sequence[ScreeningDecision]] = {}
    if asked.kind in OF_DECISIONS:
        decisions = list_decided(conn, asked.topic, asked.stage, record_ids, asked.viewer)
    return [
        ListedRecord(
            record=record,
            found_at=rows[record.record_id].found_at,
            is_late=rows[record.record_id].is_late,
            lag_days=rows[record.record_id].lag_days,
            remarks=remarks.get(record.record_id, ()),
            decisions=tuple(decisions.get(record.record_id, ())),
        )
        for record in list_in_order(conn, record_ids)
    ]
