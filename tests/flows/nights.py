"""What the tests of the flows do again and again: sweep everything, and look at what is stored."""

from datetime import date
from typing import Any

from prefect.client.schemas.objects import State
from sqlalchemy import text

from db import runs, topics
from db.engine import Database
from flows.sweep import sweep
from litsweep.domain.strategies import SearchRun

SINCE = date(1800, 1, 1)


def add_topic(database: Database, name: str, query: str) -> None:
    with database.writing() as conn:
        topics.add_topic(conn, name=name, query=query, author="a test", reason="to be swept")


def sweep_all(topic: str = "everything", *, retrieve_reports: bool = False) -> State[Any]:
    """Sweep a topic over all days."""
    return sweep(topic, SINCE, None, retrieve_reports, return_state=True)


def last_run(database: Database, topic: str | None = None) -> SearchRun:
    with database.reading() as conn:
        return runs.list_runs(conn, topic=topic, limit=1)[0]


def query(database: Database, statement: str) -> list[tuple[Any, ...]]:
    with database.reading() as conn:
        return [tuple(row) for row in conn.execute(text(statement))]


def count(database: Database, table: str) -> int:
    return int(query(database, f"SELECT count(*) FROM {table}")[0][0])


def stored_pmids(database: Database) -> list[int]:
    return [pmid for (pmid,) in query(database, "SELECT pmid FROM records ORDER BY pmid")]
