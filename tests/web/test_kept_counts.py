"""A count that takes long is made once for all who look, and anew when something has changed."""

import threading
from datetime import timedelta

import pytest

from db.engine import Connection, Database
from db.screening import decide
from litsweep.domain.decisions import Decision, NewDecision, Stage
from litsweep_app.web import kept_counts
from litsweep_app.web.kept_counts import KeptCounts
from tests.fakes.filled_database import NOW, TOPIC


class _Counting:
    """Counts how often it is asked; waits for ``may_end`` each time."""

    def __init__(self) -> None:
        self.n_asked = 0
        self.has_begun, self.may_end = threading.Event(), threading.Event()
        self.may_end.set()

    def __call__(self, conn: Connection, topic: str, viewer: str | None) -> int:
        self.n_asked += 1
        self.has_begun.set()
        assert self.may_end.wait(60)
        return self.n_asked


def _find(database: Database, counts: KeptCounts[int]) -> int:
    with database.reading() as conn:
        return counts.find(conn, TOPIC).found


def _decide(database: Database, record_id: int = 1) -> None:
    new = NewDecision(
        record_id=record_id,
        stage=Stage.TITLE_ABSTRACT,
        decision=Decision.UNSURE,
        reviewer="Somebody new",
        decided_at=NOW + timedelta(minutes=1),
    )
    with database.writing() as conn:
        decide(conn, TOPIC, new, expected_id=None, tool_version="t")


def test_nothing_is_counted_twice_while_nothing_changes(database: Database) -> None:
    counting = _Counting()
    counts = KeptCounts(counting)
    assert [_find(database, counts) for _ in range(3)] == [1, 1, 1]


def test_a_decision_is_counted(database: Database) -> None:
    counts = KeptCounts(_Counting())
    assert _find(database, counts) == 1
    _decide(database)
    assert _find(database, counts) == 2


def test_what_took_long_is_used_again_for_a_while(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_counts, "_LITTLE_S", -1.0)
    monkeypatch.setattr(kept_counts, "_USED_FOR", 1e9)
    counts = KeptCounts(_Counting())
    assert _find(database, counts) == 1
    _decide(database)
    assert _find(database, counts) == 1
    with database.reading() as conn:
        exact = [counts.find(conn, TOPIC, is_exact=True).found for _ in range(2)]
    assert exact == [2, 2]
    _decide(database, record_id=2)
    monkeypatch.setattr(kept_counts, "_USED_FOR", 0)
    assert _find(database, counts) == 3


def test_one_counts_and_the_others_wait_or_see_what_was_counted_before(database: Database) -> None:
    counting = _Counting()
    counts = KeptCounts(counting)
    counting.may_end.clear()
    found: list[int] = []
    visitors = [
        threading.Thread(target=lambda: found.append(_find(database, counts))) for _ in range(4)
    ]
    for one in visitors:
        one.start()
    assert counting.has_begun.wait(60)
    counting.may_end.set()
    for one in visitors:
        one.join(60)
    assert found == [1, 1, 1, 1]
    _decide(database)
    counting.has_begun.clear()
    counting.may_end.clear()
    first = threading.Thread(target=lambda: found.append(_find(database, counts)))
    first.start()
    assert counting.has_begun.wait(60)
    assert _find(database, counts) == 1
    counting.may_end.set()
    first.join(60)
    assert found[-1] == 2


def test_of_many_topics_the_last_ones_are_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_counts, "_MOST_KEPT", 1)
    counts = KeptCounts(_Counting(), lambda conn, topic: ())
    with database.reading() as conn:
        for topic in (TOPIC, "other", TOPIC):
            counts.find(conn, topic)
        assert counts.find(conn, TOPIC).found == 3
