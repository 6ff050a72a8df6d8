"""What there is to do in a topic, how its sweeps stand, and its weeks."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from db import runs, topics
from db.capped_counts import CappedCount, count_up_to
from db.engine import Database
from db.run_hits import list_run_hits
from db.sweep_standings import RunHead, find_gap, list_standings
from db.tables import analyses, findings, readings, screening_decisions, topic_records
from db.topic_overviews import TopicWork, list_work
from db.trends import count_decided, list_weeks
from litsweep.domain.decisions import Stage
from litsweep.domain.strategies import HitState, RunStatus, SearchRoute
from tests.fakes.filled_database import NOW, TOPIC, fill_whole


def _work(database: Database, since: datetime | None) -> TopicWork:
    with database.reading() as conn:
        topic_id = topics.get_topic(conn, TOPIC).topic_id
        return list_work(conn, {topic_id: since})[topic_id]


def test_the_work_of_the_filled_database(database: Database) -> None:
    fill_whole(database)
    before = _work(database, NOW - timedelta(days=1))
    assert (before.n_new, before.n_waiting) == (CappedCount(42), CappedCount(39))
    assert before.n_conflicts[Stage.TITLE_ABSTRACT] == CappedCount(1)
    assert before.n_conflicts[Stage.FULL_TEXT] == CappedCount(0)
    assert _work(database, NOW).n_new == CappedCount(0)
    assert (before.n_retracted, before.n_failed) == (CappedCount(0), CappedCount(0))
    with database.reading() as conn:
        flagged = conn.scalars(
            select(analyses.c.analysis_id)
            .distinct()
            .join(findings, findings.c.analysis_id == analyses.c.analysis_id)
            .where(findings.c.is_flagged)
        ).all()
    assert before.n_flagged.n == len(flagged) > 0


def test_a_text_that_could_not_be_read_is_counted_until_it_is(database: Database) -> None:
    fill_whole(database)
    with database.writing() as conn:
        read = conn.execute(select(readings).order_by(readings.c.reading_id.desc())).first()
        assert read is not None
        failed = dict(read._mapping) | {"reading_id": None, "failure": "no memory"}
        del failed["reading_id"]
        conn.execute(readings.insert().values(failed))
    assert _work(database, None).n_failed == CappedCount(0)
    with database.writing() as conn:
        of_it = readings.c.document_id == read.document_id
        conn.execute(readings.update().where(of_it).values(failure="no memory"))
    assert _work(database, None).n_failed == CappedCount(1)


def test_a_count_stops(database: Database) -> None:
    fill_whole(database)
    with database.reading() as conn:
        found = count_up_to(conn, select(topic_records.c.record_id), most=10)
        whole = count_up_to(conn, select(topic_records.c.record_id), most=42)
    assert (str(found), str(whole)) == ("more than 10", "42")


def test_a_standing_tells_the_newest_runs(database: Database) -> None:
    fill_whole(database)
    with database.reading() as conn:
        topic = topics.get_topic(conn, TOPIC)
        (standing,) = list_standings(conn, [topic])
    assert [head.route for head in standing.newest] == [SearchRoute.CREATED]
    assert standing.was_swept
    assert standing.completed_at is None, "changed records were never searched for"
    with database.writing() as conn:
        changed = topics.change_query(conn, TOPIC, query="other", author="A", reason="wider")
        (standing,) = list_standings(conn, [changed])
    assert standing.newest == ()
    assert standing.was_swept


def test_a_gap_between_complete_nights_is_found() -> None:
    def head(first: int, last: int, status: RunStatus = RunStatus.COMPLETE) -> RunHead:
        return RunHead(
            search_run_id=first,
            route=SearchRoute.CREATED,
            first_day=date(2026, 11, first),
            last_day=date(2026, 11, last),
            status=status,
            error=None,
            started_at=NOW,
            finished_at=NOW,
        )

    assert find_gap([head(1, 3), head(4, 6), head(2, 5)]) is None
    assert find_gap([head(9, 12), head(1, 6)]) == date(2026, 11, 7)
    assert find_gap([head(9, 12), head(7, 8, RunStatus.FAILED), head(1, 6)]) == date(2026, 11, 7)
    assert find_gap([]) is None


def test_weeks_count_what_was_found_and_decided(database: Database) -> None:
    fill_whole(database)
    with database.writing() as conn:
        first = conn.scalar(select(topic_records.c.record_id).limit(1))
        late = topic_records.c.record_id == first
        conn.execute(topic_records.update().where(late).values(is_late=True))
        weeks = list_weeks(conn, TOPIC, today=NOW.date() + timedelta(days=7), n_weeks=3)
    assert [week.monday for week in weeks] == [date(2026, 11, day) for day in (9, 16, 23)]
    assert [(week.n_found, week.n_late) for week in weeks] == [(0, 0), (41, 1), (0, 0)]
    assert [week.n_decided for week in weeks] == [0, 7, 0]


def test_the_identifiers_of_a_run_come_in_pages(database: Database) -> None:
    fill_whole(database)
    with database.reading() as conn:
        first = list_run_hits(conn, 1, state=None, after=0, limit=40)
        rest = list_run_hits(conn, 1, state=HitState.NEW, after=first[-1].pmid, limit=40)
        older = runs.list_runs(conn, before=1)
    assert (len(first), len(rest)) == (40, 2)
    assert all(hit.record_id for hit in [*first, *rest])
    assert older == []


def test_decisions_by_week_go_on_from_the_last_count(database: Database) -> None:
    fill_whole(database)
    today = NOW.date()
    with database.reading() as conn:
        before = count_decided(conn, TOPIC, today=today)
        newest = conn.execute(
            select(screening_decisions).order_by(screening_decisions.c.screening_decision_id.desc())
        ).first()
    assert newest is not None and sum(before.n_decided.values()) > 0
    again = dict(newest._mapping) | {"reviewer": "Somebody Else", "decided_at": NOW}
    again |= {"supersedes_id": None, "undoes_id": None, "is_standing": True}
    again |= {"decision": "unsure", "exclusion_reason": None}
    del again["screening_decision_id"]
    with database.writing() as conn:
        conn.execute(screening_decisions.insert().values(again))
        conn.execute(screening_decisions.insert().values(again | {"reviewer": "A Third"}))
    with database.reading() as conn:
        after = count_decided(conn, TOPIC, today=today, known=before)
        assert after == count_decided(conn, TOPIC, today=today)
        later = count_decided(conn, TOPIC, today=today + timedelta(weeks=1), known=after)
        assert later == count_decided(conn, TOPIC, today=today + timedelta(weeks=1))
    assert sum(after.n_decided.values()) == sum(before.n_decided.values()) + 2
    assert after.until_id == before.until_id + 2
