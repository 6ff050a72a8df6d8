"""A narrowed search finds the same however it looks for it, and a page of it looks at little."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, select

from db import browsing, few_records, search_keys
from db import search as searching
from db.browsing import list_browsed
from db.engine import Database, open_database
from db.few_records import find_few
from db.membership import fold, unfold
from db.search import Order, SearchPage, count, rank, search_and_count
from db.search_filters import UNDECIDED, SearchFilters, find_topic_id
from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.publication_status import PublicationStatus
from tests.db.conftest import fresh_database
from tests.fakes.filled_database import TOPIC, fill_whole

WORDS = "patient* OR delirium OR study"
NARROWED = {
    "nothing": SearchFilters(),
    "a topic and days": SearchFilters(topic=TOPIC, since=date(2000, 1, 1), until=date(2024, 1, 1)),
    "included": SearchFilters(topic=TOPIC, decision=Decision.INCLUDE),
    "included for whichever topic": SearchFilters(decision=Decision.INCLUDE),
    "undecided": SearchFilters(topic=TOPIC, decision=UNDECIDED),
    "undecided at the full text": SearchFilters(
        topic=TOPIC, decision=UNDECIDED, stage=Stage.FULL_TEXT
    ),
    "flagged": SearchFilters(is_flagged=True),
    "not flagged, of a topic": SearchFilters(topic=TOPIC, is_flagged=False),
    "spoken against": SearchFilters(
        statuses=(PublicationStatus.RETRACTED, PublicationStatus.CORRECTED)
    ),
    "as published": SearchFilters(statuses=(PublicationStatus.AS_PUBLISHED,)),
    "a type": SearchFilters(publication_types=("Journal Article",)),
}
EACH = pytest.mark.parametrize("filters", NARROWED.values(), ids=list(NARROWED))


@pytest.fixture(scope="module")
def databases(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, server_url: str, template: str
) -> Iterator[dict[str, Database]]:
    path = tmp_path_factory.mktemp("narrowed") / "litsweep.db"
    shutil.copy(migrated_file, path)
    for server in fresh_database(server_url, template):
        both = {"sqlite": f"sqlite:///{path}", "postgresql": server}
        opened = {name: open_database(url) for name, url in both.items()}
        for database in opened.values():
            fill_whole(database)
        yield opened
        for database in opened.values():
            database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def conn(request: pytest.FixtureRequest, databases: dict[str, Database]) -> Iterator[Connection]:
    with databases[request.param].reading() as found:
        yield found


@EACH
def test_pages_that_look_at_little_lead_to_the_same(
    conn: Connection, filters: SearchFilters, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = find_few(conn, filters, find_topic_id(conn, filters))
    whole = rank(conn, WORDS, filters=filters, order=Order.NEWEST)
    n_all = count(conn, WORDS, filters=filters)
    best = rank(conn, WORDS, filters=filters)
    monkeypatch.setitem(few_records.MOST_FEW, conn.dialect.name, -1)
    assert rank(conn, WORDS, filters=filters, order=Order.NEWEST) == whole
    assert rank(conn, WORDS, filters=filters) == best
    assert count(conn, WORDS, filters=filters) == n_all
    for most in [-1, 50_000] if few is not None else [-1]:
        monkeypatch.setitem(few_records.MOST_FEW, conn.dialect.name, most)
        monkeypatch.setattr(searching, "MOST_LOOKED_AT", 3)
        monkeypatch.setattr(search_keys, "MOST_COMPARED", 5)
        pages = list(_go_through(conn, filters))
        assert [hit.record.record_id for page in pages for hit in page.hits] == whole
        assert all(page.is_cut or len(page.hits) == 4 for page in pages[:-1])


def test_a_page_that_looked_at_enough_says_so_and_counts_no_further(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = SearchFilters(topic=TOPIC, publication_types=("No Such Type",))
    page, n_all = search_and_count(conn, WORDS, filters=nobody)
    assert (page.hits, page.is_cut, page.after, n_all.is_exact) == ((), False, None, True)
    monkeypatch.setattr(searching, "MOST_LOOKED_AT", 3)
    page, n_all = search_and_count(conn, WORDS, filters=nobody)
    assert (page.hits, page.is_cut, n_all.n_records, n_all.is_exact) == ((), True, 0, False)
    assert page.after is not None
    page, _ = search_and_count(conn, WORDS, filters=nobody, order=Order.RELEVANCE)
    assert page.order is Order.NEWEST
    assert "Too many records have these words" in (page.order_reason or "")


@EACH
def test_without_words_the_few_are_the_same(
    conn: Connection, filters: SearchFilters, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = list_browsed(conn, filters, limit=1_000)
    monkeypatch.setattr(browsing, "_MOST_PUT_IN_ORDER", -1)
    assert list_browsed(conn, filters, limit=1_000) == found


def test_numbers_are_unfolded_by_one_statement(conn: Connection) -> None:
    statement = select(unfold(conn))
    for numbers in ([], [7], [3, 2**40, 1]):
        found = conn.scalars(statement, {"folded": fold(conn, numbers)}).all()
        assert sorted(found) == sorted(numbers)


def test_a_search_narrowed_to_few_asks_no_record_of_the_words_one_by_one(
    databases: dict[str, Database],
) -> None:
    included = SearchFilters(topic=TOPIC, decision=Decision.INCLUDE)
    with databases["sqlite"].reading() as conn:
        steps = _explain(conn, "IN (SELECT screening_decisions", filters=included)
    assert any("ix_screening_decisions_decided" in step for step in steps)
    assert any(step.startswith("LIST SUBQUERY") for step in steps), steps
    assert not [step for step in steps if step.startswith(("CORRELATED", "USE TEMP B-TREE"))]


def _go_through(conn: Connection, filters: SearchFilters) -> Iterator[SearchPage]:
    after = None
    while True:
        page, _ = search_and_count(conn, WORDS, filters=filters, limit=4, after=after)
        yield page
        after = page.after
        if after is None:
            return


def _explain(conn: Connection, part: str, **asked: Any) -> list[str]:
    """Return the steps of the first statement of a search that has ``part`` in it."""
    statements: list[tuple[str, Any]] = []

    def note(conn: Connection, cursor: object, statement: str, values: object, *_: object) -> None:
        statements.append((statement, values))

    event.listen(conn, "before_cursor_execute", note)
    search_and_count(conn, WORDS, **asked)
    event.remove(conn, "before_cursor_execute", note)
    statement, values = next(one for one in statements if part in one[0])
    rows = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    return [str(row[-1]) for row in rows]
