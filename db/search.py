"""Searching the stored records by their words: which answer, in which order, what is shown.

How a query is written is ``litsweep.searching``'s, what narrows it ``db.search_filters``'; the
index that is asked is kept by ``db.search_index``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, select

from db.search_filters import SearchFilters, list_conditions
from db.search_index import record_id_of, sort_key
from db.search_syntax import Asked, ask
from db.tables import records
from db.writing import batches
from litsweep.domain.documents import Span
from litsweep.domain.publication_status import PublicationStatus
from litsweep.errors import UsageError
from litsweep.searching.highlights import Fragment, cut_fragment, find_hits
from litsweep.searching.query import Field, Query
from litsweep.searching.typed import read_query

MOST_RANKED: Final = 20_000
"""How many answers are put in the order of their relevance: each costs some microseconds."""

EVERYTHING: Final = SearchFilters()
# Fetched beyond what is asked for, in case that duplicates are left out.
_SPARE: Final = 10


class Order(StrEnum):
    """In which order answers come; of equal ones the newest is the first."""

    NEWEST = "newest"
    """By date of publication, the latest first, those without a date at the end."""
    RELEVANCE = "relevance"
    """By how often and where the words stand: BM25 on SQLite, ts_rank on PostgreSQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRecord:
    """A line of a list of records; ``pmid`` is None for one from an export without it."""

    record_id: int
    pmid: int | None
    publication_status: PublicationStatus
    title: str
    authors: str
    journal: str | None
    publication_date_text: str
    doi: str | None
    pmcid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """An answer: the record, where its title meets the search, and a piece of its abstract.

    ``sort_key`` is what the next page begins ``after``.
    """

    record: FoundRecord
    sort_key: int
    title_hits: tuple[Span, ...]
    fragment: Fragment


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """The answers from one place on.

    ``order`` is the one that they have, and ``order_reason`` says why it is not the one that was
    asked for, or is None. ``n_left_out`` counts the duplicates that stand among these answers
    and are not shown. ``has_more`` tells whether others follow.
    """

    hits: tuple[SearchHit, ...]
    order: Order
    order_reason: str | None
    n_left_out: int
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchCount:
    """How many records answer a search, duplicates included; not exact: there are more."""

    n_records: int
    is_exact: bool


_KEPT: Final = records.alias("kept")
_IS_ASKED: Final = records.c.record_id.in_(bindparam("numbers", expanding=True))
_SELECT_RECORDS: Final = select(
    *(records.c[field.name] for field in fields(FoundRecord)), records.c.abstract
).where(_IS_ASKED)
_SELECT_DUPLICATES: Final = (
    select(records.c.record_id, _KEPT.c.record_id, _KEPT.c.publication_date)
    .join(_KEPT, _KEPT.c.record_id == records.c.duplicate_of_id)
    .where(_IS_ASKED, _KEPT.c.publication_status != PublicationStatus.DELETED)
)


@dataclass(frozen=True, slots=True)
class _Search:
    """A search as this database is asked."""

    asked: Asked
    conditions: Sequence[ColumnElement[bool]]

    def select(self, *columns: ColumnElement[Any]) -> Any:
        """Return the columns of the index's rows that are answers."""
        where = (self.asked.is_answer, *self.conditions)
        return select(*columns).select_from(self.asked.index).where(*where)


def search(
    conn: Connection,
    text: str,
    *,
    filters: SearchFilters = EVERYTHING,
    order: Order = Order.NEWEST,
    limit: int = 20,
    after: int | None = None,
) -> SearchPage:
    """Return the records that ``text`` is about, as ``litsweep.searching.typed`` reads it.

    ``after`` is the `sort_key` of a page's last answer, to go on from there; only the order of
    the newest is gone through in pages. A duplicate is left out where the kept record is an
    answer as well, unless the filters say ``with_duplicates``. Beyond `MOST_RANKED` answers
    the newest are given whatever was asked for.

    Raises:
        UsageError: there is no word to look for, something that cannot be searched, or a later
            page was asked for by relevance.
        UnknownTopic: no topic has this name.
    """
    query = read_query(text)
    found = _prepare(conn, query, filters)
    if order is Order.RELEVANCE and after is not None:
        raise UsageError("By relevance there is one page: ask for more records on it.")
    reason = _refuse_ranking(conn, found) if order is Order.RELEVANCE else None
    order = Order.NEWEST if reason else order
    shown, n_left_out = _list_shown(conn, found, filters, order, limit, after)
    return SearchPage(
        hits=tuple(_load_hits(conn, query, shown[:limit])),
        order=order,
        order_reason=reason,
        n_left_out=n_left_out,
        has_more=len(shown) > limit,
    )


def count(
    conn: Connection, text: str, *, filters: SearchFilters = EVERYTHING, at_most: int = MOST_RANKED
) -> SearchCount:
    """Count the records that answer a search, duplicates included, up to ``at_most``.

    Raises:
        UsageError: there is no word to look for, or something that cannot be searched.
        UnknownTopic: no topic has this name.
    """
    found = _prepare(conn, read_query(text), filters)
    n_records = _count(conn, found, at_most + 1)
    return SearchCount(n_records=min(n_records, at_most), is_exact=n_records <= at_most)


def rank(
    conn: Connection,
    text: str,
    *,
    filters: SearchFilters = EVERYTHING,
    limit: int = 1000,
    order: Order = Order.RELEVANCE,
) -> list[int]:
    """Return the numbers of the records that answer a search, the best first, or the newest.

    Duplicates are left out as in `search`; beyond `MOST_RANKED` answers the newest come first.

    Raises:
        UsageError: there is no word to look for, or something that cannot be searched.
        UnknownTopic: no topic has this name.
    """
    return rank_all(conn, text, filters=filters, limit=limit, order=order)[0]


def rank_all(
    conn: Connection, text: str, *, filters: SearchFilters, limit: int, order: Order
) -> tuple[list[int], int]:
    """Return what `rank` returns, and how many duplicates among these are left out.

    Raises:
        UsageError, UnknownTopic: as `rank`.
    """
    found = _prepare(conn, read_query(text), filters)
    if order is Order.RELEVANCE and _refuse_ranking(conn, found):
        order = Order.NEWEST
    shown, n_left_out = _list_shown(conn, found, filters, order, limit, None)
    return [record_id_of(key) for key in shown[:limit]], n_left_out


def _prepare(conn: Connection, query: Query, filters: SearchFilters) -> _Search:
    asked = ask(conn, query)
    return _Search(asked, list_conditions(conn, filters, asked.key, asked.record_id))


def _refuse_ranking(conn: Connection, found: _Search) -> str | None:
    if _count(conn, found, MOST_RANKED + 1) <= MOST_RANKED:
        return None
    return (
        f"More than {MOST_RANKED:,} records answer: they are not ordered by relevance, and the "
        "newest come first. Add a word."
    )


def _count(conn: Connection, found: _Search, at_most: int) -> int:
    keys = found.select(found.asked.key).limit(at_most).subquery()
    return conn.scalar(select(func.count()).select_from(keys)) or 0


def _list_shown(
    conn: Connection,
    found: _Search,
    filters: SearchFilters,
    order: Order,
    limit: int,
    after: int | None,
) -> tuple[list[int], int]:
    """Return the keys of the answers, one more than ``limit`` where there is one, and how many
    duplicates stand among them.
    """
    shown: list[int] = []
    n_left_out = n_pending = n_passed = 0
    while True:
        size = limit + _SPARE - len(shown) + 1
        keys = _list_keys(conn, found, order, size, after, n_passed)
        left_out = set() if filters.with_duplicates else _find_left_out(conn, found, keys)
        for key in keys:
            if key in left_out:
                n_pending += 1
                continue
            shown.append(key)
            if len(shown) > limit:
                return shown, n_left_out
            n_left_out, n_pending = n_left_out + n_pending, 0
        if len(keys) < size:
            return shown, n_left_out + n_pending
        if order is Order.NEWEST:
            after = keys[-1]
        else:
            n_passed += len(keys)


def _list_keys(
    conn: Connection, found: _Search, order: Order, size: int, after: int | None, n_passed: int
) -> list[int]:
    key = found.asked.key
    statement = found.select(key)
    if after is not None:
        statement = statement.where(key < after)
    if order is Order.RELEVANCE:
        statement = statement.order_by(found.asked.score)
    statement = statement.order_by(key.desc()).limit(size).offset(n_passed)
    return list(conn.scalars(statement))


def _find_left_out(conn: Connection, found: _Search, keys: Sequence[int]) -> set[int]:
    """Return the keys of the duplicates among ``keys`` for which a kept record stands."""
    left_out: set[int] = set()
    for batch in batches(keys):
        by_id = {record_id_of(key): key for key in batch}
        duplicates = conn.execute(_SELECT_DUPLICATES, {"numbers": list(by_id)})
        kept = {by_id[one]: sort_key(other, day) for one, other, day in duplicates}
        answers = _find_answers(conn, found, set(kept.values()))
        left_out |= {key for key, kept_key in kept.items() if kept_key in answers}
    return left_out


def _find_answers(conn: Connection, found: _Search, keys: set[int]) -> set[int]:
    key = found.asked.key
    return {one for each in keys for one in conn.scalars(found.select(key).where(key == each))}


def _load_hits(conn: Connection, query: Query, keys: Sequence[int]) -> list[SearchHit]:
    rows: dict[int, Row[Any]] = {}
    for batch in batches([record_id_of(key) for key in keys]):
        found = conn.execute(_SELECT_RECORDS, {"numbers": batch})
        rows |= {row.record_id: row for row in found}
    # A row of the index without its record is for `find_stale` to tell.
    known = [key for key in keys if record_id_of(key) in rows]
    return [_build_hit(query, key, rows[record_id_of(key)]) for key in known]


def _build_hit(query: Query, key: int, row: Row[Any]) -> SearchHit:
    named = {field.name: getattr(row, field.name) for field in fields(FoundRecord)}
    return SearchHit(
        record=FoundRecord(**named),
        sort_key=key,
        title_hits=find_hits(query, Field.TITLE, row.title),
        fragment=cut_fragment(row.abstract, find_hits(query, Field.ABSTRACT, row.abstract)),
    )
