"""What PubMed makes of a query is guarded on every sweep, and told on its run."""

from pathlib import Path

import pytest

from db.engine import Database
from litsweep.domain.strategies import RunStatus
from tests.fakes.pubmed_files import write_records
from tests.flows.conftest import Serve
from tests.flows.nights import add_topic, count, last_run, sweep_all

pytestmark = pytest.mark.usefixtures("recorded")


def test_a_mistyped_field_fails_the_sweep_and_stores_nothing(
    database: Database, serve: Serve, tmp_path: Path
) -> None:
    write_records(tmp_path / "ncbi", range(1, 21))
    add_topic(database, "tremor", "tremor[tiabb] OR lorvexine[tiab]")
    with serve(tmp_path / "ncbi"):
        state = sweep_all("tremor")
    assert state.is_failed()
    run = last_run(database, "tremor")
    assert run.status is RunStatus.FAILED
    assert "no search field [tiabb]" in (run.error or "")
    assert "Did you mean [tiab]" in (run.error or "")
    assert count(database, "records") == 0


def test_a_search_that_finds_nothing_any_more_is_told_on_its_run(
    database: Database, serve: Serve, tmp_path: Path
) -> None:
    write_records(tmp_path / "first", range(1, 21))
    write_records(tmp_path / "then", range(1, 21), title="Other drugs for tremor")
    add_topic(database, "lorvexine", "lorvexine[tiab] AND tremor[tiab]")
    with serve(tmp_path / "first"):
        assert sweep_all("lorvexine").is_completed()
        assert last_run(database, "lorvexine").warnings == ()
        assert sweep_all("lorvexine").is_completed()
        before = last_run(database, "lorvexine")
        assert before.warnings == ()
    with serve(tmp_path / "then"):
        assert sweep_all("lorvexine").is_completed()
    run = last_run(database, "lorvexine")
    assert run.n_reported == 0
    unknown, translation, nothing = run.warnings
    assert "no record with “lorvexine[tiab]”" in unknown
    assert 'left out "lorvexine"[Title/Abstract]' in translation
    assert f"run {before.search_run_id} counted 20" in nothing
