"""Agreement is of what people said before they could know of each other."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from db.agreement import measure_agreement
from db.decisions import undo_decision
from db.engine import Database
from litsweep.domain.agreement import AgreementTable
from litsweep.domain.decisions import Decision, DecisionOrigin, Stage
from litsweep.domain.records import FetchedRecord
from litsweep.errors import UnknownTopic
from tests.fakes.screened_topic import LATER, TOPIC, decide, fill_topic

INCLUDE, EXCLUDE, UNSURE = Decision.INCLUDE, Decision.EXCLUDE, Decision.UNSURE
STAGE = Stage.TITLE_ABSTRACT


@pytest.fixture
def screened(
    database: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
) -> Database:
    return fill_topic(database, start_run, make_record)


def tables(conn: Connection, stage: Stage = STAGE) -> dict[str, AgreementTable]:
    found = measure_agreement(conn, TOPIC, stage)
    return {f"{one.first} and {one.second}": one.table for one in found}


def test_each_pair_is_compared_over_what_both_decided(screened: Database) -> None:
    with screened.writing() as conn:
        assert tables(conn) == {}
        for pmid, ada, ben in (
            (1, INCLUDE, INCLUDE),
            (2, INCLUDE, EXCLUDE),
            (3, EXCLUDE, INCLUDE),
            (4, EXCLUDE, EXCLUDE),
            (5, UNSURE, EXCLUDE),
        ):
            decide(conn, pmid, ada, "Ada")
            decide(conn, pmid, ben, "Ben")
        decide(conn, 6, INCLUDE, "Ada")
        decide(conn, 1, EXCLUDE, "Cleo")
        assert tables(conn) == {
            "Ada and Ben": AgreementTable(
                both_include=1, only_first=1, only_second=1, both_exclude=1, n_unsure=1
            ),
            "Ada and Cleo": AgreementTable(
                both_include=0, only_first=1, only_second=0, both_exclude=0
            ),
            "Ben and Cleo": AgreementTable(
                both_include=0, only_first=1, only_second=0, both_exclude=0
            ),
        }
        assert tables(conn, Stage.FULL_TEXT) == {}


def test_who_gives_way_later_does_not_raise_it(screened: Database) -> None:
    with screened.writing() as conn:
        decide(conn, 1, INCLUDE, "Ada")
        decide(conn, 1, EXCLUDE, "Ben")
        before = tables(conn)
        decide(conn, 1, INCLUDE, "Ben")
        decide(conn, 1, EXCLUDE, "Lea", is_adjudication=True)
        assert tables(conn) == before
        assert before["Ada and Ben"].only_first == 1


def test_a_slip_that_was_undone_and_a_change_in_time_do_not_count(screened: Database) -> None:
    with screened.writing() as conn:
        decide(conn, 1, EXCLUDE, "Ada")
        decide(conn, 1, INCLUDE, "Ada")
        slip = decide(conn, 1, EXCLUDE, "Ben")
        undo_decision(conn, slip, by="Ben", origin=DecisionOrigin.DESK, tool_version="t", now=LATER)
        assert tables(conn) == {}
        decide(conn, 1, INCLUDE, "Ben")
        assert tables(conn)["Ada and Ben"] == AgreementTable(
            both_include=1, only_first=0, only_second=0, both_exclude=0
        )


def test_an_unknown_topic_is_told(screened: Database) -> None:
    with screened.reading() as conn, pytest.raises(UnknownTopic):
        measure_agreement(conn, "nothing", STAGE)
