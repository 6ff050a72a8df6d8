"""How far the screening has come; a duplicate counts for the record that is kept."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from db.decisions import list_decisions
from db.duplicates import mark_by_person
from db.engine import Database
from db.records import get_record
from db.screening_progress import StageProgress, count_decisions, list_conflicts
from litsweep.domain.decisions import Decision, Stage
from litsweep.domain.records import FetchedRecord
from litsweep.errors import UnknownTopic
from tests.fakes.filled_database import TOPIC as EVERYTHING
from tests.fakes.screened_topic import NOW, TOPIC, decide, fill_topic


@pytest.fixture
def screened(
    database: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
) -> Database:
    return fill_topic(database, start_run, make_record)


def figures(one: StageProgress) -> tuple[int, ...]:
    counted = (one.n_included, one.n_excluded, one.n_conflicts, one.n_unsure, one.n_waiting)
    assert one.n_records == sum(counted)
    return counted


def mark(conn: Connection, pmid: int, of: int) -> None:
    duplicate, kept = (get_record(conn, one).record_id for one in (pmid, of))
    mark_by_person(conn, duplicate, kept, by="Op", reason="told twice", now=NOW)


def test_a_filled_database(filled_database: Database) -> None:
    with filled_database.reading() as conn:
        at_abstract, at_full_text = count_decisions(conn, EVERYTHING)
        (conflict,) = list_conflicts(conn)
    assert figures(at_abstract) == (1, 1, 1, 1, 38)
    assert figures(at_full_text) == (0, 0, 0, 0, 1)
    ada, ben = at_abstract.reviewers
    assert (ada.n_included, ada.n_excluded, ada.n_unsure, ada.n_waiting) == (2, 1, 1, 38)
    assert (ben.n_included, ben.n_excluded, ben.n_unsure, ben.n_waiting) == (1, 1, 0, 40)
    assert (conflict.topic, conflict.pmid, conflict.stage) == (
        EVERYTHING,
        99000002,
        Stage.TITLE_ABSTRACT,
    )
    assert [one.reviewer for one in conflict.decisions] == [ada.reviewer, ben.reviewer]


def test_nobody_has_decided(screened: Database) -> None:
    with screened.reading() as conn:
        at_abstract, at_full_text = count_decisions(conn, TOPIC)
        assert list_conflicts(conn, topic=TOPIC) == []
    assert (figures(at_abstract), at_abstract.reviewers) == ((0, 0, 0, 0, 6), ())
    assert figures(at_full_text) == (0, 0, 0, 0, 0)


def test_a_decision_about_a_duplicate_counts_for_the_record_that_is_kept(
    screened: Database,
) -> None:
    with screened.writing() as conn:
        decide(conn, 2, Decision.INCLUDE, "Ada")
        decide(conn, 1, Decision.EXCLUDE, "Ben")
        assert figures(count_decisions(conn, TOPIC)[0]) == (1, 1, 0, 0, 4)
        assert list_conflicts(conn, topic=TOPIC) == []
        mark(conn, 2, of=1)
        assert figures(count_decisions(conn, TOPIC)[0]) == (0, 0, 1, 0, 4)
        (conflict,) = list_conflicts(conn, topic=TOPIC, stage=Stage.TITLE_ABSTRACT)
        assert conflict.pmid == 1
        assert {one.reviewer for one in conflict.decisions} == {"Ada", "Ben"}
        # The decisions themselves stay with the records that they were made about.
        number = get_record(conn, 2).record_id
        assert [one.reviewer for one in list_decisions(conn, record_id=number)] == ["Ada"]
        assert list_conflicts(conn, topic=TOPIC, stage=Stage.FULL_TEXT) == []


def test_what_is_included_waits_at_the_full_text(screened: Database) -> None:
    with screened.writing() as conn:
        decide(conn, 1)
        decide(conn, 2)
        decide(conn, 2, Decision.EXCLUDE, stage=Stage.FULL_TEXT)
        decide(conn, 3, Decision.EXCLUDE)
        assert figures(count_decisions(conn, TOPIC)[1]) == (0, 1, 0, 0, 1)


def test_what_pubmed_has_deleted_does_not_wait(screened: Database) -> None:
    with screened.writing() as conn:
        decide(conn, 1)
        conn.exec_driver_sql("UPDATE records SET publication_status = 'deleted' WHERE pmid < 3")
        assert figures(count_decisions(conn, TOPIC)[0]) == (1, 0, 0, 0, 4)


def test_one_person_alone_is_no_conflict(screened: Database) -> None:
    with screened.writing() as conn:
        decide(conn, 1)
        decide(conn, 1, Decision.EXCLUDE)
        decide(conn, 1, Decision.UNSURE, "Ben")
        assert list_conflicts(conn) == []
        assert figures(count_decisions(conn, TOPIC)[0]) == (0, 1, 0, 0, 5)


def test_an_unknown_topic_is_told(screened: Database) -> None:
    with screened.reading() as conn:
        with pytest.raises(UnknownTopic):
            count_decisions(conn, "nothing")
        with pytest.raises(UnknownTopic):
            list_conflicts(conn, topic="nothing")
