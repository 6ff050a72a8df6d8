"""Lists of a topic on both databases: the same records, and pages that meet."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from db import record_lists
from db.browsing import browse, list_browsed
from db.conflicts import list_open_conflicts
from db.engine import Database
from db.list_choices import RecordList, list_reasons
from db.record_lists import AskedList, Sort, find_holdings, find_last_sweep, list_all, list_records
from db.search import Order, SearchCount, rank, search
from db.search_filters import SearchFilters
from db.similar import list_wanted
from db.tables import records
from litsweep.domain.decisions import Stage
from litsweep.domain.publication_status import PublicationStatus
from tests.fakes.filled_database import NOW, TOPIC, fill_whole

ASKED = AskedList(topic=TOPIC, kind=RecordList.ALL, viewer="Rea")


def test_lists_and_filters_on_a_filled_database(database: Database) -> None:
    """All in one: to fill a database takes longer than to ask it."""
    fill_whole(database)
    for check in (
        check_each_list_in_pages_and_whole,
        check_orders_turned_round,
        check_a_long_list_by_an_index,
        check_what_is_new,
        check_decisions,
        check_conflicts,
        check_filters_without_words,
        check_a_status_where_no_index_is_asked,
    ):
        check(database)


def check_each_list_in_pages_and_whole(filled: Database) -> None:
    with filled.reading() as conn:
        for kind in RecordList:
            for sort in Sort:
                asked = replace(ASKED, kind=kind, sort=sort)
                paged, n_all = list_pages(conn, asked)
                assert paged == list(list_all(conn, asked, limit=1000)), (kind, sort)
                assert n_all is not None
                assert n_all.n_records == len(paged)


def list_pages(conn: Connection, asked: AskedList) -> tuple[list[int], SearchCount | None]:
    paged: list[int] = []
    while True:
        page = list_records(conn, asked, limit=11)
        paged += [one.record.record_id for one in page.listed]
        if page.after is None:
            return paged, page.n_all
        asked = replace(asked, after=page.after)


def check_orders_turned_round(filled: Database) -> None:
    with filled.reading() as conn:
        for kind in (RecordList.ALL, RecordList.RETRACTED, RecordList.INCLUDED, RecordList.MINE):
            for sort in Sort:
                asked = replace(ASKED, kind=kind, sort=sort, viewer="Ada Fiction")
                turned = replace(asked, is_reversed=True)
                forwards, backwards = list_pages(conn, asked)[0], list_pages(conn, turned)[0]
                assert sorted(forwards) == sorted(backwards)
                assert list_all(conn, turned, limit=1000) == tuple(backwards)
                values = load_values(conn, sort)
                filled_ones = [one for one in forwards if values.get(one) is not None]
                assert [one for one in backwards if values.get(one) is not None] == (
                    filled_ones[::-1]
                )
                # Without a value they are last, whichever way.
                assert forwards[: len(filled_ones)] == filled_ones


def check_a_long_list_by_an_index(filled: Database) -> None:
    """What is too long to be sorted goes by PMID and by day, in the same order."""
    with filled.reading() as conn, pytest.MonkeyPatch.context() as patch:
        for sort in (Sort.PMID, Sort.PUBLISHED):
            for is_reversed in (False, True):
                asked = replace(ASKED, sort=sort, is_reversed=is_reversed)
                short, _ = list_pages(conn, asked)
                patch.setattr(record_lists, "MOST_SORTED", 10)
                page = list_records(conn, asked, limit=3)
                assert (page.sort, page.order_reason, page.n_all) == (sort, None, None)
                assert list_pages(conn, asked) == (short, None)
                assert list(list_all(conn, asked, limit=1000)) == short
                patch.undo()


def load_values(conn: Connection, sort: Sort) -> dict[int, Any]:
    columns: dict[Sort, Any] = {
        Sort.PUBLISHED: records.c.publication_date,
        Sort.TITLE: records.c.title,
        Sort.JOURNAL: records.c.journal,
        Sort.PMID: records.c.pmid,
        Sort.LAST: records.c.record_id,
    }
    return {number: one for number, one in conn.execute(select(records.c.record_id, columns[sort]))}


def check_what_is_new(filled: Database) -> None:
    with filled.reading() as conn:
        new = replace(ASKED, kind=RecordList.NEW)
        every = list_all(conn, new, limit=1000)
        assert list_all(conn, replace(new, since=NOW), limit=1000) == every
        later = replace(new, since=NOW + timedelta(seconds=1))
        assert list(list_all(conn, later, limit=1000)) == []
        assert find_last_sweep(conn, TOPIC) == NOW
        assert find_holdings(conn, TOPIC).has_records


def check_decisions(filled: Database) -> None:
    with filled.reading() as conn:
        for kind in (RecordList.INCLUDED, RecordList.EXCLUDED, RecordList.UNSURE):
            assert len(list_all(conn, replace(ASKED, kind=kind), limit=9)) == 1
        mine = replace(ASKED, kind=RecordList.MINE, viewer="Ada Fiction")
        assert len(list_all(conn, mine, limit=9)) == 4
        first = list_records(conn, mine, limit=1)
        second = list_records(conn, replace(mine, after=first.after), limit=1)
        assert first.listed[0].decisions[-1].decision == "unsure"
        assert first.listed != second.listed
        reasons = list_reasons(conn, TOPIC, Stage.TITLE_ABSTRACT, "Rea")
        assert reasons == ["no control group", "wrong population"]


def check_conflicts(filled: Database) -> None:
    with filled.reading() as conn:
        for viewer, only_own, n in (("Rea", False, 1), ("Rea", True, 0), ("Ada Fiction", True, 1)):
            found = list_open_conflicts(
                conn, TOPIC, Stage.TITLE_ABSTRACT, viewer=viewer, only_own=only_own
            )
            assert len(found.conflicts) == n
            assert all(one.record.abstract for one in found.conflicts)


def check_filters_without_words(filled: Database) -> None:
    filters = SearchFilters(topic=TOPIC)
    with filled.reading() as conn:
        every = list_browsed(conn, filters, limit=1000)
        paged: list[int] = []
        after: int | None = None
        while True:
            page = browse(conn, filters, limit=10, after=after)
            paged += [one.record_id for one in page.found]
            after = page.after
            if after is None:
                break
        assert paged == every
        newest = search(conn, "the", limit=100).hits
        assert [one.record.record_id for one in newest] == rank(conn, "the", order=Order.NEWEST)


def check_a_status_where_no_index_is_asked(filled: Database) -> None:
    """The condition is about the record itself, and not about any that has this status."""
    with filled.writing() as conn:
        conn.execute(records.update().values(publication_status=PublicationStatus.AS_PUBLISHED))
        one = records.update().where(records.c.record_id == 3)
        conn.execute(one.values(publication_status=PublicationStatus.RETRACTED))
        wanted = list_wanted(conn, SearchFilters(statuses=(PublicationStatus.RETRACTED,)))
        found = conn.scalars(records.select().with_only_columns(records.c.record_id).where(*wanted))
        assert list(found) == [3]
