"""The queue shows each person what waits for them, once, and nobody the same at once."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import Connection, make_url, text

from db import screening_queue
from db.duplicates import mark_by_person
from db.engine import Database
from db.records import get_record
from db.screening_protocols import set_protocol
from db.screening_queue import CLAIM_HOLDS, claim, count_waiting, list_queue
from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.records import FetchedRecord
from litsweep.domain.screening import ScreeningRules
from litsweep.errors import UsageError
from tests.fakes.screened_topic import LATER, TOPIC, decide, fill_topic

ABSTRACT, FULL = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT


@pytest.fixture
def screened(
    database: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
) -> Database:
    return fill_topic(database, start_run, make_record)


def ask_for(conn: Connection, n_reviewers: int) -> None:
    rules = ScreeningRules(n_reviewers=n_reviewers)
    set_protocol(conn, TOPIC, rules, author="Lea", reason="two people", now=LATER)


def queue(
    conn: Connection,
    who: str = "Ada",
    stage: Stage = ABSTRACT,
    after: str | None = None,
    minutes: float = 0,
) -> list[int]:
    """Return the PMIDs of the whole queue, which are the numbers of the records here."""
    now = LATER + timedelta(minutes=minutes)
    found = list_queue(conn, TOPIC, stage, who, now=now, after=after, limit=50)
    counted = count_waiting(conn, TOPIC, stage, who, now=now)
    if after is None:
        assert (counted.n_records, counted.is_exact) == (len(found), True)
    return [one.record_id for one in found]


def test_what_left_the_topic_is_no_place_in_its_queue(
    screened: Database, database_url: str
) -> None:
    with screened.writing() as conn:
        decide(conn, 3)
        claim(conn, TOPIC, FULL, "Ada", 3, LATER)
    _take_out_of_topics(screened, database_url, 3)
    with screened.writing() as conn:
        assert queue(conn) == [6, 5, 4, 2, 1]
        assert queue(conn, stage=FULL) == []


def _take_out_of_topics(database: Database, database_url: str, record_id: int) -> None:
    """Do what no verb does and no constraint allows: what a repair by hand leaves behind."""
    statement = f"DELETE FROM topic_records WHERE record_id = {record_id}"
    if database.dialect == "sqlite":
        with closing(sqlite3.connect(str(make_url(database_url).database))) as plain, plain:
            plain.execute(statement)
        return
    with database.writing() as conn:
        conn.execute(text("SET LOCAL session_replication_role = replica"))
        conn.execute(text(statement))


def test_the_newest_comes_first_and_what_is_decided_no_more(screened: Database) -> None:
    with screened.writing() as conn:
        assert [get_record(conn, pmid).record_id for pmid in range(1, 7)] == [1, 2, 3, 4, 5, 6]
        assert queue(conn) == [6, 5, 4, 3, 2, 1]
        decide(conn, 6)
        decide(conn, 4, Decision.EXCLUDE, "Ben")
        assert queue(conn) == [5, 3, 2, 1]


def test_what_the_person_is_unsure_about_comes_last(screened: Database) -> None:
    with screened.writing() as conn:
        decide(conn, 6, Decision.UNSURE)
        decide(conn, 4, Decision.UNSURE, "Ben")
        assert queue(conn) == [5, 4, 3, 2, 1, 6]
        assert queue(conn, "Ben") == [6, 5, 3, 2, 1, 4]
        (last,) = list_queue(conn, TOPIC, ABSTRACT, "Ada", now=LATER, after="record-1", limit=1)
        assert last.record_id == 5
        first_unsure = list_queue(conn, TOPIC, ABSTRACT, "Ada", now=LATER, limit=6)[-1]
        assert (first_unsure.record_id, first_unsure.is_unsure) == (6, True)
        assert queue(conn, after=first_unsure.place) == [5, 4, 3, 2, 1, 6]


def test_what_was_passed_by_comes_round_again(screened: Database) -> None:
    with screened.writing() as conn:
        first = list_queue(conn, TOPIC, ABSTRACT, "Ada", now=LATER, limit=3)
        assert queue(conn, after=first[-1].place) == [3, 2, 1, 6, 5, 4]
        for pmid in (1, 2, 3, 5, 6):
            decide(conn, pmid)
        assert queue(conn, after=first[-1].place) == [4]


@pytest.mark.parametrize(
    "place", ["", "record-", "record-x", "record-7", "unsure-٣", "a-1", "9" * 99]
)
def test_what_is_no_place_is_refused(screened: Database, place: str) -> None:
    with screened.reading() as conn, pytest.raises(UsageError):
        queue(conn, after=place)


def test_nobody_is_shown_what_another_has_before_their_eyes(screened: Database) -> None:
    with screened.writing() as conn:
        claim(conn, TOPIC, ABSTRACT, "Ben", 6, LATER)
        assert queue(conn) == [5, 4, 3, 2, 1]
        assert queue(conn, "Ben")[0] == 6
        claim(conn, TOPIC, ABSTRACT, "Ben", 4, LATER)
        assert queue(conn) == [6, 5, 3, 2, 1]
        assert queue(conn, "Ben") == [4, 6, 5, 3, 2, 1]
        minutes = CLAIM_HOLDS / timedelta(minutes=1)
        assert queue(conn, minutes=minutes) == [6, 5, 3, 2, 1]
        assert queue(conn, minutes=minutes + 1) == [6, 5, 4, 3, 2, 1]


def test_two_people_have_a_record_each_of_two_places(screened: Database) -> None:
    with screened.writing() as conn:
        ask_for(conn, 2)
        claim(conn, TOPIC, ABSTRACT, "Ben", 6, LATER)
        assert 6 in queue(conn)
        decide(conn, 6, reviewer="Ben")
        assert 6 in queue(conn)  # who has decided takes no second place
        claim(conn, TOPIC, ABSTRACT, "Cleo", 6, LATER)
        assert 6 not in queue(conn)
        assert 6 not in queue(conn, "Ben")
        decide(conn, 6, Decision.EXCLUDE, "Cleo")
        assert 6 not in queue(conn, minutes=60)


def test_deleted_records_and_duplicates_of_the_topic_stay_out(screened: Database) -> None:
    with screened.writing() as conn:
        conn.exec_driver_sql("UPDATE records SET publication_status = 'deleted' WHERE pmid = 6")
        mark_by_person(conn, 5, 4, by="Op", reason="told twice", now=LATER)
        assert queue(conn) == [4, 3, 2, 1]
        conn.exec_driver_sql("UPDATE records SET publication_status = 'deleted' WHERE pmid = 4")
        assert queue(conn) == [5, 3, 2, 1]


def test_at_the_full_text_waits_what_was_included(screened: Database) -> None:
    with screened.writing() as conn:
        assert queue(conn, stage=FULL) == []
        for pmid in (2, 3, 5):
            decide(conn, pmid)
        decide(conn, 4, Decision.EXCLUDE)
        assert queue(conn, stage=FULL) == [5, 3, 2]
        decide(conn, 5, Decision.EXCLUDE, "Ben", stage=FULL, exclusion_reason="dose")
        decide(conn, 2, Decision.UNSURE, stage=FULL)
        assert queue(conn, stage=FULL) == [3, 2]
        assert queue(conn, "Ben", FULL, after="record-3") == [2, 3]
        ask_for(conn, 2)
        assert queue(conn, stage=FULL) == []  # one person alone has included them
        decide(conn, 5, reviewer="Ben")
        decide(conn, 3, Decision.EXCLUDE, "Ben")
        assert queue(conn, stage=FULL) == [5]  # about 3 they disagree
        assert queue(conn, "Ben", FULL) == []


def test_a_long_way_is_gone_in_pieces(
    database: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
) -> None:
    """A hundred records are more than a piece: what was decided among them is passed over."""
    fill_topic(database, start_run, make_record, pmids=range(1, 101))
    with database.writing() as conn:
        ask_for(conn, 2)
        for pmid in range(3, 101):
            decide(conn, pmid)
        assert queue(conn, after="record-100") == [2, 1]
        assert queue(conn, after="record-2") == [1, 2]
        assert queue(conn, "Ben", after="record-60")[:2] == [59, 58]
        counted = count_waiting(conn, TOPIC, ABSTRACT, "Ben", now=LATER, at_most=70)
        assert (counted.n_records, counted.is_exact) == (70, False)


def test_who_comes_back_goes_on_from_where_they_were(
    screened: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screening_queue, "_N_NEWEST", 1)
    with screened.writing() as conn:
        ask_for(conn, 2)
        decide(conn, 6)
        decide(conn, 3)
        assert queue(conn) == [2, 1, 5, 4]  # on from the last decision
        claim(conn, TOPIC, ABSTRACT, "Ada", 5, LATER)
        assert queue(conn, minutes=60) == [4, 2, 1, 5]  # the record where they were
