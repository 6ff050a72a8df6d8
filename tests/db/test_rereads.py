"""What was read otherwise is read again; the older reading stays, marked; nothing twice."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.documents import load_documents
from db.engine import Database
from db.readings import save_reading
from db.rereads import (
    Selection,
    WayOfReading,
    list_last_readings,
    queue_changed,
    request_rereads,
)
from db.stored_readings import list_latest_readings
from db.tables import readings, reread_requests
from db.waiting import Scope, Terms, list_waiting
from litsweep.domain.readings import Reading, Route
from tests.db.test_leases import ABSTRACT, NOW, SCOPE, Store, store

__all__ = ["store"]

OLD = {"model": "biogpt", "revision": "abc"}
NEW = {"model": "biogpt", "revision": "xyz"}
NONE: dict[str, Any] = {"model": None}


@pytest.fixture
def numbers(database: Database, store: Store) -> list[int]:
    """The documents of three abstracts."""
    store(1, 2, 3)
    with database.reading() as conn:
        return [one.document_id for one in list_waiting(conn, SCOPE, Terms(since=NOW))]


def name(way: Mapping[str, Any]) -> str:
    return "-".join(str(part) for part in way.values())


def read(
    database: Database, number: int, way: dict[str, Any], *, failure: str | None = None
) -> int:
    with database.writing() as conn:
        ((_, document),) = load_documents(conn, [number])
        return save_reading(
            conn,
            number,
            Reading(
                document=document,
                route=Route(model_name=way["model"], reason="r"),
                failure=failure,
            ),
            fingerprint=name(way),
            way=way,
            flow_run_id=None,
            tool_version="0",
            now=NOW,
        )


def changed(way: dict[str, Any]) -> Callable[[WayOfReading], str | None]:
    """A model does not give way to none; else every other way is worse than ``way``."""

    def explain(before: WayOfReading) -> str | None:
        if before.way == way or (before.wrote and way["model"] is None):
            return None
        return f"{name(before.way)} became {name(way)}"

    return explain


def queue(database: Database, way: dict[str, Any], scope: Scope = SCOPE) -> int:
    with database.writing() as conn:
        return queue_changed(
            conn,
            scope,
            explain=changed(way),
            is_same=lambda before: before.way == way,
            requested_by="litsweep 0",
            now=NOW,
        )


def takeable(database: Database, way: dict[str, Any], *others: dict[str, Any]) -> list[int]:
    replaceable = tuple(
        name(one)
        for one in others
        if changed(way)(WayOfReading(fingerprint=name(one), way=one, wrote=bool(one["model"])))
    )
    terms = Terms(since=NOW + timedelta(days=1), fingerprint=name(way), replaceable=replaceable)
    with database.reading() as conn:
        return [one.document_id for one in list_waiting(conn, SCOPE, terms)]


def marks(database: Database) -> dict[int, int | None]:
    with database.reading() as conn:
        rows = conn.execute(select(readings.c.reading_id, readings.c.superseded_by_id))
        return {row.reading_id: row.superseded_by_id for row in rows}


def test_a_new_revision_has_everything_read_again_once(
    database: Database, numbers: list[int]
) -> None:
    first, second, third = numbers
    old = [read(database, number, OLD) for number in (first, second)]
    assert queue(database, NEW) == 2
    assert queue(database, NEW) == 0
    assert takeable(database, NEW, OLD, NEW) == [first, second, third]
    with database.reading() as conn:
        reasons = conn.scalars(select(reread_requests.c.reason).distinct()).all()
    assert reasons == ["biogpt-abc became biogpt-xyz"]
    new = read(database, first, NEW)
    assert read(database, first, NEW) == new
    assert takeable(database, NEW, OLD, NEW) == [second, third]
    assert marks(database) == {old[0]: new, old[1]: None, new: None}
    assert queue(database, NEW) == 0
    with database.reading() as conn:
        (shown,) = list_latest_readings(conn, 1)
        fulfilled = conn.scalars(
            select(reread_requests.c.fulfilled_by_id).where(reread_requests.c.document_id == first)
        ).all()
    assert (shown.reading_id, shown.superseded_by_id) == (new, None)
    assert fulfilled == [new]


def test_a_reading_with_a_model_does_not_give_way_to_one_without(
    database: Database, numbers: list[int]
) -> None:
    first, second, third = numbers
    read(database, first, OLD)
    read(database, second, NONE)
    assert queue(database, NONE) == 0
    assert takeable(database, NONE, OLD, NONE) == [third]
    assert queue(database, OLD) == 1
    # Queued by a machine with a model: one without it leaves the document to that one.
    assert takeable(database, NONE, OLD, NONE) == [third]
    assert takeable(database, OLD, OLD, NONE) == [second, third]


def test_a_way_that_comes_back_is_shown_again_and_not_read_again(
    database: Database, numbers: list[int]
) -> None:
    first = numbers[0]
    old, new = read(database, first, OLD), read(database, first, NEW)
    assert marks(database) == {old: new, new: None}
    assert queue(database, OLD) == 0
    assert marks(database) == {old: None, new: old}
    with database.reading() as conn:
        (shown,) = list_latest_readings(conn, 1)
    assert shown.reading_id == old


def test_a_failed_reading_neither_supersedes_nor_fulfils(
    database: Database, numbers: list[int]
) -> None:
    first = numbers[0]
    old = read(database, first, OLD)
    queue(database, NEW)
    failed = read(database, first, NEW, failure="out of memory")
    assert marks(database) == {old: None, failed: None}
    assert first in takeable(database, NEW, OLD, NEW)


def test_readings_are_selected_by_day_model_and_topic(
    database: Database, numbers: list[int], store: Store
) -> None:
    store(3, topic="copd")
    read(database, numbers[0], OLD)
    read(database, numbers[1], NEW)
    read(database, numbers[2], NONE)

    def select_by(**options: Any) -> list[int]:
        with database.reading() as conn:
            found = list_last_readings(conn, Selection(kind=ABSTRACT, **options))
        return [one.document_id for one in found]

    assert select_by() == numbers
    assert select_by(since=NOW) == numbers
    assert select_by(since=NOW + timedelta(seconds=1)) == []
    assert select_by(model_id="biogpt") == numbers[:2]
    assert select_by(model_id="biogpt", revision="xy") == numbers[1:2]
    assert select_by(model_id="another") == []
    assert select_by(topic="copd") == numbers[2:]


def test_a_person_may_ask_twice_and_one_request_is_open(
    database: Database, numbers: list[int]
) -> None:
    read(database, numbers[0], OLD)
    for reason in ("first", "second"):
        with database.writing() as conn:
            request_rereads(conn, ABSTRACT, numbers[:1], reason=reason, requested_by="A", now=NOW)
    with database.reading() as conn:
        assert conn.scalars(select(reread_requests.c.reason)).all() == ["second"]
    assert numbers[0] in takeable(database, NEW, OLD)
    assert numbers[0] not in takeable(database, OLD, OLD)
