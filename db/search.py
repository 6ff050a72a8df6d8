"""Searching the stored records by their words: which answer, in which order, what is shown.

How a query is written is ``litsweep.searching``'s, what narrows it ``db.search_filters``'; how the
answers are found is ``db.search_keys``', and the index is kept by ``db.search_index``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select

from db.search_filters import SearchFilters
from db.search_index import record_id_of, sort_key
from db.search_keys import AnswerKeys, open_keys
from db.search_keys import SearchCount as SearchCount
from db.tables import records
from db.writing import batches
from litsweep.domain.documents import Span
from litsweep.domain.publication_status import PublicationStatus
from litsweep.errors import UsageError
from litsweep.searching.highlights import Fragment, cut_fragment, find_hits
from litsweep.searching.query import Field, Query
from litsweep.searching.typed import read_query

MOST_LOOKED_AT: Final = 3_000
"""Records that a page asks for what takes long, such as whether a check flags them: 5 to 15 µs."""
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

    ``sort_key`` is its place among the newest.
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
    and are not shown. ``has_more`` tells whether others follow, and ``after`` where the next page
    begins, None at the end. ``is_cut``: as many records were looked at as a page may, others may
    follow, and this page has fewer than were asked for, or none.
    """

    hits: tuple[SearchHit, ...]
    order: Order
    order_reason: str | None
    n_left_out: int
    has_more: bool
    after: int | None = None
    is_cut: bool = False


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

    ``after`` is a page's own, to go on from there; only the order of the newest is gone through
    in pages. A duplicate is left out where the kept record is an answer as well, unless the
    filters say ``with_duplicates``. Beyond `MOST_RANKED` answers the newest are given whatever
    was asked for.

    Raises:
        UsageError: there is no word to look for, something that cannot be searched, or a later
            page was asked for by relevance.
        UnknownTopic: no topic has this name.
    """
    query = read_query(text)
    return _load_page(query, open_keys(conn, query, filters, None), order, limit, after)


def search_and_count(
    conn: Connection,
    text: str,
    *,
    filters: SearchFilters = EVERYTHING,
    order: Order = Order.NEWEST,
    limit: int = 20,
    after: int | None = None,
    at_most: int = MOST_RANKED,
) -> tuple[SearchPage, SearchCount]:
    """Return what `search` and `count` do, and look at a bounded number of records for it.

    For pages that many people ask: where a filter takes long for each record, the newest
    `MOST_LOOKED_AT` that have the words are asked; the page says if others may follow.

    Raises:
        UsageError, UnknownTopic: as `search`.
    """
    query = read_query(text)
    keys = open_keys(conn, query, filters, MOST_LOOKED_AT)
    page = _load_page(query, keys, order, limit, after)
    if after is None and page.after is None and not page.has_more:
        return page, SearchCount(n_records=len(page.hits) + page.n_left_out, is_exact=True)
    return page, keys.count(at_most)


def count(
    conn: Connection, text: str, *, filters: SearchFilters = EVERYTHING, at_most: int = MOST_RANKED
) -> SearchCount:
    """Count the records that answer a search, duplicates included, up to ``at_most``.

    Raises:
        UsageError: there is no word to look for, or something that cannot be searched.
        UnknownTopic: no topic has this name.
    """
    return open_keys(conn, read_query(text), filters, None).count(at_most)


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
    keys = open_keys(conn, read_query(text), filters, None)
    if order is Order.RELEVANCE and _refuse_ranking(keys):
        order = Order.NEWEST
    shown = _list_shown(keys, order, limit, None)
    return [record_id_of(key) for key in shown.keys], shown.n_left_out


def _load_page(
    query: Query, keys: AnswerKeys, order: Order, limit: int, after: int | None
) -> SearchPage:
    if order is Order.RELEVANCE and after is not None:
        raise UsageError("By relevance there is one page: ask for more records on it.")
    reason = _refuse_ranking(keys) if order is Order.RELEVANCE else None
    order = Order.NEWEST if reason else order
    shown = _list_shown(keys, order, limit, after)
    return SearchPage(
        hits=tuple(_load_hits(keys.conn, query, shown.keys)),
        order=order,
        order_reason=reason,
        n_left_out=shown.n_left_out,
        has_more=shown.after is not None,
        after=shown.after if order is Order.NEWEST else None,
        is_cut=shown.is_cut,
    )


def _refuse_ranking(keys: AnswerKeys) -> str | None:
    counted = keys.count(MOST_RANKED)
    if counted.is_exact:
        return None
    if counted.n_records < MOST_RANKED:
        return (
            "Too many records have these words to ask each for what narrows them: they are not "
            "ordered by relevance, and the newest come first. Add a word."
        )
    return (
        f"More than {MOST_RANKED:,} records answer: they are not ordered by relevance, and the "
        "newest come first. Add a word."
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """Keys of a page, how many duplicates stand among them, where the next begins or None."""

    keys: Sequence[int]
    n_left_out: int
    after: int | None
    is_cut: bool = False


def _list_shown(keys: AnswerKeys, order: Order, limit: int, after: int | None) -> _Shown:
    shown: list[int] = []
    n_left_out = n_pending = n_passed = 0
    while True:
        size = limit + _SPARE - len(shown) + 1
        piece = (
            keys.list_newest(after, size)
            if order is Order.NEWEST
            else keys.list_best(n_passed, size)
        )
        left_out = set() if keys.filters.with_duplicates else _find_left_out(keys, piece.keys)
        for key in piece.keys:
            if key in left_out:
                n_pending += 1
                continue
            if len(shown) == limit:
                return _Shown(shown, n_left_out, shown[-1])
            shown.append(key)
            n_left_out, n_pending = n_left_out + n_pending, 0
        if piece.after is None or piece.is_cut:
            return _Shown(shown, n_left_out + n_pending, piece.after, piece.is_cut)
        after, n_passed = piece.after, n_passed + len(piece.keys)


def _find_left_out(keys: AnswerKeys, numbers: Sequence[int]) -> set[int]:
    """Return the keys of the duplicates among ``numbers`` for which a kept record stands."""
    left_out: set[int] = set()
    for batch in batches(numbers):
        by_id = {record_id_of(key): key for key in batch}
        duplicates = keys.conn.execute(_SELECT_DUPLICATES, {"numbers": list(by_id)})
        kept = {by_id[one]: sort_key(other, day) for one, other, day in duplicates}
        answers = keys.find_answers(set(kept.values()))
        left_out |= {key for key, kept_key in kept.items() if kept_key in answers}
    return left_out


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
