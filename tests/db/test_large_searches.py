"""The receipt of a search past PubMed's cap, from the local NCBI into the database."""

from datetime import UTC, datetime
from pathlib import Path

from db.engine import Database
from db.runs import close_run, open_run, save_search
from db.topics import add_topic
from db.windows import DueSearch
from litsweep.domain.strategies import RunStatus, SearchRoute
from litsweep.settings import Settings
from litsweep.sources.eutils import EutilsClient
from litsweep_app import sandbox

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
N_RECORDS = 10_001


def test_a_baseline_past_the_cap_has_a_true_receipt(database: Database, tmp_path: Path) -> None:
    records = "\n".join(
        f"<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID></MedlineCitation></PubmedArticle>"
        for pmid in range(1, N_RECORDS + 1)
    )
    (tmp_path / "many.xml").write_text(f"<PubmedArticleSet>{records}</PubmedArticleSet>")
    with (
        sandbox.running([tmp_path], enforce_rate_limit=False) as address,
        EutilsClient(Settings(eutils_url=address.eutils_url, requests_per_second=100)) as client,
    ):
        found = client.search("all[sb]", None)
    with database.writing() as conn:
        topic = add_topic(conn, name="all", query="all[sb]", author="A", reason="r", now=NOW)
        run_id = open_run(
            conn,
            topic.strategy,
            DueSearch(route=SearchRoute.UNDATED, window=None),
            owner="here:1",
            is_owner_alive=lambda owner, since: False,
            tool_version="0",
            flow_run_id=None,
            now=NOW,
        )
        save_search(conn, run_id, found)
        run = close_run(conn, run_id, now=NOW)
    assert run.status is RunStatus.COMPLETE
    assert run.n_reported == run.n_in_slices == run.n_ids == run.n_known == N_RECORDS
    assert len(run.slices) > 1
    assert run.slices == found.slices
