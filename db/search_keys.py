"""The keys of a search's answers in the full-text index, found so that a page stays quick.

Three ways, by what narrows the search. Words, dates and a topic alone are asked at once, and the
index stops when a page is full. Where a filter leaves few records, these are compared with those
that have the words. What takes long for each record is asked of those that are left, piece by
piece and the newest first; for a page, the last two end after a number of records.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from sqlalchemy import ColumnElement, Connection, Select, func, select

from db.few_records import find_few
from db.membership import fold, unfold
from db.search_filters import (
    SearchFilters,
    find_topic_id,
    list_dates,
    list_slow,
    list_topic,
)
from db.search_index import record_id_of
from db.search_syntax import Asked, ask
from db.walking import KeysInOrder, Walked, walk
from litsweep.searching.query import Query

MOST_COMPARED: Final = 200_000
"""Records with the words that a page compares with the few that a filter leaves: in 40 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchCount:
    """How many records answer a search, duplicates included; not exact: there may be more."""

    n_records: int
    is_exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """Keys, and the lowest that was compared, ``end``, None: all were."""

    found: KeysInOrder
    end: int | None


@dataclass(frozen=True)
class AnswerKeys:
    """The answers to a query as this database is asked; what was found out is kept.

    ``most_looked_at`` is how many records are asked what takes long, and no more than
    `MOST_COMPARED` with the words are compared then; None: all that it takes.
    """

    conn: Connection
    asked: Asked
    filters: SearchFilters
    topic_id: int | None
    most_looked_at: int | None
    _is_answer: dict[int, bool] = field(default_factory=dict, init=False)
    _compared: dict[int | None, _Compared] = field(default_factory=dict, init=False)

    def list_newest(self, after: int | None, size: int) -> Walked:
        """Return the next ``size`` keys below ``after``, the highest first."""
        if self._is_slow or self._of_few is not None:
            return self._walk(after, size)
        keys = self._list_next(after, size)
        return Walked(keys=tuple(keys), after=keys[-1] if len(keys) == size else None, is_cut=False)

    def list_best(self, n_passed: int, size: int) -> Walked:
        """Return ``size`` keys by relevance behind the first ``n_passed``."""
        key = self.asked.key
        statement = self._select().order_by(self.asked.score, key.desc())
        if self._of_few is not None:
            statement = statement.where(self.asked.record_id.in_(self._of_few))
        keys = self.conn.scalars(statement.limit(size).offset(n_passed)).all()
        return Walked(keys=tuple(keys), after=keys[-1] if len(keys) == size else None, is_cut=False)

    def count(self, at_most: int) -> SearchCount:
        """Count the answers, up to ``at_most``, among the records that may be looked at."""
        if self._is_slow or self._of_few is not None:
            walked = self._walk(None, at_most)
            return SearchCount(n_records=len(walked.keys), is_exact=walked.after is None)
        keys = self._select_quick().limit(at_most + 1).subquery()
        n = self.conn.scalar(select(func.count()).select_from(keys)) or 0
        return SearchCount(n_records=min(n, at_most), is_exact=n <= at_most)

    def find_answers(self, keys: Collection[int]) -> set[int]:
        """Return those of ``keys`` that are answers."""
        key = self.asked.key
        found = self._select()
        return {one for each in keys for one in self.conn.scalars(found.where(key == each))}

    @cached_property
    def _is_slow(self) -> bool:
        return bool(list_slow(self.filters, self.topic_id, self.asked.record_id))

    @cached_property
    def _of_few(self) -> Select[int] | None:
        return find_few(self.conn, self.filters, self.topic_id)

    def _walk(self, after: int | None, size: int) -> Walked:
        few = self._compare(after)
        walked = walk(
            self._list_next if few is None else few.found.list_next,
            self._choose,
            after=after,
            limit=size,
            most_looked_at=self.most_looked_at if self._is_slow else None,
        )
        if few is None or few.end is None or walked.after is not None:
            return walked
        return Walked(keys=walked.keys, after=few.end, is_cut=True)

    def _list_next(self, after: int | None, size: int) -> Sequence[int]:
        key = self.asked.key
        statement = self._select_quick().order_by(key.desc()).limit(size)
        return self.conn.scalars(statement if after is None else statement.where(key < after)).all()

    def _compare(self, after: int | None) -> _Compared | None:
        """Return those of the few records that have the words, from ``after`` on; None: not few."""
        if self._of_few is None:
            return None
        if after not in self._compared:
            words, key = self._select_words(), self.asked.key
            if after is not None:
                words = words.where(key < after)
            end = None
            # PostgreSQL would take as long to find where to end as to compare all.
            if self.most_looked_at is not None and self.conn.dialect.name == "sqlite":
                last = words.order_by(key.desc()).offset(MOST_COMPARED - 1).limit(1)
                end = self.conn.scalar(last)
            if end is not None:
                words = words.where(key >= end)
            both = words.where(self.asked.record_id.in_(self._of_few))
            keys = self.conn.scalars(both.order_by(key.desc())).all()
            self._compared[after] = _Compared(found=KeysInOrder(keys), end=end)
        return self._compared[after]

    def _choose(self, keys: Sequence[int]) -> Collection[int]:
        if not self._is_slow:
            return keys
        # A search that is counted is gone through again for its page.
        unknown = [key for key in keys if key not in self._is_answer]
        if unknown:
            kept = self._ask(unknown)
            self._is_answer.update((key, key in kept) for key in unknown)
        return {key for key in keys if self._is_answer[key]}

    def _ask(self, keys: Sequence[int]) -> set[int]:
        by_id = {record_id_of(key): key for key in keys}
        kept = self.conn.scalars(self._sieve, {"folded": fold(self.conn, by_id)}).all()
        return {by_id[one] for one in kept}

    @cached_property
    def _sieve(self) -> Select[int]:
        # Built once: for each piece it takes longer than asking it.
        number = unfold(self.conn)
        return select(number).where(*self._list_beside_words(number))

    def _select_words(self) -> Select[int]:
        key = self.asked.key
        found = select(key).select_from(self.asked.index).where(self.asked.is_answer)
        return found.where(*list_dates(self.filters, key))

    def _select_quick(self) -> Select[int]:
        return self._select_words().where(*list_topic(self.topic_id, self.asked.record_id))

    def _select(self) -> Select[int]:
        return self._select_words().where(*self._list_beside_words(self.asked.record_id))

    def _list_beside_words(self, record_id: ColumnElement[int]) -> list[ColumnElement[bool]]:
        return [
            *list_topic(self.topic_id, record_id),
            *list_slow(self.filters, self.topic_id, record_id),
        ]


def open_keys(
    conn: Connection, query: Query, filters: SearchFilters, most_looked_at: int | None
) -> AnswerKeys:
    """Return the answers to a query, narrowed by ``filters``.

    Raises:
        UnknownTopic: no topic has this name.
    """
    return AnswerKeys(
        conn=conn,
        asked=ask(conn, query),
        filters=filters,
        topic_id=find_topic_id(conn, filters),
        most_looked_at=most_looked_at,
    )
