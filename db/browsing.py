"""Records without a search for words: what the filters of a search leave, the newest first.

Asked of the same index in the same order as ``db.search``, so that a page goes on where the one
before it ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import BigInteger, ColumnClause, Connection, Integer, column, select, table

from db.duplicates import is_shown
from db.few_records import find_few
from db.membership import is_among
from db.search import FoundRecord
from db.search_filters import SearchFilters, find_topic_id, list_dates, list_days
from db.search_index import record_id_of, sort_key
from db.similar import list_in_order, list_wanted
from db.tables import records
from db.walking import MOST_LOOKED_AT, KeysInOrder, NextPiece, Walked, walk

_MOST_PUT_IN_ORDER: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsedPage:
    """Records, the newest first; ``after`` is where the next page begins, None at the end.

    ``is_cut`` tells that it looked at as many records as a page may, and that more may follow.
    """

    found: tuple[FoundRecord, ...]
    after: int | None
    is_cut: bool


def browse(
    conn: Connection, filters: SearchFilters, *, limit: int = 20, after: int | None = None
) -> BrowsedPage:
    """Return the records that the filters leave; ``after`` is a `sort_key`.

    Raises:
        UnknownTopic: no topic has this name.
    """
    walked = _walk(conn, filters, limit, after, MOST_LOOKED_AT)
    found = list_in_order(conn, [record_id_of(key) for key in walked.keys])
    return BrowsedPage(found=tuple(found), after=walked.after, is_cut=walked.is_cut)


def list_browsed(conn: Connection, filters: SearchFilters, *, limit: int) -> list[int]:
    """Return the numbers of all records that the filters leave, ``limit`` of them at most.

    Raises:
        UnknownTopic: no topic has this name.
    """
    walked = _walk(conn, filters, limit, None, None)
    return [record_id_of(key) for key in walked.keys]


def _walk(
    conn: Connection,
    filters: SearchFilters,
    limit: int,
    after: int | None,
    most_looked_at: int | None,
) -> Walked:
    wanted = list_wanted(conn, replace(filters, since=None, until=None))
    if not filters.with_duplicates:
        wanted.append(is_shown(conn, filters.topic))

    def choose(keys: Sequence[int]) -> set[int]:
        by_id = {record_id_of(one): one for one in keys}
        is_one = is_among(conn, records.c.record_id, by_id)
        kept = conn.scalars(select(records.c.record_id).where(is_one, *wanted))
        return {by_id[number] for number in kept}

    return walk(
        _list_few(conn, filters) or _list_all(conn, filters),
        choose,
        after=after,
        limit=limit,
        most_looked_at=most_looked_at,
    )


def _list_all(conn: Connection, filters: SearchFilters) -> NextPiece:
    """Return how the keys of all records are listed, of those of the days that are asked for."""
    key: ColumnClause[int] = (
        column("rowid", Integer)
        if conn.dialect.name == "sqlite"
        else column("sort_key", BigInteger)
    )
    in_order = select(key).select_from(table("record_words", key)).order_by(key.desc())
    in_order = in_order.where(*list_dates(filters, key))

    def list_next(after: int | None, size: int) -> Sequence[int]:
        statement = in_order if after is None else in_order.where(key < after)
        return conn.scalars(statement.limit(size)).all()

    return list_next


def _list_few(conn: Connection, filters: SearchFilters) -> NextPiece | None:
    """Return the same of the records that a filter leaves, where these are few; None: many."""
    few = find_few(conn, filters, find_topic_id(conn, filters), most=_MOST_PUT_IN_ORDER)
    if few is None:
        return None
    days = select(records.c.record_id, records.c.publication_date).where(
        records.c.record_id.in_(few), *list_days(filters)
    )
    keys = sorted((sort_key(*row) for row in conn.execute(days)), reverse=True)
    return KeysInOrder(keys).list_next
