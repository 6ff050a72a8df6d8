"""What people ask of one record: which model reads it, and what is shown afterwards."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from db.asked_readings import (
    ask_for_reading,
    list_named_requests,
    list_open_requests,
    list_readings,
    withdraw_request,
)
from db.documents import load_documents
from db.engine import Connection, Database
from db.readings import save_reading
from db.rereads import queue_changed, request_rereads, show_asked_again
from db.stored_readings import list_latest_readings
from db.tables import documents, reread_requests
from db.waiting import Scope, Terms, count_unread, list_asked_models, list_waiting
from litsweep.domain.documents import DocumentKind
from litsweep.domain.readings import Reading, Route
from litsweep.errors import UnknownRecord, UsageError
from tests.db.test_leases import ABSTRACT, NOW, SCOPE, Store, store

__all__ = ["store"]

TERMS = Terms(since=NOW + timedelta(days=1))
ASKED = Scope(kind=ABSTRACT, topic=None, choice="biogpt", is_asked=True)


@pytest.fixture
def record_id(database: Database, store: Store) -> int:
    """A record whose abstract was read without a model, beside another."""
    store(1, 2)
    with database.writing() as conn:
        (first, second) = [one.document_id for one in list_waiting(conn, SCOPE, TERMS)]
        for number in (first, second):
            read(conn, number, None)
        return int(
            conn.scalar(select(documents.c.record_id).where(documents.c.document_id == first)) or 0
        )


def read(conn: Connection, number: int, model: str | None, asked: str | None = None) -> int:
    ((_, document),) = load_documents(conn, [number])
    return save_reading(
        conn,
        number,
        Reading(document=document, route=Route(model_name=model, reason="r")),
        fingerprint=str(model),
        way={"model": model},
        flow_run_id=None,
        tool_version="0",
        now=NOW,
        asked_model=asked,
    )


def ask(conn: Connection, record_id: int, model: str = "biogpt", by: str = "Ada") -> None:
    ask_for_reading(
        conn, record_id, ABSTRACT, model=model, reason=" doubts ", requested_by=by, now=NOW
    )


def waiting(conn: Connection, scope: Scope) -> list[int]:
    return [one.document_id for one in list_waiting(conn, scope, TERMS)]


def shown(conn: Connection, record_id: int) -> str | None:
    return list_latest_readings(conn, record_id)[0].reading.route.model_name


def test_only_the_model_that_was_asked_for_answers(database: Database, record_id: int) -> None:
    with database.writing() as conn:
        ask(conn, record_id)
        (asked,) = list_open_requests(conn, record_id)
        assert (asked.model, asked.reason, asked.requested_by) == ("biogpt", "doubts", "Ada")
        assert list_asked_models(conn, ABSTRACT, "asthma") == ["biogpt"]
        assert list_asked_models(conn, DocumentKind.FULL_TEXT, None) == []
        (number,) = waiting(conn, ASKED)
        better = Terms(since=TERMS.since, replaceable=("None",))
        assert list_waiting(conn, SCOPE, better) == [], "it is not another model's to answer"
        assert count_unread(conn, ABSTRACT, None) == 1
        read(conn, number, "biogpt-large")
        assert list_named_requests(conn) == [asked]
        read(conn, number, "biogpt", asked="biogpt")
        assert (list_named_requests(conn), waiting(conn, ASKED)) == ([], [])
        lines = list_readings(conn, record_id, ABSTRACT)
    assert [(one.model_name, one.is_shown, one.asked_by) for one in lines] == [
        ("biogpt", True, "Ada"),
        ("biogpt-large", False, None),
        (None, False, None),
    ]


def test_what_a_person_asked_for_is_no_change_to_be_mended(
    database: Database, record_id: int
) -> None:
    with database.writing() as conn:
        ask(conn, record_id)
        read(conn, waiting(conn, ASKED)[0], "biogpt", asked="biogpt")
        n_queued = queue_changed(
            conn,
            SCOPE,
            explain=lambda before: "another way",
            is_same=lambda before: before.way["model"] is None,
            requested_by="litsweep 0",
            now=NOW,
        )
        assert (n_queued, shown(conn, record_id)) == (0, "biogpt")


def test_a_reading_that_was_made_so_once_is_shown_again(database: Database, record_id: int) -> None:
    with database.writing() as conn:
        ask(conn, record_id)
        read(conn, waiting(conn, ASKED)[0], "biogpt", asked="biogpt")
        ask(conn, record_id, "none", by="Ben")
        as_before = Scope(kind=ABSTRACT, topic=None, choice="none", is_asked=True)
        n_answered = show_asked_again(
            conn, as_before, is_same=lambda before: before.way["model"] is None
        )
        assert (n_answered, shown(conn, record_id)) == (1, None)
        assert list_open_requests(conn, record_id) == []


def test_a_newer_request_takes_the_place_of_one_but_many_at_once_do_not(
    database: Database, record_id: int
) -> None:
    with database.writing() as conn:
        ask(conn, record_id)
        ask(conn, record_id, "biomedlm", by="Ben")
        number = conn.scalar(select(reread_requests.c.document_id))
        assert number is not None
        request_rereads(conn, ABSTRACT, [number], reason="all", requested_by="Cy", now=NOW)
        (asked,) = list_open_requests(conn, record_id)
    assert (asked.model, asked.requested_by) == ("biomedlm", "Ben")


def test_a_request_is_taken_back_by_who_made_it_or_a_lead(
    database: Database, record_id: int
) -> None:
    with database.writing() as conn:
        for may_any, by in ((False, "Ada"), (True, "Lea")):
            ask(conn, record_id)
            (asked,) = list_open_requests(conn, record_id)
            with pytest.raises(UsageError, match="Ada asked for it"):
                withdraw_request(conn, asked.request_id, by="Ben", now=NOW)
            withdraw_request(conn, asked.request_id, by=by, now=NOW, may_any=may_any)
            assert (list_open_requests(conn, record_id), waiting(conn, ASKED)) == ([], [])
            with pytest.raises(UnknownRecord):
                withdraw_request(conn, asked.request_id, by=by, now=NOW)
        reasons = set(conn.scalars(select(reread_requests.c.reason)))
    assert f"doubts (of biogpt; taken back by Lea, {NOW:%Y-%m-%d})" in reasons


def test_what_cannot_be_asked_is_refused(database: Database, record_id: int) -> None:
    with database.writing() as conn:
        with pytest.raises(UnknownRecord):
            ask(conn, 10**6)
        for kind, reason, told in (
            (ABSTRACT, " ", "Say why"),
            (DocumentKind.FULL_TEXT, "r", "no full text"),
        ):
            with pytest.raises(UsageError, match=told):
                ask_for_reading(
                    conn, record_id, kind, model="none", reason=reason, requested_by="A", now=NOW
                )
