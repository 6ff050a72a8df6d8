"""Slots in PostgreSQL; time passes by moving what is stored, since the clock is the server's."""

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from db.engine import Database, open_database
from db.rate_limits import TableSlots
from litsweep.errors import DatabaseError
from litsweep.sources.throttle import ProcessSlots, Throttle, Turn

HELD_S = 2.0


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Database]:
    opened = open_database(postgresql_url)
    yield opened
    opened.close()


@pytest.fixture
def let_pass(database: Database) -> Callable[[float], None]:
    def pass_(seconds: float) -> None:
        with database.beside_writers() as conn:
            conn.execute(text(f"UPDATE request_slots SET next_start = next_start - {seconds}"))

    return pass_


def taken(turn: Turn | None) -> Turn:
    assert turn is not None
    return turn


def test_whoever_uses_the_database_shares_its_slots(
    database: Database, postgresql_url: str
) -> None:
    elsewhere = open_database(postgresql_url)
    one, other = TableSlots(database, "key"), TableSlots(elsewhere, "key")
    assert {taken(one.take(2, HELD_S)).slot, taken(other.take(2, HELD_S)).slot} == {0, 1}
    assert one.take(2, HELD_S) is None
    assert 1.0 < other.seconds_until_free(2) <= HELD_S
    assert taken(TableSlots(database, "another key").take(2, HELD_S))
    elsewhere.close()


def test_a_slot_is_free_a_while_after_its_reply(
    database: Database, let_pass: Callable[[float], None]
) -> None:
    slots = TableSlots(database, "key")
    slots.give_back(taken(slots.take(1, 60.0)), 1.0)
    assert slots.take(1, HELD_S) is None
    let_pass(1.0)
    assert slots.take(1, HELD_S)


def test_a_killed_holder_loses_its_slot_in_time(
    database: Database, let_pass: Callable[[float], None]
) -> None:
    slots = TableSlots(database, "key")
    turn = taken(slots.take(1, HELD_S))
    let_pass(HELD_S)
    assert slots.take(1, HELD_S)
    slots.give_back(turn, 0.0)  # it was not dead but slow, and the slot is another's now
    assert slots.take(1, HELD_S) is None


def test_closing_is_for_all_and_is_not_undone_by_a_reply(
    database: Database, let_pass: Callable[[float], None]
) -> None:
    slots, other = TableSlots(database, "key"), TableSlots(database, "key")
    turn = taken(slots.take(12, HELD_S))
    slots.close(0, 30.0)
    slots.give_back(turn, 0.0)
    assert 28.0 < other.seconds_until_free(12) <= 30.0
    let_pass(30.0)
    slots.close(3, 30.0)
    slots.close(0, 0.0)
    assert [other.take(12, HELD_S) is None for _ in range(4)] == [False, False, False, True]


def test_a_clock_that_is_set_back_closes_nothing_for_long(
    database: Database, let_pass: Callable[[float], None]
) -> None:
    slots = TableSlots(database, "key")
    slots.take(1, HELD_S)
    let_pass(-3600.0)
    assert slots.seconds_until_free(1) == 0.0
    assert slots.take(1, HELD_S)


def test_nobody_waits_for_the_one_writer(database: Database) -> None:
    slots = TableSlots(database, "key")
    with database.writing():
        turn = taken(slots.take(1, HELD_S))
        slots.give_back(turn, 0.0)


def test_threads_take_each_slot_once_and_close_without_a_deadlock(database: Database) -> None:
    numbers: list[int] = []

    def work() -> None:
        slots = TableSlots(database, "key")
        for _ in range(10):
            turn = slots.take(20, 60.0)
            numbers.extend([turn.slot] if turn else [])
            slots.close(20, 1.0)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(20))


def test_an_emptied_table_is_filled_again(database: Database) -> None:
    slots = TableSlots(database, "key")
    throttle = Throttle(3.0, slots=slots)
    throttle.replied(throttle.wait())
    with database.writing() as conn:
        conn.execute(text("DELETE FROM request_slots"))
    throttle.replied(throttle.wait())
    assert 0.0 <= slots.seconds_until_free(3) < 3.0


def test_a_lost_database_stops_nobody(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    with database.writing() as conn:
        conn.execute(text("DROP TABLE request_slots"))
    slots = TableSlots(database, "key")
    with pytest.raises(DatabaseError):
        slots.take(1, HELD_S)
    throttle = Throttle(3.0, slots=slots, fallback=ProcessSlots())
    throttle.replied(throttle.wait())
    assert "cannot be shared through the database postgresql" in caplog.text
