"""Receipts in pages, on both databases: in every order each run once."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Connection, update

from db.engine import Database
from db.run_pages import AskedRuns, RunSort, iter_runs, list_run_page
from db.tables import search_runs
from litsweep.errors import UnknownNumber, UnknownTopic


def test_pages_of_any_order_hold_each_run_once(
    database: Database, start_run: Callable[..., int]
) -> None:
    with pytest.raises(UnknownTopic), database.reading() as conn:
        list_run_page(conn, AskedRuns(topic="asthma"), limit=1)
    for place, topic in enumerate(("asthma", "zoster", "gout", "asthma", "gout")):
        number = start_run(database, (place + 1,), topic=topic)
        with database.writing() as conn:
            conn.execute(
                update(search_runs)
                .where(search_runs.c.search_run_id == number)
                .values(
                    status="failed",
                    error="e",
                    finished_at=search_runs.c.started_at,
                    n_reported=None if place == 1 else place,
                )
            )
    with database.reading() as conn:
        for sort in RunSort:
            for is_reversed in (False, True):
                asked = AskedRuns(sort=sort, is_reversed=is_reversed)
                paged = _list_pages(conn, asked)
                assert sorted(paged) == [1, 2, 3, 4, 5], (sort, is_reversed)
                assert [one.search_run_id for one in iter_runs(conn, asked)] == paged
        assert _list_pages(conn, AskedRuns()) == [5, 4, 3, 2, 1]
        counted = AskedRuns(sort=RunSort.N_REPORTED)
        assert _list_pages(conn, counted) == [5, 4, 3, 1, 2]
        assert _list_pages(conn, replace(counted, is_reversed=True)) == [1, 3, 4, 5, 2]
        assert _list_pages(conn, AskedRuns(sort=RunSort.TOPIC)) == [4, 1, 5, 3, 2]
        assert _list_pages(conn, AskedRuns(topic="gout")) == [5, 3]
        with pytest.raises(UnknownNumber, match="no search run 99"):
            list_run_page(conn, AskedRuns(after=99), limit=1)


def _list_pages(conn: Connection, asked: AskedRuns) -> list[int]:
    numbers: list[int] = []
    while True:
        page = list_run_page(conn, asked, limit=2)
        numbers += [one.search_run_id for one in page.runs]
        if page.after is None:
            return numbers
        asked = replace(asked, after=page.after)
