"""The flow's numbers: each record in one place, and the sums that the diagram promises."""

from sqlalchemy import select

from db.duplicates import mark_by_person
from db.engine import Database
from db.prisma_flow import NOT_SOUGHT, FlowCounts, count_flow
from db.screening_progress import count_decisions
from db.tables import records, topic_records
from litsweep.domain.decisions import Stage
from tests.fakes.filled_database import NOW, TOPIC, fill_whole


def _require_sums(flow: FlowCounts) -> None:
    removed = flow.n_duplicates + flow.n_automation + flow.n_deleted
    assert flow.n_identified == removed + flow.n_to_screen
    screened, assessed = flow.screened, flow.assessed
    assert flow.n_to_screen == flow.n_unscreened + screened.n_open + screened.n_settled
    done = assessed.n_open + assessed.n_settled
    assert flow.n_sought == flow.n_not_retrieved + flow.n_unassessed + done
    assert sum(n for _, n in flow.excluded) == assessed.n_excluded


def test_the_flow_of_the_filled_database(database: Database) -> None:
    fill_whole(database)
    with database.reading() as conn:
        flow = count_flow(conn, TOPIC)
        n_found = len(conn.scalars(select(topic_records.c.record_id)).all())
        by_title, _ = count_decisions(conn, TOPIC)
    _require_sums(flow)
    assert flow.n_identified == n_found == 42
    assert by_title.stage is Stage.TITLE_ABSTRACT
    assert (flow.screened.n_included, flow.screened.n_excluded) == (1, 1)
    assert (flow.screened.n_conflicts, flow.screened.n_unsure) == (1, 1)
    assert flow.n_unscreened == by_title.n_waiting == 38


def test_duplicates_leave_the_flow_with_their_decisions_counted_once(database: Database) -> None:
    fill_whole(database)
    with database.writing() as conn:
        first, second = conn.scalars(
            select(records.c.record_id).order_by(records.c.pmid).limit(2)
        ).all()
        mark_by_person(conn, second, first, by="Ada", reason="the same", now=NOW)
        flow = count_flow(conn, TOPIC)
    _require_sums(flow)
    assert flow.n_duplicates == 1
    assert flow.screened.n_settled + flow.screened.n_open == 3


def test_what_was_deleted_is_removed_and_not_waiting(database: Database) -> None:
    fill_whole(database)
    with database.writing() as conn:
        last = conn.scalar(select(records.c.record_id).order_by(records.c.pmid.desc()).limit(1))
        conn.execute(
            records.update().where(records.c.record_id == last).values(publication_status="deleted")
        )
        flow = count_flow(conn, TOPIC)
    _require_sums(flow)
    assert (flow.n_deleted, flow.n_unscreened) == (1, 37)


def test_a_report_that_is_not_there_has_its_reason(database: Database) -> None:
    fill_whole(database)
    with database.writing() as conn:
        conn.execute(records.update().values(pmcid="PMC1"))
        conn.exec_driver_sql("DELETE FROM retrievals")
        first = conn.scalar(select(records.c.record_id).order_by(records.c.pmid).limit(1))
        flow = count_flow(conn, TOPIC)
        has_report = conn.exec_driver_sql(
            f"SELECT count(*) FROM reports WHERE record_id = {first}"
        ).scalar_one()
    _require_sums(flow)
    assert has_report == flow.n_unassessed
    assert flow.not_retrieved == (() if has_report else ((NOT_SOUGHT, 1),))
