"""A dry run says what would be done and stores nothing; a wrong value is refused first."""

from datetime import date
from pathlib import Path

import pytest

from db import topics
from db.engine import Database
from db.waiting import Scope
from flows.plans import build_rows, conclude, describe
from litsweep.domain.documents import DocumentKind
from litsweep.errors import UnknownModel, UnknownTopic, UsageError
from tasks import checking
from tasks.planning import plan_backfill, plan_night
from tasks.policies import current_settings, overriding
from tasks.ways import plan_reading
from tests.fakes.pubmed_files import write_readable_record, write_records
from tests.flows.conftest import Serve
from tests.flows.nights import add_topic, count


def test_a_plan_counts_and_stores_nothing(database: Database, tmp_path: Path, serve: Serve) -> None:
    write_records(tmp_path / "ncbi", range(1, 6))
    write_readable_record(tmp_path / "ncbi", 11)
    add_topic(database, "broken", "tremor AND (")
    with serve(tmp_path / "ncbi"):
        plan = plan_night(["broken", "everything"], None, None, reading_of=[None])
        history = list(plan_backfill("everything", date(2020, 1, 1), date(2020, 2, 1), days=31))
    counted = {one.n_counted for one in plan.searches if one.topic == "everything"}
    assert 6 in counted
    (problem,) = plan.problems
    assert "'tremor AND ('" in problem
    assert conclude(plan).startswith("Dry run: 6 searches are due, PubMed counts ")
    assert any("without days: PubMed counts 6" in line for line in describe(plan))
    assert len(build_rows(plan)) == len(plan.searches) + len(plan.readings)
    assert [one.days for one in history] == [
        "crdt 2020-01-01 to 2020-01-31",
        "crdt 2020-02-01 to 2020-02-01",
    ]
    assert [count(database, table) for table in ("search_runs", "records", "reread_requests")] == [
        0,
        0,
        0,
    ]


def test_the_model_of_the_run_is_stronger_than_that_of_the_topic(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITSWEEP_SUMMARY_MODEL", "none")
    scope = Scope(kind=DocumentKind.ABSTRACT, topic="everything", choice="gpt-9")
    with overriding(summary_model="none"):
        planned = plan_reading(scope, current_settings())
    assert planned.options.choice.reason == "The run's summary_model says none."
    with pytest.raises(UnknownModel, match="The topic is wrong"):
        plan_reading(scope, current_settings())


@pytest.mark.usefixtures("database")
def test_wrong_values_are_named_with_what_there_is() -> None:
    with pytest.raises(UnknownTopic, match=r"'everythin'.*Did you mean 'everything'.*There are"):
        checking.check_topics(["everythin"])
    with pytest.raises(UsageError, match=r"ends \(2026-01-31\) before it begins \(2026-02-01\)"):
        checking.check_days(date(2026, 2, 1), date(2026, 1, 31))
    with pytest.raises(UnknownModel, match=r"run's summary_model is wrong.*'gpt-9'.*biogpt.*none"):
        checking.check_models("gpt-9", None, reads_here=False)
    checking.check_models("auto", "none", reads_here=False)
    checking.check_models("biogpt", None, reads_here=False)  # a worker elsewhere may have it


def test_a_retired_topic_is_not_searched_for(database: Database) -> None:
    with database.writing() as conn:
        topics.retire_topic(conn, "everything", author="a test", reason="over")
    with pytest.raises(UsageError, match="was retired on"):
        checking.check_topics(["everything"])
