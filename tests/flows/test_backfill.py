"""A topic's history: windows side by side, beside a sweep, left out when done, gone on with."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from db import runs, topics
from db.engine import Database
from db.windows import DueSearch, eastern_day, list_backfill
from flows.backfill import backfill, backfill_window
from litsweep.domain.strategies import DateField, DateWindow, RunStatus, SearchRoute, SearchRun
from litsweep.errors import UsageError
from tasks import identify
from tests.fakes.meddled_ncbi import Question
from tests.flows.conftest import Serve
from tests.flows.nights import stored_pmids

pytestmark = pytest.mark.usefixtures("recorded")

SINCE, UNTIL = date(2020, 1, 1), date(2020, 3, 31)
RECORD = """<PubmedArticle><MedlineCitation><PMID Version="1">{pmid}</PMID><Article>
<ArticleTitle>Lorvexine</ArticleTitle></Article></MedlineCitation><PubmedData><History>
<PubMedPubDate PubStatus="entrez"><Year>2020</Year><Month>{month}</Month><Day>{day}</Day>
</PubMedPubDate></History></PubmedData></PubmedArticle>"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Ninety records, thirty of each month."""
    folder = tmp_path / "ncbi"
    folder.mkdir()
    made = [
        RECORD.format(pmid=1000 * month + day, month=month, day=min(day, 29))
        for month in (1, 2, 3)
        for day in range(1, 31)
    ]
    (folder / "records.xml").write_text(f"<PubmedArticleSet>{''.join(made)}</PubmedArticleSet>")
    return folder


def run_backfill(**options: int) -> State[Any]:
    return backfill("everything", SINCE, UNTIL, **options, return_state=True)


def list_windows(database: Database) -> list[SearchRun]:
    with database.reading() as conn:
        return runs.list_runs(conn)[::-1]


def due(database: Database, days: int = 31) -> list[str]:
    with database.reading() as conn:
        strategy = topics.get_topic(conn, "everything").strategy
        found = list_backfill(conn, strategy, SINCE, UNTIL, days=days)
    return [str(search.window) for search in found]


def test_every_window_is_a_run_of_its_own_and_all_is_stored(
    database: Database, data: Path, serve: Serve
) -> None:
    with serve(data):
        state = run_backfill()
    assert state.is_completed(), state.message
    assert len(stored_pmids(database)) == 90
    made = list_windows(database)
    assert {(run.route, run.status) for run in made} == {(SearchRoute.BACKFILL, RunStatus.COMPLETE)}
    assert sorted(str(run.window) for run in made) == [
        "crdt 2020-01-01 to 2020-01-31",
        "crdt 2020-02-01 to 2020-03-02",
        "crdt 2020-03-03 to 2020-03-31",
    ]
    assert sum(run.n_new for run in made) == 90

    # Again, also in other windows: nothing is left to search.
    with serve(data):
        assert run_backfill().is_completed()
        assert run_backfill(days=50).is_completed()
    assert len(list_windows(database)) == 3
    assert due(database) == []


def test_a_window_that_fails_is_named_and_searched_by_the_next_backfill(
    database: Database, data: Path, serve: Serve
) -> None:
    def fail_february(question: Question) -> Question | int:
        return 503 if "2020/02/01" in str(question) else question

    with serve(data, meddle=fail_february):
        state = run_backfill(workers=3)
    assert state.is_failed()
    assert "2 of 3 windows are complete" in str(state.message)
    assert "crdt 2020-02-01 to 2020-03-02: " in str(state.message)
    assert due(database) == ["crdt 2020-02-01 to 2020-03-02"]
    n_before = len(list_windows(database))
    with serve(data):
        assert run_backfill().is_completed()
    assert len(list_windows(database)) == n_before + 1
    assert len(stored_pmids(database)) == 90


def test_windows_go_side_by_side_and_beside_a_sweep(
    database: Database, data: Path, serve: Serve
) -> None:
    day = date(2020, 1, 1)
    window = DateWindow(date_field=DateField.CRDT, first_day=day, last_day=day)
    nightly = DueSearch(route=SearchRoute.CREATED, window=window)
    with serve(data):
        run_id = identify.open_run("everything", nightly)
        assert run_backfill(workers=3).is_completed()
        identify.close_run(run_id, error="a test")
    assert len(stored_pmids(database)) == 90


def test_a_changed_query_is_searched_anew(database: Database, data: Path, serve: Serve) -> None:
    with serve(data):
        assert run_backfill().is_completed()
        with database.writing() as conn:
            topics.change_query(conn, "everything", query="lorvexine", author="A", reason="test")
        assert len(due(database)) == 3


def test_one_window_can_be_run_alone(database: Database, data: Path, serve: Serve) -> None:
    with serve(data):
        state = backfill_window("everything", SINCE, date(2020, 1, 31), return_state=True)
        again = backfill_window("everything", SINCE, date(2020, 1, 31), return_state=True)
    assert (state.message, again.message) == ("30 new", "complete already")
    assert due(database) == ["crdt 2020-02-01 to 2020-03-02", "crdt 2020-03-03 to 2020-03-31"]


def test_days_that_were_not_over_when_they_were_searched_are_not_done(
    database: Database, data: Path, serve: Serve
) -> None:
    today = eastern_day(datetime.now(UTC))
    with serve(data):
        backfill_window("everything", today, today, return_state=True)
    with database.reading() as conn:
        strategy = topics.get_topic(conn, "everything").strategy
        assert len(list_backfill(conn, strategy, today, today, days=1)) == 1


def test_impossible_windows_are_told(database: Database) -> None:
    with database.reading() as conn:
        strategy = topics.get_topic(conn, "everything").strategy
        with pytest.raises(UsageError, match=r"ends .* before it begins"):
            list_backfill(conn, strategy, UNTIL, SINCE, days=31)
        with pytest.raises(UsageError, match="0 days"):
            list_backfill(conn, strategy, SINCE, UNTIL, days=0)
