from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from db.alerts import acknowledge_alert, list_alerts
from db.digests import build_digest
from db.engine import Database
from db.records import save_records
from db.results import get_card
from db.runs import close_run, find_last_complete, list_runs, mark_absent
from litsweep.domain.digests import Digest
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.records import Correction, FetchedRecord, RecordFailure, RecordSet
from litsweep.domain.strategies import DateField, DateWindow, RunStatus, SearchRoute
from litsweep.errors import UnknownTopic, UsageError
from tests.db.conftest import NOW

A_DAY = timedelta(days=1)
StartRun = Callable[..., int]
MakeRecord = Callable[..., FetchedRecord]
MakeSet = Callable[..., RecordSet]
Night = Callable[..., int]


@pytest.fixture
def night(database: Database, start_run: StartRun, make_set: MakeSet) -> Night:
    """Run one search of one night to its end: records that come, PMIDs that do not."""

    def night(
        *came: FetchedRecord,
        absent: tuple[int, ...] = (),
        failures: tuple[RecordFailure, ...] = (),
        now: datetime = NOW,
        **options: object,
    ) -> int:
        broken = tuple(failure.pmid for failure in failures if failure.pmid)
        pmids = (*(one.record.pmid for one in came), *absent, *broken)
        run_id = start_run(database, pmids, now=now, **options)
        with database.writing() as conn:
            save_records(
                conn,
                run_id,
                make_set(*came, failures=failures),
                requested=pmids,
                now=now,
                tool_version="0",
            )
            mark_absent(conn, run_id, now)
            close_run(conn, run_id, now=now)
        return run_id

    return night


def digest(database: Database, **options: object) -> Digest:
    with database.reading() as conn:
        return build_digest(conn, **options)  # type: ignore[arg-type]


def retracted(make_record: MakeRecord, pmid: int) -> FetchedRecord:
    notice = Correction(ref_type="RetractionIn", ref_source="J Fict", pmid=99, note=None)
    return make_record(pmid, title="Told again", corrections=(notice,))


def test_without_a_run_there_is_nothing(database: Database) -> None:
    empty = digest(database)
    assert (empty.runs, empty.new, empty.alerts, empty.n_unread) == ((), (), (), 0)
    with pytest.raises(UnknownTopic):
        digest(database, topic="nix")


def test_a_night_is_told_whole(database: Database, night: Night, make_record: MakeRecord) -> None:
    night(make_record(1), make_record(2), now=NOW - A_DAY)
    run_id = night(
        retracted(make_record, 1),
        make_record(2),
        make_record(3),
        absent=(4,),
        failures=(RecordFailure(pmid=5, reason="broken", raw_xml=b"<x>"),),
    )
    told = digest(database)
    assert [run.search_run_id for run in told.runs] == [run_id]
    assert [(one.topic, one.pmid, one.route) for one in told.new] == [
        ("asthma", 3, SearchRoute.CREATED)
    ]
    (changed,) = told.changed
    assert (changed.pmid, changed.version) == (1, 2)
    (status,) = told.status_changes
    assert (status.pmid, status.new_status) == (1, PublicationStatus.RETRACTED)
    assert [(gap.pmid, gap.topic) for gap in told.absent] == [(4, "asthma")]
    assert [(gap.pmid, gap.reason) for gap in told.unreadable] == [(5, "broken")]
    assert [alert.pmid for alert in told.alerts] == [1]
    assert told.n_unread == 3


def test_runs_are_chosen_by_night_by_day_and_by_number(database: Database, night: Night) -> None:
    first = night(now=NOW - 3 * A_DAY)
    evening = night(now=NOW - timedelta(hours=11), topic="copd")
    last = night(now=NOW)

    def chosen(**options: object) -> list[int]:
        return [run.search_run_id for run in digest(database, **options).runs]

    assert chosen() == [evening, last]
    assert chosen(topic="asthma") == [last]
    assert chosen(since=NOW - 3 * A_DAY) == [first, evening, last]
    assert chosen(since=NOW - 2 * A_DAY) == [evening, last]
    assert chosen(n_runs=1) == [last]
    with database.reading() as conn:
        assert [one.search_run_id for one in list_runs(conn, since=NOW, limit=9)] == [last]


def test_a_late_record_is_marked(database: Database, night: Night, make_record: MakeRecord) -> None:
    night(now=NOW)
    night(make_record(7, created_on=date(2026, 11, 1)), now=NOW + A_DAY)
    (new,) = digest(database).new
    assert (new.is_late, new.lag_days) == (True, 21)


def test_an_alert_stays_open_until_somebody_takes_note(
    database: Database, night: Night, make_record: MakeRecord
) -> None:
    night(make_record(1), now=NOW - A_DAY)
    night(retracted(make_record, 1), now=NOW)
    night(retracted(make_record, 1), now=NOW + A_DAY)
    with database.reading() as conn:
        (alert,) = list_alerts(conn)
        card = get_card(conn, 1)
    assert (alert.pmid, alert.topics, alert.acknowledged_at) == (1, ("asthma",), None)
    assert alert.old_status is PublicationStatus.AS_PUBLISHED
    assert alert.new_status is PublicationStatus.RETRACTED
    assert alert.reasons == ("It says RetractionIn: PMID 99, J Fict.",)
    assert card.open_alerts == (alert,)
    assert [one.new_status for one in card.status_changes] == [PublicationStatus.RETRACTED]
    with database.writing() as conn:
        noted = acknowledge_alert(conn, alert.alert_id, by="Ada", note="left out", now=NOW)
        again = acknowledge_alert(conn, alert.alert_id, by="Bob", note=None, now=NOW + A_DAY)
    assert (noted.acknowledged_by, noted.note, noted.acknowledged_at) == ("Ada", "left out", NOW)
    assert again == noted
    with database.reading() as conn:
        assert list_alerts(conn) == []
        assert list_alerts(conn, include_acknowledged=True) == [noted]
        assert get_card(conn, 1).open_alerts == ()


def test_alerts_are_of_a_topic(database: Database, night: Night, make_record: MakeRecord) -> None:
    night(make_record(1), now=NOW - A_DAY)
    night(retracted(make_record, 1), topic="copd")
    night(topic="gout")
    with database.reading() as conn:
        (alert,) = list_alerts(conn, topic="asthma")
        assert alert.topics == ("asthma", "copd")
        assert list_alerts(conn, topic="gout") == []
        with pytest.raises(UnknownTopic):
            list_alerts(conn, topic="nix")


@pytest.mark.parametrize(("number", "by"), [(1, " "), (7, "Ada")])
def test_a_wrong_acknowledgement_is_refused(database: Database, number: int, by: str) -> None:
    with pytest.raises(UsageError), database.writing() as conn:
        acknowledge_alert(conn, number, by=by, note=None, now=NOW)


def test_a_record_that_comes_retracted_raises_no_alert(
    database: Database, night: Night, make_record: MakeRecord
) -> None:
    night(retracted(make_record, 1))
    told = digest(database)
    assert (told.alerts, told.status_changes) == ((), ())
    assert [one.publication_status for one in told.new] == [PublicationStatus.RETRACTED]


def test_the_last_complete_run_of_the_same_kind_is_found(database: Database, night: Night) -> None:
    def last(run_id: int) -> int | None:
        with database.reading() as conn:
            found = find_last_complete(conn, run_id)
        return found.search_run_id if found else None

    modified = DateWindow(
        date_field=DateField.MDAT, first_day=date(2026, 11, 1), last_day=date(2026, 11, 22)
    )
    first = night()
    incomplete = night(failures=(RecordFailure(pmid=5, reason="broken", raw_xml=b"<x>"),))
    other_route = night(window=modified, route=SearchRoute.MODIFIED)
    other_topic = night(topic="copd")
    third = night()
    with database.reading() as conn:
        assert list_runs(conn)[3].status is RunStatus.INCOMPLETE
    assert last(first) is None
    assert last(incomplete) == first
    assert (last(other_route), last(other_topic)) == (None, None)
    assert last(third) == first
