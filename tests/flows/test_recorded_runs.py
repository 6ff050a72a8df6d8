"""What Prefect keeps of a night: identifiers and counts, never a document."""

import time
from datetime import UTC, datetime
from pathlib import Path

import httpx

from db.engine import Database
from flows.nightly import nightly
from litsweep_app.prefect_server import recording_on
from tests.fakes.pubmed_files import write_readable_record
from tests.flows.conftest import Serve
from tests.flows.nights import SINCE, query

TASKS = {
    "search",
    "fetch_batch",
    "retrieve_batch",
    "read_batch",
}


def test_prefect_stores_no_text_of_a_document(
    database: Database, tmp_path: Path, serve: Serve, prefect_url: str
) -> None:
    write_readable_record(tmp_path / "ncbi", 11, pmcid="PMC9011")
    began = datetime.now(UTC)
    with serve(tmp_path / "ncbi"), recording_on(prefect_url):
        assert nightly(since=SINCE, return_state=True).is_completed()
    kept = _everything_recorded(prefect_url, began)
    texts = [text for (text,) in query(database, "SELECT text FROM documents ORDER BY kind")]
    for text, words in zip(texts, ("older adults", "were randomised"), strict=True):
        assert words in text
        assert words not in kept
    for table in ("search_runs", "readings"):
        assert all(one in kept for (one,) in query(database, f"SELECT flow_run_id FROM {table}"))


def _everything_recorded(url: str, began: datetime) -> str:
    """Return task runs, flow runs, logs and artifacts as JSON, once all tasks are among them."""
    since = {"start_time": {"after_": began.isoformat()}}
    with httpx.Client(base_url=url) as client:

        def ask(things: str, **filters: object) -> str:
            return client.post(f"/{things}/filter", json=filters).raise_for_status().text

        # Task runs reach the server as events, a little after the flow has ended.
        for _ in range(100):
            task_runs = ask("task_runs", task_runs=since)
            missing = [name for name in TASKS if f'"name":"{name}' not in task_runs]
            if not missing:
                break
            time.sleep(0.1)
        assert not missing
        return task_runs + ask("flow_runs", flow_runs=since) + ask("logs") + ask("artifacts")
