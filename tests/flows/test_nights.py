"""Nights in a row: what comes late, changes, is retracted, vanishes or stays away is noticed.

A night is two steps of a calendar: the sandbox's library becomes that day's, and the clock of
the sweep goes on. Day 0 is 60 days ago, so that no date lies in the future.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from db.alerts import acknowledge_alert, list_alerts
from db.discoveries import list_discoveries
from db.engine import Database
from db.hits import list_hits
from db.runs import list_runs
from db.tables import topics
from flows.sweep import sweep
from litsweep.domain.publication_status import PublicationStatus
from litsweep.domain.strategies import HitOrigin, HitState, RunStatus, SearchRoute, SearchRun
from litsweep_app import sandbox
from litsweep_app.sandbox import Fault, FaultKind, FaultSchedule, SandboxAddress
from tests.fakes.dated_records import dated_record, deletion, write_day
from tests.flows.conftest import Serve
from tests.flows.nights import count, query, stored_pmids

pytestmark = pytest.mark.usefixtures("recorded")

START = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(60)
Night = Callable[..., list[SearchRun]]


def day(offset: int) -> date:
    return START.date() + timedelta(offset)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A record of long ago, two of the first window, one of the first day."""
    write_day(
        tmp_path / "ncbi" / "before",
        dated_record(1, day(-3000)),
        dated_record(2, day(-20)),
        dated_record(3, day(-10), doi="10.1000/three"),
        dated_record(4, day(0)),
    )
    return tmp_path / "ncbi"


@pytest.fixture
def night(
    database: Database, data: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Night]:
    """Sweep as on a day, on the library of that day; returns the runs in their order."""
    running: list[SandboxAddress] = []

    def run(offset: int, *, faults: FaultSchedule | None = None) -> list[SearchRun]:
        with sandbox.running([data], day=offset, faults=faults, enforce_rate_limit=False) as ncbi:
            running.append(ncbi)
            for name in ("eutils", "pmc_cloud", "europe_pmc"):
                url = getattr(ncbi, f"{name}_url")
                monkeypatch.setenv(f"LITSWEEP_{name.upper()}_URL", url)
            monkeypatch.setattr("tasks.identify.datetime", _clock(START + timedelta(offset)))
            with database.reading() as conn:
                before = {one.search_run_id for one in list_runs(conn)}
            sweep("everything", None, None, False, return_state=True)
        with database.reading() as conn:
            made = [one for one in list_runs(conn) if one.search_run_id not in before]
        return made[::-1]

    with database.writing() as conn:
        conn.execute(topics.update().values(created_at=START))
    (data / "day-1").mkdir(exist_ok=True)  # a calendar needs a day
    with serve(data):  # for its settings
        pass
    yield run


def _clock(moment: datetime) -> type[datetime]:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return moment

    return Clock


def routes(database: Database) -> dict[int | None, tuple[SearchRoute, bool, int | None]]:
    with database.reading() as conn:
        found = list_discoveries(conn, "everything")
    return {one.pmid: (one.route, one.is_late, one.lag_days) for one in found}


def statuses(database: Database) -> dict[int, str]:
    return dict(query(database, "SELECT pmid, publication_status FROM records"))


def test_the_first_night_knows_history_and_fetches_the_window(
    database: Database, night: Night
) -> None:
    undated, created, modified = night(0)
    assert (undated.route, undated.n_ids, undated.n_known) == (SearchRoute.UNDATED, 4, 4)
    assert (created.route, created.n_new) == (SearchRoute.CREATED, 3)
    assert modified.route is SearchRoute.MODIFIED
    assert {run.status for run in (undated, created, modified)} == {RunStatus.COMPLETE}
    assert stored_pmids(database) == [2, 3, 4]


def test_every_way_of_coming_late_is_found_and_kept(
    database: Database, data: Path, night: Night
) -> None:
    night(0)
    # Within the overlap; beyond it and dated as changed; beyond it without any date of change.
    write_day(
        data / "day-1",
        dated_record(11, day(-5)),
        dated_record(12, day(-25), revised_on=day(1)),
        dated_record(13, day(-25)),
        dated_record(14, day(1)),
    )
    night(1)
    assert stored_pmids(database) == [2, 3, 4, 11, 12, 14]
    undated = night(31)[1]
    assert (undated.route, undated.n_new, undated.n_known) == (SearchRoute.UNDATED, 1, 7)
    found = routes(database)
    assert found[4] == (SearchRoute.CREATED, False, 0)
    assert found[11] == (SearchRoute.CREATED, True, 6)
    assert found[12] == (SearchRoute.MODIFIED, True, 26)
    assert found[13] == (SearchRoute.UNDATED, True, 56)
    assert found[14] == (SearchRoute.CREATED, False, 0)
    assert 1 not in found  # history was never new


def test_changes_of_history_that_was_never_fetched_are_left_alone(
    database: Database, data: Path, night: Night
) -> None:
    night(0)
    write_day(data / "day-1", dated_record(1, day(-3000), revised_on=day(1), title="Reindexed"))
    modified = night(1)[-1]
    with database.reading() as conn:
        assert 1 in list_hits(conn, modified.search_run_id, HitState.KNOWN)
    assert stored_pmids(database) == [2, 3, 4]


def test_a_change_of_an_older_record_adds_a_version_that_says_what_changed(
    database: Database, data: Path, night: Night
) -> None:
    night(0)
    write_day(data / "day-1", dated_record(2, day(-20), revised_on=day(1), title="Corrected title"))
    created, modified = night(1)
    assert (created.n_ids, modified.n_changed) == (2, 1)
    ((changes,),) = query(database, "SELECT changes FROM record_versions WHERE version = 2")
    assert '"title"' in changes
    assert "Lorvexine for tremor 2" in changes
    assert "Corrected title 2" in changes
    assert '"revised_on"' in changes


def test_a_record_fetched_tonight_is_not_fetched_again_for_its_change(
    database: Database, data: Path, night: Night
) -> None:
    night(0)
    write_day(data / "day-1", dated_record(4, day(0), revised_on=day(1), title="Changed"))
    created, modified = night(1)
    assert created.n_changed == 1
    assert (modified.n_known, modified.n_fetched) == (modified.n_ids, 0)


@pytest.mark.parametrize("is_notice_first", [True, False])
def test_a_retraction_is_noticed_from_either_side_and_alerts_until_acknowledged(
    database: Database, data: Path, night: Night, is_notice_first: bool
) -> None:
    night(0)
    notice = dated_record(21, day(1), title="Retraction", link=("RetractionOf", 2))
    article = dated_record(2, day(-20), revised_on=day(2), link=("RetractionIn", 21))
    first, second = (notice, article) if is_notice_first else (article, notice)
    write_day(data / "day-1", first)
    night(1 if is_notice_first else 2)
    assert statuses(database)[2] == "retracted"
    write_day(data / "day-2", second)
    night(3)
    assert statuses(database) == {
        2: "retracted",
        3: "as_published",
        4: "as_published",
        21: "as_published",
    }
    with database.reading() as conn:
        (alert,) = list_alerts(conn)
    assert (alert.pmid, alert.new_status) == (2, PublicationStatus.RETRACTED)
    with database.writing() as conn:
        acknowledge_alert(conn, alert.alert_id, by="Ada", note="seen", now=START)
    with database.reading() as conn:
        assert list_alerts(conn) == []
        assert list_alerts(conn, include_acknowledged=True)[0].acknowledged_by == "Ada"


def test_a_record_that_is_retracted_when_it_first_comes_alerts_nobody(
    database: Database, data: Path, night: Night
) -> None:
    write_day(data / "day-1", dated_record(22, day(0), link=("RetractionIn", 99)))
    night(1)
    assert statuses(database)[22] == "retracted"
    assert count(database, "alerts") == 0


def test_what_does_not_come_is_asked_for_again_the_next_night(
    database: Database, data: Path, night: Night
) -> None:
    lost = Fault(
        endpoint=sandbox.Endpoint.EFETCH, kind=FaultKind.DROP_RECORDS, calls="always", pmids=(2,)
    )
    _, created, _ = night(0, faults=FaultSchedule(faults=(lost,)))
    assert (created.status, created.n_absent) == (RunStatus.COMPLETE, 1)
    assert stored_pmids(database) == [3, 4]
    again, _ = night(20)  # its day of creation is far behind the window by now
    with database.reading() as conn:
        came = list_hits(conn, again.search_run_id, HitState.NEW, origin=HitOrigin.ASKED_AGAIN)
    assert came == [2]
    assert (again.n_ids, again.n_beside, again.n_beside_absent) == (2, 1, 0)
    assert routes(database)[2][:2] == (SearchRoute.ASKED_AGAIN, True)
    after, _ = night(21)
    assert after.n_beside == 0


def test_a_record_that_pubmed_deletes_is_noticed_kept_and_alerted(
    database: Database, data: Path, night: Night
) -> None:
    night(0)
    write_day(data / "day-1", deletion(2))
    night(1)
    assert statuses(database)[2] == "as_published"  # no search has reason to ask for it
    created, undated, _ = night(30)
    assert created.n_beside == 0
    with database.reading() as conn:
        gone = list_hits(conn, undated.search_run_id, HitState.ABSENT, origin=HitOrigin.GONE)
    assert gone == [2]
    assert query(database, "SELECT * FROM deleted_pmids") == []  # one night may be a slip
    night(31)
    assert statuses(database)[2] == "deleted"
    with database.reading() as conn:
        assert [alert.pmid for alert in list_alerts(conn)] == [2]
    write_day(data / "day-32", dated_record(2, day(-20)))
    night(32)
    assert statuses(database)[2] == "as_published"
    assert 2 in stored_pmids(database)


def test_missed_nights_stretch_the_window_and_say_so(database: Database, night: Night) -> None:
    night(0)
    created = night(5)[0]
    assert created.window is not None
    assert created.window.first_day == day(-14)
    assert any("4 missed nights" in warning for warning in created.warnings)


def test_an_outage_in_the_middle_leaves_every_window_open(
    database: Database, data: Path, night: Night
) -> None:
    down = Fault(endpoint=sandbox.Endpoint.EFETCH, kind=FaultKind.HTTP_503, calls="always")
    runs = night(0, faults=FaultSchedule(faults=(down,)))
    assert [run.status for run in runs] == [RunStatus.COMPLETE, RunStatus.FAILED]
    assert stored_pmids(database) == []
    write_day(data / "day-9", dated_record(31, day(5)))
    runs = night(9)
    assert [run.route for run in runs] == [SearchRoute.CREATED, SearchRoute.MODIFIED]
    assert runs[0].window is not None
    assert runs[0].window.first_day <= day(-30)
    assert stored_pmids(database) == [2, 3, 4, 31]
