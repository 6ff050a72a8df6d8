"""A person's history on both databases: their own decisions, in pages of any order that meet."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Connection

from db import histories
from db.engine import Database
from db.histories import (
    AskedHistory,
    HistorySort,
    iter_history,
    list_decided_records,
    list_history_page,
)
from db.screening import decide
from litsweep.domain.decisions import Decision, NewDecision, Stage
from litsweep.domain.records import FetchedRecord
from tests.fakes.screened_topic import LATER, TITLES, TOPIC, fill_topic

MINE = AskedHistory(reviewer="Ada", topic=TOPIC)


@pytest.fixture
def decided(
    database: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
) -> Database:
    """Six decisions of Ada, of which the last replaces the first; and one of Ben."""
    fill_topic(database, start_run, make_record)
    with database.writing() as conn:
        for record_id in range(1, 6):
            decision = Decision.EXCLUDE if record_id % 2 else Decision.INCLUDE
            _say(conn, record_id, decision)
        _say(conn, 1, Decision.UNSURE, expected=1)
        _say(conn, 6, Decision.INCLUDE, who="Ben")
    return database


def test_pages_of_any_order_hold_each_decision_of_the_person_once(
    decided: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with decided.reading() as conn:
        for sort in HistorySort:
            for is_reversed in (False, True):
                asked = replace(MINE, sort=sort, is_reversed=is_reversed)
                paged = _list_pages(conn, asked)
                assert sorted(paged) == [1, 2, 3, 4, 5, 6], (sort, is_reversed)
                whole = [one.screening_decision_id for one in iter_history(conn, asked)]
                assert whole == paged, (sort, is_reversed)
        newest = _list_pages(conn, MINE)
        assert newest == [6, 5, 4, 3, 2, 1]
        assert _list_pages(conn, replace(MINE, is_reversed=True)) == newest[::-1]
        by_title = iter_history(conn, replace(MINE, sort=HistorySort.TITLE))
        titles = [TITLES[one.record_id - 1].casefold() for one in by_title]
        assert titles == sorted(titles)
        assert list(iter_history(conn, replace(MINE, stage=Stage.FULL_TEXT))) == []
        assert list_decided_records(conn, MINE, limit=3) == [1, 5, 4]
        monkeypatch.setattr(histories, "MOST_SORTED", 5)
        page = list_history_page(conn, replace(MINE, sort=HistorySort.TITLE), limit=2)
    assert [one.screening_decision_id for one in page.decisions] == [6, 5]
    assert page.sort is HistorySort.DECIDED_AT
    assert page.order_reason is not None


def _list_pages(conn: Connection, asked: AskedHistory) -> list[int]:
    numbers: list[int] = []
    while True:
        page = list_history_page(conn, asked, limit=4)
        numbers += [one.screening_decision_id for one in page.decisions]
        if page.after is None:
            return numbers
        asked = replace(asked, after=page.after)


def _say(
    conn: Connection,
    record_id: int,
    decision: Decision,
    who: str = "Ada",
    expected: int | None = None,
) -> None:
    new = NewDecision(
        record_id=record_id,
        stage=Stage.TITLE_ABSTRACT,
        decision=decision,
        reviewer=who,
        decided_at=LATER,
    )
    decide(conn, TOPIC, new, expected_id=expected, tool_version="t")
