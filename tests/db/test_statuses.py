"""Statuses of stored records: weighed when either side changes, told once, alerted once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from db.alerts import acknowledge_alert, list_alerts
from db.arrivals import Arrival
from db.deletions import note_deletions, take_back_deletions
from db.engine import Database
from db.records import save_records
from db.runs import close_run
from db.tables import publication_status_changes, records
from litsweep.domain.records import Correction, FetchedRecord, PublicationType, RecordSet
from litsweep.errors import UsageError

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
Deliver = Callable[..., None]


def link(ref_type: str, *, pmid: int | None = None, doi: str | None = None) -> Correction:
    return Correction(ref_type=ref_type, ref_source="J Fict", pmid=pmid, note=None, doi=doi)


@pytest.fixture
def deliver(
    database: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
    make_set: Callable[..., RecordSet],
) -> Deliver:
    """Have a night of its own deliver one record, as the fields say that it is now."""
    nights = iter(range(100))

    def run(pmid: int, **fields: object) -> None:
        now = NOW + timedelta(days=next(nights))
        run_id = start_run(database, (pmid,), now=now)
        with database.writing() as conn:
            fetched = make_record(pmid, **{"corrections": (), **fields})
            save_records(
                conn, run_id, make_set(fetched), requested=(pmid,), now=now, tool_version="1"
            )
            close_run(conn, run_id, now=now)

    return run


def status(database: Database, pmid: int) -> str:
    with database.reading() as conn:
        return str(conn.scalar(select(records.c.publication_status).where(records.c.pmid == pmid)))


def n_alerts(database: Database) -> int:
    with database.reading() as conn:
        return len(list_alerts(conn, include_acknowledged=True))


def test_a_notice_is_found_by_pmid_or_by_doi(database: Database, deliver: Deliver) -> None:
    deliver(1, doi="10.1000/one")
    deliver(2, doi="10.1000/two")
    deliver(8, doi=None, corrections=(link("RetractionOf", pmid=1),))
    deliver(9, doi=None, corrections=(link("ExpressionOfConcernFor", doi="10.1000/two"),))
    assert [status(database, pmid) for pmid in (1, 2, 8, 9)] == [
        "retracted",
        "of_concern",
        "as_published",
        "as_published",
    ]
    with database.reading() as conn:
        told = {alert.pmid: alert.reasons for alert in list_alerts(conn)}
    assert set(told) == {1, 2}
    assert "PMID 8" in told[1][0]


def test_a_notice_that_came_first_waits_for_what_it_speaks_of(
    database: Database, deliver: Deliver
) -> None:
    deliver(9, doi=None, corrections=(link("RetractionOf", pmid=1),))
    deliver(1)
    assert status(database, 1) == "retracted"
    assert n_alerts(database) == 0  # nobody can have used it


def test_both_sides_of_one_retraction_are_told_once(database: Database, deliver: Deliver) -> None:
    deliver(1)
    deliver(1, title="x", corrections=(link("RetractionIn", pmid=9),))
    deliver(9, doi=None, corrections=(link("RetractionOf", pmid=1),))
    types = (PublicationType(name="Retracted Publication", ui="D016441"),)
    deliver(1, title="y", corrections=(link("RetractionIn", pmid=9),), publication_types=types)
    assert n_alerts(database) == 1


def test_an_erratum_changes_the_status_and_alerts_nobody(
    database: Database, deliver: Deliver
) -> None:
    deliver(1)
    deliver(1, corrections=(link("ErratumIn"),))
    assert status(database, 1) == "corrected"
    assert n_alerts(database) == 0


def test_what_gets_worse_alerts_again_and_what_is_lifted_does_not(
    database: Database, deliver: Deliver
) -> None:
    deliver(1)
    for ref_type in ("ExpressionOfConcernIn", "RetractionIn", "ErratumIn"):
        deliver(1, corrections=(link(ref_type),))
    assert status(database, 1) == "corrected"
    with database.reading() as conn:
        changes = conn.execute(
            select(
                publication_status_changes.c.old_status, publication_status_changes.c.new_status
            ).order_by(publication_status_changes.c.publication_status_change_id)
        ).all()
        alerts = list_alerts(conn)
    assert [tuple(map(str, change)) for change in changes] == [
        ("as_published", "of_concern"),
        ("of_concern", "retracted"),
        ("retracted", "corrected"),
    ]
    assert [str(alert.new_status) for alert in alerts] == ["retracted", "of_concern"]


def test_a_deletion_notice_counts_until_the_record_comes_again(
    database: Database, deliver: Deliver, start_run: Callable[..., int]
) -> None:
    deliver(1)
    run_id = start_run(database, ())
    arrival = Arrival(search_run_id=run_id, at=NOW, tool_version="1")
    with database.writing() as conn:
        note_deletions(conn, [1, 77], arrival)
    assert status(database, 1) == "deleted"
    with database.writing() as conn:
        take_back_deletions(conn, [1, 2], arrival)
    assert status(database, 1) == "as_published"


def test_an_alert_stays_until_a_person_takes_note(database: Database, deliver: Deliver) -> None:
    deliver(1)
    deliver(1, corrections=(link("RetractionIn"),))
    with database.reading() as conn:
        (alert,) = list_alerts(conn, topic="asthma")
    with pytest.raises(UsageError, match="Give a name"), database.writing() as conn:
        acknowledge_alert(conn, alert.alert_id, by=" ", note=None, now=NOW)
    with database.writing() as conn:
        taken = acknowledge_alert(conn, alert.alert_id, by="Ada", note="read", now=NOW)
        again = acknowledge_alert(conn, alert.alert_id, by="Bob", note="too", now=NOW)
    assert (taken.acknowledged_by, again.acknowledged_by, again.note) == ("Ada", "Ada", "read")
    assert taken == replace(alert, acknowledged_at=NOW, acknowledged_by="Ada", note="read")
    with database.reading() as conn:
        assert list_alerts(conn) == []
    with pytest.raises(UsageError, match="no alert 99"), database.writing() as conn:
        acknowledge_alert(conn, 99, by="Ada", note=None, now=NOW)
