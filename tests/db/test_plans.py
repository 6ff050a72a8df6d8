"""What is asked again and again goes by an index that only has what stands, on SQLite.

SQLAlchemy writes ``is_standing = 1`` for a Boolean column, and SQLite then leaves an index with
the condition ``is_standing`` unused: a page would look at every decision of a topic.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, event

from db.conflicts import list_settlements
from db.decisions import find_standing
from db.engine import Database
from db.list_choices import RecordList, list_reasons
from db.own_decisions import count_decided
from db.record_lists import AskedList, list_records
from db.screening import find_last_undoable
from db.search import search_and_count
from db.search_filters import UNDECIDED, SearchFilters
from db.topic_overviews import has_includes
from db.topics import add_topic
from db.trends import DecidedByWeek
from db.trends import count_decided as count_decided_by_week
from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.publication_status import PublicationStatus
from tests.db.conftest import NOW

TOPIC, STAGE, WHO = "one", Stage.TITLE_ABSTRACT, "Ada"


def _ask_list(kind: RecordList) -> Callable[[Connection], object]:
    asked = AskedList(topic=TOPIC, kind=kind, viewer=WHO, stage=STAGE)
    return lambda conn: list_records(conn, asked)


def _search(**narrowed: Any) -> Callable[[Connection], object]:
    filters = SearchFilters(topic=TOPIC, **narrowed)
    return lambda conn: search_and_count(conn, "delirium", filters=filters)


_COUNTED = DecidedByWeek(
    since=datetime(2026, 5, 25, tzinfo=UTC), until_id=7, n_decided={date(2026, 6, 1): 7}
)

HOT: dict[str, tuple[Callable[[Connection], object], str]] = {
    "how many one decided": (
        lambda conn: count_decided(conn, TOPIC, STAGE, WHO),
        "USING INDEX ix_screening_decisions_own",
    ),
    "what one decided last": (_ask_list(RecordList.MINE), "USING INDEX ix_screening_decisions_own"),
    "what one settled last": (
        lambda conn: list_settlements(conn, TOPIC, STAGE, WHO),
        "USING INDEX ix_screening_decisions_own",
    ),
    "what stands of one on a record": (
        lambda conn: find_standing(conn, TOPIC, 1, STAGE, WHO),
        "USING INDEX uq_screening_decisions_standing",
    ),
    "why records are excluded": (
        lambda conn: list_reasons(conn, TOPIC, STAGE, WHO),
        "ix_screening_decisions_decided",
    ),
    "whether anything is included": (
        lambda conn: has_includes(conn, 1, STAGE),
        "USING INDEX ix_screening_decisions_decided",
    ),
    "what one said last, replaced ones too": (
        lambda conn: find_last_undoable(conn, WHO, TOPIC, STAGE),
        "ix_screening_decisions_reviewer (reviewer=? AND screening_decision_id<?)",
    ),
    "how many decisions there were since": (
        lambda conn: count_decided_by_week(conn, TOPIC, today=NOW.date(), known=_COUNTED),
        "SEARCH screening_decisions USING INTEGER PRIMARY KEY (rowid>?)",
    ),
    "words of what is included": (
        _search(decision=Decision.INCLUDE),
        "ix_screening_decisions_decided",
    ),
    "words of what nobody decided upon": (
        _search(decision=UNDECIDED),
        "ix_topic_records_waiting",
    ),
    "words of what is retracted": (
        _search(statuses=(PublicationStatus.RETRACTED,)),
        "ix_records_spoken_against",
    ),
    "what could not be read": (_ask_list(RecordList.FAILED), "ix_readings_failed"),
}


@pytest.fixture
def conn(sqlite_database: Database) -> Iterator[Connection]:
    with sqlite_database.writing() as found:
        add_topic(found, name=TOPIC, query="x", author="A", reason="r", now=NOW)
    with sqlite_database.reading() as found:
        yield found


@pytest.mark.parametrize(("ask", "index"), HOT.values(), ids=list(HOT))
def test_what_is_hot_goes_by_its_index(
    conn: Connection, ask: Callable[[Connection], object], index: str
) -> None:
    steps = _explain(conn, ask)
    assert any(index in step for step in steps), "\n".join(steps)
    scanned = (
        "SCAN screening_decisions",
        "SCAN documents",
        "SCAN readings USING COVERING INDEX sq",
    )
    assert not [step for step in steps if step.startswith(scanned)]


def _explain(conn: Connection, ask: Callable[[Connection], object]) -> list[str]:
    """Return the steps of the plans of all statements that are executed."""
    asked: list[tuple[str, object]] = []

    def note(conn: Connection, cursor: object, statement: str, values: object, *_: object) -> None:
        asked.append((statement, values))

    event.listen(conn, "before_cursor_execute", note)
    ask(conn)
    event.remove(conn, "before_cursor_execute", note)
    assert asked
    return [
        str(row[-1])
        for statement, values in asked
        for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
    ]
