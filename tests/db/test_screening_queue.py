"""The queue shows each person what waits for them, once, and nobody the same at once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from db.engine import Database
from db.records import get_record
from db.screening_protocols import set_protocol
from db.screening_queue import CLAIM_HOLDS, claim, count_waiting, list_queue
from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.records import FetchedRecord
from litsweep.domain.screening import ScreeningRules
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


def test_the_newest_comes_first_and_what_is_decided_no_more(screened: Database) -> None:
    with screened.writing() as conn:
        assert [get_record(conn, pmid).record_id for pmid in range(1, 7)] == [1, 2, 3, 4, 5, 6]
        assert queue(conn) == [6, 5, 4, 3, 2, 1]
        decide(conn, 6)
        decide(conn, 4, Decision.EXCLUDE, "Ben")
        assert queue(conn) == [5, 3, 2, 1]
