"""Workers take documents in turn; what a dead or silent one held is taken over; nothing doubles."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from db.documents import load_documents
from db.engine import Database
from db.leases import finish, free_dead_leases, lease, list_held, release, renew
from db.readings import save_reading
from db.records import save_records
from db.rereads import request_rereads
from db.runs import close_run
from db.topics import get_models, set_models
from db.waiting import Scope, Terms, list_choices, list_quarantined, list_waiting
from litsweep.domain.documents import DocumentKind
from litsweep.domain.readings import Reading, Route
from litsweep.domain.records import FetchedRecord, RecordSet
from litsweep.errors import UnknownTopic

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
LASTING = timedelta(minutes=15)
ABSTRACT = DocumentKind.ABSTRACT
SCOPE = Scope(kind=ABSTRACT, topic=None, choice=None)
TERMS = Terms(since=NOW, fingerprint="f")
HERE, THERE = "here/1/1", "there/2/2"

Store = Callable[..., None]


def anybody(owner: str, since: datetime) -> bool:
    return True


def nobody(owner: str, since: datetime) -> bool:
    return False


@pytest.fixture
def store(
    database: Database,
    start_run: Callable[..., int],
    make_set: Callable[..., RecordSet],
    make_record: Callable[..., FetchedRecord],
) -> Store:
    """Store abstracts for a topic."""

    def stored(*pmids: int, topic: str = "asthma") -> None:
        run_id = start_run(database, pmids, topic=topic)
        found = make_set(*(make_record(pmid, title=f"Title {pmid}") for pmid in pmids))
        with database.writing() as conn:
            save_records(conn, run_id, found, requested=pmids, now=NOW, tool_version="0")
            close_run(conn, run_id, now=NOW)

    return stored


def waiting(database: Database, scope: Scope = SCOPE, terms: Terms = TERMS) -> list[int]:
    with database.reading() as conn:
        return [one.document_id for one in list_waiting(conn, scope, terms)]


def take(
    database: Database,
    numbers: list[int],
    owner: str = HERE,
    *,
    terms: Terms = TERMS,
    now: datetime = NOW,
) -> list[int]:
    with database.writing() as conn:
        return lease(conn, SCOPE, numbers, terms, owner=owner, lasting=LASTING, now=now)


def free(database: Database, now: datetime, is_alive: Callable[..., bool] = anybody) -> int:
    with database.writing() as conn:
        return free_dead_leases(conn, ABSTRACT, is_owner_alive=is_alive, now=now)


def read(
    database: Database,
    number: int,
    *,
    fingerprint: str = "f",
    failure: str | None = None,
    now: datetime = NOW,
) -> int:
    with database.writing() as conn:
        ((_, document),) = load_documents(conn, [number])
        reading = Reading(
            document=document, route=Route(model_name=None, reason="r"), failure=failure
        )
        return save_reading(
            conn,
            number,
            reading,
            fingerprint=fingerprint,
            flow_run_id=None,
            tool_version="0",
            now=now,
        )


def test_what_one_took_the_other_does_not_get(database: Database, store: Store) -> None:
    store(1, 2, 3, 4)
    numbers = waiting(database)
    assert take(database, numbers[:3]) == numbers[:3]
    assert take(database, numbers, THERE) == numbers[3:]
    assert waiting(database) == []
    read(database, numbers[0])
    with database.writing() as conn:
        assert list_held(conn, ABSTRACT, numbers, HERE) == set(numbers[:3])
        finish(conn, ABSTRACT, numbers[:1], HERE)
        release(conn, HERE)
    assert waiting(database) == numbers[1:3]


def test_a_lease_ends_without_signs_of_life(database: Database, store: Store) -> None:
    store(1, 2)
    numbers = waiting(database)
    take(database, numbers)
    almost, later = NOW + LASTING - timedelta(seconds=1), NOW + LASTING
    assert free(database, almost) == 0
    with database.writing() as conn:
        assert renew(conn, HERE, lasting=LASTING, now=almost) == 2
    assert free(database, later) == 0
    assert free(database, almost + LASTING) == 2
    assert free(database, almost + LASTING) == 0
    assert take(database, numbers, THERE, now=later) == numbers
    with database.writing() as conn:  # the first one wakes up, and may store nothing
        assert list_held(conn, ABSTRACT, numbers, HERE) == set()
        finish(conn, ABSTRACT, numbers, HERE)
        assert list_held(conn, ABSTRACT, numbers, THERE) == set(numbers)


def test_a_dead_workers_documents_are_free_at_once(database: Database, store: Store) -> None:
    store(1)
    (number,) = waiting(database)
    take(database, [number])
    assert free(database, NOW, nobody) == 1
    assert waiting(database) == [number]


def test_what_kills_its_workers_is_held_back_until_it_is_asked_for(
    database: Database, store: Store
) -> None:
    store(1, 2)
    numbers = waiting(database)
    for n_lost in range(3):
        with database.reading() as conn:
            found = {one.document_id: one.n_lost for one in list_waiting(conn, SCOPE, TERMS)}
        assert found[numbers[0]] == n_lost
        assert take(database, numbers[:1]) == numbers[:1]
        assert free(database, NOW, nobody) == 1
    assert waiting(database) == numbers[1:]
    with database.reading() as conn:
        (held,) = list_quarantined(conn, topic="asthma", kind=ABSTRACT)
    assert (held.document_id, held.pmid) == (numbers[0], 1)
    assert "3 workers died" in held.reason
    ask(database, numbers[:1], NOW)
    assert waiting(database) == numbers


def ask(database: Database, numbers: list[int], now: datetime) -> None:
    with database.writing() as conn:
        request_rereads(conn, ABSTRACT, numbers, reason="r", requested_by="A", now=now)


def test_a_lost_model_counts_and_an_orderly_end_does_not(database: Database, store: Store) -> None:
    store(1)
    (number,) = waiting(database)
    for is_lost, n_lost in ((False, 0), (True, 1), (False, 1)):
        take(database, [number])
        with database.writing() as conn:
            release(conn, HERE, is_lost=is_lost)
            assert [one.n_lost for one in list_waiting(conn, SCOPE, TERMS)] == [n_lost]


def test_what_failed_in_this_night_waits_for_the_next(database: Database, store: Store) -> None:
    store(1)
    (number,) = waiting(database)
    read(database, number, failure="out of memory")
    assert waiting(database) == []
    assert waiting(database, terms=Terms(since=NOW + timedelta(hours=1))) == [number]


def test_three_failures_in_one_way_are_enough(database: Database, store: Store) -> None:
    store(1)
    (number,) = waiting(database)
    tomorrow = NOW + timedelta(days=1)
    terms = Terms(since=tomorrow, fingerprint="f")
    for _ in range(3):
        assert waiting(database, terms=terms) == [number]
        read(database, number, failure="no words")
    assert waiting(database, terms=terms) == []
    assert take(database, [number], terms=terms) == []
    assert waiting(database, terms=Terms(since=tomorrow, fingerprint="another way")) == [number]
    with database.reading() as conn:
        (held,) = list_quarantined(conn, topic=None, kind=ABSTRACT)
        assert list_quarantined(conn, topic=None, kind=DocumentKind.FULL_TEXT) == []
    assert held.reason == "no words"
    for asked in (NOW + timedelta(hours=1), NOW + timedelta(hours=2)):
        ask(database, [number], asked)
        assert waiting(database, terms=terms) == [number]
        for _ in range(3):
            read(database, number, failure="no words", now=asked + timedelta(minutes=1))
        assert waiting(database, terms=terms) == []
    ask(database, [number], NOW + timedelta(hours=3))
    read(database, number, now=NOW + timedelta(hours=4))
    with database.reading() as conn:
        assert list_quarantined(conn, topic=None, kind=ABSTRACT) == []


def test_documents_are_given_by_the_choice_of_their_oldest_topic_that_has_one(
    database: Database, store: Store
) -> None:
    store(1, 2)
    store(2, 3, topic="copd")
    store(3, 4, topic="gout")
    everything = waiting(database)
    with database.writing() as conn:
        assert set_models(conn, "gout", {ABSTRACT: "none"})[ABSTRACT] == "none"
        set_models(conn, "copd", {ABSTRACT: "biogpt", DocumentKind.FULL_TEXT: "auto"})
        assert get_models(conn, "copd") == {ABSTRACT: "biogpt", DocumentKind.FULL_TEXT: "auto"}
    with database.reading() as conn:
        assert list_choices(conn, ABSTRACT, None) == [None, "biogpt", "none"]
        assert list_choices(conn, ABSTRACT, "asthma") == [None, "biogpt"]
        with pytest.raises(UnknownTopic):
            list_choices(conn, ABSTRACT, "nope")
    by_choice = {
        choice: waiting(database, Scope(kind=ABSTRACT, topic=None, choice=choice))
        for choice in (None, "biogpt", "none")
    }
    assert by_choice == {None: everything[:1], "biogpt": everything[1:3], "none": everything[3:]}
    assert take(database, everything) == everything[:1]
    with database.writing() as conn:
        assert set_models(conn, "copd", {ABSTRACT: None})[ABSTRACT] is None
    assert waiting(database, Scope(kind=ABSTRACT, topic=None, choice="none")) == everything[2:]
